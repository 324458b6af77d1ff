"""Commands about the trail: whether it is whole, and where its chain stands."""

from __future__ import annotations

import click

from webapp.cli.settings import open_database


@click.group()
def trail() -> None:
    """The record of who did and who saw what."""


@trail.command("verify")
@click.option("--organisation", type=int, default=None, help="Its number; all of them if not given.")
@click.option("--head", "expected", default=None, help="A head kept elsewhere, as `firstbell trail head` writes it.")
def verify_command(organisation: int | None, expected: str | None) -> None:
    """Walk the sealed chain and name each entry that was altered, removed or slipped in; ends with 1 then."""
    from webapp.foundation.clock import machine_now
    from webapp.foundation.trail import seals, verify

    with open_database() as (_settings, database), database.reading() as db:
        wanted = verify.organisations(db) if organisation is None else [organisation]
        found = [str(each) for number in wanted for each in verify.verify(db, number, machine_now() - 2 * seals.LATE)]
        if expected is not None and not verify.has_been(db, expected):
            found.append(f"no chain has ever stood at {expected}: it was cut or made anew")
    for words in found:
        click.echo(words)
    if found:
        raise click.ClickException(f"the trail is not whole: {len(found)} found")
    click.echo(f"The trail is whole ({len(wanted)} organisation{'' if len(wanted) == 1 else 's'})")


@trail.command("head")
def head_command() -> None:
    """Write where each chain stands, to be kept where nobody who can change the database can change it."""
    from webapp.foundation.trail import verify

    with open_database() as (_settings, database), database.reading() as db:
        for number in verify.organisations(db):
            click.echo(str(verify.find_head(db, number)))
