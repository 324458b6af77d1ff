"""Who decides, what they ask for, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, literal, update

from webapp.absence.models import AbsenceReport
from webapp.absence.queries.deciding import ReportToDecide
from webapp.absence.rules.cover import Away
from webapp.absence.rules.deciding import ToDecide
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.states import State
from webapp.absence.services.happenings import ReportDecided
from webapp.foundation.trail import Actor
from webapp.foundation.types import Instant
from webapp.people.rules.groups import Group, look_first
from webapp.people.rules.session_days import SchoolSession
from webapp.record.rules.codes import Setter

_KNOWN_GROUPS = {group.value: group for group in Group}


@dataclass(frozen=True, slots=True)
class Decider:
    """A member of staff at one school. ``setter`` is the capacity in which codes are set; ``actor.id`` is theirs."""

    organisation_id: int
    school_id: int
    actor: Actor
    setter: Setter = Setter.OFFICE


@dataclass(frozen=True, slots=True)
class Decision:
    """A code for one report: its ``version`` as staff saw it, and ``seen``, the mark that they mean to replace."""

    report_id: int
    version: int
    code: str
    seen: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """One report that was decided; ``decisions`` are the numbers that Undo takes."""

    report_id: int
    code: str
    decisions: tuple[int, ...]
    sessions: tuple[SchoolSession, ...]
    told_due_at: datetime


@dataclass(frozen=True, slots=True)
class NotDecided:
    """One report that was left as it is, and why; ``current`` is how it stands, None where it is not there. ``field``
    of the report's own page is at fault: code or note."""

    report_id: int
    sentence: str
    current: ReportToDecide | None = None
    stale: bool = False
    field: str = "code"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of each report that was asked for."""

    decided: tuple[Decided, ...]
    left: tuple[NotDecided, ...] = ()


def to_decide(report: ReportToDecide, groups: frozenset[str] = frozenset()) -> ToDecide:
    """The row as the rules see it."""
    away = Away(Kind(report.kind), report.starts_on, report.ends_on, report.leaves_at, report.arrives_at)
    return ToDecide(
        report.enrolment_id, State(report.state), away, report.read_first, report.not_sure, report.danger,
        report.date_of_birth, report.year_group,
        look_first(_KNOWN_GROUPS[name] for name in groups & set(_KNOWN_GROUPS)),
    )  # fmt: skip


def decided_event(
    by: Decider, report: ReportToDecide, state: State, sessions: Sequence[SchoolSession], *, accepted: bool | None
) -> ReportDecided:
    return ReportDecided(
        by.organisation_id, by.school_id, report.enrolment_id, report.pupil_id, report.id, report.starts_on,
        report.ends_on, state.value, sessions=tuple((day, half.index) for day, half in sessions), accepted=accepted,
    )  # fmt: skip


def move_reports(
    tx: Connection, organisation_id: int, report_ids: Sequence[int], state: State, *, read_by: str, now: datetime
) -> None:
    """Put locked reports into a state; who decides has read them."""
    tx.execute(
        update(AbsenceReport)
        .where(AbsenceReport.organisation_id == organisation_id, AbsenceReport.id.in_(sorted(report_ids)))
        .values(
            state=state.value,
            version=AbsenceReport.version + 1,
            read_at=func.coalesce(AbsenceReport.read_at, literal(now, Instant())),
            read_by=case((AbsenceReport.read_by == "", read_by), else_=AbsenceReport.read_by),
        )
    )
