"""Checking what may be somebody else's, line by line, and the bundle that is handed over."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.admin import blueprint
from blueprints.admin.data_requests import Answer, act, keeper, request_here
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import is_number, typed_again, typed_number
from webapp.foundation import files
from webapp.foundation.db import read_door
from webapp.insight.queries.requests import PAGE, RequestRow, line_counts, lines_of
from webapp.insight.rules.requests import EXEMPTION_WORDS, RequestMoved, RequestState
from webapp.insight.rules.third_parties import CATEGORY_WORDS, Category
from webapp.insight.services.checking import decide_line, decide_rest
from webapp.insight.services.requests import make_bundle, note_download, note_lines_read
from webapp.people.queries import times_of
from webapp.people.rules import Refused

_OPEN = frozenset({RequestState.CHECKING, RequestState.READY})
_GIVEN = {"release": "Given", "strike": "Given without the names", "hold": "Held back"}
_ONE_BY_ONE = frozenset({Category.PROTECTION, Category.WITHHELD})


@blueprint.get("/staff/<school>/data-requests/<data_request>/lines")
def data_lines(school: str, data_request: str) -> Response | str:
    at = here()
    found = request_here(at, data_request)
    if found.state not in _OPEN:
        return redirect(url_for("admin.data_request", school=school, data_request=data_request))
    note_lines_read(keeper(at), found.id, found.pupil_id, _chosen())
    return _page(at, found)


@blueprint.post("/staff/<school>/data-requests/<data_request>/lines")
def decide_data_line(school: str, data_request: str) -> Answer:
    at = here()
    found = request_here(at, data_request)
    line, choice, exemption = typed_number("line"), request.form.get("choice", ""), request.form.get("exemption", "")
    try:
        decide_line(keeper(at), data_request, line, choice, exemption)
    except Refused as refused:
        return _page(at, found, refused, line), 409 if isinstance(refused, RequestMoved) else 422
    return _back(at, found)


@blueprint.post("/staff/<school>/data-requests/<data_request>/lines/rest")
def decide_data_rest(school: str, data_request: str) -> Answer:
    at, form = here(), request.form
    found = request_here(at, data_request)
    try:
        decide_rest(
            keeper(at), data_request, form.get("category", ""), form.get("choice", ""), form.get("exemption", "")
        )
    except Refused as refused:
        return _page(at, found, refused), 409 if isinstance(refused, RequestMoved) else 422
    return _back(at, found)


@blueprint.post("/staff/<school>/data-requests/<data_request>/make")
def make_data_bundle(school: str, data_request: str) -> Answer:
    return act(data_request, make_bundle)


@blueprint.get("/staff/<school>/data-requests/<data_request>/bundle.<ending>")
def data_bundle(school: str, data_request: str, ending: str) -> FlaskResponse:
    """The bundle, as a file that is saved and never opened in this page. Each fetching is kept."""
    at = here()
    found = request_here(at, data_request)
    number = found.files.get(ending) if found.state in (RequestState.READY, RequestState.CLOSED) else None
    if number is None:
        abort(404)
    with read_door() as db:
        stored = files.get(db, at.school.organisation_id, number)
    note_download(keeper(at), found.id, found.pupil_id, ending)
    answer = make_response(stored.data)
    answer.content_type = stored.facts.content_type
    answer.headers["Content-Disposition"] = f'attachment; filename="data-request-{found.public_id}.{ending}"'
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _back(at: Here, found: RequestRow) -> Response:
    return redirect(
        url_for(
            "admin.data_lines", school=at.school.code, data_request=found.public_id, list=_chosen(), page=_page_number()
        ),
        303,
    )


def _chosen() -> str:
    named = request.values.get("list", "")
    return named if named in set(Category) else ""


def _page_number() -> int:
    typed = request.values.get("page", "")
    return max(int(typed), 1) if is_number(typed, 4) else 1


def _page(at: Here, found: RequestRow, refused: Refused | None = None, line: int | None = None) -> str:
    of = at.school.organisation_id
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        counts = line_counts(db, of, found.id)
        chosen = _chosen() or next((each for each in Category if counts.get(each, (0, 0))[1]), "")
        chosen = chosen or next((each for each in Category if each in counts), "")
        lines = lines_of(db, of, found.id, chosen, _page_number())
    every = counts.get(chosen, (0, 0))[0]
    lists = [(each.value, CATEGORY_WORDS[each], *counts[each]) for each in Category if each in counts]
    return show(
        "admin/data_requests/lines.html", at, seen, times, "data_requests", row=found, lines=lines, chosen=str(chosen),
        lists=lists, exemptions=[(key.value, words) for key, words in EXEMPTION_WORDS.items()], given=_GIVEN,
        one_by_one=chosen in _ONE_BY_ONE, page_number=_page_number(), pages=-(-every // PAGE), wrong=line,
        left=counts.get(chosen, (0, 0))[1], title_of=CATEGORY_WORDS.get(Category(chosen), "") if chosen else "",
        all_left=sum(undecided for _, undecided in counts.values()), typed=typed_again(),
        errors=[{"text": refused.mend, "href": f"#line-{line}" if line else "#rest"}] if refused else [],
    )  # fmt: skip
