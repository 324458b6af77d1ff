"""Looking at the trail is itself in the trail, before the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Actor, Deed, write


def note_search(
    organisation_id: int, school_id: int, by: Actor, asked: dict[str, Any], *, pupil_id: int | None = None,
    exported: bool = False,
) -> None:  # fmt: skip
    """Keep that somebody looked at the trail, or took it out as a file, and what they asked for.

    ``asked`` holds plain values: ids, days, the name of a deed. ``pupil_id``: the one pupil whom they asked about.
    """
    action = "exported_trail" if exported else "searched_trail"
    with unit_of_work() as tx:
        write(tx, organisation_id, by, Deed(action, "trail_entry", None, school_id, pupil_id, asked))


def note_shown_read(
    organisation_id: int, school_id: int, by: Actor, contact_id: int, pupil_id: int, when: datetime | None = None
) -> None:
    """Keep that somebody looked at what a contact was shown about a pupil; ``when``: the moment drawn again."""
    detail = {"contact": contact_id} | ({"when": when.isoformat(timespec="minutes")} if when is not None else {})
    with unit_of_work() as tx:
        deed = Deed("read_what_was_shown", "contact", contact_id, school_id, pupil_id, detail)
        write(tx, organisation_id, by, deed)
