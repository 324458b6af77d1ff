"""Until school has dealt with it a report can be changed, taken back, or told when the child is back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.parent import blueprint
from blueprints.parent.frame import adults, frame
from blueprints.parent.receipts import get_page, show
from blueprints.parent.report_parts import away_of, facts_of, title_of
from blueprints.parent.typed import (
    all_items,
    as_fields,
    by_field,
    fit_to_show,
    read_typed,
    receipt_url,
    summary,
    typed_of,
)
from webapp.absence.queries.families import OwnReport
from webapp.absence.queries.pages import ReportPage
from webapp.absence.rules.drafts import FieldError, Refusals, TypedReport
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import Reason, Symptom, why_words
from webapp.absence.rules.receipts import expected_words, when_words
from webapp.absence.rules.states import Event, ReportRefused, State, allows
from webapp.absence.rules.times import LONDON, local_day, read_day, read_time
from webapp.absence.services.change import (
    NotTaken,
    ReportNotThere,
    Stale,
    change_report,
    say_back_on,
    withdraw_report,
)
from webapp.access import current_parent
from webapp.foundation.clock import school_now
from webapp.foundation.words import day_words, time_words
from webapp.people.rules.settings import AM_REGISTER_OPENS, PM_SESSION_ENDS

Answer = str | tuple[str, int] | Response
_STEP = timedelta(minutes=30)
_WHEN = ("kind", "starts_on", "ends_on", "leaves_at", "arrives_at")


@blueprint.get("/absence-reports/<report>/change")
def change(report: str) -> Answer:
    page = get_page(current_parent(), report, school_now())
    return _form(page.report, typed_of(page.report))


@blueprint.post("/absence-reports/<report>/change")
def send_change(report: str) -> Answer:
    viewer = current_parent()
    typed = read_typed(request.form)
    if request.form.get("span") != span_of(typed):
        # Other days away: what was said about coming back no longer fits.
        typed = replace(typed, back_on="")
    try:
        done = change_report(adults(viewer), report, _version(), typed)
    except ReportNotThere:
        abort(404)
    except Stale as stale:
        may_change = allows(State(stale.current.state), Event.CHANGE)
        return _both(stale.current, typed) if may_change else _as_message(report, typed)
    except ReportRefused:
        return _as_message(report, typed)
    if isinstance(done, Refusals):
        return _form(get_page(viewer, report, school_now()).report, typed, done.errors), 422
    return redirect(receipt_url(report, changed="yes", **({"long": "yes"} if done.asked_until else {})), 303)


@blueprint.get("/absence-reports/<report>/coming-in")
def coming_in(report: str) -> Answer:
    return _coming(get_page(current_parent(), report, school_now()))


@blueprint.post("/absence-reports/<report>/coming-in")
def send_coming_in(report: str) -> Answer:
    viewer = current_parent()
    typed = fit_to_show(request.form.get("expected", "") or request.form.get("expected_other", ""))
    try:
        done = withdraw_report(adults(viewer), report, _version(), typed)
    except ReportNotThere:
        abort(404)
    except Stale:
        return _coming_meanwhile(report, typed)
    except ReportRefused as refused:
        return _refused(report, refused)
    if isinstance(done, NotTaken):
        return _coming(get_page(viewer, report, school_now()), typed, done.errors), 422
    return redirect(receipt_url(report), 303)


@blueprint.post("/absence-reports/<report>/back")
def say_back(report: str) -> Answer:
    """"Back when?", one tap."""
    viewer = current_parent()
    typed = request.form.get("back_on", "")
    try:
        done = say_back_on(adults(viewer), report, _version(), typed)
    except ReportNotThere:
        abort(404)
    except Stale:
        return _not_back(report, "This changed since you opened it. Look, and say it again", 409)
    except ReportRefused as refused:
        return _refused(report, refused)
    if isinstance(done, NotTaken):
        return _not_back(report, done.errors[0].sentence, 422)
    return redirect(receipt_url(report, **({"long": "yes"} if done.asked_until else {"changed": "yes"})), 303)


_CHANGED = FieldError("expected", "This report changed since you opened it. Look at it again, then send")


def _coming_meanwhile(report: str, typed: str) -> Answer:
    """Another tab was first: the same time is done, and of another one the page says which school has."""
    page = get_page(current_parent(), report, school_now())
    one = page.report
    if one.state != State.WITHDRAWN:
        return _coming(page, typed, (_CHANGED,)), 409
    if read_time(typed) == (one.expected_at and one.expected_at.astimezone(LONDON).time()):
        return redirect(receipt_url(report), 303)
    if one.expected_at is None:
        return _coming(page, typed, (_CHANGED,)), 409
    known = expected_words(one.first_name, one.expected_at).removesuffix(".")
    return _coming(page, typed, (FieldError("expected", f"{known} already. Send this only to change the time"),)), 409


def _version() -> int:
    raw = request.form.get("version", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else -1


def _as_message(report: str, typed: TypedReport) -> Answer:
    """Too late for a change: what is new in it stands in the message box, so that no word of it is lost."""
    one = get_page(current_parent(), report, school_now()).report
    was, facts = typed_of(one), dict(_typed_facts(typed, one))
    found = [
        facts.get("When", "") if _hours_of(typed) != _hours_of(was) else "",
        facts.get("Why", "") if (typed.reason, set(typed.symptoms)) != (was.reason, set(was.symptoms)) else "",
        typed.words if typed.words != was.words else "",
    ]
    why = "You took this back" if one.state == State.WITHDRAWN else "School has already dealt with this"
    words = ". ".join(words for words in found if words)
    return show(report, words=words, error=f"{why}. Send what you changed as a message"), 409


def _refused(report: str, refused: ReportRefused) -> Answer:
    """School has dealt with it: the receipt says so, and stays where one can write."""
    return _not_back(report, refused.mend, 409)


def _not_back(report: str, words: str, status: int) -> Answer:
    page = render_template(
        "parent/not_taken.html", words=words, see=receipt_url(report),
        write=receipt_url(report, write="yes", _anchor="talk"), **frame(current_parent()),
    )  # fmt: skip
    return page, status


def _form(one: OwnReport, typed: TypedReport, errors: Sequence[FieldError] = ()) -> str:
    return render_template(
        "parent/change.html", report=one, typed=typed, reasons=all_items(typed),
        kinds=[(kind.value, kind.label) for kind in Kind], dates=dates_of(typed), span=span_of(typed_of(one)),
        when=when_words(away_of(one), local_day(school_now())), when_open=_other_when(one, typed, errors),
        errors=summary(errors, PLACES),
        faults=by_field(errors), action=url_for("parent.send_change", report=one.public_id),
        back={"href": receipt_url(one.public_id)}, **frame(current_parent()),
    )  # fmt: skip


def _other_when(one: OwnReport, typed: TypedReport, errors: Sequence[FieldError]) -> bool:
    """The day or the time was changed, or is at fault: it stands open."""
    was = typed_of(one)
    return any(error.field in _WHEN for error in errors) or any(
        getattr(typed, name) != getattr(was, name) for name in _WHEN
    )


def span_of(typed: TypedReport) -> str:
    """The days of a form, the same however they were typed."""
    last = read_day(typed.ends_on) if typed.kind == Kind.DAYS else None
    return f"{typed.kind} {read_day(typed.starts_on)} {last}"


def _hours_of(typed: TypedReport) -> tuple[str, time | None, time | None]:
    """Days and times of a form, the same however they were typed."""
    return span_of(typed), read_time(typed.leaves_at), read_time(typed.arrives_at)


PLACES = {"starts_on": "starts_on-day", "ends_on": "ends_on-day"}


def dates_of(typed: TypedReport) -> dict[str, tuple[str, str, str]]:
    """Day, month and year of each date for its three fields, as they were typed where they are no date."""
    found = {}
    for name in ("starts_on", "ends_on"):
        raw = getattr(typed, name)
        day = read_day(raw)
        parts = (str(day.day), str(day.month), str(day.year)) if day else (*raw.split(), "", "", "")[:3]
        found[name] = (parts[0], parts[1], parts[2])
    return found


def _both(current: OwnReport, typed: TypedReport) -> Answer:
    """Somebody changed it first: what school has, and what was typed, side by side; nothing is lost."""
    today = local_day(school_now())
    page = render_template(
        "parent/both_versions.html", current=facts_of(current, today), typed=_typed_facts(typed, current),
        fields=as_fields(typed), span=span_of(typed), version=current.version,
        action=url_for("parent.send_change", report=current.public_id),
        keep=receipt_url(current.public_id), sent=title_of(current, today), **frame(current_parent()),
    )  # fmt: skip
    return page, 409


def _typed_facts(typed: TypedReport, current: OwnReport) -> list[tuple[str, str]]:
    kinds = {kind.value: kind.label for kind in Kind}
    days = [day_words(day) for raw in (typed.starts_on, typed.ends_on) if (day := read_day(raw))]
    times = [at for at in (typed.leaves_at, typed.arrives_at) if at]
    known = {reason.value for reason in Reason}
    chips = [Symptom(chip) for chip in typed.symptoms if chip in set(Symptom)]
    found = [
        ("Child", current.first_name),
        ("When", ", ".join([*days, kinds.get(typed.kind, ""), *times])),
        ("Why", why_words(Reason(typed.reason), chips) if typed.reason in known else ""),
        ("Your words", typed.words),
    ]
    return [(label, words) for label, words in found if words]


def _coming(page: ReportPage, typed: str = "", errors: Sequence[FieldError] = ()) -> str:
    one, now = page.report, school_now()
    begun = one.starts_on <= local_day(now)
    opens, ends = page.times.settings[AM_REGISTER_OPENS], page.times.settings[PM_SESSION_ENDS]
    return render_template(
        "parent/coming_in.html", report=one, begun=begun, typed=typed, error=errors[0].sentence if errors else "",
        times=coming_times(now, opens, ends) if begun else [],
        errors=summary(errors, {"expected": "expected_other"} if begun else None),
        action=url_for("parent.send_coming_in", report=one.public_id), back={"href": receipt_url(one.public_id)},
        **frame(current_parent()),
    )  # fmt: skip


def coming_times(now: datetime, opens: time, ends: time) -> list[str]:
    """The next three half hours at which a child can come, in words; the first is at least ten minutes away."""
    local = now.astimezone(LONDON)
    at = (local + timedelta(minutes=10)).replace(minute=0, second=0, microsecond=0)
    found: list[str] = []
    while len(found) < 3 and at.date() == local.date() and at.time() < ends:
        if at >= local + timedelta(minutes=10) and at.time() > opens:
            found.append(time_words(at))
        at += _STEP
    return found
