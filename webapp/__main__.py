"""``python -m webapp`` and the ``firstbell`` script."""

from __future__ import annotations

import sys

import click

from webapp.cli import cli
from webapp.foundation.config import ConfigRefused


def main() -> None:
    """Run the command line; a setting that is missing or wrong ends it with status 2 and the mend."""
    try:
        cli()
    except ConfigRefused as refused:
        click.echo(f"Firstbell does not start: {refused}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
