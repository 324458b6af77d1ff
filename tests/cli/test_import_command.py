"""``firstbell import``: what it says, what it writes, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.people.imports.filing import as_file, rows_of
from tests.people.imports.test_pupils import NOOR, TOM, pupil
from webapp.cli.imports import import_command
from webapp.foundation import db as doors
from webapp.foundation.db import Database
from webapp.people.models import ImportRun, Pupil


@pytest.fixture
def run(cloned_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs the command on a file of these bytes, on the database of the test."""
    monkeypatch.setenv("FIRSTBELL_MODE", "demo")
    monkeypatch.setenv("FIRSTBELL_DATABASE_URL", cloned_db.url.render_as_string(hide_password=False))
    monkeypatch.setenv("FIRSTBELL_PUBLIC_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("FIRSTBELL_SECRET_KEYS", "x" * 40)
    monkeypatch.setenv("FIRSTBELL_FICTIONAL_NUMBERS", "yes")

    def with_file(kind: str, data: bytes, *options: str, school: str = "hill") -> Result:
        path = tmp_path / f"{kind}.csv"
        path.write_bytes(data)
        result = CliRunner().invoke(import_command, [kind, str(path), "--school", school, *options])
        doors.use(cloned_db)
        return result

    return with_file


def test_a_dry_run_counts_and_the_import_does_it(run):
    data = as_file([TOM, NOOR, pupil(1)])

    dry = run("pupils", data, "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "3 rows, 1 new, 2 changed, 0 as they are" in dry.output
    assert "dry run" in dry.output
    assert rows_of(ImportRun) == []

    done = run("pupils", data)
    assert done.exit_code == 0, done.output
    assert "Pupils of Hill Primary brought in from pupils.csv." in done.output
    (found,) = rows_of(ImportRun)
    assert (found.state, found.actor_position) == ("applied", "firstbell import")


def test_a_part_of_the_roll_takes_nobody_off_it(run):
    done = run("pupils", as_file([{**TOM, "Reg": "4M"}, pupil(1)]), "--part")
    assert done.exit_code == 0, done.output
    assert "2 rows, 1 new, 1 changed" in done.output and "ending" not in done.output.casefold()
    assert "Ahmed, Tom: Form 3K → 4M" in done.output

    wrong = run("contacts", b"x", "--part")
    assert wrong.exit_code == 2
    assert "only a file of pupils" in wrong.output


def test_wrong_rows_end_the_command_and_can_be_taken_away(run, tmp_path: Path):
    taken = tmp_path / "mend.csv"
    before = len(rows_of(Pupil))

    result = run("pupils", as_file([TOM, NOOR, pupil(1, DOB="=2+3")]), "--rejections", str(taken))

    assert result.exit_code == 1
    assert "line 4: DOB, “=2+3”" in result.output
    assert "Nothing was changed" in result.output
    lines = taken.read_text("utf-8-sig").splitlines()
    assert lines[0] == "Line,Field,Value,What to do"
    assert lines[1].startswith("4,DOB,'=2+3,")
    assert len(rows_of(Pupil)) == before


def test_taking_away_more_than_a_tenth_needs_a_word(run):
    assert run("pupils", as_file([TOM, NOOR])).exit_code == 0

    stopped = run("pupils", as_file([TOM]))
    assert stopped.exit_code == 1
    assert "--confirm" in stopped.output
    assert "Shah, Noor" in stopped.output

    assert run("pupils", as_file([TOM]), "--confirm").exit_code == 0


@pytest.mark.parametrize(
    ("kind", "data", "school", "says"),
    [
        ("pupils", b"", "hill", "empty"),
        ("pupils", b"a\0b", "hill", "NUL"),
        ("marks", b"PK\x03\x04nonsense", "hill", ".xlsx"),
        ("pupils", b"x", "nowhere", "no school"),
        ("timetables", b"x", "hill", "timetables"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(run, kind: str, data: bytes, school: str, says: str):
    result = run(kind, data, school=school)

    assert result.exit_code != 0
    assert says in result.output
    assert "Traceback" not in result.output
