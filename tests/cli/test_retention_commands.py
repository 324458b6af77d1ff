"""Counting, certificates and deleting anew, from the command line, on both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from tests.factories import World
from webapp.absence.models import AbsenceReport
from webapp.cli import cli
from webapp.foundation import db as doors
from webapp.foundation import work
from webapp.foundation.db import Database, insert_row
from webapp.foundation.trail import Actor, ActorKind
from webapp.insight.rules.keeping import RecordKind
from webapp.insight.services import nightly
from webapp.insight.services.keeping import confirm_deletion
from webapp.insight.services.requests import Keeper


@pytest.fixture
def environment(cloned_db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("FIRSTBELL_MODE", "demo")
    monkeypatch.setenv("FIRSTBELL_PUBLIC_URL", "http://localhost:8000")
    monkeypatch.setenv("FIRSTBELL_SECRET_KEYS", "k" * 40)
    monkeypatch.setenv("FIRSTBELL_DATABASE_URL", cloned_db.url.render_as_string(hide_password=False))
    return cloned_db


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


def add_report(database: Database, world: World) -> None:
    with database.writing() as tx:
        insert_row(
            tx, AbsenceReport, organisation_id=world.organisation, public_id="old", school_id=world.hill,
            enrolment_id=world.tom_enrolment, told_by="P", channel="app", kind="all_day", starts_on=date(2015, 11, 5),
            ends_on=date(2015, 11, 5), reason="ill", suggested_code="I", state="recorded",
            sent_at=datetime(2015, 11, 5, tzinfo=UTC),
        )  # fmt: skip


def reports(database: Database) -> int:
    with database.reading() as db:
        return int(db.scalar(select(func.count()).select_from(AbsenceReport)) or 0)


def test_what_a_restore_brought_back_is_deleted_again(environment: Database, world: World, tmp_path: Path) -> None:
    add_report(environment, world)
    assert "hill: 1 report" in run("retention", "due")
    doors.use(environment)
    nightly.schedule()
    by = Keeper(world.organisation, world.hill, Actor(ActorKind.STAFF, world.head, "Grace Osei", "Headteacher"))
    confirm_deletion(by, (RecordKind.REPORTS,), "1", submission_key="a-key-of-eight")
    work.run_due({"retention_run"})
    assert reports(environment) == 0
    kept = tmp_path / "certificates.jsonl"
    kept.write_text(run("retention", "certificates"))
    assert '"absence_report": 1' in kept.read_text()
    # As if the backup of the day before had been restored.
    add_report(environment, world)
    assert "1 units deleted again" in run("retention", "again", str(kept))
    assert reports(environment) == 0
