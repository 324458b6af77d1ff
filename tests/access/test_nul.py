"""A NUL in an address is nobody's, and in a form it breaks nothing: on both engines a short answer, whoever asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from werkzeug.routing import Rule as UrlRule

from tests.access.walk_table import PARENT, STAFF, Ask, address, method_of
from tests.access.walk_world import Ids, Visitor, Walk

_NAMES = ("q", "list", "kind", "month", "before", "past", "said", "next", "pupil", "contact", "sent", "version")
"""What our pages read behind an address."""


def _filled(rule: UrlRule, ids: Ids, broken: str = "") -> str:
    """The address with these ids, and with a NUL in the one that is named."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1).rpartition(":")[2]
        known = str(ids.get(name, "1"))
        return f"{known}%00" if name == broken else known

    return re.sub(r"<([^>]+)>", value, rule.rule)


def _asked(walk: Walk, visitor: Visitor, rule: UrlRule, path: str) -> int:
    client = walk.client(visitor)
    if method_of(rule) == "GET":
        return client.get(path).status_code
    return client.post(path, data={"csrf_token": visitor.csrf}).status_code


def _rules(walk: Walk) -> Iterator[UrlRule]:
    yield from sorted(walk.app.url_map.iter_rules(), key=lambda rule: rule.rule)


@pytest.mark.parametrize("name", ["hill attendance_officer", "administrator of both", "alice", "nobody"])
def test_a_nul_in_a_path_is_not_found(walk: Walk, name: str) -> None:
    ids = {**walk.families["alice"], **walk.places["hill"], "school": "hill"}
    seen = {
        (rule.endpoint, broken): _asked(walk, walk.visitors[name], rule, _filled(rule, ids, broken))
        for rule in _rules(walk)
        for broken in rule.arguments
    }
    assert len(seen) > 100
    assert {cell: status for cell, status in seen.items() if status != 404} == {}


@pytest.mark.parametrize("name", ["hill attendance_officer", "alice", "nobody"])
def test_a_nul_behind_an_address_is_refused(walk: Walk, name: str) -> None:
    ids = {**walk.families["alice"], **walk.places["hill"], "school": "hill"}
    query = "&".join(f"{each}=%00x" for each in _NAMES)
    for rule in _rules(walk):
        for behind in (query, "%00=x"):
            assert _asked(walk, walk.visitors[name], rule, f"{_filled(rule, ids)}?{behind}") == 400, rule.endpoint


class _Undone(Exception):
    """Ends a request's savepoint."""


@pytest.mark.parametrize("name", ["hill attendance_officer", "administrator of both", "alice", "hill reception"])
def test_a_nul_in_a_form_breaks_nothing(walk: Walk, name: str) -> None:
    visitor, table = walk.visitors[name], PARENT if name == "alice" else STAFF
    ids = walk.families["alice"] if name == "alice" else {**walk.places["hill"], "school": "hill"}
    broken: dict[tuple[str, str], int] = {}
    for rule in _rules(walk):
        for ask in table.get(rule.endpoint, ()) if method_of(rule) == "POST" else ():
            for field, fields in _with_a_nul(ask, ids):
                with suppress(_Undone), walk.database.writing():
                    status = walk.client(visitor).post(address(rule, ask, ids), data={
                        **fields, "csrf_token": visitor.csrf,
                    }).status_code  # fmt: skip
                    if status >= 500:
                        broken[rule.endpoint, field] = status
                    raise _Undone
    assert broken == {}


def _with_a_nul(ask: Ask, ids: Ids) -> Iterator[tuple[str, dict[str, Any]]]:
    """The form with a NUL in one field after another."""
    every = dict(ask.fields(ids)) if ask.fields and not ask.json else {}
    fields = {name: value for name, value in every.items() if not isinstance(value, tuple)}
    for name in fields:
        yield name, {**fields, name: "x\x00y"}
