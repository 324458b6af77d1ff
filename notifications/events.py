"""What the post room tells the floors above, in the transaction in which it happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from notifications.rules.replies import Reading
from webapp.foundation.events import Event
from webapp.foundation.trail import Actor


@dataclass(frozen=True, slots=True)
class DeliveryDelivered(Event):
    """The provider says that a text or e-mail arrived. A push gives no such sign."""

    school_id: int
    message_id: int
    delivery_id: int
    name: str
    channel: str
    contact_id: int | None
    staff_id: int | None
    about_kind: str
    about_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryFailed(Event):
    """One delivery failed for good. ``words`` are for staff; ``next_channel`` is the way taken instead, else empty.

    ``nothing_left``: no other delivery of the message went out or still may; a ``CallNeeded`` follows.
    """

    school_id: int
    message_id: int
    delivery_id: int
    name: str
    channel: str
    contact_id: int | None
    staff_id: int | None
    about_kind: str
    about_id: int | None
    code: str
    words: str
    next_channel: str
    nothing_left: bool


@dataclass(frozen=True, slots=True)
class DeliveryCalledOff(Event):
    """One delivery was not sent, because what it says is not true any more, or the person has seen it already."""

    message_id: int
    name: str


@dataclass(frozen=True, slots=True)
class CallNeeded(Event):
    """Somebody must ring this person, or write: the message did not reach them, or no text could go.

    ``why`` is a ``policy.CallReason``, whose ``words`` staff read.
    """

    school_id: int
    message_id: int
    name: str
    contact_id: int | None
    staff_id: int | None
    about_kind: str
    about_id: int | None
    pupil_ids: tuple[int, ...]
    why: str


@dataclass(frozen=True, slots=True)
class ContactPointWentBad(Event):
    """A number or address does not work; ``words`` say what was said of it. One event a contact that holds it."""

    school_id: int | None
    contact_id: int
    point_id: int
    words: str


@dataclass(frozen=True, slots=True)
class ContactOptedOut(Event):
    """A person has stopped our texts to this number: the office is told, and the next way is taken."""

    contact_id: int
    point_id: int


@dataclass(frozen=True, slots=True)
class ContactOptedIn(Event):
    """A person lets our texts come again."""

    contact_id: int
    point_id: int


@dataclass(frozen=True, slots=True)
class InboundReceived(Event):
    """A text came in and is kept. ``school_id`` and ``contact_id`` are None where they are not known.

    ``enrolment_ids`` are the children that it may be about, and ``reading.children`` are positions in it.
    ``answers_message_id``, ``about_kind`` and ``about_id`` name the message that it seems to answer.
    ``first_answer``: this number has never answered before, so that a voice check is due. ``way``: by text, or in the
    app.
    """

    inbound_id: int
    school_id: int | None
    contact_id: int | None
    enrolment_ids: tuple[int, ...]
    words: str
    reading: Reading
    answers_message_id: int | None
    about_kind: str
    about_id: int | None
    first_answer: bool
    at: datetime
    way: str = "by text"


@dataclass(frozen=True, slots=True)
class TextMoved(Event):
    """A person found that a text is about another child than it was taken to be about. ``enrolment_ids``: those of whom
    it was thought until then."""

    inbound_id: int
    contact_id: int | None
    enrolment_ids: tuple[int, ...]
    words: str
    at: datetime
    actor: Actor
