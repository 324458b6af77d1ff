"""Parents' sign-in: a code to a mobile or e-mail that school holds, then who of its holders one is."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.auth import blueprint, passkeys, steps
from webapp.access import current_session
from webapp.accounts.queries.points import candidates
from webapp.accounts.rules.persons import Person
from webapp.accounts.services.sessions import NotAmongThem, choose_contacts, may_choose
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door

ENTRANCE = steps.PARENTS


@blueprint.get("/")
def start() -> Response:
    """The bell leads home; the gate asks for sign-in where it is needed."""
    return redirect("/home")


@blueprint.get("/sign-in")
def sign_in() -> str:
    return steps.show_ask(ENTRANCE)


@blueprint.post("/sign-in")
def ask() -> steps.Answer:
    return steps.ask(ENTRANCE)


@blueprint.get("/sign-in/code")
def code() -> str:
    return steps.show_code(ENTRANCE)


@blueprint.post("/sign-in/code")
def enter() -> steps.Answer:
    return steps.enter(ENTRANCE, passkeys.offer_first)


@blueprint.get("/sign-in/who")
def choose() -> str:
    """Several people hold the number, or nobody whom school lets in."""
    return _show(_persons())


@blueprint.post("/sign-in/who")
def chosen() -> Response | tuple[str, int]:
    persons = _persons()
    person = next((person for person in persons if person.key == request.form.get("person")), None)
    if person is None:
        return _show(persons, "Choose your name"), 422
    try:
        choose_contacts(current_session(), person.contacts)
    except NotAmongThem as refused:
        return _show(persons, refused.mend), 422
    return redirect(steps.wanted() or ENTRANCE.home)


def _persons() -> tuple[Person, ...]:
    session = current_session()
    if not may_choose(session, machine_now()):
        return ()
    with read_door() as db:
        return candidates(db, session.point_kind or "", session.point_value or "", school_today())


def _show(persons: tuple[Person, ...], error: str = "") -> str:
    return render_template(
        "auth/choose.html", people=[(person.key, person.name) for person in persons], error=error,
        next=steps.wanted() or "", action=url_for("auth.chosen"), sign_out=url_for("auth.sign_out"),
        errors=[{"text": error, "href": "#person"}] if error else [],
        late=not may_choose(current_session(), machine_now()),
    )  # fmt: skip
