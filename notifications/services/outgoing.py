"""What the floors above ask of the post room: one message for one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notifications.rules.message_kinds import KINDS, MessageKind, MessageName
from notifications.rules.policy import CallReason, Point

_LONGEST_KEY = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message, to a contact or to a member of staff. ``key`` makes saying it twice the same message.

    ``pupil_ids`` are the children that it is about; without them no contact is written to, but for a sign-in code.
    ``words`` are plain values for the template: ``children`` (first names), ``link`` and ``time`` as it asks for them.
    ``to`` is the number or address of a sign-in code. ``deadline`` (school time) None leaves it to the kind.
    Raises ValueError for what cannot be a message.
    """

    organisation_id: int
    school_id: int
    name: MessageName
    key: str
    contact_id: int | None = None
    staff_id: int | None = None
    pupil_ids: tuple[int, ...] = ()
    about_kind: str = ""
    about_id: int | None = None
    words: Mapping[str, Any] = field(default_factory=dict)
    to: Point | None = None
    deadline: datetime | None = None

    def __post_init__(self) -> None:
        if (self.contact_id is None) == (self.staff_id is None):
            raise ValueError("contact_id, staff_id: a message is for one of them, and for one only")
        if self.kind.to_staff and self.staff_id is None:
            raise ValueError(f"staff_id: {self.name} is for staff")
        if self.kind.right is not None and (self.contact_id is None or not self.pupil_ids):
            raise ValueError(f"contact_id, pupil_ids: {self.name} is for a contact, about at least one child")
        if not 0 < len(self.key) <= _LONGEST_KEY:
            raise ValueError(f"key: from 1 to {_LONGEST_KEY} characters")

    @property
    def kind(self) -> MessageKind:
        return KINDS[self.name]


@dataclass(frozen=True, slots=True)
class Queued:
    """What became of an ``Outgoing``. ``new`` False: its key stood already, and nothing was added.

    ``channels`` are the ways taken, in order; ``call`` is why somebody must ring, instead or as well.
    """

    message_id: int
    public_id: str
    new: bool
    channels: tuple[str, ...] = ()
    call: CallReason | None = None
