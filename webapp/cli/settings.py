"""What every command needs first: the settings, and the database they name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from webapp.foundation import config, db, schema


@contextmanager
def open_database(*, current: bool = True) -> Iterator[tuple[config.Config, db.Database]]:
    """The settings and the database in use. Ends the command when the schema is behind, unless ``current`` is False."""
    settings = config.load()
    database = db.Database(settings.database_url, read_url=settings.read_database_url)
    db.use(database)
    try:
        if current:
            with database.reading() as connection:
                if not schema.is_current(connection):
                    raise click.ClickException("the database is behind this version; run: firstbell db upgrade")
        yield settings, database
    finally:
        db.use(None)
        database.dispose()
