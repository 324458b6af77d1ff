"""Commands about keeping: what is due, certificates to keep elsewhere, and deleting anew after a restore."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from webapp.cli.settings import open_database


@click.group()
def retention() -> None:
    """How long records are kept, and what was deleted."""


@retention.command("due")
def due_command() -> None:
    """Count what is due at each school anew, and write it. Deletes nothing."""
    from webapp.insight.queries.keeping import last_counts
    from webapp.insight.rules.keeping import RecordKind, count_words
    from webapp.insight.services.keeping import count_school
    from webapp.people.queries import list_schools

    with open_database() as (_settings, database):
        with database.reading() as db:
            schools = list(list_schools(db))
        for school in schools:
            count_school(school.organisation_id, school.id)
            with database.reading() as db:
                counts = last_counts(db, school.organisation_id, school.id)
            said = [count_words(kind, counts[kind.value].due) for kind in RecordKind if counts[kind.value].due]
            click.echo(f"{school.code}: {', '.join(said) or 'nothing'}")


@retention.command("certificates")
def certificates_command() -> None:
    """Write every certificate of deletion as JSON lines, to be kept beside the backups and not in them."""
    from webapp.insight.queries.certificates import every_certificate

    with open_database() as (_settings, database), database.reading() as db:
        for certificate in every_certificate(db):
            click.echo(json.dumps(certificate))


@retention.command("again")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def again_command(source: Path) -> None:
    """After a restore: delete anew what the certificates in SOURCE say was deleted, and take the keys of leavers.

    What is held in the restored database stays. Stop web and worker first.
    """
    from webapp.accounts.services.leavers import take_keys_in
    from webapp.foundation.clock import school_today
    from webapp.foundation.db import unit_of_work
    from webapp.insight.services.keeping import delete_again
    from webapp.people.queries import list_schools

    with open_database() as (_settings, database):
        lines: list[dict[str, Any]] = [json.loads(line) for line in source.read_text("utf-8").splitlines() if line]
        for line in sorted(lines, key=lambda each: each["confirmed_at"]):
            gone = delete_again(line)
            click.echo(f"{line['certificate']}: {gone:,} units deleted again")
        with database.reading() as db:
            organisations = sorted({school.organisation_id for school in list_schools(db)})
        today: date = school_today()
        for number in organisations:
            with unit_of_work() as tx:
                taken = take_keys_in(tx, number, today)
            click.echo(f"Keys of {taken} who have left were taken")
