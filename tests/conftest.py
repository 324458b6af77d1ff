"""Fixtures that every test shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_socket

from tests.balance import HeaviestFirst
from tests.databases import RolledBack, Template, postgres_url
from tests.factories import World
from webapp.foundation import db as doors
from webapp.foundation.db import Database

KINDS = ("sqlite", "postgresql")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> HeaviestFirst | None:
    """Who runs which file; another way of dealing them out can still be asked for."""
    return HeaviestFirst(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """The network is forbidden but for this machine."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def postgres() -> str | None:
    return postgres_url()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, postgres: str | None) -> Iterator[dict[str, Template]]:
    """The migrated template of each engine, made when it is first asked for."""
    made = _Templates(tmp_path_factory.mktemp("databases"), postgres)
    yield made
    for template in made.values():
        template.drop(template.url)


class _Templates(dict[str, Template]):
    def __init__(self, folder: Path, server: str | None) -> None:
        super().__init__()
        self._folder, self._server = folder, server

    def __missing__(self, kind: str) -> Template:
        if kind == "postgresql" and self._server is None:
            pytest.skip("no PostgreSQL server answers")
        self[kind] = Template(kind, self._folder, self._server if kind == "postgresql" else None)
        return self[kind]


@pytest.fixture(scope="session", params=KINDS)
def db_kind(request: pytest.FixtureRequest) -> str:
    """Which engine this test runs on."""
    return str(request.param)


@pytest.fixture(scope="session")
def _held_copies(templates: dict[str, Template]) -> Iterator[dict[str, RolledBack]]:
    """For each engine one copy whose changes are rolled back; it outlives the turns that engines take in each file."""
    made: dict[str, RolledBack] = {}
    yield made
    for kind, database in made.items():
        database.dispose()
        templates[kind].drop(database.url.render_as_string(hide_password=False))


@pytest.fixture(scope="session")
def _shared(db_kind: str, templates: dict[str, Template], _held_copies: dict[str, RolledBack]) -> RolledBack:
    if db_kind not in _held_copies:
        _held_copies[db_kind] = RolledBack(templates[db_kind].clone())
    return _held_copies[db_kind]


@pytest.fixture
def db(_shared: RolledBack) -> Iterator[Database]:
    """A database with the test world, in use; everything that the test writes is rolled back."""
    with _shared.held() as database:
        doors.use(database)
        yield database
        doors.use(None)


@pytest.fixture
def world(db_kind: str, templates: dict[str, Template]) -> World:
    """Ids of the test people."""
    return templates[db_kind].world


@pytest.fixture
def cloned_db(db_kind: str, templates: dict[str, Template]) -> Iterator[Database]:
    """A database of its own with the test world, in use, with real commits; for threads and processes."""
    template = templates[db_kind]
    url = template.clone()
    database = Database(url)
    doors.use(database)
    yield database
    doors.use(None)
    database.dispose()
    template.drop(url)


@pytest.fixture
def empty_db_url(db_kind: str, templates: dict[str, Template]) -> Iterator[str]:
    """The URL of a database with no tables."""
    template = templates[db_kind]
    url = template.empty()
    yield url
    template.drop(url)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly what this run could not test."""
    skipped = " ".join(str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    if "no PostgreSQL server answers" in skipped:
        terminalreporter.write_line("PostgreSQL NOT TESTED: no server answers", red=True)
    if "no node was found" in skipped or "npm could not install" in skipped:
        terminalreporter.write_line("Single sign-on with a real provider NOT TESTED: it needs node and npm", red=True)
    if "no Chromium was found" in skipped:
        terminalreporter.write_line("Browser NOT TESTED: no Chromium found", red=True)
    if "no PDF can be made here" in skipped:
        words = "PDF NOT TESTED: no Pango found (apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)"
        terminalreporter.write_line(words, red=True)
