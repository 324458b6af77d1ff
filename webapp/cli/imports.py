"""The command that brings files in."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from pathlib import Path

import click

from webapp.cli.settings import open_database
from webapp.foundation.db import read_door
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.queries import SchoolRow, list_schools
from webapp.people.rules.files import (
    ConfirmationNeeded,
    Counts,
    FileRefused,
    Findings,
    ImportKind,
    ImportRefused,
    as_csv,
    check_size,
)

_SHOWN, _NAMED = 20, 10


@click.command("import")
@click.argument("kind", type=click.Choice([kind.value for kind in ImportKind]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", "school_code", required=True, help="Code of the school, as in its addresses.")
@click.option("--organisation", default=None, help="Name of the trust, if two trusts have a school of this code.")
@click.option("--dry-run", is_flag=True, help="Say what the file would do, and change nothing.")
@click.option("--confirm", is_flag=True, help="Yes, the file may take away more than a tenth of what is here.")
@click.option(
    "--part", is_flag=True,
    help="The file of pupils is a part of the roll: they are added or changed, and nobody else is touched.",
)
@click.option(
    "--rejections", type=click.Path(dir_okay=False, writable=True, path_type=Path), default=None,
    help="Write what is to be mended into this CSV file.",
)  # fmt: skip
def import_command(
    kind: str, file: Path, school_code: str, organisation: str | None, dry_run: bool, confirm: bool,
    part: bool, rejections: Path | None,
) -> None:  # fmt: skip
    """Bring in a CSV or Excel file of pupils, contacts, staff, calendar or marks: all of it or nothing.

    A file of pupils is the whole roll, and whoever is not in it leaves, unless you say --part.

    Rows that are wrong are listed with line, column, value and what to do; nothing is changed then.
    """
    from webapp.record.services.imports import import_file, make_scope

    if part and kind != ImportKind.PUPILS:
        raise click.BadParameter("only a file of pupils is a part of the roll", param_hint="--part")
    with open_database() as (settings, _):
        school = _get_school(school_code, organisation)
        actor = Actor(ActorKind.SYSTEM, None, _who(), "firstbell import")
        scope = make_scope(
            school.organisation_id, school.id, actor, allow_fictional=settings.fictional_numbers, part=part
        )
        try:
            check_size(file.stat().st_size)
            findings = import_file(
                scope, ImportKind(kind), file.name, file.read_bytes(), dry_run=dry_run, confirmed=confirm
            )
        except ImportRefused as refused:
            _list(refused.findings, rejections)
            raise click.ClickException(refused.mend) from None
        except ConfirmationNeeded as needed:
            _list(needed.findings, None)
            raise click.ClickException(f"{needed.mend} On the command line: --confirm.") from None
        except FileRefused as refused:
            raise click.ClickException(f"{file.name}: {refused.mend}") from None
    _list(findings, None)
    if dry_run:
        asks = " It asks for --confirm." if findings.counts.asks else ""
        click.echo(f"Nothing was changed: this was a dry run.{asks}")
    else:
        click.echo(f"{kind.capitalize()} of {school.name} brought in from {file.name}.")


def _get_school(code: str, organisation: str | None) -> SchoolRow:
    with read_door() as db:
        found = [
            school for school in list_schools(db)
            if school.code == code and organisation in (None, school.organisation_name)
        ]  # fmt: skip
    if not found:
        raise click.BadParameter(f"no school has the code {code!r}", param_hint="--school")
    if len(found) > 1:
        names = ", ".join(repr(school.organisation_name) for school in found)
        raise click.BadParameter(f"say which one has the school {code!r}: {names}", param_hint="--organisation")
    return found[0]


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _list(findings: Findings, rejections: Path | None) -> None:
    for each in findings.rejections[:_SHOWN]:
        where = f"line {each.line}" if each.line else "the file"
        what = ", ".join(part for part in (each.field, f"“{each.value}”" if each.value else "") if part)
        click.echo(f"{where}: {what}: {each.mend}" if what else f"{where}: {each.mend}", err=True)
    if len(findings.rejections) > _SHOWN:
        click.echo(f"… and {len(findings.rejections) - _SHOWN:,} more; --rejections FILE writes them all", err=True)
    if rejections is not None and findings.rejections:
        rejections.write_bytes(as_csv(findings.rejections))
    click.echo(_counted(findings.counts))
    if findings.removing:
        click.echo(f"Ending: {_first(findings.removing)}.")
    if findings.changes:
        found = [f"{each.who}: {each.what} {each.before or 'nothing'} → {each.after or 'nothing'}"
                 for each in findings.changes]
        click.echo(f"Changing: {_first(found)}.")
    for note in findings.notes:
        click.echo(note)


def _first(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return "; ".join(names[:_NAMED]) + (f"; and {more:,} more" if more > 0 else "")


def _counted(counts: Counts) -> str:
    parts = [
        f"{counts.rows:,} rows",
        f"{counts.new:,} new",
        f"{counts.changed:,} changed",
        f"{counts.unchanged:,} as they are",
    ]
    for number, word in (
        (counts.left_out, "left out"), (counts.conflicts, "in conflict, kept as they are here"),
        (counts.rejected, "to mend"), (counts.removed, f"of {counts.of:,} ending"),
    ):  # fmt: skip
        if number:
            parts.append(f"{number:,} {word}")
    return ", ".join(parts) + "."
