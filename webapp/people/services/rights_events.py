"""What the office's record tells the floors above about rights, in the transaction in which it is written."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.foundation.events import Event


@dataclass(frozen=True, slots=True)
class RightsChanged(Event):
    """What some contacts may do for some children may have become less: a right, a tie or a court order was written.

    ``pairs`` are (pupil id, contact id); whoever hears it asks ``people.rules.rights`` what is left.
    """

    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class MessagesStopped(Event):
    """The DSL stopped messages about a child to one contact, or to all (``contact_id`` None)."""

    pupil_id: int
    contact_id: int | None


@dataclass(frozen=True, slots=True)
class StopLifted(Event):
    """The DSL let messages about a child go again; another stop of the child may still stand."""

    pupil_id: int


@dataclass(frozen=True, slots=True)
class EntryWithheld(Event):
    """Something with a number of its own (``kind`` sighting or message) is kept from a contact, or from all (None)."""

    kind: str
    subject_id: int
    contact_id: int | None


@dataclass(frozen=True, slots=True)
class EntryShown(Event):
    """It may be seen again, unless another withheld entry names it still."""

    kind: str
    subject_id: int


@dataclass(frozen=True, slots=True)
class RollChanged(Event):
    """A file of pupils or of staff was brought in: somebody may have left."""
