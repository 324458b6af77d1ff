"""The two steps of signing in, the same at both doors: a number or address, then the code that went there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, current_app, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.accounts.queries.providers import ProviderRow, only_provider
from webapp.accounts.rules.codes import Door, read_point
from webapp.accounts.rules.limits import TooMany
from webapp.accounts.services.code_messages import send_code_in
from webapp.accounts.services.codes import Onward, ask_code, check_code
from webapp.accounts.services.sessions import SignedIn
from webapp.demo.cards import sign_in_cards
from webapp.foundation.db import read_door
from webapp.people.rules.contact_points import PointKind, ReadPoint, national
from webapp.people.rules.names import clean_line
from webapp.people.rules.refusals import Refused
from webapp.security import (
    browser_token,
    client_address,
    put_browser_token,
    put_session_token,
    read_machine_token,
    read_session_token,
    renew_forms,
    safe_next,
)

_SENT_TO = "sent_to"
_LONGEST_POINT = 400
Answer = Response | AnyResponse | str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Entrance:
    """One door's endpoints, templates and where it leads."""

    door: Door
    ask: str
    code: str
    choose: str
    templates: str
    home: str


PARENTS = Entrance(Door.PARENT, "auth.sign_in", "auth.code", "auth.choose", "sign_in", "/home")


def wanted() -> str | None:
    """Where the reader was going before they were asked to sign in."""
    return safe_next(request.values.get("next"))


def show_ask(entrance: Entrance, *, typed: str = "", error: str = "", field: str = "contact_point") -> str:
    """The page that asks for a number or address; ``field`` is what the error is about."""
    only, some = _offered() if entrance.door is Door.STAFF else (None, False)
    cards = [card for card in sign_in_cards() if card.door == entrance.door] if _settings().is_demo else []
    return render_template(
        f"auth/{entrance.templates}.html", typed=typed, error=error, next=wanted() or "", demo_cards=cards, wrong=field,
        action=url_for(entrance.ask), errors=[{"text": error, "href": f"#{field}"}] if error else [],
        only_provider=only, some_provider=some,
        machine=read_machine_token(request, current_app.extensions["cookies"]) if entrance.door is Door.STAFF else None,
    )  # fmt: skip


def _offered() -> tuple[ProviderRow | None, bool]:
    with read_door() as db:
        return only_provider(db)


def ask(entrance: Entrance) -> Answer:
    """Send a code to what was typed. Whether anybody holds it changes nothing that can be seen."""
    raw = request.form.get("contact_point", "")[:_LONGEST_POINT]
    typed = clean_line(raw, 4 * len(raw), "contact_point")
    cookies = current_app.extensions["cookies"]
    token = browser_token(request, cookies)
    try:
        point = read_point(entrance.door, typed, allow_fictional=_settings().fictional_numbers)
        ask_code(entrance.door, point, token, client_address(), send=send_code_in)
    except Refused as refused:
        return show_ask(entrance, typed=typed, error=refused.mend), status(refused)
    session[_SENT_TO] = _readable(point)
    response = redirect(url_for(entrance.code, next=wanted()))
    put_browser_token(cast(Response, response), cookies, token)
    return response


def show_code(entrance: Entrance, *, error: str = "") -> str:
    """The page that asks for the code."""
    return render_template(
        "auth/code.html", sent_to=session.get(_SENT_TO, ""), next=wanted() or "", error=error,
        action=url_for(entrance.code), ask_again=url_for(entrance.ask, next=wanted()),
        errors=[{"text": error, "href": "#code"}] if error else [],
    )  # fmt: skip


def enter(
    entrance: Entrance, then: Callable[[str | None], str | None] = lambda then: then, *, onward: Onward | None = None,
    led_on: Callable[[Any], AnyResponse] | None = None,
) -> Answer:  # fmt: skip
    """Sign in with the code that was typed; or with ``onward``, go on from it as ``led_on`` says.

    ``then`` may lead by way of another page to where the person was going.
    """
    cookies = current_app.extensions["cookies"]
    try:
        signed_in = check_code(
            entrance.door, browser_token(request, cookies), request.form.get("code", ""), client_address(),
            user_agent=request.user_agent.string, old_token=read_session_token(request, cookies, entrance.door),
            onward=onward,
        )  # fmt: skip
    except Refused as refused:
        return show_code(entrance, error=refused.mend), status(refused)
    if not isinstance(signed_in, SignedIn):
        return led_on(signed_in) if led_on else redirect(url_for(entrance.ask))
    return signed_in_answer(entrance, signed_in, then(wanted()))


def signed_in_answer(entrance: Entrance, signed_in: SignedIn, then: str | None) -> Response:
    """The cookie of a new session, and on to where the person was going, or to the question who they are."""
    target = (then or entrance.home) if signed_in.chosen else url_for(entrance.choose, next=then)
    renew_forms()
    response = make_response(redirect(target))
    put_session_token(response, current_app.extensions["cookies"], entrance.door, signed_in.token)
    return response


def _readable(point: ReadPoint) -> str:
    return point.value if point.kind is PointKind.EMAIL else national(point.value)


def status(refused: Refused) -> int:
    """What a refusal is answered with."""
    return 429 if isinstance(refused, TooMany) else 422


def _settings() -> Any:
    return current_app.extensions["settings"]

