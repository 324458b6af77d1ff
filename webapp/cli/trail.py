"""Commands about the trail: whether it is whole, and where its chain stands."""

from __future__ import annotations

import re
from pathlib import Path

import click

from webapp.cli.settings import open_database

_HEAD = re.compile(r"(?<![0-9a-f:])([0-9]{1,9}:[0-9]{1,18}:[0-9a-f]{64})(?![0-9a-f])")


@click.group()
def trail() -> None:
    """The record of who did and who saw what."""


@trail.command("verify")
@click.option("--organisation", type=int, default=None, help="Its number; all of them if not given.")
@click.option(
    "--against", "--head", "kept", multiple=True,
    help="A head kept elsewhere, or a file that holds some: the e-mail that was sent, a list of them.",
)
def verify_command(organisation: int | None, kept: tuple[str, ...]) -> None:
    """Walk the sealed chain and name each entry that was altered, removed or slipped in; ends with 1 then."""
    from webapp.foundation.clock import machine_now
    from webapp.foundation.trail import seals, verify

    with open_database() as (_settings, database), database.reading() as db:
        wanted = verify.organisations(db) if organisation is None else [organisation]
        found = [str(each) for number in wanted for each in verify.verify(db, number, machine_now() - 2 * seals.LATE)]
        heads = [head for each in kept for head in _heads_of(each)]
        found += [
            f"no chain has ever stood at {head}: it was cut or made anew" for head in heads
            if not verify.has_been(db, head)
        ]
    for words in found:
        click.echo(words)
    if found:
        raise click.ClickException(f"the trail is not whole: {len(found)} found")
    against = f", and agrees with {len(heads)} kept elsewhere" if heads else ""
    click.echo(f"The trail is whole ({len(wanted)} organisation{'' if len(wanted) == 1 else 's'}){against}")


def _heads_of(kept: str) -> list[str]:
    """The heads in a file, or the one that was typed. Raises a usage error where there is none."""
    path = Path(kept)
    # An e-mail that was saved may have its longer lines broken with "=".
    text = path.read_text("utf-8", "replace").replace("=\r\n", "").replace("=\n", "") if path.is_file() else kept
    found = list(dict.fromkeys(_HEAD.findall(text)))
    if not found:
        raise click.UsageError(f"{kept[:80]}: neither a head nor a file that holds one; a head looks like 1:42:9f86d0…")
    return found


@trail.command("head")
def head_command() -> None:
    """Write where each chain stands, to be kept where nobody who can change the database can change it."""
    from webapp.foundation.trail import verify

    with open_database() as (_settings, database), database.reading() as db:
        for number in verify.organisations(db):
            click.echo(str(verify.find_head(db, number)))
