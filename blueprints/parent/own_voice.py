"""A pupil who answers for themselves: leaving during the day, and what their parents see."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.parent import blueprint
from blueprints.parent.frame import frame, main_place, unread_lines
from blueprints.parent.proving import is_proved, to_prove
from blueprints.parent.typed import fit_to_show, new_key
from blueprints.parent.you import you_page
from webapp.absence.queries.sign_outs import SignOutRow, own_sign_outs
from webapp.absence.rules.sign_outs import SignOutState, phone_may_go, read_sign_out
from webapp.absence.rules.times import LONDON, clock_words, local_day
from webapp.absence.services.sign_outs import Leaver, SignOutNotThere, ask_to_leave, go_by_phone, take_back
from webapp.access import current_parent
from webapp.accounts.queries.own_voice import own_choice
from webapp.accounts.queries.parents import ViewerChild
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.submissions import SubmissionReused
from webapp.foundation.words import time_words
from webapp.people.queries import times_of
from webapp.people.rules.own_voice import ParentsSee, SignOut, is_adult, seen_words
from webapp.people.rules.refusals import Refused
from webapp.people.rules.school_times import in_london
from webapp.people.rules.settings import PM_SESSION_ENDS
from webapp.people.services.own_voice import say_who_sees as keep_who_sees

Answer = str | tuple[str, int] | Response
_STATES = {
    SignOutState.ASKED: ("wait", "School has not answered yet"), SignOutState.AGREED: ("agreed", "School agreed"),
    SignOutState.REFUSED: ("missing", "School said no"), SignOutState.WITHDRAWN: ("quiet", "You took it back"),
    SignOutState.GONE: ("in", "You are signed out"),
}  # fmt: skip
_CHOICES = [
    (ParentsSee.EVERYTHING.value, "Everything I tell school here, with why and my own words"),
    (ParentsSee.FACT.value, "That I told school, and the days. Not why, and not my words"),
    (ParentsSee.EMERGENCIES.value, "Nothing, but for emergencies"),
]


def myself() -> ViewerChild:
    """The pupil who looks; 404 for anybody else, whom the gate has turned away already."""
    child = next((child for child in current_parent().children if child.rights.link.is_pupil), None)
    if child is None:
        abort(404)
    return child


@blueprint.get("/leaving")
def leaving() -> str:
    return _page()


@blueprint.post("/leaving")
def ask_leaving() -> Answer:
    now = school_now().astimezone(LONDON)
    typed = {name: fit_to_show(request.form.get(name, ""), whole=True) for name in ("leaves_at", "back_at", "reason")}
    key = request.form.get("submission_key", "")[:64]
    by = _leaver()
    with read_door() as db:
        ends = times_of(db, by.organisation_id, by.school_id, now.date()).settings[PM_SESSION_ENDS]
    try:
        wanted = read_sign_out(typed["leaves_at"], typed["back_at"], typed["reason"], now.time(), ends)
        ask_to_leave(by, wanted, key)
    except SubmissionReused:
        return _page({"request": "You have asked already."}, typed), 409
    except Refused as refused:
        return _page({refused.field: refused.mend}, typed, key), 422
    return redirect(url_for("parent.leaving"), 303)


@blueprint.post("/leaving/<request_id>/take-back")
def take_back_leaving(request_id: str) -> Answer:
    return _do(lambda: take_back(_leaver(), request_id))


@blueprint.post("/leaving/<request_id>/go")
def go_now(request_id: str) -> Answer:
    return _do(lambda: go_by_phone(_leaver(), request_id))


def _do(deed: Any) -> Answer:
    try:
        deed()
    except SignOutNotThere:
        abort(404)
    except Refused as refused:
        return _page({"request": refused.mend}), 422
    return redirect(url_for("parent.leaving"), 303)


def _leaver() -> Leaver:
    child = myself()
    place = main_place(child)
    return Leaver(
        child.organisation_id, place.school.id, place.id, child.id, child.contact.id, child.first_name,
        child.contact.actor, child.sign_out,
    )  # fmt: skip


def _page(faults: dict[str, str] | None = None, typed: dict[str, str] | None = None, key: str = "") -> str:
    viewer, child, now = current_parent(), myself(), school_now()
    with read_door() as db:
        found = own_sign_outs(db, child.organisation_id, child.contact.id, local_day(now))
        unread = unread_lines(db, viewer)
    waits = any(row.state in (SignOutState.ASKED, SignOutState.AGREED) for row in found)
    return render_template(
        "parent/leaving.html", rows=[_row(row, child.sign_out) for row in found], may_ask=not waits,
        how=child.sign_out.value, school=main_place(child).school, faults=faults or {}, typed=typed or {},
        errors=[{"text": words, "href": f"#{field}"} for field, words in (faults or {}).items()], key=key or new_key(),
        sees=seen_words(child.parents_see)[0], **frame(viewer, "leaving", unread),
    )  # fmt: skip


def _row(row: SignOutRow, how: SignOut) -> dict[str, Any]:
    look, words = _STATES[SignOutState(row.state)]
    leaves = in_london(row.on, row.leaves_at)
    back = f", back at {time_words(row.back_at)}" if row.back_at else ""
    return {
        "id": row.public_id, "look": look, "state": words, "when": f"Leave at {time_words(row.leaves_at)}{back}",
        "reason": row.reason, "answer": row.answer, "by": row.answered_by,
        "gone": clock_words(row.gone_at) if row.gone_at else "", "waits": row.state in ("asked", "agreed"),
        "agreed": row.state == SignOutState.AGREED,
        "phone": not row.dsl_leads and phone_may_go(how, SignOutState(row.state), leaves, school_now()),
    }  # fmt: skip


@blueprint.get("/you/who-sees")
def who_sees() -> str:
    return _who_sees()


@blueprint.post("/you/who-sees")
def say_who_sees() -> Answer:
    """From eighteen; a borrowed phone must not do it, so that it asks for a fresh proof."""
    if not is_proved():
        return to_prove(url_for("parent.who_sees"))
    child = myself()
    chosen = request.form.get("see", "")
    try:
        keep_who_sees(child.organisation_id, child.contact.id, child.id, chosen, actor=child.contact.actor)
    except Refused as refused:
        return _who_sees(refused.mend), 422
    return redirect(url_for("parent.who_sees"), 303)


def _who_sees(error: str = "") -> str:
    child = myself()
    with read_door() as db:
        choice = own_choice(db, child.organisation_id, child.id)
    words, always = seen_words(child.parents_see)
    return you_page(
        "who_sees", words=words, always=always, choices=_CHOICES, choice=choice or child.parents_see.value, error=error,
        adult=is_adult(child.date_of_birth, local_day(school_now())), school=main_place(child).school,
        errors=[{"text": error, "href": "#see"}] if error else [],
    )  # fmt: skip
