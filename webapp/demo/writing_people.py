"""The rows of people: trust, schools, calendars, pupils, adults, staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from webapp.demo.gathering import upn_of
from webapp.demo.schools import HELD_KEYS, SCHOOLS, TRUST_NAME, form_name
from webapp.demo.shapes import Form, Pupil
from webapp.demo.trust import Trust
from webapp.demo.writing import Writer
from webapp.foundation.sessions import Half
from webapp.people.rules.calendar import CalendarEvent
from webapp.people.rules.settings import dump

_STAFF_SINCE = (2, 9, 1)


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids that the writer gave; lists are in the order of the trust's numbers."""

    organisation: int
    schools: Mapping[str, int]
    forms: Sequence[int]
    pupils: Sequence[int]
    enrolments: Sequence[int]
    contacts: Sequence[int]
    staff: Sequence[int]


def write_people(writer: Writer, trust: Trust) -> Ids:
    """Everything that marks and messages hang on; returns the ids."""
    people = trust.people
    organisation = writer.ids("organisation", 1)[0]
    ids = Ids(
        organisation, dict(zip(SCHOOLS, writer.ids("school", len(SCHOOLS)), strict=True)),
        writer.ids("form", len(people.forms)), writer.ids("pupil", len(people.pupils)),
        writer.ids("enrolment", len(people.pupils)), writer.ids("contact", len(people.contacts)),
        writer.ids("staff", len(people.staff)),
    )  # fmt: skip
    name = next(writer.public_ids("organisation"))
    writer.rows("organisation", [{"id": organisation, "public_id": name, "name": TRUST_NAME, "kind": "trust"}])
    _write_schools(writer, trust, ids)
    _write_pupils(writer, trust, ids)
    _write_contacts(writer, trust, ids)
    _write_staff(writer, trust, ids)
    return ids


def _write_schools(writer: Writer, trust: Trust, ids: Ids) -> None:
    org, names = ids.organisation, writer.public_ids("school")
    first_year = date(min(term.starts_on for term in trust.calendars["hill"].terms).year, 8, 1)
    writer.rows(
        "school",
        [
            {"organisation_id": org, "id": ids.schools[school.code], "public_id": next(names), "code": school.code,
             "name": school.name, "sms_name": school.name, "phone": school.phone, "urn": school.urn,
             "dfe_number": school.dfe_number, "colour": school.colour}
            for school in SCHOOLS.values()
        ],
    )  # fmt: skip
    writer.rows(
        "school_setting",
        [
            {"organisation_id": org, "school_id": ids.schools[school.code], "key": key.name,
             "effective_from": first_year, "value": dump(key, school.settings[key])}
            for school in SCHOOLS.values() for key in HELD_KEYS
        ],
    )  # fmt: skip
    terms = [(code, term) for code, calendar in trust.calendars.items() for term in calendar.terms]
    writer.rows(
        "term",
        [
            {"organisation_id": org, "id": row, "school_id": ids.schools[code], "name": term.name,
             "starts_on": term.starts_on, "ends_on": term.ends_on}
            for row, (code, term) in zip(writer.ids("term", len(terms)), terms, strict=True)
        ],
    )  # fmt: skip
    events = [(code, event) for code, calendar in trust.calendars.items() for event in calendar.events]
    writer.rows(
        "calendar_event",
        [
            {"organisation_id": org, "id": row, "school_id": ids.schools[code], **_event(event)}
            for row, (code, event) in zip(writer.ids("calendar_event", len(events)), events, strict=True)
        ],
    )
    writer.rows(
        "form",
        [
            {"organisation_id": org, "id": ids.forms[form.number], "school_id": ids.schools[form.school],
             "name": form.name}
            for form in trust.people.forms
        ],
    )  # fmt: skip


def _event(event: CalendarEvent) -> dict[str, Any]:
    half = "all" if len(event.halves) == len(Half) else event.halves[0].value
    groups = ",".join(str(group) for group in sorted(event.year_groups or ()))
    return {
        "kind": event.kind.value, "starts_on": event.starts_on, "ends_on": event.ends_on, "half": half,
        "year_groups": groups, "reason": event.reason,
    }  # fmt: skip


def _write_pupils(writer: Writer, trust: Trust, ids: Ids) -> None:
    org, names, pupils = ids.organisation, writer.public_ids("pupil"), trust.people.pupils
    writer.rows(
        "pupil",
        [
            {"organisation_id": org, "id": ids.pupils[pupil.number], "public_id": next(names),
             "upn": upn_of(pupil, trust.year), "legal_first_name": pupil.legal_first_name,
             "first_name": pupil.first_name, "last_name": pupil.last_name, "date_of_birth": pupil.born,
             "sex": pupil.sex, "ethnicity": pupil.ethnicity, "first_language": pupil.language}
            for pupil in pupils
        ],
    )  # fmt: skip
    writer.rows(
        "enrolment",
        [
            {"organisation_id": org, "id": ids.enrolments[pupil.number], "pupil_id": ids.pupils[pupil.number],
             "school_id": ids.schools[pupil.school], "kind": "main",
             "admission_number": f"{SCHOOLS[pupil.school].establishment % 1000:03}{pupil.number + 1:04}",
             "starts_on": pupil.joined}
            for pupil in pupils
        ],
    )  # fmt: skip
    writer.rows("placement", _placements(trust, ids))
    writer.rows(
        "pupil_group",
        [
            {"organisation_id": org, "pupil_id": ids.pupils[pupil.number], "group": group.value,
             "starts_on": pupil.joined}
            for pupil in pupils for group in sorted(pupil.groups)
        ],
    )  # fmt: skip


