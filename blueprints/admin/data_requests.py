"""Somebody asks for their data: kept with its day, gathered by the worker, its end written down."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.admin import blueprint
from blueprints.admin.data_words import OUTCOMES, clock_facts, status_of
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import fit_to_show, typed_again, typed_key, typed_version
from webapp.access import current_staff, saw
from webapp.foundation.db import read_door
from webapp.insight.queries.finding import find_people
from webapp.insight.queries.requests import (
    AboutPerson,
    RequestRow,
    find_about,
    find_request,
    is_maintained,
    line_counts,
    list_requests,
    progress_of,
)
from webapp.insight.rules.requests import (
    COMPETENT_FROM,
    LONGEST_WHY,
    LONGEST_WORDS,
    RequestMoved,
    RequestState,
    TypedRequest,
)
from webapp.insight.services.requests import (
    Keeper,
    close_request,
    confirm_identity,
    extend_time,
    gather,
    log_request,
    pause_clock,
    resume_clock,
)
from webapp.people.queries import times_of
from webapp.people.rules import Refused
from webapp.people.rules.ages import age_on
from webapp.people.rules.roles import Permission

Answer = Response | tuple[str, int]
UNDER_WAY = frozenset({RequestState.GATHERING, RequestState.MAKING})
_KINDS = {"pupils": "pupil", "contacts": "contact"}
_CLOCK: dict[str, Callable[[Keeper, str, int], None]] = {
    "identity": confirm_identity, "resume": resume_clock,
    "pause": lambda by, public_id, version: pause_clock(by, public_id, version, request.form.get("why", "")),
    "extend": lambda by, public_id, version: extend_time(by, public_id, version, request.form.get("extended_why", "")),
}  # fmt: skip


@blueprint.get("/staff/<school>/data-requests")
def data_requests(school: str) -> str:
    at, words = here(), fit_to_show(request.args.get("q", "")[:100])
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        found = list_requests(db, *at.keys)
        people = find_people(db, *at.keys, words) if words else ()
    return show(
        "admin/data_requests/requests.html", at, seen, times, "data_requests", words=words, people=people,
        requests=[(row, status_of(row), row.due_on is not None and row.due_on < at.today) for row in found],
    )  # fmt: skip


@blueprint.get("/staff/<school>/data-requests/new/<kind>/<person>")
def new_data_request(school: str, kind: str, person: str) -> str:
    at = here()
    return _new_page(at, about_here(at, kind, person))


@blueprint.post("/staff/<school>/data-requests/new/<kind>/<person>")
def log_data_request(school: str, kind: str, person: str) -> Answer:
    at, form = here(), request.form
    about = about_here(at, kind, person)
    typed = TypedRequest(**{name: form.get(name, "") for name in TypedRequest.__slots__})
    try:
        public_id = log_request(keeper(at), about, typed, submission_key=typed_key())
    except RequestMoved as moved:
        return _new_page(at, about, moved), 409
    except Refused as refused:
        return _new_page(at, about, refused), 422
    return redirect(url_for("admin.data_request", school=school, data_request=public_id), 303)


@blueprint.get("/staff/<school>/data-requests/<data_request>")
def data_request(school: str, data_request: str) -> str:
    at = here()
    return request_page(at, request_here(at, data_request))


@blueprint.get("/staff/<school>/data-requests/<data_request>/progress")
def data_request_progress(school: str, data_request: str) -> FlaskResponse:
    """What the progress bar asks: state, percent, and what is being done."""
    at = here()
    found = request_here(at, data_request)
    with read_door() as db:
        percent, words = progress_of(db, at.school.organisation_id, found.id)
    return jsonify(state=found.state.value, percent=percent, words=words)


@blueprint.post("/staff/<school>/data-requests/<data_request>/clock")
def set_data_clock(school: str, data_request: str) -> Answer:
    deed = _CLOCK.get(request.form.get("deed", ""))
    return act(data_request, deed) if deed is not None else abort(404)


@blueprint.post("/staff/<school>/data-requests/<data_request>/gather")
def gather_data(school: str, data_request: str) -> Answer:
    return act(data_request, gather)


@blueprint.post("/staff/<school>/data-requests/<data_request>/close")
def close_data_request(school: str, data_request: str) -> Answer:
    form = request.form
    outcome, words = form.get("outcome", ""), form.get("outcome_words", "")
    return act(data_request, lambda by, public_id, version: close_request(by, public_id, version, outcome, words))


def act(public_id: str, deed: Callable[[Keeper, str, int], None]) -> Answer:
    """Do it to a request of this school, and show what stands then."""
    at = here()
    request_here(at, public_id)
    try:
        deed(keeper(at), public_id, typed_version())
    except RequestMoved as moved:
        return request_page(at, request_here(at, public_id), moved), 409
    except Refused as refused:
        return request_page(at, request_here(at, public_id), refused), 422
    return redirect(url_for("admin.data_request", school=at.school.code, data_request=public_id), 303)


def keeper(at: Here) -> Keeper:
    return Keeper(*at.keys, current_staff().actor)


def about_here(at: Here, kind: str, person: str) -> AboutPerson:
    """A pupil who is or was here, or a contact of one. 404 for anybody else."""
    if kind not in _KINDS:
        abort(404)
    with read_door() as db:
        found = find_about(db, *at.keys, _KINDS[kind], person, at.today)
    return found if found is not None else abort(404)


def request_here(at: Here, public_id: str) -> RequestRow:
    """A request of this school. 404 for any other."""
    with read_door() as db:
        found = find_request(db, *at.keys, public_id)
    if found is None:
        abort(404)
    if found.pupil_id is not None:
        saw(found.pupil_id)
    return found


def request_page(at: Here, found: RequestRow, refused: Refused | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        counts = line_counts(db, at.school.organisation_id, found.id)
        percent, words = progress_of(db, at.school.organisation_id, found.id) if found.state in UNDER_WAY else (0, "")
    return show(
        "admin/data_requests/request.html", at, seen, times, "data_requests", row=found, status_of_row=status_of(found),
        facts_of=clock_facts(found, at.today), counts=counts, left=sum(left for _, left in counts.values()),
        every=sum(every for every, _ in counts.values()), percent=percent, words=words, typed=typed_again(),
        under_way=found.state in UNDER_WAY, checks=at.may(Permission.CHECK_DATA_REQUESTS), outcomes=OUTCOMES,
        longest=LONGEST_WHY, errors=_errors(refused),
    )  # fmt: skip


def _new_page(at: Here, about: AboutPerson, refused: Refused | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        maintained = is_maintained(db, at.school.organisation_id)
    typed = typed_again() if request.method == "POST" else {"received_on": at.today.isoformat()}
    return show(
        "admin/data_requests/new.html", at, seen, times, "data_requests", about=about, typed=typed,
        maintained=maintained, key=secrets.token_urlsafe(18), longest=LONGEST_WORDS, errors=_errors(refused),
        competent=about.date_of_birth is not None and age_on(about.date_of_birth, at.today) >= COMPETENT_FROM,
        parents=[(str(number), name if allowed else f"{name} (may not see the record)")
                 for number, name, allowed in about.parents],
    )  # fmt: skip


def _errors(refused: Refused | None) -> list[dict[str, Any]]:
    return [{"text": refused.mend, "href": f"#{refused.field}"}] if refused is not None else []
