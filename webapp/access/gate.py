"""The gate before every view: it looks up the rule, loads who asks in one query, and lets in or turns away."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Thread
from time import sleep
from typing import Any

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from sqlalchemy.sql.selectable import ScalarSelect
from werkzeug.wrappers import Response as AnyResponse

from webapp.access.costs import count_cost, count_wrong
from webapp.access.endpoints import CHOOSE, ENDPOINTS, LOCKED, SIGN_IN
from webapp.access.table import Audience, Pupils, Rule, Shows, UndeclaredEndpoint, undeclared
from webapp.accounts.queries.devices import find_session
from webapp.accounts.queries.parents import find_parent
from webapp.accounts.queries.staff import STAFF, AnySelect, StaffSchool, StaffViewer, find_staff, staff_statement
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.freshness import Fresh, is_stale, lasts
from webapp.accounts.rules.sessions import idle_since
from webapp.accounts.services.sightings import touch_session, write_sightings
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door
from webapp.insight.services.noting import View, keep_views, note_view, something_waits, write_noted
from webapp.people.queries import settings_of
from webapp.security import check_address, check_form, check_origin, read_machine_token, read_session_token

Parameters = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_EXTENSION = "access"
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Version:
    statement: AnySelect
    parameters: Parameters


class NobodySeen(RuntimeError):
    """A page that shows a child did not say which: the trail could not keep who looked."""


_versions: dict[str, _Version] = {"": _Version(STAFF, lambda _arguments: {})}


def use_version(name: str, version: ScalarSelect[Any], parameters: Parameters) -> None:
    """Let rules bring along a value in the sign-in query of staff, such as a board's version.

    ``parameters`` makes the statement's own parameters from the arguments of the address. Called once, at import.
    """
    _versions[name] = _Version(staff_statement(version), parameters)


Proving = Callable[[Fresh], AnyResponse]
_proving: list[Proving] = []


def use_proving(page: Proving) -> None:
    """Say how somebody whose proof is too old is asked for another. Called once, at import."""
    _proving[:] = [page]


def init_app(app: Flask, endpoints: Mapping[str, Rule] = ENDPOINTS) -> None:
    """Set the gate before every view. After ``security`` and the blueprints; raises ``UndeclaredEndpoint``."""
    missing = undeclared(app, endpoints)
    missing += [
        f"{name}: nobody has said what its version {rule.version} is"
        for name, rule in endpoints.items()
        if rule.version not in _versions
    ]
    if missing:
        raise UndeclaredEndpoint("; ".join(missing))
    app.extensions[_EXTENSION] = endpoints
    app.before_request(_gate)
    app.before_request(count_cost)
    app.after_request(count_wrong)
    app.after_request(_write_what_was_noted)


def look_without_being_asked() -> None:
    """What the last page of a process noted waits for no other page: a thread looks once a second, and at the end.

    Called once in each web process, after it was forked.
    """
    atexit.register(write_noted, at_once=True)
    Thread(target=_look, name="noted", daemon=True).start()


def _look() -> None:
    while True:
        sleep(_LOOK_SECONDS)
        if something_waits():
            write_noted()


def _write_what_was_noted(response: Response) -> Response:
    _note_who_saw(response)
    response.call_on_close(write_sightings)
    response.call_on_close(write_noted)
    return response


def _note_who_saw(response: Response) -> None:
    """Keep who of the staff saw which child. Raises where a view does not say whom it shows: then there is no page."""
    rule = current_app.extensions[_EXTENSION].get(request.endpoint)
    if rule is None or rule.shows in (None, Shows.KEPT_BY_ITSELF) or request.method not in {"GET", "HEAD"}:
        return
    if response.status_code != 200 or "school" not in g:
        return
    viewer, pupils = g.viewer, list(g.get("saw", ()))
    if rule.shows is not Shows.MANY and not pupils:
        raise NobodySeen(f"{request.endpoint} shows a child and does not say whom; call access.saw")
    about = [None, *pupils] if rule.shows is Shows.MANY else pupils
    views = [
        View(viewer.organisation_id, g.school.id, viewer.actor, str(request.endpoint), pupil,
             safeguarding=rule.shows is Shows.SAFEGUARDING)
        for pupil in about
    ]  # fmt: skip
    if rule.shows is Shows.SAFEGUARDING:
        keep_views(views)
    else:
        for view in views:
            note_view(view)


def _gate() -> AnyResponse | None:
    if request.endpoint is None:
        return None
    check_address(request)
    rule = current_app.extensions[_EXTENSION].get(request.endpoint)
    settings = current_app.extensions["settings"]
    if rule is None or (rule.audience is Audience.DEMO and not settings.is_demo):
        abort(404)
    if rule.audience is Audience.WEBHOOK:
        return None
    check_origin(request, settings)
    if rule.audience is Audience.LINK:
        return None
    check_form()
    match rule.audience:
        case Audience.PARENT:
            return _let_parent_in(rule)
        case Audience.STAFF:
            return _let_staff_in(rule)
        case Audience.OPEN if rule.door is Door.PARENT:
            _let_parent_in(rule)
        case Audience.CHOOSING:
            return _let_chooser_in(rule.door or Door.PARENT)
    return None


def _hashed(door: Door) -> str | None:
    token = read_session_token(request, current_app.extensions["cookies"], door)
    return token_hash(token) if token else None


def _let_parent_in(rule: Rule) -> AnyResponse | None:
    hashed, now = _hashed(Door.PARENT), machine_now()
    if hashed is None:
        return _to_sign_in(Door.PARENT)
    with read_door() as db:
        viewer = find_parent(db, hashed, now, school_today())
    if viewer is None:
        return _to_sign_in(Door.PARENT)
    if not viewer.contacts:
        return _to_choose(Door.PARENT)
    if rule.audience is Audience.PARENT and rule.pupils is (Pupils.NO if viewer.is_pupil else Pupils.ALONE):
        # Not theirs, and nobody's business that it is there.
        abort(404)
    touch_session(viewer.session_id, Door.PARENT, viewer.seen_at, now)
    g.viewer = viewer
    return None


def _let_staff_in(rule: Rule) -> AnyResponse | None:
    hashed, now = _hashed(Door.STAFF), machine_now()
    if hashed is None:
        return _to_sign_in(Door.STAFF)
    version, arguments = _versions[rule.version], request.view_args or {}
    with read_door() as db:
        viewer = find_staff(
            db, hashed, now, idle_since(now), school_today(), version.statement, version.parameters(arguments)
        )
        if viewer is None:
            waiting = find_session(db, hashed, now, idle_since(now))
            unchosen = waiting is not None and waiting.door is Door.STAFF and waiting.staff is None
            return _to_choose(Door.STAFF) if unchosen else _to_sign_in(Door.STAFF)
    if not rule.by_itself:
        touch_session(viewer.session_id, Door.STAFF, viewer.seen_at, now)
    g.viewer = viewer
    if rule.in_school:
        g.school = _school(viewer, arguments.get("school", ""), rule)
    elif rule.permission is not None and not viewer.schools_where(rule.permission):
        abort(403)
    if rule.fresh is None or is_fresh_here(rule.fresh):
        return None
    return _proving[0](rule.fresh) if _proving else abort(403)


def is_fresh_here(what: Fresh) -> bool:
    """Whether the proof of the staff session still serves for that. Settings are kept: they cost no statement."""
    viewer, today = g.viewer, school_today()
    schools = [g.school] if "school" in g else viewer.schools
    with read_door() as db:
        settings = [settings_of(db, school.organisation_id, school.id, today) for school in schools]
    return not is_stale(viewer.proved_at, lasts(what, settings), machine_now())


def _school(viewer: StaffViewer, code: str, rule: Rule) -> StaffSchool:
    """That a school exists is told only to those who work there."""
    school = viewer.find_school(code)
    if school is None:
        abort(404)
    if rule.permission is not None and not school.allows(rule.permission):
        abort(403)
    return school


def _let_chooser_in(door: Door) -> AnyResponse | None:
    hashed, now = _hashed(door), machine_now()
    if hashed is None:
        return _to_sign_in(door)
    with read_door() as db:
        found = find_session(db, hashed, now, idle_since(now))
    if found is None or found.door is not door:
        return _to_sign_in(door)
    g.open_session = found
    return None


def _to_sign_in(door: Door) -> AnyResponse:
    """A page sends its reader to sign in and back; a script, and a form with words in it, are told 401."""
    if not _is_page():
        abort(401)
    here = request.full_path if request.query_string else request.path
    shared = door is Door.STAFF and read_machine_token(request, current_app.extensions["cookies"]) is not None
    return redirect(url_for(LOCKED if shared else SIGN_IN[door], next=here))


def _to_choose(door: Door) -> AnyResponse:
    if not _is_page():
        abort(401)
    return redirect(url_for(CHOOSE[door]))


def _is_page() -> bool:
    if request.method not in {"GET", "HEAD"} or "HX-Request" in request.headers:
        return False
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return False
    accept = request.accept_mimetypes
    return not accept or accept.accept_html
