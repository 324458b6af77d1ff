"""Where a child is, in the few words of a status: what day_state answers, with the time that belongs to it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.states import State
from webapp.first_day.queries.morning import PupilNow
from webapp.foundation.clock import london
from webapp.foundation.words import staff_time
from webapp.people.rules.roles import Permission
from webapp.record.rules import Flag, Whereabouts, Why

_KINDS = {
    Whereabouts.IN_SCHOOL: "in", Whereabouts.EXPLAINED: "wait", Whereabouts.UNEXPLAINED: "missing",
    Whereabouts.NOT_KNOWN: "quiet", None: "quiet",
}  # fmt: skip
_WORDS = {
    Why.NOT_ENROLLED: "Not on the roll", Why.SESSION_CLOSED: "No school in this session",
    Why.NOT_REQUIRED: "Not due in this session", Why.MARKED_IN: "Marked in", Why.CODE: "Away",
    Why.REPORT: "Reported away", Why.LEAVE: "Away, leave agreed", Why.LOCATED: "Found, and not in school",
    Why.PLANNED: "Away, planned",
    Why.PLANNED_ELSEWHERE: "Planned elsewhere", Why.CONFIRMED_ELSEWHERE: "Elsewhere, confirmed",
    Why.COLLECTOR_NOT_KNOWN: "Left with nobody known", Why.THOUGHT_IN_SCHOOL: "Unexplained",
    Why.NO_GOOD_REASON: "No reason accepted", Why.NOT_CONFIRMED_ELSEWHERE: "Elsewhere, not confirmed",
    Why.CASE_OPEN: "Unexplained", Why.CASE_CARRIED: "Unexplained", Why.DID_NOT_COME: "Did not come",
    Why.NO_REASON: "No reason yet", Why.NO_MARK: "No mark yet", Why.REGISTER_NOT_CLOSED: "Not marked yet",
    Why.REGISTER_NOT_TAKEN: "Register not taken",
}  # fmt: skip
_TOLD = frozenset({Why.REPORT, Why.EXPECTED})


def status_of(pupil: PupilNow, on: date, permissions: Collection[Permission]) -> dict[str, str]:
    """The component ``status``: kind and text. Who may not read words of danger sees no trace of the report."""
    state, kind = pupil.state, _KINDS[pupil.state.state]
    if state.why in _TOLD and Flag.DANGER in state.flags and Permission.SEE_SAFEGUARDING_FLAGS not in permissions:
        return {"kind": kind, "text": "Explained"}
    return {"kind": kind, "text": _text(pupil, on)}


def _text(pupil: PupilNow, on: date) -> str:
    row, why = pupil.row, pupil.state.why
    if pupil.state.state is Whereabouts.UNEXPLAINED and row.case_state in ("open", "carried"):
        return f"Unexplained since {_time(row.opened_at)}"
    match why:
        case Why.SEEN:
            return f"Seen in school {_time(pupil.sightings[-1].at)}"
        case Why.LEFT | Why.SENT_HOME:
            gone = pupil.sightings[-1]
            back = f", back by {_time(gone.back_by)}" if gone.back_by is not None else ""
            return f"{'Left' if why is Why.LEFT else 'Sent home'} {_time(gone.at)}{back}"
        case Why.EXPECTED:
            return f"Expected {_time(_coming(pupil, on))}"
        case Why.REGISTER_NOT_CLOSED if row.code == "N":
            return "Marked absent, no reason yet"
        case Why.REPORT:
            return _reported(pupil, on)
        case _:
            return _WORDS[why]


def _reported(pupil: PupilNow, on: date) -> str:
    """Reported away, unless all that was said is that the child comes late."""
    said = [report for report in pupil.reports if report.state not in (State.WITHDRAWN, State.HELD)]
    coming = _coming(pupil, on)
    if coming is None:
        return _WORDS[Why.REPORT]
    late = all(report.kind == Kind.LATE for report in said)
    return f"{'Coming late' if late else _WORDS[Why.REPORT]}, expected {_time(coming)}"


def _coming(pupil: PupilNow, on: date) -> Any:
    """The time that was given last for coming on that day."""
    given = [each for report in pupil.reports if (each := _given(report, on)) is not None]
    return given[-1] if given else None


def _given(report: Any, on: date) -> Any:
    at: datetime | None = report.expected_at
    if at is not None and london(at).date() == on:
        return at
    return report.arrives_at if report.kind == Kind.LATE and report.state != State.WITHDRAWN else None


def _time(at: Any) -> str:
    return staff_time(london(at) if isinstance(at, datetime) else at) if at is not None else "later"
