"""What the rows of `day_state` and the work lists ask of the facts: last seen when, which report holds, which plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from webapp.record.rules.codes import Code, find_code_ever
from webapp.record.rules.facts import (
    Expectation,
    Report,
    ReportState,
    SessionFacts,
    SessionRegister,
    Sighting,
    SightingKind,
    Why,
)
from webapp.record.rules.marking import CLOSURE_CODES
from webapp.record.rules.statements import is_taken_back, latest_words

CONFIRM_WITHIN = timedelta(minutes=20)

PRESENT_CODES = frozenset({"/", "\\"})
SEEN_CODES = PRESENT_CODES | {"L", "U"}
NOT_DUE_CODES = CLOSURE_CODES | {"X", "Z"}
_SAY_NOTHING = SEEN_CODES | NOT_DUE_CODES | {"N", "O"}


class SessionView(NamedTuple):
    """The facts at one instant.

    `gone`: the departure after which nobody has seen the pupil. `is_seen`: seen in this session, and not gone since.
    `reports`: without those in whose place the same adult has said something else since. `taken_back`: the mark rests
    on what the family has taken back since, so that it does not say why the pupil is away.
    """

    facts: SessionFacts
    now: datetime
    code: Code | None
    gone: Sighting | None
    is_seen: bool
    reports: tuple[Report, ...] = ()
    taken_back: bool = False

    @property
    def register(self) -> SessionRegister:
        return self.facts.register

    @property
    def letter(self) -> str:
        """The mark's code; "" for no mark, or for one that no table knows, which must never hide a child."""
        return self.code.code if self.code is not None else ""

    @property
    def says_why_away(self) -> bool:
        """The mark is a final code of absence: not seen, not N or O, not a place elsewhere."""
        return self.code is not None and self.letter not in _SAY_NOTHING and not self.code.elsewhere

    @property
    def plan(self) -> Expectation | None:
        """What is planned for the session. A mark for another place is a plan of its own, from the session's start."""
        planned = self.facts.expectation
        if self.code is not None and self.code.elsewhere:
            if planned is not None and is_elsewhere(planned.code):
                return planned
            return Expectation(self.code.code, self.register.starts_at)
        return planned if planned is not None and _can_be_planned(planned.code) else None

    def has_passed(self, given: datetime | None) -> bool:
        """A time given for coming has gone by. One at or past the session's end never does so in this session."""
        return given is not None and given < self.register.ends_at and self.now >= given


def view_session(facts: SessionFacts, now: datetime) -> SessionView:
    code = find_code_ever(facts.code) if facts.code else None
    marked_in = code is not None and code.code in SEEN_CODES
    register, reports = facts.register, latest_words(facts.reports)
    says_why = code is not None and code.code not in _SAY_NOTHING and not code.elsewhere
    taken_back = code is not None and says_why and is_taken_back(facts, code.code)
    last: Sighting | None = None
    for sighting in facts.sightings:
        # Two in the same minute: the one recorded later.
        if sighting.at < _counts_until(facts, sighting, now) and (last is None or sighting.at >= last.at):
            last = sighting
    if last is None:
        return SessionView(facts, now, code, None, marked_in, reports, taken_back)
    if not last.is_departure:
        here = marked_in or last.at >= register.starts_at
        return SessionView(facts, now, code, None, here, reports, taken_back)
    # The mark is the later sighting only if the pupil had gone before the session began.
    back = marked_in and last.at < register.starts_at
    return SessionView(facts, now, code, None if back else last, back, reports, taken_back)


def _counts_until(facts: SessionFacts, sighting: Sighting, now: datetime) -> datetime:
    """Who is seen at lunch is looked for no more. Who goes at lunch has been here all morning; but a child whom nobody
    known has taken is missing there and then, and for as long as the search goes on."""
    ends, lunch = facts.register.ends_at, facts.register.seen_until or facts.register.ends_at
    if sighting.is_departure and (sighting.collector_known or not (now < lunch or _is_looked_for(facts))):
        return ends
    return lunch


def _is_looked_for(facts: SessionFacts) -> bool:
    return facts.case is not None and facts.case.is_live


def why_not_due(view: SessionView) -> Why | None:
    """What the roll, the calendar or the mark says against the pupil's being due; None if nothing does."""
    if not view.facts.enrolled:
        return Why.NOT_ENROLLED
    if not view.facts.session_open:
        return Why.SESSION_CLOSED
    return Why.NOT_REQUIRED if view.letter in NOT_DUE_CODES else None


def looked_at(view: SessionView) -> datetime | None:
    """When, in this session, somebody last went and saw the pupil in school; None if nobody did.

    Reception, who signs a pupil in late, has seen who came.
    """
    register = view.register
    looked = {SightingKind.SEEN_ELSEWHERE_IN_SCHOOL} | ({SightingKind.ARRIVED} if view.letter in ("L", "U") else set())
    return max(
        (
            seen.at for seen in view.facts.sightings
            if seen.kind in looked and register.starts_at <= seen.at < register.ends_at
        ),
        default=None,
    )  # fmt: skip


def is_elsewhere(code: str) -> bool:
    found = find_code_ever(code)
    return found is not None and found.elsewhere


def _can_be_planned(code: str) -> bool:
    found = find_code_ever(code)
    # A closure is the calendar's to plan, never one pupil's.
    return found is not None and found.ahead and found.code not in CLOSURE_CODES


def is_about(register: SessionRegister, report: Report) -> bool:
    """The report touches this session; one whose time was up before it began is spent."""
    return (
        (report.covers_from is None or report.covers_from < register.ends_at)
        and (report.covers_to is None or report.covers_to > register.starts_at)
        and (report.expected_at is None or report.expected_at >= register.starts_at)
    )


def covers_register(register: SessionRegister, report: Report) -> bool:
    """The report says why the pupil is not there while the register is taken, rather than why they will leave."""
    return is_about(register, report) and (report.covers_from is None or report.covers_from <= register.closes_at)


def coming_at(register: SessionRegister, report: Report) -> datetime | None:
    """When, within this session, the family said that the pupil would be in school."""
    if report.state is ReportState.HELD:
        return None
    if report.state is ReportState.WITHDRAWN:
        given = report.expected_at
    elif covers_register(register, report):
        given = min((at for at in (report.expected_at, report.covers_to) if at is not None), default=None)
    else:
        return None
    return given if given is not None and register.starts_at <= given < register.ends_at else None


def explains(view: SessionView, report: Report) -> bool:
    """The report says where the pupil is at this moment, and it can be believed."""
    register = view.register
    if report.state is ReportState.HELD:
        return False
    if report.state is ReportState.WITHDRAWN:
        about = report.expected_at is not None and report.expected_at >= register.starts_at
    else:
        about = covers_register(register, report)
    return about and not view.has_passed(coming_at(register, report))


def turning_points(facts: SessionFacts) -> Iterator[datetime]:
    """Every instant at which the passing of time alone may change the answer."""
    yield facts.register.closes_at
    for report in facts.reports:
        if (given := coming_at(facts.register, report)) is not None:
            yield given
    for sighting in facts.sightings:
        if sighting.back_by is not None:
            yield sighting.back_by
        if sighting.is_departure and not sighting.collector_known and facts.register.seen_until is not None:
            yield facts.register.seen_until
    if facts.expectation is not None:
        yield facts.expectation.starts_at + CONFIRM_WITHIN
    if facts.code is not None and is_elsewhere(facts.code):
        yield facts.register.starts_at + CONFIRM_WITHIN
