"""``firstbell demo``: a database of its own, two made-up schools, web and worker, on one school morning."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import click

from webapp import reactions
from webapp.demo import playing
from webapp.demo.seeding import seed
from webapp.demo.trust import demo_moment
from webapp.foundation import clock, config, db, schema
from webapp.foundation.config import demo_environment, over
from webapp.foundation.db import Database

_MORNING_LASTS = timedelta(hours=3)
_READY_SECONDS = 45
_PORT = 8000


class _Moment(click.ParamType[datetime]):
    name = "HH:MM or YYYY-MM-DDTHH:MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        today = clock.london(clock.machine_now())
        for pattern in ("%H:%M", "%Y-%m-%dT%H:%M"):
            try:
                read = datetime.strptime(str(value), pattern)  # noqa: DTZ007 - London's zone is put on below
            except ValueError:
                continue
            whole = read if pattern.startswith("%Y") else read.replace(today.year, today.month, today.day)
            return whole.replace(tzinfo=clock.LONDON)
        self.fail(f"{value} is not a time; write 09:20, or 2026-06-16T09:20", param, ctx)


@click.command()
@click.option("--port", default=_PORT, show_default=True)
@click.option("--at", type=_Moment(), default=None, help="School time at the start.")
@click.option("--fresh", is_flag=True, help="Begin the morning again and forget what was done in it.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("var/demo"), show_default=True)
def demo(port: int, at: datetime | None, fresh: bool, folder: Path) -> None:
    """Start Firstbell with two made-up schools. Nothing leaves this machine; stop with Ctrl-C."""
    _need_port(port)
    folder.mkdir(parents=True, exist_ok=True)
    environment = demo_environment(folder.resolve(), _secret(folder), port)
    started = prepare(folder, at=at, fresh=fresh, port=port)
    with _running(environment, port) as children:
        _wait_until_ready(port, children)
        click.echo(_banner(port, started))
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
    if any(child.returncode not in (0, -signal.SIGTERM, -signal.SIGINT) for child in children):
        raise click.ClickException("web or worker stopped by itself; see above")


def prepare(folder: Path, *, at: datetime | None, fresh: bool, port: int = _PORT) -> datetime:
    """Make ``demo.sqlite3`` in the folder hold a school morning; returns the school time it stands at.

    A morning that was begun less than three hours ago on the same port goes on; otherwise it begins again from a seeded
    copy, which is made once a day and version.
    """
    wanted = demo_moment(at, clock.london(clock.machine_now()).date())
    live = folder / "demo.sqlite3"
    started = folder / "started"
    if not fresh and at is None and live.exists() and started.exists():
        began, school_time, *ports = started.read_text().splitlines()
        gone = clock.machine_now() - datetime.fromisoformat(began)
        # Texts that have gone hold links with the port of that time, and so does their page.
        is_same_port = ports == [str(port)]
        if gone < _MORNING_LASTS and datetime.fromisoformat(school_time) == wanted and is_same_port:
            return wanted + gone
    kept = _seeded_copy(folder, wanted)
    for end in ("", "-wal", "-shm"):
        Path(f"{live}{end}").unlink(missing_ok=True)
    shutil.copyfile(kept, live)
    click.echo("Living through the morning up to its moment …")
    _live_through(folder, wanted, port)
    started.write_text(f"{clock.machine_now().isoformat()}\n{wanted.isoformat()}\n{port}\n")
    return wanted


def _live_through(folder: Path, wanted: datetime, port: int) -> None:
    """Play the morning up to its moment: what families have told, and the first-day run of a school that has closed."""
    database = Database(f"sqlite:///{folder / 'demo.sqlite3'}")
    db.use(database)
    try:
        reactions.wire(config.load(demo_environment(folder.resolve(), _secret(folder), port)))
        playing.play_from_the_start(wanted)
    finally:
        db.use(None)
        clock.use_school_offset(None)
        database.dispose()


def _seeded_copy(folder: Path, wanted: datetime) -> Path:
    name = f"seed-{schema.heads()[0]}-{wanted:%Y%m%dT%H%M}.sqlite3"
    kept = folder / name
    if kept.exists():
        return kept
    for old in folder.glob("seed-*"):
        old.unlink()
    click.echo("Making two schools with a year of marks: about half a minute, once a day …")
    unfinished = folder / f"seed-unfinished-{os.getpid()}.sqlite3"
    schema.upgrade(f"sqlite:///{unfinished}")
    database = Database(f"sqlite:///{unfinished}")
    seed(database, at=wanted)
    with database.write_engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    unfinished.rename(kept)
    return kept


def _secret(folder: Path) -> str:
    kept = folder / "secret"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text()


def _need_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            another = "make demo PORT=8001, or .venv/bin/firstbell demo --port 8001"
            raise click.ClickException(f"port {port} is taken; choose another: {another}") from None


@contextmanager
def _running(environment: dict[str, str], port: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    def start(*arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "webapp", *arguments], env=over(environment))  # noqa: S603

    children = [start("serve", "--port", str(port)), start("worker")]

    def stop(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, stop)
    try:
        yield children
    except KeyboardInterrupt:
        click.echo("\nStopping …")
    finally:
        signal.signal(signal.SIGTERM, previous)
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(timeout=25)
            except subprocess.TimeoutExpired:
                # What it had in hand is in the database, and is done at the next start.
                child.kill()


def _wait_until_ready(port: int, children: list[subprocess.Popen[bytes]]) -> None:
    give_up = clock.monotonic() + _READY_SECONDS
    while clock.monotonic() < give_up:
        if any(child.poll() is not None for child in children):
            raise click.ClickException("web or worker did not start; see above")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise click.ClickException("the web service did not answer in time; see above")


def _banner(port: int, school_time: datetime) -> str:
    at, again = clock.london(school_time), "" if port == _PORT else f"PORT={port} "
    return f"""
Firstbell is at   http://localhost:{port}/sign-in
It is             {at:%A} {at.day} {at:%B}, {at:%H:%M} at school.
To sign in        choose a person on that page; no code and no password is needed in the demo.
The demo phone    http://localhost:{port}/demo/phone shows every text, push and e-mail, and lets you answer.
Stop with Ctrl-C. Begin the morning again with: make demo {again}ARGS=--fresh
"""
