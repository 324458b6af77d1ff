"""A file of staff: one row a person, with the roles they hold at the school and the form they take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import partial

from webapp.people.rules.contact_points import read_email, read_mobile
from webapp.people.rules.files.columns import Field, Layout, plain
from webapp.people.rules.files.kinds import ImportKind
from webapp.people.rules.files.rejections import CellRefused
from webapp.people.rules.files.rows import Reading, RowReader
from webapp.people.rules.files.tables import read_table
from webapp.people.rules.roles import Role

STAFF = Layout(
    ImportKind.STAFF,
    (
        Field("email", "E-mail", ("email address", "e-mail address", "work email", "username"), needed=True),
        Field("title", "Title", ("salutation",)),
        Field("first_name", "First name", ("forename", "given name", "preferred forename"), needed=True),
        Field("last_name", "Last name", ("surname", "family name", "preferred surname"), needed=True),
        Field("position", "Position", ("job title", "post", "post title"), needed=True),
        Field("mobile", "Mobile", ("mobile phone", "mobile number", "work mobile")),
        Field("roles", "Roles", ("role", "access", "firstbell roles"), needed=True),
        Field("form", "Form", ("reg group", "registration group", "tutor group", "class", "reg", "form tutor of")),
        Field("starts_on", "Start date", ("date of arrival", "employment start", "started", "contract start")),
        Field("ends_on", "Leaving date", ("end date", "date of leaving", "contract end", "left")),
    ),
)
_ALIASES = {
    Role.TEACHER: ("class teacher", "subject teacher"),
    Role.TUTOR: ("form tutor", "registration tutor"),
    Role.COVER_TEACHER: ("cover", "supply teacher", "supply", "cover supervisor"),
    Role.ATTENDANCE_OFFICER: ("attendance", "attendance administrator", "office"),
    Role.RECEPTION: ("receptionist", "front desk"),
    Role.MEDICAL_ROOM: ("school nurse", "nurse", "matron", "first aider", "medical", "welfare assistant"),
    Role.PASTORAL_LEAD: ("head of year", "pastoral", "pastoral manager", "year leader"),
    Role.SEN_COORDINATOR: ("senco", "sendco", "sen co-ordinator"),
    Role.ATTENDANCE_LEAD: ("attendance manager", "lead for attendance"),
    Role.ATTENDANCE_CHAMPION: ("attendance champion", "sac"),
    Role.HEAD: ("head", "head teacher", "principal", "executive head"),
    Role.DEPUTY_HEAD: ("deputy head", "deputy head teacher", "assistant head", "vice principal"),
    Role.DSL: ("safeguarding lead",),
    Role.DEPUTY_DSL: ("deputy dsl", "ddsl", "deputy designated safeguarding lead"),
    Role.GOVERNOR: ("trustee",),
    Role.WELFARE_OFFICER: ("ewo", "welfare officer"),
    Role.ADMINISTRATOR: ("admin", "system administrator"),
    Role.TRUST_LEAD: ("trust attendance lead",),
}
ROLES: dict[str, Role] = {
    plain(word): role for role in Role for word in (role.value, role.label, *_ALIASES.get(role, ()))
}


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One member of staff. ``roles`` None: the cell is empty, and roles stay; ``form`` "" likewise."""

    line: int
    email: str
    title: str
    first_name: str
    last_name: str
    position: str
    mobile: str | None
    roles: frozenset[Role] | None
    form: str
    starts_on: date | None
    ends_on: date | None


def read_staff(data: bytes, *, allow_fictional: bool) -> Reading[StaffRow]:
    """The staff of a file. Raises FileRefused for one that cannot be read at all."""
    reader = RowReader(read_table(data, STAFF))
    rows: list[StaffRow] = []
    seen: dict[str, int] = {}
    for row in reader.rows():
        found = _read_one(row, allow_fictional=allow_fictional)
        if found is None:
            continue
        before = seen.setdefault(found.email, found.line)
        if before != found.line:
            reader.reject("email", f"This address is at line {before} too. Each member of staff has one row.")
            continue
        rows.append(found)
    return reader.done(rows)


def read_roles(raw: str) -> frozenset[Role]:
    """The roles of "Teacher; DSL". Raises CellRefused for a word that is no role."""
    found = set()
    for word in (part.strip() for part in re.split(r"[;,/|\n]", raw)):
        if not word:
            continue
        role = ROLES.get(plain(word))
        if role is None:
            names = ", ".join(each.label for each in Role)
            raise CellRefused(f"Use these roles, with ; between them: {names}.")
        found.add(role)
    return frozenset(found)


def _read_one(row: RowReader, *, allow_fictional: bool) -> StaffRow | None:
    row.need("email", 254)
    email = row.read("email", partial(read_email, allow_fictional=allow_fictional))
    mobile = row.read("mobile", partial(read_mobile, allow_fictional=allow_fictional))
    first, last, position = row.need_name("first_name"), row.need_name("last_name"), row.need("position", 120)
    title, form, roles = row.text("title", 20), row.text("form", 24), row.read("roles", read_roles)
    starts_on, ends_on = row.date("starts_on"), row.date("ends_on")
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        row.reject("ends_on", "The leaving date is before the start date. Check both.")
    if not row.is_good or email is None:
        return None
    return StaffRow(row.line, email.value, title, first, last, position, mobile, roles, form, starts_on, ends_on)
