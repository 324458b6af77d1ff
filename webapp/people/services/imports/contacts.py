"""Writing a file of contacts: what was planned, a statement for all that is alike."""

from __future__ import annotations

from sqlalchemy import Connection

from webapp.foundation import events, ids, trail
from webapp.foundation.trail import Deed
from webapp.people.models import Contact, ContactPoint, CourtOrder, PupilContact
from webapp.people.rules.files import ImportKind
from webapp.people.rules.files.contacts import ContactRow, read_contacts
from webapp.people.rules.files.rows import Reading
from webapp.people.services.imports.contact_plan import ContactPlan, plan_contacts
from webapp.people.services.imports.flow import Scope, importer_of
from webapp.people.services.imports.writing import insert_all, take, update_all
from webapp.people.services.rights_events import RightsChanged

_ORDER = "Named in the school's own system"


def _read(scope: Scope, data: bytes) -> Reading[ContactRow]:
    return read_contacts(data, allow_fictional=scope.allow_fictional)


def _write(tx: Connection, scope: Scope, plan: ContactPlan) -> None:
    made = _write_contacts(tx, scope, plan)
    _write_points(tx, scope, plan, made)
    rows = [
        {"pupil_id": values.pop("pupil"), "contact_id": made.get(values["contact"], values["contact"]), **values}
        for values in plan.new_links
    ]
    for row in rows:
        del row["contact"]
    insert_all(tx, PupilContact, scope, rows)
    update_all(
        tx, PupilContact, scope,
        (({"pupil_id": each.pupil, "contact_id": each.contact}, each.values) for each in plan.changed_links),
    )  # fmt: skip
    orders = [(pupil, made.get(contact, contact)) for pupil, contact in plan.new_orders]
    # It denies nothing by name, which takes everything away until a person has looked at it (people.rules.rights).
    insert_all(
        tx, CourtOrder, scope,
        [
            {"id": number, "pupil_id": pupil, "contact_id": contact, "kind": _ORDER, "denies": "",
             "starts_on": scope.today}
            for number, (pupil, contact) in zip(take(tx, CourtOrder, len(orders)), orders, strict=True)
        ],
    )  # fmt: skip
    deeds = [
        Deed(each.deed, "pupil_contact", each.contact, scope.school_id, each.pupil, _detail(each.values))
        for each in plan.changed_links
    ]
    deeds += [
        Deed("noted_court_order", "court_order", contact, scope.school_id, pupil, {"source": "import"})
        for pupil, contact in orders
    ]
    trail.write(tx, scope.organisation_id, scope.actor, *deeds)
    pairs = tuple(dict.fromkeys([*_may_lose(plan), *orders]))
    if pairs:
        events.emit(tx, RightsChanged(scope.organisation_id, pairs))


def _may_lose(plan: ContactPlan) -> list[tuple[int, int]]:
    return [
        (each.pupil, each.contact)
        for each in plan.changed_links
        if each.values.get("do_not_contact") or each.values.get("ends_on") or False in each.values.values()
    ]


def _detail(values: dict[str, object]) -> dict[str, object]:
    """Which columns changed, and to what: plain values only."""
    return {name: value if isinstance(value, bool | int) else str(value or "") for name, value in values.items()}


def _write_contacts(tx: Connection, scope: Scope, plan: ContactPlan) -> dict[int, int]:
    """Returns the ids of new contacts by their numbers below 0."""
    taken = take(tx, Contact, len(plan.new_contacts))
    rows = zip(taken, plan.new_contacts, strict=True)
    insert_all(tx, Contact, scope, [{"id": number, "public_id": ids.public_id(), **values} for number, values in rows])
    update_all(tx, Contact, scope, (({"id": number}, values) for number, values in plan.changed_contacts.items()))
    return {-place: number for place, number in enumerate(taken, start=1)}


def _write_points(tx: Connection, scope: Scope, plan: ContactPlan, made: dict[int, int]) -> None:
    taken = take(tx, ContactPoint, len(plan.new_points))
    rows = []
    for number, values in zip(taken, plan.new_points, strict=True):
        contact = values.pop("contact")
        rows.append({"id": number, "contact_id": made.get(contact, contact), **values})
    insert_all(tx, ContactPoint, scope, rows)
    update_all(tx, ContactPoint, scope, (({"id": number}, values) for number, values in plan.changed_points.items()))


CONTACT_IMPORTER = importer_of(ImportKind.CONTACTS, _read, plan_contacts, _write, Contact, ContactPoint, PupilContact)
