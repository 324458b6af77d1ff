"""The rows of reports on the board, to confirm and settled; and of the lists that only show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from blueprints.staff.board_rows import DONE_STAYS, Row, Viewing, looked_rows, row_flags, short_name
from webapp.absence.rules.kinds import Channel, Kind
from webapp.absence.rules.reasons import COMING
from webapp.absence.rules.sight import Shown, shown
from webapp.absence.rules.states import State
from webapp.first_day.queries.morning import Morning, PupilNow
from webapp.foundation.clock import london
from webapp.foundation.words import staff_time
from webapp.people.rules.roles import Permission
from webapp.record.rules import Flag, SightingKind, Whereabouts, WorkList, find_code_ever

_SEEN = {
    SightingKind.ARRIVED: "Came in",
    SightingKind.SEEN_ELSEWHERE_IN_SCHOOL: "Seen in school",
    SightingKind.RETURNED: "Came back",
    SightingKind.LEFT: "Left",
    SightingKind.SENT_HOME: "Sent home",
}


def confirm_rows(morning: Morning, viewing: Viewing) -> list[Row]:
    """To confirm, in the order in which families wrote; rows decided just now keep their place, grey, with Undo."""
    rows = []
    for pupil in morning.pupils:
        decided = next((each for each in pupil.reports if each.decision_id is not None), None)
        if decided is None or decided.state == State.WITHDRAWN:
            continue
        if viewing.now - decided.decided_at <= DONE_STAYS:
            rows.append(_decided(pupil, decided, viewing))
    # The other parent's report may still wait: then it is that one which the row shows.
    rows += [_to_confirm(pupil, viewing, morning.on) for pupil in morning.pupils_in(WorkList.TO_CONFIRM)]
    return sorted({row.id: row for row in rows}.values(), key=lambda row: row.sort)


def _to_confirm(pupil: PupilNow, viewing: Viewing, morning_on: date) -> Row:
    row, report = pupil.row, pupil.report
    if report is None:
        return Row(
            id=f"c-{row.pupil_public_id}", pupil=row.pupil_public_id, name=pupil.name,
            href=viewing.pupil(row.pupil_public_id), form=row.form, flags=row_flags(pupil, viewing),
            know=row.last_words or "Explained, and no code is set", strong="Set a code", select=False,
            sort=(1, row.last_name, row.first_name),
        )  # fmt: skip
    if report.state == State.WITHDRAWN:
        return _taken_back(pupil, report, viewing)
    in_school = Flag.CLASH in pupil.state.flags
    expected = _expected(pupil, report, morning_on)
    careful = report.read_first or report.not_sure or report.danger or report.state == "held" or in_school
    careful = careful or bool(expected)
    ready = viewing.can_decide and not careful
    waits = "Not yet" if viewing.waits else ""
    strong = "In school" if in_school else expected or (_why_open(report) if careful else waits)
    text = _seen_words(report, viewing)
    return Row(
        id=f"c-{row.pupil_public_id}", pupil=row.pupil_public_id, name=pupil.name,
        href=viewing.pupil(row.pupil_public_id), form=row.form, flags=row_flags(pupil, viewing), state="",
        said=_quoted(report, text), why=_reason(report, text), who=report_who(report),
        when=staff_time(london(report.sent_at)),
        strong=strong, note=_note(text, careful=careful, strong=strong),
        code="" if strong or text.hidden else report.suggested_code,
        meaning="" if strong or text.hidden else _meaning(report.suggested_code),
        choice=_choice(report, report.suggested_code, row.code) if ready and not text.hidden else "",
        report_href=viewing.report(report.public_id), report_id=report.id,
        can_ask=report.contact_id is not None and report.state != "held",
        select=ready and not text.hidden and not pupil.state.flags & _NEVER_IN_BULK,
        sort=(0, report.sent_at, report.id),
    )  # fmt: skip


def _taken_back(pupil: PupilNow, report: Any, viewing: Viewing) -> Row:
    """The mark is what the family said before: staff look at it, and may undo their decision."""
    row = pupil.row
    expected = f", expected {staff_time(london(report.expected_at))}" if report.expected_at is not None else ""
    back = f"Taken back by {report.told_by.split(' ')[0]} {staff_time(london(report.said_at))}{expected}"
    hide = Permission.SEE_HEALTH_REASONS not in viewing.permissions
    return Row(
        id=f"c-{row.pupil_public_id}", pupil=row.pupil_public_id, name=pupil.name,
        href=viewing.pupil(row.pupil_public_id), form=row.form, flags=row_flags(pupil, viewing), know=back,
        strong=("Look at the mark" if hide else f"Look at the mark {row.code}") if row.code else "Set a code",
        select=False,
        report_href=viewing.report(report.public_id), report_id=report.id, undo=report.decision_id or 0,
        sort=(0, report.sent_at, report.id),
    )  # fmt: skip


_NEVER_IN_BULK = frozenset({Flag.LOOK_FIRST, Flag.CLASH})


def _note(text: Shown, *, careful: bool, strong: str) -> str:
    if careful:
        return "" if text.hidden else text.why
    return "Codes wait for the register" if strong else ""


def _quoted(report: Any, text: Shown) -> str:
    """The family's own words; what staff wrote down of a call is not theirs."""
    return "" if not text.words or report.channel == Channel.PHONE else text.words


def _reason(report: Any, text: Shown) -> str:
    """What stands where nothing is quoted: what staff wrote down, or what was chosen from a list."""
    return "" if _quoted(report, text) else text.words or text.why


