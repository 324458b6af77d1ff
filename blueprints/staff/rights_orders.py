"""Court orders of a pupil: who may see them sees them here, and nowhere else are they told."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.panel import to_stop
from blueprints.staff.pupil import get_pupil
from blueprints.staff.rights_stops import protector
from blueprints.staff.typed import is_number, typed_again, typed_number, typed_version
from webapp.first_day.queries.pupil_now import PupilToday
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import Family, family_of, holders_of, times_of
from webapp.people.queries.orders import OrderRow, orders_of
from webapp.people.rules import Refused
from webapp.people.rules.orders import DENIALS, OrderRefused, TypedOrder, denials_of
from webapp.people.rules.rights import CourtOrder, read_denies
from webapp.people.rules.roles import PERMISSIONS, Permission
from webapp.people.services.orders import add_order, end_order, review_order

Answer = Response | tuple[str, int]
_FIELDS = frozenset(("contact", "kind", "denies", "starts_on", "ends_on", "review_on", "reference", "ended_on"))


@blueprint.get("/staff/<school>/pupils/<pupil>/orders")
def orders(school: str, pupil: str) -> str:
    """The orders; with ``order`` in the address the form to review one."""
    at = here()
    with read_door() as db:
        return _page(db, at, get_pupil(db, at, pupil), request.args.get("order", ""))


@blueprint.post("/staff/<school>/pupils/<pupil>/orders")
def add_court_order(school: str, pupil: str) -> Answer:
    at, contact = here(), request.form.get("contact", "")
    with read_door() as db:
        found = get_pupil(db, at, pupil)
        reviewer = _reviewer(db, at)
    try:
        if not is_number(contact):
            raise OrderRefused("contact", "Choose whom the order limits.")
        add_order(protector(at), found.pupil_id, int(contact), _typed(), reviewer)
    except Refused as refused:
        return _refused(at, found, refused)
    return _back(at, found)


@blueprint.post("/staff/<school>/pupils/<pupil>/orders/review")
def review_court_order(school: str, pupil: str) -> Answer:
    at, number, version = here(), typed_number("order"), typed_version()
    with read_door() as db:
        found = get_pupil(db, at, pupil)
        reviewer = _reviewer(db, at)
    try:
        review_order(protector(at), found.pupil_id, number, version, _typed(), reviewer)
    except Refused as refused:
        return _refused(at, found, refused, str(number))
    return _back(at, found)


@blueprint.post("/staff/<school>/pupils/<pupil>/orders/end")
def end_court_order(school: str, pupil: str) -> Answer:
    at, number, version = here(), typed_number("order"), typed_version()
    with read_door() as db:
        found = get_pupil(db, at, pupil)
    try:
        end_order(protector(at), found.pupil_id, number, version, request.form.get("ended_on", ""))
    except Refused as refused:
        return _refused(at, found, refused, str(number))
    return _back(at, found)


def _typed() -> TypedOrder:
    form = request.form
    names = ("kind", "starts_on", "ends_on", "review_on", "reference")
    fields: dict[str, Any] = {name: form.get(name, "") for name in names}
    return TypedOrder(**fields, denies=tuple(form.getlist("denies")))


def _reviewers(db: Connection, at: Here) -> dict[int, str]:
    """Those at the school who may see orders."""
    roles = [role.value for role in PERMISSIONS[Permission.SEE_COURT_ORDERS]]
    return {person.id: person.name for _, person in holders_of(db, *at.keys, roles, at.today)}


def _reviewer(db: Connection, at: Here) -> int | None:
    """Who was chosen; whoever leads safeguarding where nobody, or somebody else, was."""
    chosen = request.form.get("reviewer", "")
    return int(chosen) if is_number(chosen) and int(chosen) in _reviewers(db, at) else None


def _back(at: Here, found: PupilToday) -> Response:
    return redirect(url_for("staff.orders", school=at.school.code, pupil=found.public_id, said="saved"), 303)


def _refused(at: Here, found: PupilToday, refused: Refused, order: str = "") -> tuple[str, int]:
    with read_door() as db:
        return _page(db, at, found, order, refused), 409 if refused.field == "version" else 422


def _page(db: Connection, at: Here, found: PupilToday, order: str, refused: Refused | None = None) -> str:
    seen, times = around(db, at), times_of(db, *at.keys, at.today)
    family = family_of(db, at.school.organisation_id, [found.pupil_id])
    reviewers = _reviewers(db, at)
    rows = orders_of(db, at.school.organisation_id, found.pupil_id)
    chosen = next((row for row in rows if str(row.id) == order), None)
    there = _FIELDS - {"contact" if chosen else "ended_on"} if at.may(Permission.MANAGE_RIGHTS) else frozenset()
    href = f"#{refused.field}" if refused and refused.field in there else "#main"
    return show(
        "staff/rights_orders/orders.html", at, seen, times, "find", pupil=found, chosen=chosen,
        orders=[_said(at, family, row, reviewers) for row in rows], typed=_filled(chosen), refused=refused,
        denials=[(denial.value, words) for denial, words in DENIALS], denied=_denied(chosen),
        people=[(str(number), words) for number, words, _ in to_stop(family, found.pupil_id)],
        reviewers=[("", "Whoever leads safeguarding"), *((str(number), name) for number, name in reviewers.items())],
        errors=[{"text": refused.mend, "href": href}] if refused else [], said=request.args.get("said") == "saved",
    )  # fmt: skip


def _filled(chosen: OrderRow | None) -> dict[str, str]:
    """What stands in the form: what was typed, else the order as it is kept."""
    if request.form or chosen is None:
        return typed_again()
    return {
        "kind": chosen.kind, "starts_on": chosen.starts_on.isoformat(), "reference": chosen.reference,
        "ends_on": chosen.ends_on.isoformat() if chosen.ends_on else "", "reviewer": str(chosen.reviewer_id or ""),
    }  # fmt: skip


def _denied(chosen: OrderRow | None) -> list[str]:
    return request.form.getlist("denies") if request.form or chosen is None else chosen.denies.split(",")


def _said(at: Here, family: Family, row: OrderRow, reviewers: dict[int, str]) -> dict[str, Any]:
    order = CourtOrder(0, row.contact_id, read_denies(row.denies), row.starts_on, row.ends_on, row.review_on)
    state = "Its review is overdue: nothing new is shown to this person" if order.needs_check(at.today) else (
        "In force" if order.in_force(at.today) else "Not yet in force" if row.starts_on > at.today else "Ended"
    )  # fmt: skip
    return {
        "id": row.id, "kind": row.kind, "whom": family.contacts[row.contact_id].name, "state": state,
        "denies": denials_of(row.denies), "reference": row.reference, "verified_by": row.verified_by,
        "from": short_day_words(row.starts_on), "until": short_day_words(row.ends_on) if row.ends_on else "",
        "review": short_day_words(row.review_on) if row.review_on else "",
        "reviewer": reviewers.get(row.reviewer_id or 0, "whoever leads safeguarding"), "open": state != "Ended",
    }  # fmt: skip
