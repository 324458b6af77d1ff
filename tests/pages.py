"""Pages as tests read them: parsed, and checked on the way for what every page must be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from tests import html
from tests.factories import World
from webapp import reactions
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.sessions import demo_sign_in
from webapp.factory import create_app
from webapp.foundation import db as doors
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database
from webapp.insight.services.noting import forget_noted

_FIELDS = {"input", "select", "textarea"}
_NO_LABEL = {"hidden", "submit", "button", "image"}


@dataclass(frozen=True)
class Page:
    """One page. ``text`` is what a person reads, spaces folded."""

    status: int
    tree: Element
    size: int

    @property
    def title(self) -> str:
        return text_of(self.tree.find(".//title"))

    @property
    def h1(self) -> str:
        return text_of(self.tree.find(".//h1"))

    @property
    def text(self) -> str:
        body = self.tree.find("body")
        return text_of(body)

    def all(self, path: str) -> list[Element]:
        """Elements by an ElementTree path, such as ``.//form``."""
        return self.tree.findall(path)

    def fields(self, action: str | None = None) -> dict[str, str]:
        """The named hidden and typed values of the form with that action, or of the page's last form, as a browser
        would send them with nothing chosen or pressed."""
        forms = [form for form in self.all(".//form") if action is None or form.get("action") == action]
        assert forms, f"no form {action or ''} on the page {self.title!r}"
        found: dict[str, str] = {}
        for field in forms[-1].iter():
            name = field.get("name")
            if not name or field.tag not in _FIELDS:
                continue
            if field.tag == "textarea":
                found[name] = field.text or ""
            elif field.get("type") not in {"radio", "checkbox", "file", "submit"} or field.get("checked") is not None:
                found[name] = field.get("value", "")
        return found

    def links(self) -> dict[str, str]:
        """Addresses by the words of their link."""
        return {text_of(link): link.get("href", "") for link in self.all(".//a")}


def text_of(element: Element | None) -> str:
    """All text inside, spaces folded."""
    return "" if element is None else re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def page(response: TestResponse) -> Page:
    """Parse an HTML answer and check it: valid HTML5, one h1 with which the title agrees, unique ids, labelled fields,
    a strict CSP, and nothing kept by the browser."""
    assert response.mimetype == "text/html", f"{response.status}: {response.mimetype}"
    tree, faults = html.read(response.text)
    assert not faults, [f"{position}: {code} {data}" for position, code, data in faults[:5]]
    found = Page(response.status_code, tree, len(response.data))
    assert len(found.all(".//h1")) == 1, [text_of(h1) for h1 in found.all(".//h1")]
    plain = re.sub(r"^(Error: )?(\(\d+\) )?", "", found.title)
    assert plain.startswith(found.h1) or found.h1.startswith(plain), (found.title, found.h1)
    ids = [element.get("id") for element in tree.iter() if element.get("id") is not None]
    assert len(ids) == len(set(ids)), sorted({i for i in ids if ids.count(i) > 1})
    labels = {label.get("for") for label in found.all(".//label")}
    for element in tree.iter():
        if element.tag in _FIELDS and element.get("type") not in _NO_LABEL:
            named = element.get("id") in labels or element.get("aria-label") or element.get("aria-labelledby")
            assert named, f"no label: {element.attrib}"
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"], element.attrib
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert "no-store" in response.headers["Cache-Control"]
    return found


def make_app(database: Database, folder: Any) -> Flask:
    """The whole application in demo mode on the test's database.

    One for all tests of a process: it keeps nothing of them, and building it with its templates takes longer than most.
    What it puts in place for the whole process is put there anew.
    """
    # What another test's pages noted is of another database.
    forget_noted()
    if not _made:
        _made.append(create_app(load(demo_environment(folder, "k" * 40, 8000)), database))
        _made[0].testing = True
    else:
        doors.use(database)
        reactions.wire(_made[0].extensions["settings"])
    return _made[0]


_made: list[Flask] = []


Enter = Callable[..., FlaskClient]


def entering(app: Flask, world: World) -> tuple[Enter, Enter]:
    """Functions that give a client signed in as a contact, or as a member of staff, by id."""

    def sign_in(who: ContactKey | StaffKey) -> FlaskClient:
        client = app.test_client()
        signed_in = demo_sign_in(app.extensions["settings"], who)
        client.set_cookie(app.extensions["cookies"].name(signed_in.door.value), signed_in.token)
        return client

    def as_parent(contact_id: int, organisation_id: int | None = None) -> FlaskClient:
        return sign_in(ContactKey(organisation_id or world.organisation, contact_id))

    def as_staff(staff_id: int, organisation_id: int | None = None) -> FlaskClient:
        return sign_in(StaffKey(organisation_id or world.organisation, staff_id))

    return as_parent, as_staff


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """The statements that either door sends in the block, but for the demo's clock, asked for four times a second."""
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        is_clock = "school_clock.offset" in statement
        if not is_clock and not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "BEGIN", "COMMIT")):
            seen.append(statement)

    engines = (database.read_engine, database.write_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", count)


__all__ = ["Door", "Enter", "Page", "counted_statements", "entering", "make_app", "page", "text_of"]
