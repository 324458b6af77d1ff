"""What reception tells the floors above, in the transaction in which it happened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from webapp.foundation.events import Event
from webapp.foundation.trail import Actor
from webapp.record.rules import SightingKind


@dataclass(frozen=True, slots=True)
class PupilSighted(Event):
    """A pupil came, went, or was seen; ``struck``: that turned out to be a slip. ``known``: who collected is known."""

    school_id: int
    enrolment_id: int
    pupil_id: int
    date: dt.date
    kind: SightingKind
    at: dt.datetime
    actor: Actor
    known: bool = True
    struck: bool = False


@dataclass(frozen=True, slots=True)
class CollectionStopped(Event):
    """Somebody came for a child and may not have them, or is not known: the DSL is to hear at once.

    ``first_name`` is the child's, ``name`` that of whoever came, ``words`` what was written down about why.
    """

    school_id: int
    enrolment_id: int
    pupil_id: int
    date: dt.date
    at: dt.datetime
    contact_id: int | None
    actor: Actor
    first_name: str
    name: str = ""
    words: str = ""
