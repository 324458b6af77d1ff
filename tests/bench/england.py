"""The demo trust many times over, each an organisation of its own, and a signed-in phone for each family of each.

A child is reported once: with few children most of a long run would add to reports that stand. Copies are made by SQL.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, bindparam, insert, text

from tests.bench.load import closed_loop, request
from webapp.accounts.models import Session, SessionContact
from webapp.accounts.rules.codes import Door
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now
from webapp.foundation.db import Base, Database, take_ids
from webapp.foundation.ids import public_id
from webapp.foundation.submissions import Submission

_OF_ORGANISATION = (
    "school", "term", "calendar_event", "school_setting", "organisation_setting", "form", "pupil", "enrolment",
    "placement", "contact", "contact_point", "pupil_contact", "pupil_week",
)  # fmt: skip
_FAMILIES = text(
    "SELECT l.contact_id, c.value, p.public_id FROM pupil_contact l"
    " JOIN pupil p ON p.organisation_id = l.organisation_id AND p.id = l.pupil_id"
    " JOIN contact_point c ON c.organisation_id = l.organisation_id AND c.contact_id = l.contact_id"
    " WHERE l.organisation_id = 1 AND l.may_report AND l.lives_with AND NOT l.do_not_contact AND c.kind = 'mobile'"
    " AND c.state = 'usable' AND NOT EXISTS (SELECT 1 FROM court_order o WHERE o.pupil_id = l.pupil_id)"
    " AND NOT EXISTS (SELECT 1 FROM contact_point t WHERE t.value = c.value AND t.contact_id <> c.contact_id)"
    " AND l.contact_id = (SELECT min(m.contact_id) FROM pupil_contact m JOIN contact_point n"
    " ON n.organisation_id = m.organisation_id AND n.contact_id = m.contact_id AND n.kind = 'mobile'"
    " WHERE n.state = 'usable' AND m.organisation_id = 1 AND m.pupil_id = l.pupil_id AND m.may_report AND m.lives_with"
    " AND NOT m.do_not_contact) ORDER BY l.contact_id"
)


@dataclass(frozen=True)
class Phone:
    """A signed-in browser's cookie header and one child to report, once; and how its submissions are named."""

    cookie: str
    child: str
    organisation_id: int
    actor: str


_KEY = re.compile(rb'name="csrf_token" value="([^"]+)"')
_ONCE = re.compile(rb'name="submission_key" value="([^"]+)"')
_FORM_COOKIE = re.compile(rb"set-cookie: ([^;\r\n]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Form:
    """The quick report as a phone has it open: its address, its cookies and its two keys."""

    path: str
    cookie: str
    key: str
    once: str

    def sending(self) -> bytes:
        """The request that sends it: ill, with a cough."""
        typed = {"csrf_token": self.key, "submission_key": self.once, "reason": "ill", "symptoms": "cough"}
        return request("POST", self.path, cookie=self.cookie, body=urlencode(typed).encode())


def form_path(phone: Phone) -> str:
    """Where the quick report of the phone's child is."""
    return f"/children/{phone.child}/away-today"


def read_form(phone: Phone, answer: bytes) -> Form | None:
    """The form in a whole answer; None where there is none."""
    key, once, cookie = _KEY.search(answer), _ONCE.search(answer), _FORM_COOKIE.search(answer)
    if key is None or once is None or cookie is None:
        return None
    return Form(form_path(phone), f"{phone.cookie}; {cookie[1].decode()}", key[1].decode(), once[1].decode())


def open_forms(port: int, phones: Sequence[Phone]) -> list[Form]:
    """Every phone opens its form, one after another."""
    forms: list[Form] = []
    opened = iter(phones)

    def note(status: int, answer: bytes) -> None:
        form = read_form(next(opened), answer) if status == 200 else None
        if form is None:
            raise RuntimeError(f"a form was not opened: {status}")
        forms.append(form)

    asked = (request("GET", form_path(phone), cookie=phone.cookie) for phone in phones)
    closed_loop(port, asked, connections=1, seconds=3600, warm_up=0, check=note)
    return forms


def many_trusts(database: Database, children: int) -> list[Phone]:
    """Copies of organisation 1 until there are so many children to report; returns them with their families' phones."""
    with database.reading() as db:
        families = db.execute(_FAMILIES).all()
    if not families:
        raise RuntimeError("the demo trust has no family that can report")
    phones: list[Phone] = []
    number = 2
    while len(phones) < children:
        copy_trust(database, number)
        phones += _sign_in(database, number, families)
        number += 1
    with database.writing() as tx:
        tx.execute(text("ANALYZE"))
    return phones[:children]


def copy_trust(database: Database, number: int, *, one_school: int | None = None) -> None:
    """Organisation 1 again under another number: people, schools, calendar and the cache of weeks.

    ``one_school``: everybody is on the roll of that one.
    """
    with database.writing() as tx:
        _copy_rows(tx, "organisation", {"id": ":number", "public_id": "substr(:name, 1, 16)"}, number)
        for table in _OF_ORGANISATION:
            changed = {"organisation_id": ":number"}
            if one_school is not None and table in ("form", "enrolment", "placement", "pupil_week"):
                changed["school_id"] = str(one_school)
            _copy_rows(tx, table, changed, number)


def _copy_rows(tx: Connection, table: str, changed: dict[str, str], number: int) -> None:
    columns = [column.name for column in Base.metadata.tables[table].columns]
    key = "id" if table == "organisation" else "organisation_id"
    whole = {key, "school_id"}
    chosen = ", ".join(
        f"CAST({changed[name]} AS {'integer' if name in whole else 'varchar'})" if name in changed else f'"{name}"'
        for name in columns
    )
    names = ", ".join(f'"{name}"' for name in columns)
    statement = text(f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {table} WHERE {key} = 1")
    tx.execute(statement, {"number": number, **({"name": public_id()} if "public_id" in changed else {})})


def _sign_in(database: Database, number: int, families: Sequence[Any]) -> list[Phone]:
    now = machine_now()
    contacts = {row.contact_id: row.value for row in families}
    tokens = {contact_id: secrets.token_urlsafe(32) for contact_id in contacts}
    with database.writing() as tx:
        ids = dict(zip(contacts, take_ids(tx, Session, len(contacts)), strict=True))
        tx.execute(
            insert(Session.__table__).values(door=Door.PARENT.value, point_kind="mobile", created_at=now, seen_at=now,
                                   expires_at=now + timedelta(days=60)),
            [
                {"id": ids[contact_id], "public_id": public_id(), "token_hash": token_hash(tokens[contact_id]),
                 "point_value": value}
                for contact_id, value in contacts.items()
            ],
        )  # fmt: skip
        tx.execute(
            insert(SessionContact.__table__).values(organisation_id=bindparam("organisation")),
            [{"organisation": number, "contact_id": each, "session_id": ids[each]} for each in contacts],
        )
    return [
        Phone(f"firstbell-parent={tokens[row.contact_id]}", row.public_id, number,
              f"report:{row.contact_id}:{ids[row.contact_id]}")
        for row in families
    ]  # fmt: skip


def report_before(database: Database, phones: Sequence[Phone]) -> None:
    """These phones have reported before, on another day: school knows them, and sends no receipt by text."""
    rows = {(phone.organisation_id, phone.actor) for phone in phones}
    with database.writing() as tx:
        tx.execute(
            insert(Submission.__table__).values(key="before", content_hash="", result=[], received_at=machine_now()),
            [{"organisation_id": organisation_id, "actor": actor} for organisation_id, actor in sorted(rows)],
        )
