"""The service as it runs, on a database of the demo trust, with a thousand signed-in families."""

from __future__ import annotations

import http.client
import re
import secrets
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import make_url

from tests.bench.data import Store
from tests.bench.morning import live_through
from tests.bench.processes import Memory, memory, processor_seconds
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.sessions import demo_sign_in
from webapp.demo.seeding import seed
from webapp.foundation import db as doors
from webapp.foundation import schema
from webapp.foundation.config import demo_environment, load, over
from webapp.foundation.db import Database
from webapp.people.rules import Refused
from webapp.people.services.school_clock import start_clock_in

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = 1000


@dataclass(frozen=True)
class Family:
    """One signed-in adult: the cookie header of their browser, the key of their forms, and their children."""

    cookie: str
    form_key: str
    children: tuple[str, ...]


@dataclass
class Service:
    """A running web service. ``officer`` is the cookie header of Vale's attendance officer."""

    port: int
    process: subprocess.Popen[bytes]
    database: Database
    parents: list[Family]
    officer: str
    settings: dict[str, str]

    def reports(self) -> int:
        with self.database.reading() as db:
            return int(db.scalar(text("SELECT count(*) FROM absence_report")) or 0)

    def memory(self) -> Memory:
        """Of the web processes."""
        return memory(self.process.pid)

    def processor_seconds(self) -> float:
        """Of the web processes so far."""
        return processor_seconds(self.process.pid)

    @contextmanager
    def worker_beside(self) -> Iterator[subprocess.Popen[bytes]]:
        """``firstbell worker`` on the same database."""
        worker = _started(self.settings, "worker")
        try:
            yield worker
        finally:
            worker.terminate()
            worker.wait(timeout=40)


@contextmanager
def running_service(
    store: Store, at: datetime, *, processes: int = 2, threads: int = 1, name: str = "firstbell_bench_pages",
    live: bool = False,
) -> Iterator[Service]:  # fmt: skip
    """Seed a database of its own, start ``firstbell serve`` on it and sign a thousand families in.

    ``live``: the morning has been lived through up to ``at``, with reports, registers and cases; else nothing was told.
    """
    url = fresh_database(store, name)
    schema.upgrade(url)
    database = Database(url)
    seed(database, at=at)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {**demo_environment(ROOT, "k" * 40, port), "FIRSTBELL_DATABASE_URL": url}
    if live:
        live_through(database, settings, at)
    else:
        with database.writing() as tx:
            start_clock_in(tx, at)
    process = _started(
        settings, "serve", "--port", str(port), "--processes", str(processes), "--threads", str(threads)
    )
    try:
        _wait(port)
        parents = _families(database, settings, port)
        yield Service(port, process, database, parents, _officer(database, settings), settings)
    finally:
        process.terminate()
        process.wait(timeout=30)
        database.dispose()


def _started(settings: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "webapp", *command], env=over(settings), cwd=ROOT, stderr=subprocess.DEVNULL
    )


def fresh_database(store: Store, name: str) -> str:
    if store.engine == "sqlite":
        store.folder.mkdir(parents=True, exist_ok=True)
        file = store.folder / f"{name}.sqlite3"
        for end in ("", "-wal", "-shm"):
            Path(f"{file}{end}").unlink(missing_ok=True)
        return f"sqlite:///{file}"
    server = make_url(store.server or "")
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        db.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        db.execute(text(f"CREATE DATABASE {name}"))
    return server.set(database=name).render_as_string(hide_password=False)


def _wait(port: int) -> None:
    for _ in range(1200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the service did not start")


def _families(database: Database, settings: dict[str, str], port: int) -> list[Family]:
    config = load(settings)
    held: dict[tuple[int, int], list[str]] = defaultdict(list)
    with database.reading() as db:
        for row in db.execute(
            text(
                "SELECT l.organisation_id, l.contact_id, p.public_id FROM pupil_contact l"
                " JOIN pupil p ON p.organisation_id = l.organisation_id AND p.id = l.pupil_id"
                " WHERE l.may_report AND l.lives_with AND NOT l.do_not_contact"
                " AND NOT EXISTS (SELECT 1 FROM court_order o WHERE o.contact_id = l.contact_id)"
                " AND EXISTS (SELECT 1 FROM contact_point c WHERE c.contact_id = l.contact_id AND c.kind = 'mobile')"
                " ORDER BY l.contact_id"
            )
        ):
            held[row.organisation_id, row.contact_id].append(row.public_id)
    found = []
    doors.use(database)
    wire = http.client.HTTPConnection("127.0.0.1", port)
    for (organisation_id, contact_id), children in held.items():
        if len(found) == FAMILIES:
            break
        try:
            signed_in = demo_sign_in(config, ContactKey(organisation_id, contact_id))
        except Refused:
            # A number that is shared with somebody restricted, or marked bad, lets nobody in.
            continue
        cookie = f"firstbell-parent={signed_in.token}"
        wire.request("GET", f"/children/{children[0]}/away-today", headers={"Cookie": cookie})
        answer = wire.getresponse()
        page = answer.read().decode()
        key = re.search(r'name="csrf_token" value="([^"]+)"', page)
        if answer.status != 200 or key is None:
            continue
        form = (answer.getheader("Set-Cookie") or "").split(";")[0]
        found.append(Family(f"{cookie}; {form}", key[1], tuple(children)))
    doors.use(None)
    if len(found) < FAMILIES * 0.8:
        raise RuntimeError(f"only {len(found)} of {FAMILIES} families could sign in")
    return found


def _officer(database: Database, settings: dict[str, str]) -> str:
    doors.use(database)
    with database.reading() as db:
        row = db.execute(text("SELECT organisation_id, id FROM staff WHERE email = 'v.moss@vale.example'")).one()
    signed_in = demo_sign_in(load(settings), StaffKey(row.organisation_id, row.id))
    doors.use(None)
    return f"firstbell-staff={signed_in.token}; firstbell-browser={secrets.token_hex(16)}"
