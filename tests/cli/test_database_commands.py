"""Backup, restore, upgrade, rebuild and doctor, on both engines."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, insert, select, text

from tests.accounts.provider_standin import SECRET, open_id
from tests.factories import World
from webapp.accounts.models import IdentityProvider
from webapp.cli import cli
from webapp.foundation import db as doors
from webapp.foundation import trail
from webapp.foundation.clock import machine_now
from webapp.foundation.db import Database
from webapp.foundation.trail import seals
from webapp.people.models import Pupil
from webapp.security import Seal


@pytest.fixture
def environment(cloned_db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The settings of a service on a database of its own."""
    settings = {
        "FIRSTBELL_MODE": "demo", "FIRSTBELL_PUBLIC_URL": "http://localhost:8000",
        "FIRSTBELL_SECRET_KEYS": "k" * 40, "FIRSTBELL_FICTIONAL_NUMBERS": "yes",
        "FIRSTBELL_DATABASE_URL": cloned_db.url.render_as_string(hide_password=False),
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return cloned_db


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def pupils(database: Database) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(Pupil)) or 0


def test_a_backup_brings_back_what_was_lost(environment: Database, world: World, tmp_path: Path) -> None:
    kept = tmp_path / "firstbell.backup"
    before = pupils(environment)
    done = run("backup", kept)
    assert done.exit_code == 0, done.output
    with environment.writing() as tx:
        tx.execute(text("DELETE FROM pupil_group"))
        tx.execute(text("UPDATE pupil SET first_name = 'Lost'"))
    environment.dispose()
    refused = run("restore", kept)
    assert refused.exit_code != 0
    assert "--replace" in refused.output
    done = run("restore", kept, "--replace")
    assert done.exit_code == 0, done.output
    with environment.reading() as db:
        assert db.scalar(select(Pupil.first_name).where(Pupil.id == world.tom, Pupil.last_name == "Ahmed")) == "Tom"
        assert db.scalar(text("SELECT count(*) FROM pupil_group")) == 1
    assert pupils(environment) == before


def test_a_backup_never_overwrites_a_file(environment: Database, tmp_path: Path) -> None:
    kept = tmp_path / "firstbell.backup"
    kept.write_text("precious")
    done = run("backup", kept)
    assert done.exit_code != 0
    assert "name a new file" in done.output
    assert kept.read_text() == "precious"


def test_what_is_no_backup_is_refused_and_changes_nothing(environment: Database, tmp_path: Path) -> None:
    strange = tmp_path / "holiday.jpg"
    strange.write_bytes(b"\xff\xd8\xff" + b"x" * 5000)
    before = pupils(environment)
    environment.dispose()
    done = run("restore", strange, "--replace")
    assert done.exit_code != 0
    assert pupils(environment) == before