def _expected(pupil: PupilNow, report: Any, on: date) -> str:
    """Expected 09:30: of a child who is to come late, whose code waits until somebody sees them. Empty for another."""
    if report.kind != Kind.LATE or pupil.state.state is Whereabouts.IN_SCHOOL:
        return ""
    if report.read_first or report.danger or report.state == "held":
        return ""
    if report.suggested_code not in COMING and not report.not_sure:
        # An appointment has a code that can be set before they come.
        return ""
    if report.expected_at is not None and london(report.expected_at).date() == on:
        return f"Expected {staff_time(london(report.expected_at))}"
    return f"Expected {report.arrives_at:%H:%M}" if report.arrives_at is not None else ""


def _why_open(report: Any) -> str:
    if report.state == "held":
        return "Check first"
    return "Not sure" if report.not_sure and not report.read_first and not report.danger else "Read first"


def _decided(pupil: PupilNow, report: Any, viewing: Viewing) -> Row:
    row = pupil.row
    text = _seen_words(report, viewing)
    word = "Confirmed" if report.state == "recorded" else "Not accepted"
    return Row(
        id=f"c-{row.pupil_public_id}", pupil=row.pupil_public_id, name=pupil.name,
        href=viewing.pupil(row.pupil_public_id), form=row.form, state="done",
        said=_quoted(report, text), why=_reason(report, text), who=report_who(report),
        when=staff_time(london(report.sent_at)),
        code="" if text.hidden else report.decided_code, meaning="" if text.hidden else _meaning(report.decided_code),
        strong="Settled" if text.hidden else "", done=f"{word} {staff_time(london(report.decided_at))}",
        undo=report.decision_id, select=False, sort=(0, report.sent_at, report.id),
    )  # fmt: skip


def other_rows(morning: Morning, work_list: WorkList, viewing: Viewing) -> list[Row]:
    """A list that only shows: late, planned, settled, or reported away and marked in."""
    pupils = morning.pupils_in(work_list)
    rows = sorted((_plain(pupil, viewing, work_list[0]) for pupil in pupils), key=lambda row: row.sort)
    if work_list is WorkList.REPORTED_MARKED_IN:
        rows += looked_rows(morning, viewing, {row.pupil for row in rows})
    return rows


def _plain(pupil: PupilNow, viewing: Viewing, prefix: str) -> Row:
    row, report = pupil.row, pupil.report or (pupil.reports[-1] if pupil.reports else None)
    text = _seen_words(report, viewing) if report is not None else Shown("", "")
    known = _seen_last(pupil) or ("" if report is not None else _planned(row))
    decided = report if report is not None and report.decision_id is not None else None
    code = row.code or (row.expectation_code if report is None else "") or ""
    # A code tells the reason: I is an illness to whoever reads it.
    hide = Permission.SEE_HEALTH_REASONS not in viewing.permissions and code not in _OPEN_TO_ALL
    return Row(
        id=f"{prefix}-{row.pupil_public_id}", pupil=row.pupil_public_id, name=pupil.name,
        href=viewing.pupil(row.pupil_public_id), form=row.form, flags=row_flags(pupil, viewing),
        said=_quoted(report, text), why=_reason(report, text),
        who=report_who(report) if report is not None else "",
        when=staff_time(london(report.sent_at)) if report is not None else "", know=known,
        code="" if hide else code, meaning="Reason held by the office" if hide and code else _meaning(code),
        note=f"{row.minutes_late} min late" if row.minutes_late is not None else "",
        done=f"{short_name(decided.decided_by)} {staff_time(london(decided.decided_at))}" if decided else "",
        undo=decided.decision_id if decided and Permission.CONFIRM_CODES in viewing.permissions else 0,
        report_href=viewing.report(report.public_id) if report is not None else "",
        can_ask=report is not None and report.contact_id is not None and report.state != "held",
        sort=(row.last_name, row.first_name),
    )  # fmt: skip


_OPEN_TO_ALL = frozenset({"", "/", "\\", "L", "U", "N"})


def _seen_last(pupil: PupilNow) -> str:
    if not pupil.sightings:
        return ""
    last = pupil.sightings[-1]
    return f"{_SEEN[last.kind]} {staff_time(london(last.at))}"


def _planned(row: Any) -> str:
    if row.expectation_kind is None:
        return ""
    start = f" from {staff_time(london(row.expectation_starts_at))}" if row.expectation_starts_at else ""
    place = row.place or {"leave": "Leave agreed", "appointment": "Appointment"}.get(row.expectation_kind, "Planned")
    confirmed = ", confirmed there" if row.expectation_confirmed_at is not None else ""
    return f"{place}{start}{confirmed}"


def _seen_words(report: Any, viewing: Viewing) -> Shown:
    return shown(
        reason=report.reason, symptoms=report.symptoms, words=report.words, danger=bool(report.danger),
        permissions=viewing.permissions,
    )  # fmt: skip


def report_who(report: Any) -> str:
    """Karen, app."""
    return f"{report.told_by.split(' ')[0]}, {Channel(report.channel).words}"


def _meaning(code: str) -> str:
    found = find_code_ever(code) if code else None
    return found.meaning if found else ""


def _choice(report: Any, code: str, seen: str | None) -> str:
    return f"{report.id}.{report.version}.{code}.{seen or '-'}"


def bulk_words(rows: Iterable[Row]) -> str:
    """Confirm 2: 1 I, 1 M."""
    codes = Counter(row.code for row in rows)
    parts = ", ".join(f"{number} {code}" for code, number in sorted(codes.items()))
    return f"Confirm {sum(codes.values())}: {parts}" if codes else "Confirm selected"


def chosen(rows: Sequence[Row]) -> list[Row]:
    """The rows that Select all takes."""
    return [row for row in rows if row.select and row.choice]
