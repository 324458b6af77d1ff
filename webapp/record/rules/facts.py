"""What is known about one pupil in one session, and the shape of the answer that `day_state` gives.

All instants are aware. The loader may hand over everything of the pupil's day: what lies outside the session is left
out by the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webapp.record.rules.registers import RegisterState, RegisterTimesWrong, check_aware


class SightingKind(StrEnum):
    ARRIVED = "arrived"
    SEEN_ELSEWHERE_IN_SCHOOL = "seen_elsewhere_in_school"
    RETURNED = "returned"
    LEFT = "left"
    SENT_HOME = "sent_home"


@dataclass(frozen=True, slots=True)
class Sighting:
    """Seen by the school, coming or going.

    `collector_known` is False when the pupil went with somebody not known or not allowed, or walked out; True when
    nobody had to collect. `back_by`: when a pupil who left said to be back.
    """

    kind: SightingKind
    at: datetime
    collector_known: bool = True
    back_by: datetime | None = None

    @property
    def is_departure(self) -> bool:
        return self.kind in (SightingKind.LEFT, SightingKind.SENT_HOME)


class ReportState(StrEnum):
    SENT = "sent"
    READ = "read"
    RECORDED = "recorded"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    # From a sender who is not proven to be a permitted contact of this pupil.
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Report:
    """What a family said. `covers_from` and `covers_to` are None for the session's own start and end.

    `expected_at`: when they said that the pupil will be in school ("on the way", late, or withdrawn). `said_by`: the
    adult, None for one whom the record does not know. `said_at`: when they last said it. `decided_as` and
    `decided_at`: the code that staff gave this session on the report, and when; None where they have not.
    """

    id: int
    state: ReportState
    covers_from: datetime | None = None
    covers_to: datetime | None = None
    expected_at: datetime | None = None
    read_first: bool = False
    not_sure: bool = False
    said_by: int | None = None
    said_at: datetime | None = None
    decided_as: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """A code planned for this session: a trip, another school, an appointment, a part-time timetable.

    `confirmed`: somebody at the other place has said that the pupil is there.
    """

    code: str
    starts_at: datetime
    confirmed: bool = False


class CaseOutcome(StrEnum):
    LOCATED = "located"
    SEEN_IN_SCHOOL = "seen_in_school"
    EXPLAINED = "explained"
    OPENED_IN_ERROR = "opened_in_error"
    CARRIED_TO_DSL = "carried_to_dsl"
    CARRIED_TO_POLICE = "carried_to_police"

    @property
    def is_carried(self) -> bool:
        """Handed on while the pupil was not found."""
        return self in (CaseOutcome.CARRIED_TO_DSL, CaseOutcome.CARRIED_TO_POLICE)


@dataclass(frozen=True, slots=True)
class Case:
    """The first-day case of this session; open while it has no `outcome`.

    `alarm`: an adult thought that the pupil was in school.
    """

    outcome: CaseOutcome | None = None
    alarm: bool = False

    @property
    def is_open(self) -> bool:
        return self.outcome is None

    @property
    def is_live(self) -> bool:
        """Somebody looks for the pupil: the office, or whoever it was carried to."""
        return self.outcome is None or self.outcome.is_carried


@dataclass(frozen=True, slots=True)
class SessionRegister:
    """The register that the pupil belongs to in this session; one value serves a whole class.

    `seen_until`: who is seen after the session's end and before this has been seen in it; None for its end.
    Raises RegisterTimesWrong for times out of order or without a zone.
    """

    state: RegisterState
    starts_at: datetime
    closes_at: datetime
    ends_at: datetime
    seen_until: datetime | None = None

    def __post_init__(self) -> None:
        for field in ("starts_at", "closes_at", "ends_at"):
            check_aware(field, getattr(self, field))
        if self.seen_until is not None:
            check_aware("seen_until", self.seen_until)
        if not self.starts_at < self.closes_at <= self.ends_at:
            raise RegisterTimesWrong(
                "A session starts, its register closes, and then it ends.",
                field="closes_at",
                mend="Correct the session times of the school.",
            )

    def is_closed(self, now: datetime) -> bool:
        """By the clock, or because it was finished before."""
        return now >= self.closes_at or self.state is RegisterState.CLOSED


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """Everything that decides where one pupil is in one session.

    `session_open`: school is open to this pupil then. `sightings`: of the whole day, in the order in which they were
    recorded. `reports`: of the whole day, in the order in which they were said. `leave_granted`: leave for this
    session. `look_first`: a pupil whom the school looks for before others.
    `danger`: words of danger about this pupil that the DSL has not dealt with. `imported`: the mark is what another
    system last said. `amended_at`: when a person last changed the mark; None if nobody did.
    """

    register: SessionRegister
    code: str | None = None
    sightings: tuple[Sighting, ...] = ()
    reports: tuple[Report, ...] = ()
    leave_granted: bool = False
    expectation: Expectation | None = None
    case: Case | None = None
    enrolled: bool = True
    session_open: bool = True
    look_first: bool = False
    danger: bool = False
    imported: bool = False
    amended_at: datetime | None = None


class Whereabouts(StrEnum):
    """The four states of a pupil who is due."""

    IN_SCHOOL = "in_school"
    EXPLAINED = "explained"
    UNEXPLAINED = "unexplained"
    NOT_KNOWN = "not_known"


class WorkList(StrEnum):
    """The six lists of the board: work, not states."""

    UNEXPLAINED = "unexplained"
    TO_CONFIRM = "to_confirm"
    REPORTED_MARKED_IN = "reported_marked_in"
    LATE = "late"
    PLANNED = "planned"
    SETTLED = "settled"


class Flag(StrEnum):
    """`NOT_DUE`: calendar, mark or roll does not ask for the pupil in this session, who is still looked for."""

    CLASH = "clash"
    NOT_DUE = "not_due"
    LOOK_FIRST = "look_first"
    DANGER = "danger"
    READ_FIRST = "read_first"
    NOT_SURE = "not_sure"
    HELD_REPORT = "held_report"
    ALARM = "alarm"
    CASE_OPEN = "case_open"


class Why(StrEnum):
    """The one fact that decided; each stands for one state (`day_state.STATE_OF`)."""

    NOT_ENROLLED = "not_enrolled"
    SESSION_CLOSED = "session_closed"
    NOT_REQUIRED = "not_required"
    MARKED_IN = "marked_in"
    SEEN = "seen"
    LEFT = "left"
    SENT_HOME = "sent_home"
    CODE = "code"
    REPORT = "report"
    EXPECTED = "expected"
    LEAVE = "leave"
    LOCATED = "located"
    PLANNED = "planned"
    PLANNED_ELSEWHERE = "planned_elsewhere"
    CONFIRMED_ELSEWHERE = "confirmed_elsewhere"
    COLLECTOR_NOT_KNOWN = "collector_not_known"
    THOUGHT_IN_SCHOOL = "thought_in_school"
    NO_GOOD_REASON = "no_good_reason"
    NOT_CONFIRMED_ELSEWHERE = "not_confirmed_elsewhere"
    CASE_OPEN = "case_open"
    CASE_CARRIED = "case_carried"
    DID_NOT_COME = "did_not_come"
    NO_REASON = "no_reason"
    NO_MARK = "no_mark"
    REGISTER_NOT_CLOSED = "register_not_closed"
    REGISTER_NOT_TAKEN = "register_not_taken"


@dataclass(frozen=True, slots=True)
class DayState:
    """Where the pupil is, why, and whose work that is.

    `state` is None exactly when the pupil is not `due`. `report_id`: the report that explains, clashes, or still waits
    to be dealt with. `until`: the instant at which the answer changes if nothing else happens; None, if it never does.
    """

    state: Whereabouts | None
    why: Why
    work_list: WorkList | None
    flags: frozenset[Flag]
    report_id: int | None = None
    until: datetime | None = None

    @property
    def due(self) -> bool:
        return self.state is not None
