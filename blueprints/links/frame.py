"""What every single-task page has: the school at its top, and an end where the link no longer acts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, current_app, g, render_template, request

from blueprints.links import blueprint
from webapp.accounts.queries.links import Link, find_link
from webapp.accounts.rules.links import LinkRefused, LinkState, looks_like_token
from webapp.accounts.services.links import open_link
from webapp.accounts.services.tokens import token_hash
from webapp.errors import use_frame
from webapp.foundation import logs
from webapp.foundation.clock import london, machine_now, school_offset
from webapp.foundation.db import read_door
from webapp.foundation.trail import Actor, ActorKind
from webapp.foundation.words import day_words, time_words
from webapp.insight.rules.shown import Facts, lines_of
from webapp.insight.services.noting import Whom, note_shown
from webapp.people.rules.names import clean_text

_GONE = 410
_LONGEST_TYPED = 5000


class LinkClosed(Exception):
    """The link acts no longer. ``unsent``: words that somebody had written and that did not go; ``lost``: an answer
    that did not go, with words or without."""

    def __init__(self, link: Link, unsent: str = "", *, lost: bool = False) -> None:
        super().__init__(f"the link is {link.state}")
        self.link = link
        self.unsent = unsent
        self.lost = lost or bool(unsent)


def open_living(token: str, purpose: str) -> Link:
    """The link of a page of this purpose. Raises ``LinkRefused`` (altered), ``LinkClosed`` for one that acts no longer.

    A link that was given out for something else is no link here.
    """
    link = open_link(token)
    g.organisation_id = link.organisation_id
    if link.purpose != purpose:
        raise LinkRefused(LinkState.ALTERED)
    if link.state is not LinkState.LIVE:
        raise LinkClosed(link)
    return link


def closed_since(token: str, state: LinkState, unsent: str = "", *, lost: bool = False) -> LinkClosed:
    """For an answer that a service has refused, because of this state, since the page was opened."""
    return LinkClosed(replace(open_link(token), state=state), unsent, lost=lost)


def frame(link: Link) -> dict[str, Any]:
    """What ``layouts/link.html`` needs, and until when the link acts."""
    return {"school": {"name": link.school_name, "phone": link.school_phone}, "until": until_words(link)}


def note_page(link: Link, pupil_id: int, *lines: str) -> None:
    """Keep what the page said to whoever holds the link, as pages behind a sign-in do."""
    whom = Whom(link.organisation_id, link.contact_id, pupil_id, "link")
    by = Actor(ActorKind.CONTACT, link.contact_id, link.contact_name)
    said = lines_of(lines)
    note_shown(whom, by, link.school_id, hash(said), lambda: Facts(said))


def typed(name: str) -> str:
    """What somebody typed into that field, fit to be shown again; far longer than any field takes."""
    return clean_text(request.form.get(name, "")[:_LONGEST_TYPED], 4 * _LONGEST_TYPED)


def until_words(link: Link) -> str:
    """9:17am Thursday 18 June, on the school's clock."""
    at = london(link.expires_at + school_offset())
    return f"{time_words(at)} {day_words(at.date())}"


def _error_frame() -> dict[str, Any] | None:
    """Of the link in the address, whatever its state; it is not noted as opened."""
    token = (request.view_args or {}).get("token") or request.path.removeprefix("/t/").partition("/")[0]
    if not looks_like_token(token):
        return None
    with read_door() as db:
        link = find_link(db, token_hash(token), machine_now())
    return None if link is None else frame(link)


use_frame("link", _error_frame)


@blueprint.errorhandler(LinkClosed)
def say_closed(closed: LinkClosed) -> Response:
    """The end of a link: answered, run out, or taken back by school. It says nothing of any child."""
    words = render_template(
        "links/closed.html", state=closed.link.state, unsent=closed.unsent, lost=closed.lost, **frame(closed.link)
    )
    answer = current_app.make_response(words)
    answer.status_code = 200 if closed.link.state is LinkState.USED and not closed.lost else _GONE
    return answer


@blueprint.errorhandler(LinkRefused)
def say_altered(_refused: LinkRefused) -> tuple[str, int]:
    """A token that was never given out."""
    return render_template("links/altered.html", reference=logs.request_id()), 404


@blueprint.after_request
def keep_to_ourselves(response: Response) -> Response:
    """No search engine keeps these addresses; nobody else is told of them, because Referrer-Policy is same-origin."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
