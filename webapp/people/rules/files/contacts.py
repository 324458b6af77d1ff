"""A file of contacts: one row an adult and child, each with what the adult is to that child."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from webapp.people.rules.contact_points import ReadPoint, read_email, read_phone
from webapp.people.rules.files import words
from webapp.people.rules.files.columns import Field, Layout
from webapp.people.rules.files.kinds import ImportKind
from webapp.people.rules.files.pupils import ADMISSION_NUMBER, UPN, read_admission_number
from webapp.people.rules.files.rows import Reading, RowReader
from webapp.people.rules.files.tables import read_table
from webapp.people.rules.identifiers import check_upn

PHONES = ("mobile", "mobile_2", "home_phone", "work_phone")
EMAILS = ("email", "email_2")
RIGHTS = (
    "may_view_attendance", "may_view_plans", "may_view_messages", "may_report", "may_request_leave", "may_collect",
)  # fmt: skip
_MOST_PRIORITY = 99
CONTACTS = Layout(
    ImportKind.CONTACTS,
    (
        UPN,
        ADMISSION_NUMBER,
        Field("reference", "Contact reference", ("contact id", "contact no", "contact number id", "contact code",
                                                 "person id", "guardian id")),
        Field("title", "Title", ("contact title", "salutation")),
        Field("first_name", "First name", ("forename", "contact forename", "contact first name", "given name"),
              needed=True),
        Field("last_name", "Last name", ("surname", "contact surname", "contact last name", "family name"),
              needed=True),
        Field("relationship", "Relationship", ("relation", "relationship to pupil", "relationship to student",
                                               "contact relationship", "relation to pupil"), needed=True),
        Field("priority", "Priority", ("contact priority", "order", "contact order", "call order"), needed=True),
        Field("parental_responsibility", "Parental responsibility", ("pr", "has parental responsibility",
                                                                     "legal responsibility"), needed=True),
        Field("lives_with", "Lives with", ("lives with pupil", "lives with child", "same address", "resident",
                                           "lives with student", "at home address"), needed=True),
        Field("mobile", "Mobile", ("mobile phone", "mobile number", "mobile telephone", "cell", "contact mobile")),
        Field("mobile_2", "Second mobile", ("mobile 2", "other mobile", "alternative mobile")),
        Field("home_phone", "Home phone", ("home telephone", "telephone", "phone", "landline", "home tel", "home")),
        Field("work_phone", "Work phone", ("work telephone", "work tel", "daytime phone", "work")),
        Field("email", "E-mail", ("email address", "e-mail address", "home email", "contact email", "main email")),
        Field("email_2", "Second e-mail", ("email 2", "other email", "work email")),
        Field("language", "Language", ("first language", "home language", "preferred language")),
        Field("needs_interpreter", "Interpreter", ("interpreter needed", "needs interpreter", "translator")),
        Field("address_confidential", "Confidential", ("confidential address", "address confidential")),
        Field("do_not_contact", "Do not contact", ("no contact", "do not disturb", "not to be contacted")),
        Field("court_order", "Court order", ("court orders", "legal restriction", "restricted access")),
        Field("may_view_attendance", "May see attendance", ("view attendance",)),
        Field("may_view_plans", "May see plans", ("view plans",)),
        Field("may_view_messages", "May see messages", ("view messages", "correspondence")),
        Field("may_report", "May report absence", ("report absence",)),
        Field("may_request_leave", "May ask for leave", ("request leave",)),
        Field("may_collect", "May collect", ("can collect", "collect", "collection")),
    ),
    one_of=(("upn", "admission_number"),),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One adult and one child. ``points`` are in the order in which they are tried; None is a cell that says nothing.

    ``rights`` holds only what the file says expressly.
    """

    line: int
    upn: str | None
    admission_number: str | None
    reference: str | None
    title: str
    first_name: str
    last_name: str
    relationship: str
    priority: int
    parental_responsibility: bool
    lives_with: bool
    points: tuple[ReadPoint, ...]
    language: str | None
    needs_interpreter: bool | None
    address_confidential: bool | None
    do_not_contact: bool | None
    court_order: bool | None
    rights: dict[str, bool]

    @property
    def name(self) -> tuple[str, str]:
        return self.first_name.casefold(), self.last_name.casefold()


def read_contacts(data: bytes, *, allow_fictional: bool) -> Reading[ContactRow]:
    """The contacts of a file. Raises FileRefused for one that cannot be read at all."""
    reader = RowReader(read_table(data, CONTACTS))
    # Siblings bring the same number in several rows, and reading one is slow.
    phones = _remembering(partial(read_phone, allow_fictional=allow_fictional))
    emails = _remembering(partial(read_email, allow_fictional=allow_fictional))
    rows = [found for row in reader.rows() if (found := _read_one(row, phones, emails)) is not None]
    return reader.done(rows)


def _remembering(read: Callable[[str], ReadPoint]) -> Callable[[str], ReadPoint]:
    known: dict[str, ReadPoint] = {}

    def remember(raw: str) -> ReadPoint:
        if raw not in known:
            known[raw] = read(raw)
        return known[raw]

    return remember


def _read_one(
    row: RowReader, phones: Callable[[str], ReadPoint], emails: Callable[[str], ReadPoint]
) -> ContactRow | None:
    upn = row.read("upn", check_upn)
    number = read_admission_number(row.text("admission_number", 24)) or None
    if row.is_good and not upn and not number:
        row.reject("upn", "Give the pupil's UPN or admission number.")
    first, last = row.need_name("first_name"), row.need_name("last_name")
    relationship = words.relationship(row.need("relationship", 40))
    priority = row.whole("priority", 1, _MOST_PRIORITY)
    responsible, lives_with = row.yes("parental_responsibility"), row.yes("lives_with")
    # An empty priority is tried last; an empty right is none.
    points = [row.read(name, phones) for name in PHONES] + [row.read(name, emails) for name in EMAILS]
    rights = {name: value for name in RIGHTS if (value := row.yes(name)) is not None}
    found = ContactRow(
        row.line, upn, number, row.text("reference", 40) or None, row.text("title", 20), first, last, relationship,
        priority or _MOST_PRIORITY, bool(responsible), bool(lives_with),
        tuple(dict.fromkeys(point for point in points if point is not None)), row.read("language", words.language),
        row.yes("needs_interpreter"), row.yes("address_confidential"), row.yes("do_not_contact"),
        row.yes("court_order"), rights,
    )  # fmt: skip
    return found if row.is_good else None
