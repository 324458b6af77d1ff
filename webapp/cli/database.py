"""Commands that keep the database: upgrade, backup, restore, rebuild, doctor."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.engine import URL, make_url

from webapp.cli.settings import open_database
from webapp.foundation import config, pdf, schema
from webapp.foundation.db import Database


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
def upgrade() -> None:
    """Bring the schema up to this version; rows are counted before and after."""
    settings = config.load()
    schema.upgrade(settings.database_url)
    click.echo("The database is at " + ", ".join(schema.heads()))


@db.command()
@click.argument("message")
@click.argument("number")
def revision(message: str, number: str) -> None:
    """Write the next migration from what the models now say (for developers)."""
    schema.autogenerate(config.load().database_url, message, number)


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def backup(target: Path) -> None:
    """Write the whole database to the file TARGET while the service runs."""
    if target.exists():
        raise click.ClickException(f"{target} is there already; name a new file")
    settings = config.load()
    url = make_url(settings.database_url)
    unfinished = target.with_name(target.name + ".part")
    if url.get_backend_name() == "sqlite":
        _copy_sqlite(Path(url.database or ""), unfinished)
    else:
        _run(_postgres_tool("pg_dump"), "--format=custom", "--no-owner", f"--file={unfinished}", _plain(url))
    unfinished.rename(target)
    click.echo(f"Wrote {target}, {target.stat().st_size:,} bytes")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace a database that already holds something.")
def restore(source: Path, replace: bool) -> None:
    """Bring back a backup. Stop web and worker first. A database that holds rows is only replaced with --replace."""
    settings = config.load()
    url = make_url(settings.database_url)
    if not replace and _holds_rows(settings.database_url):
        raise click.ClickException("the database holds rows; restore into an empty one, or say --replace")
    if url.get_backend_name() == "sqlite":
        target = Path(url.database or "")
        _check_sqlite(source)
        unfinished = target.with_name(target.name + ".part")
        _copy_sqlite(source, unfinished)
        for end in ("-wal", "-shm"):
            Path(f"{target}{end}").unlink(missing_ok=True)
        unfinished.replace(target)
    else:
        _run(
            _postgres_tool("pg_restore"), "--clean", "--if-exists", "--no-owner", "--single-transaction",
            "--exit-on-error", f"--dbname={_plain(url)}", str(source),
        )  # fmt: skip
    click.echo(f"Restored {source}")


@click.command()
@click.option("--school", "code", default=None, help="Only this school, by its code.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Only weeks from this day on.")
def rebuild(code: str | None, first: object) -> None:
    """Count the weekly and yearly sums again from the marks."""
    from webapp.people.queries import list_schools
    from webapp.record.services import rebuild_caches

    since = first.date() if hasattr(first, "date") else date(2000, 1, 1)
    with open_database() as (_settings, database):
        with database.reading() as connection:
            schools = list(list_schools(connection))
        chosen = [school for school in schools if code in (None, school.code)]
        if code and not chosen:
            raise click.ClickException(f"there is no school with the code {code}")
        with click.progressbar(chosen, label="Schools") as bar:
            for school in bar:
                rebuild_caches(school.organisation_id, school.id, since, date(2999, 12, 31))


@click.command()
def doctor() -> None:
    """Say what is well and what is not: settings, schema, disk, queue, channels, single sign-on."""
    wrong = 0
    with open_database(current=False) as (settings, database):
        for name, check in _checks(settings, database):
            try:
                words = check()
            except pdf.PdfMissing as error:
                # A machine that only answers pages does without; where the worker runs, a person reads the mend here.
                click.echo(f"lacking   {name}: {error}")
            except Exception as error:
                wrong += 1
                click.echo(f"NOT WELL  {name}: {error}")
            else:
                click.echo(f"well      {name}: {words}")
    if wrong:
        raise SystemExit(1)


def _checks(settings: config.Config, database: Database) -> list[tuple[str, Callable[[], str]]]:
    return [
        ("settings", lambda: repr(settings)),
        ("database answers", lambda: _answers(database)),
        ("schema", lambda: _schema(database)),
        ("disk", lambda: _disk(settings)),
        ("backup tools", lambda: _backup_tools(settings)),
        ("channels", lambda: _channels(settings)),
        ("single sign-on", lambda: _single_sign_on(settings, database)),
        ("PDF files", _pdf),
    ]


def _answers(database: Database) -> str:
    with database.reading() as connection:
        connection.execute(select(1))
    return database.url.get_backend_name()


def _schema(database: Database) -> str:
    with database.reading() as connection:
        if not schema.is_current(connection):
            raise RuntimeError("behind this version; run: firstbell db upgrade")
    return ", ".join(schema.heads())


def _disk(settings: config.Config) -> str:
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        return "kept by PostgreSQL"
    free = shutil.disk_usage(Path(url.database or ".").resolve().parent).free
    if free < 1_000_000_000:
        raise RuntimeError(f"only {free // 1_000_000} MB free beside the database; make room")
    return f"{free // 1_000_000_000} GB free"


def _backup_tools(settings: config.Config) -> str:
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        return "built in"
    return f"{_postgres_tool('pg_dump')}, {_postgres_tool('pg_restore')}"


def _channels(settings: config.Config) -> str:
    real = [name for name in ("twilio", "mail", "push") if getattr(settings, name)]
    if not real and not settings.is_demo:
        raise RuntimeError("no text, e-mail or push is configured: nothing would reach a family")
    return ", ".join(real) or "the demo phone"


def _single_sign_on(settings: config.Config, database: Database) -> str:
    """Ask every provider what it says of itself and for its keys, and open its secret with today's keys."""
    from webapp.accounts.queries.providers import every_provider
    from webapp.accounts.rules.providers import ProviderTrouble, Reach
    from webapp.accounts.services.provider_trips import Gate
    from webapp.accounts.services.provider_web import ProviderWeb
    from webapp.security import Seal

    web = ProviderWeb(Reach(plain_loopback=settings.is_demo, own_hosts=settings.sign_in_hosts))
    gate = Gate(web, Seal(settings.secret_keys).box("identity-provider"), "")
    with database.reading() as connection:
        found = every_provider(connection)
    well, wrong = [], []
    for provider in found:
        try:
            gate.client(provider)
            web.keys(provider.issuer)
        except ProviderTrouble as trouble:
            wrong.append(f"{provider.organisation}, {provider.issuer}: {trouble}")
        else:
            untried = "" if provider.tried_at else " (not tried, so offered to nobody)"
            well.append(f"{provider.organisation}: {provider.name}{untried}")
    if wrong:
        raise RuntimeError("; ".join(wrong))
    return ", ".join(well) or "no provider set up"


def _pdf() -> str:
    return f"WeasyPrint {pdf.check()}"


def _holds_rows(url: str) -> bool:
    database = Database(url)
    try:
        with database.reading() as connection:
            found = connection.dialect.has_table(connection, "organisation")
            return bool(found and connection.exec_driver_sql("SELECT 1 FROM organisation LIMIT 1").first())
    finally:
        database.dispose()


def _copy_sqlite(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with sqlite3.connect(source) as here, sqlite3.connect(target) as there:
        here.backup(there)
    here.close()
    there.close()


def _check_sqlite(source: Path) -> None:
    with sqlite3.connect(source) as connection:
        try:
            words = connection.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise click.ClickException(f"{source} is not a backup of Firstbell: {error}") from None
    connection.close()
    if words != "ok":
        raise click.ClickException(f"{source} is damaged: {words}")


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _postgres_tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise click.ClickException(f"{name} is not on this machine; install it: apt install postgresql-client")
    return found


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode:
        raise click.ClickException(done.stderr.strip() or f"{command[0]} failed")
