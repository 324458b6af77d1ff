"""What the board says before its lists: is everyone accounted for, do texts go out, are the marks fresh."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from sqlalchemy import Connection

from blueprints.staff.board_rows import Viewing
from blueprints.staff.frame import WORD_OF, Here
from webapp.first_day.queries.around import Around
from webapp.first_day.queries.morning import Morning, PupilNow
from webapp.first_day.rules.answers import marks_are_stale
from webapp.foundation.clock import london
from webapp.foundation.words import day_words, staff_time
from webapp.people.queries import settings_of
from webapp.people.queries.tasks import COLLECTION_STOPPED, open_of_kind
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.roles import Permission
from webapp.people.rules.school_times import SchoolTimes
from webapp.people.rules.settings import MARKS_STALE_MINUTES, REGISTER_KEPT_IN
from webapp.record.rules import TAKEN_STATES, Flag, Whereabouts, Why, WorkList

_CLOSED = {
    "before_year": "The school year has not begun.", "after_year": "The school year is over.",
    "weekend": "It is the weekend.", "holiday": "School is on holiday.", "half_term": "It is half-term.",
    "bank_holiday": "It is a bank holiday.", "inset": "It is a training day.", "closure": "School is closed.",
}  # fmt: skip
_NAMED = 8


def _time(at: datetime) -> str:
    return staff_time(london(at))


def sum_note(morning: Morning) -> str:
    """Whose register is missing, beside the number of those not known."""
    missing = [form for form in morning.forms if form.not_known]
    if not missing or morning.now < morning.register_closes:
        absent = len(_marked_absent(morning))
        marked = f", {absent} marked absent" if absent else ""
        return f"registers are open{marked}" if missing else ""
    if len(missing) > 3:
        return f"{len(missing)} registers not taken"
    names = " and ".join(form.form or "pupils in no form" for form in missing)
    return f"{names} register{'s' if len(missing) > 1 else ''} not taken"


def _marked_absent(morning: Morning) -> list[PupilNow]:
    """Before the close: marked N in a register that was taken, and nobody has said why. They may still come late."""
    return [
        pupil for pupil in morning.pupils
        if pupil.state.why is Why.REGISTER_NOT_CLOSED and pupil.row.code == "N"
    ]  # fmt: skip


def absent_words(names: Sequence[str], closes: str) -> str:
    """Who is looked for from the close on: by name while they are few, else how many."""
    if not names:
        return ""
    who = ", ".join(names) if len(names) <= _NAMED else f"{len(names)} pupils"
    return f"Marked absent, no reason yet: {who}. Looked for at {closes}."


def texts_wait(db: Connection, at: Here, morning: Morning, seen: Around, times: SchoolTimes) -> bool:
    """The marks of another system are too old to text families about: the rule by which the texts go."""
    settings, now = settings_of(db, *at.keys, at.on), morning.now
    minutes, opened = settings[MARKS_STALE_MINUTES], times.register_opens(at.on, at.half)
    if settings[REGISTER_KEPT_IN] != "school_system" or not opened <= now < times.session_ends(at.on, at.half):
        return False
    if seen.marks_at is None and now < morning.register_closes and now - opened <= timedelta(minutes=minutes):
        # The session has only just begun.
        return False
    return marks_are_stale(seen.imported_at, now, minutes, own=seen.own, ran_at=seen.ran_at)


def health(seen: Around, morning: Morning, at: Here, times: SchoolTimes, *, wait: bool) -> dict[str, Any]:
    """Texts, marks and registers, in a few words each."""
    taken = [form for form in morning.forms if form.register in TAKEN_STATES]
    closed = morning.now >= morning.register_closes
    open_forms = [form for form in morning.forms if form.register not in TAKEN_STATES and form.due]
    texts = "waiting for new marks" if wait else "going out"
    return {
        "texts": f"not going out since {_time(seen.texts_stopped_since)}" if seen.texts_stopped_since else texts,
        "texts_stopped": seen.texts_stopped_since is not None,
        "marks": _time(seen.marks_at) if seen.marks_at and at.is_today else "",
        "registers": f"{len(taken)} of {len(morning.forms)}" if morning.forms else "",
        "late": closed and bool(open_forms),
        "chase": f"Chase {open_forms[0].form}" if len(open_forms) == 1 else f"Chase {len(open_forms)}",
        "chase_href": url_for("staff.registers", school=at.school.code) if open_forms and closed else "",
    }


def alarms(morning: Morning, viewing: Viewing) -> list[dict[str, str]]:
    """A child whom an adult thought in school, or of whom worse was said: before everything else."""
    found = []
    for pupil in morning.pupils_in(WorkList.UNEXPLAINED):
        if Flag.ALARM in pupil.state.flags:
            words = pupil.row.last_words or "An alarm was raised"
            text = f"{pupil.name}, {pupil.row.form}, is not in school. {words}"
            found.append({"text": text, "href": _start(pupil.row.pupil_public_id, viewing), "do": "Start"})
    return found


def stops(db: Connection, at: Here) -> list[dict[str, str]]:
    """Somebody came for a child and was stopped: on the board of whoever may see it until it is said what was done."""
    if not at.is_today or not at.may(Permission.SEE_SAFEGUARDING_FLAGS):
        return []
    found = []
    for task in open_of_kind(db, *at.keys, COLLECTION_STOPPED):
        is_mine = task.owner_role in at.mine.roles
        pupil = url_for("staff.pupil", school=at.school.code, pupil=task.pupil_public_id)
        href = url_for("staff.tasks", school=at.school.code) if is_mine else pupil
        do = "Say what was done" if is_mine else "Open"
        found.append({"text": f"{task.pupil_name} was not let go. {task.title}", "href": href, "do": do})
    return found


def _start(public_id: str, viewing: Viewing) -> str:
    """Whoever may ring begins with the call."""
    if Permission.LOG_CALLS in viewing.permissions:
        return url_for("staff.call", school=viewing.school, pupil=public_id)
    return viewing.pupil(public_id)


def notices(
    at: Here, morning: Morning, seen: Around, calendar: SchoolCalendar, now: datetime, *, wait: bool
) -> list[dict[str, Any]]:  # fmt: skip
    """The sentences above the lists, gravest first: (kind, text, action)."""
    found: list[dict[str, Any]] = []
    if not morning.due:
        why = calendar.session(at.on, at.half).why
        reason = _CLOSED.get(str(why), "") if why else ""
        return [_say("news", f"Nobody is due in this session. {reason}".strip())]
    if not at.is_today:
        text = f"You are looking at {day_words(at.on)}."
        if at.on < at.today and at.may(Permission.AMEND_PAST_MARKS):
            text += " A change asks for a reason: open the pupil."
        found.append(_say("news", text, "Go to today", url_for("staff.today", school=at.school.code)))
        return found
    if seen.texts_stopped_since is not None:
        people = f"{seen.untold} {'family has' if seen.untold == 1 else 'families have'} not been told."
        if not seen.untold:
            people = "Ring the families of those who are missing."
        found.append(
            _say("alarm", f"Texts are not going out since {_time(seen.texts_stopped_since)}. {people}", "Call list",
                 "#unexplained")
        )  # fmt: skip
    if not calendar.is_open(at.on, at.half) and morning.counts[Whereabouts.UNEXPLAINED]:
        found.append(_say("wait", "School is closed in this session. Whoever was missing is still looked for."))
    if wait:
        newest = seen.imported_at or seen.marks_at
        last = "No marks have come yet."
        if newest is not None:
            last = f"Marks last updated {_time(newest)}, {(now - newest) // timedelta(minutes=1)} min ago."
        found.append(_say("wait", f"{last} No text goes out until they are."))
    if now < morning.register_closes:
        nobody = "" if morning.pupils_in(WorkList.LATE) else " Nobody is late yet."
        found.append(_say("news", f"Registers close at {_time(morning.register_closes)}.{nobody}"))
        names = [f"{pupil.name} {pupil.row.form}".strip() for pupil in _marked_absent(morning)]
        if names:
            found.append(_say("wait", absent_words(names, _time(morning.register_closes))))
    elif not morning.counts[Whereabouts.UNEXPLAINED] and not morning.counts[Whereabouts.NOT_KNOWN]:
        known = morning.due
        found.append(_say("good", f"Everyone is accounted for. {known} of {morning.due} at {_time(now)}."))
    return found


def _say(kind: str, text: str, action: str = "", href: str = "") -> dict[str, Any]:
    return {"kind": kind, "text": text, "action": {"text": action, "href": href} if action else None}


def half_word(at: Here) -> str:
    return WORD_OF[at.half]