def _placements(trust: Trust, ids: Ids) -> Iterator[dict[str, Any]]:
    """This year's place of each pupil, and last year's where they were in the school then."""
    september = date(trust.year, 9, 1)
    by_name = {(form.school, form.name): form for form in trust.people.forms}
    for pupil in trust.people.pupils:
        row = {
            "organisation_id": ids.organisation, "school_id": ids.schools[pupil.school],
            "enrolment_id": ids.enrolments[pupil.number],
        }  # fmt: skip
        before = _form_before(pupil, trust.people.forms[pupil.form], by_name)
        if before is not None and pupil.joined < september:
            yield {
                **row, "starts_on": max(pupil.joined, september.replace(year=trust.year - 1)),
                "ends_on": september - timedelta(days=1), "year_group": before.year_group,
                "form_id": ids.forms[before.number],
            }  # fmt: skip
        yield {
            **row, "starts_on": max(pupil.joined, september), "ends_on": None, "year_group": pupil.year_group,
            "form_id": ids.forms[pupil.form],
        }  # fmt: skip


def _form_before(pupil: Pupil, form: Form, by_name: Mapping[tuple[str, str], Form]) -> Form | None:
    """The form of last year that stands where this year's does: 3K was the first form of its year, 2M."""
    school = SCHOOLS[pupil.school]
    if pupil.year_group == school.first_year:
        return None
    place = school.letters[pupil.year_group].index(form.name[-1])
    letters = school.letters[pupil.year_group - 1]
    return by_name[pupil.school, form_name(pupil.year_group - 1, letters[place % len(letters)])]


def _write_contacts(writer: Writer, trust: Trust, ids: Ids) -> None:
    org, names, people = ids.organisation, writer.public_ids("contact"), trust.people
    writer.rows(
        "contact",
        [
            {"organisation_id": org, "id": ids.contacts[contact.number], "public_id": next(names),
             "reference": f"C{contact.number + 1:05}", "title": contact.title, "first_name": contact.first_name,
             "last_name": contact.last_name, "language": contact.language,
             "needs_interpreter": contact.needs_interpreter, "child_words": contact.child_words,
             "prefers_voice": contact.prefers_voice, "address_confidential": contact.address_confidential}
            for contact in people.contacts
        ],
    )  # fmt: skip
    writer.rows(
        "contact_point",
        [
            {"organisation_id": org, "id": row, "contact_id": ids.contacts[point.contact], "kind": point.kind.value,
             "value": point.value, "priority": point.priority, "state": point.state, "state_reason": point.state_reason}
            for row, point in zip(writer.ids("contact_point", len(people.points)), people.points, strict=True)
        ],
    )  # fmt: skip
    writer.rows(
        "pupil_contact",
        [
            {"organisation_id": org, "pupil_id": ids.pupils[link.pupil_id], "contact_id": ids.contacts[link.contact_id],
             "relationship": link.relationship, "priority": link.priority, "is_parent": link.is_parent,
             "parental_responsibility": link.parental_responsibility, "lives_with": link.lives_with,
             "may_view_attendance": link.may_view_attendance, "may_view_plans": link.may_view_plans,
             "may_view_messages": link.may_view_messages, "may_report": link.may_report,
             "may_request_leave": link.may_request_leave, "may_collect": link.may_collect,
             "do_not_contact": link.do_not_contact}
            for link in people.links
        ],
    )  # fmt: skip
    writer.rows(
        "court_order",
        [
            {"organisation_id": org, "id": row, "pupil_id": ids.pupils[order.pupil],
             "contact_id": ids.contacts[order.contact], "kind": order.kind, "denies": order.denies,
             "starts_on": order.starts_on, "ends_on": order.ends_on, "review_on": order.review_on,
             "document_reference": order.document_reference, "verified_by": order.verified_by}
            for row, order in zip(writer.ids("court_order", len(people.orders)), people.orders, strict=True)
        ],
    )  # fmt: skip


def _write_staff(writer: Writer, trust: Trust, ids: Ids) -> None:
    org, names, people = ids.organisation, writer.public_ids("staff"), trust.people
    since = date(trust.year - _STAFF_SINCE[0], *_STAFF_SINCE[1:])
    writer.rows(
        "staff",
        [
            {"organisation_id": org, "id": ids.staff[member.number], "public_id": next(names), "title": member.title,
             "first_name": member.first_name, "last_name": member.last_name, "email": member.email,
             "mobile": member.mobile, "position": member.position, "starts_on": since}
            for member in people.staff
        ],
    )  # fmt: skip
    writer.rows(
        "staff_role",
        [
            {"organisation_id": org, "staff_id": ids.staff[member.number], "school_id": ids.schools[school],
             "role": role.value, "starts_on": since}
            for member in people.staff for school, role in member.roles
        ],
    )  # fmt: skip
    numbers = {(form.school, form.name): form.number for form in people.forms}
    writer.rows(
        "form_staff",
        [
            {"organisation_id": org, "form_id": ids.forms[numbers[member.form]], "staff_id": ids.staff[member.number],
             "starts_on": date(trust.year, 9, 1)}
            for member in people.staff if member.form
        ],
    )  # fmt: skip
