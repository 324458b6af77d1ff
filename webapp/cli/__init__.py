"""``firstbell``: the console script. Each group of commands is a module beside this one."""

from __future__ import annotations

import click

from webapp.cli import accounts, database, demo, imports, retention, run, trail


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="firstbell")
def cli() -> None:
    """School attendance: parents report, schools decide, every child is accounted for."""


for command in (
    demo.demo, run.serve, run.worker, database.db, database.backup, database.restore, database.doctor,
    database.rebuild, accounts.create_admin, accounts.vapid, imports.import_command,
    trail.trail, retention.retention,
):  # fmt: skip
    cli.add_command(command)