def test_doctor_says_what_is_well_and_what_is_not(environment: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("doctor")
    assert done.exit_code == 0, done.output
    assert "the demo phone" in done.output
    monkeypatch.setenv("FIRSTBELL_MODE", "production")
    monkeypatch.setenv("FIRSTBELL_PUBLIC_URL", "https://attend.hill.example")
    done = run("doctor")
    assert done.exit_code == 1
    assert "NOT WELL  channels" in done.output


def test_doctor_asks_the_providers_that_sign_staff_in(
    environment: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "well      single sign-on: no provider set up" in run("doctor").output
    with open_id() as provider:
        box = Seal(("k" * 40,)).box("identity-provider")
        with environment.writing() as tx:
            tx.execute(
                insert(IdentityProvider).values(
                    organisation_id=world.organisation, kind="other", name="Hill ID", issuer=provider.issuer,
                    client_id="firstbell", client_secret=box.encrypt(SECRET.encode()).decode(), domains=[],
                    second_check="ours", saved_at=machine_now(), saved_by="Adil Farooq",
                )
            )
        well = run("doctor")
        assert well.exit_code == 0, well.output
        assert "Firsthill Trust: Hill ID (not tried, so offered to nobody)" in well.output
        assert SECRET not in well.output
        monkeypatch.setenv("FIRSTBELL_SECRET_KEYS", "j" * 40)
        lost = run("doctor")
        assert lost.exit_code == 1 and "its secret cannot be opened with the keys of this service" in lost.output
        monkeypatch.setenv("FIRSTBELL_SECRET_KEYS", "j" * 40 + "," + "k" * 40)
        provider.status["/keys"] = 500
        ill = run("doctor")
        assert ill.exit_code == 1 and f"{provider.issuer}: it answers with status 500" in ill.output


def test_doctor_names_what_pdf_files_lack_and_the_command(
    environment: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    done = run("doctor")
    assert done.exit_code == 0, done.output
    line = next(line for line in done.output.splitlines() if "PDF files" in line)
    assert line.startswith("lacking")
    assert "apt install libpango-1.0-0" in line


def test_commands_refuse_a_database_that_is_behind(empty_db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTBELL_MODE", "demo")
    monkeypatch.setenv("FIRSTBELL_PUBLIC_URL", "http://localhost:8000")
    monkeypatch.setenv("FIRSTBELL_SECRET_KEYS", "k" * 40)
    monkeypatch.setenv("FIRSTBELL_DATABASE_URL", empty_db_url)
    behind = run("rebuild")
    assert behind.exit_code != 0
    assert "firstbell db upgrade" in behind.output
    assert run("db", "upgrade").exit_code == 0
    assert run("rebuild").exit_code == 0


def test_rebuild_mends_a_cache(environment: Database, world: World) -> None:
    from datetime import date

    from webapp.foundation.trail import FIRSTBELL
    from webapp.record.models import PupilYear
    from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks

    write_marks(
        MarkBatch(
            organisation_id=world.organisation, school_id=world.hill, actor=FIRSTBELL, reason="",
            source=MarkSource.REGISTER, changes=(MarkChange(world.tom_enrolment, date(2026, 6, 15), 0, "/"),),
        )
    )  # fmt: skip
    with environment.writing() as tx:
        tx.execute(text("UPDATE pupil_year SET possible = 999"))
    assert run("rebuild", "--school", "nowhere").exit_code != 0
    done = run("rebuild", "--school", "hill")
    assert done.exit_code == 0, done.output
    with environment.reading() as db:
        assert db.scalar(select(PupilYear.possible).where(PupilYear.enrolment_id == world.tom_enrolment)) == 1


def test_an_administrator_can_be_made_once(environment: Database) -> None:
    words = (
        "create-admin", "--organisation", "New Trust", "--school", "newhill", "--first-name", "Ada", "--last-name",
        "Lane", "--email", "ada@newhill.example",
    )  # fmt: skip
    refused = run(*words)
    assert refused.exit_code != 0
    assert "name and telephone" in refused.output
    made = run(*words, "--school-name", "New Hill", "--phone", "01632 960009")
    assert made.exit_code == 0, made.output
    again = run(*words)
    assert again.exit_code != 0
    assert "on the staff already" in again.output


def test_a_push_key_is_a_private_key() -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    done = run("vapid", "new")
    assert load_pem_private_key(done.output.encode(), None)


def test_a_sqlite_backup_is_whole(environment: Database, tmp_path: Path) -> None:
    if not environment.is_sqlite:
        return
    kept = tmp_path / "firstbell.backup"
    assert run("backup", kept).exit_code == 0
    with sqlite3.connect(kept) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_trail_is_verified_and_its_head_written(environment: Database, world: World) -> None:
    with environment.writing() as tx:
        trail.write(tx, world.organisation, trail.FIRSTBELL, trail.Deed("tried", "organisation"))
    doors.use(environment)
    seals.seal_new()
    doors.use(None)
    heads = run("trail", "head")
    assert heads.exit_code == 0, heads.output
    head = heads.output.splitlines()[0]
    whole = run("trail", "verify", "--head", head)
    assert (whole.exit_code, "The trail is whole" in whole.output) == (0, True), whole.output
    with environment.writing() as tx:
        tx.execute(text("UPDATE trail_entry SET action = 'tampered' WHERE action = 'tried'"))
    broken = run("trail", "verify", "--head", head[:-1] + ("0" if head[-1] != "0" else "1"))
    assert broken.exit_code == 1
    assert "is not what was sealed" in broken.output
    assert "no chain has ever stood at" in broken.output
