"""What the tests of the post room share: an ordinary morning, providers on this machine, and what was told upwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import pytest
import time_machine
from sqlalchemy import Row, event, select, update

from notifications import channels as ways
from notifications import events as told
from notifications.channels import Channels
from notifications.channels.smtp import SmtpMail
from notifications.channels.twilio import TwilioSms
from notifications.channels.web_push import WebPushes
from notifications.models import Delivery, Message, PushSubscription
from notifications.rules.message_kinds import MessageName
from notifications.services import Outgoing, Queued, load_handlers, no_checks, send_many_in
from tests.factories import TODAY, World
from tests.notifications.mail_standin import MailStandIn, mail_server
from tests.notifications.push_standin import Phone, PushStandIn, push_service, vapid_key
from tests.notifications.twilio_standin import ACCOUNT, SERVICE, TOKEN, TwilioStandIn, twilio
from webapp.foundation import events
from webapp.foundation.clock import LONDON
from webapp.foundation.config import Mail, Push, Twilio
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.work import fresh_kinds, run_due
from webapp.people.models import ContactPoint

MORNING = datetime(TODAY.year, TODAY.month, TODAY.day, 9, 20, tzinfo=LONDON)
"""9:20 on an ordinary school day."""
PUBLIC_URL = "https://attend.hill.example"
LINK = f"{PUBLIC_URL}/t/Kd7mRw2QxZ9pTf4N"
ALICE = "+447700900001"
BOB = "+447700900002"
CHARLIE = "+447700900003"

E = TypeVar("E", bound=events.Event)


@pytest.fixture
def morning() -> Iterator[time_machine.Traveller]:
    """The clock stands at 9:20 and moves when it is told to."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@dataclass
class Outside:
    """The world outside: three providers, and what the post room told the floors above."""

    texts: TwilioStandIn
    pushes: PushStandIn
    mail: MailStandIn
    heard: list[events.Event] = field(default_factory=list)

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind, in order."""
        return [event for event in self.heard if isinstance(event, kind)]

    @property
    def texted(self) -> list[tuple[str, str]]:
        """(number, words) of every call for a text, in order."""
        return [(form["To"], form["Body"]) for form in self.texts.sent]


@pytest.fixture(scope="session")
def _push_key() -> str:
    return vapid_key()


@pytest.fixture
def outside(_push_key: str) -> Iterator[Outside]:
    """Real channels towards stand-ins, the post room's work and nobody else's, and every event written down."""
    with twilio() as texts, push_service() as pushes, mail_server() as mail, fresh_kinds(), no_checks():
        ways.use(Channels(
            sms=TwilioSms(Twilio(ACCOUNT, TOKEN, SERVICE, texts.url), PUBLIC_URL),
            push=WebPushes(Push(_push_key, "office@hill.example"), allowed=_is_here),
            email=SmtpMail(Mail(mail.url, "messages@attend.hill.example")),
            public_url=PUBLIC_URL, can_reply=True, push_allowed=_is_here,
        ))  # fmt: skip
        load_handlers()
        kept = {kind: list(handlers) for kind, handlers in events._handlers.items()}
        events.forget_all()
        world_outside = Outside(texts, pushes, mail)
        for kind in (
            told.DeliveryDelivered, told.DeliveryFailed, told.CallNeeded, told.ContactPointWentBad,
            told.ContactOptedOut, told.ContactOptedIn, told.InboundReceived,
        ):  # fmt: skip
            events.subscribe(kind, lambda _tx, event: world_outside.heard.append(event))
        yield world_outside
        events.forget_all()
        events._handlers.update(kept)
        ways.use(None)


def _is_here(endpoint: str) -> bool:
    return endpoint.startswith("http://127.0.0.1:")


def missing_child(world: World, **changes: Any) -> Outgoing:
    """The first-day text about Tom to Alice."""
    fields: dict[str, Any] = {
        "organisation_id": world.organisation, "school_id": world.hill, "name": MessageName.MISSING_CHILD,
        "key": "first-day:1:alice", "contact_id": world.alice, "pupil_ids": (world.tom,),
        "about_kind": "first_day_case", "about_id": 1, "words": {"children": ["Tom"], "link": LINK},
    }  # fmt: skip
    return Outgoing(**{**fields, **changes})


def ordinary(world: World, **changes: Any) -> Outgoing:
    """A question about a report, to Alice: nobody is missing."""
    return missing_child(world, **{"name": MessageName.SCHOOL_ASKS, "key": "asks:1", "about_kind": "report", **changes})


def send(*outgoings: Outgoing) -> list[Queued]:
    """Queue them in a transaction of their own."""
    with unit_of_work() as tx:
        return send_many_in(tx, outgoings)


def work() -> int:
    """Do what is due."""
    return run_due({"delivery", "delivery_report"})


def deliveries(database: Database) -> list[Row[Any]]:
    """Every delivery, in the order in which they were made."""
    with read_door() as db:
        return list(db.execute(select(*Delivery.__table__.c).order_by(Delivery.id)))


def messages(database: Database) -> list[Row[Any]]:
    with read_door() as db:
        return list(db.execute(select(*Message.__table__.c).order_by(Message.id)))


def states(database: Database) -> list[tuple[str, str]]:
    """(channel, state) of every delivery."""
    return [(row.channel, row.state) for row in deliveries(database)]


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """What is sent to the database in the block, but for the beginnings and ends of transactions."""
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")):
            seen.append(statement)

    for engine in (database.read_engine, database.write_engine):
        event.listen(engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        for engine in (database.read_engine, database.write_engine):
            event.remove(engine, "before_cursor_execute", count)


def point_state(database: Database, value: str) -> str:
    with read_door() as db:
        return str(db.scalar(select(ContactPoint.state).where(ContactPoint.value == value)))


def set_point(value: str, state: str) -> None:
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).where(ContactPoint.value == value).values(state=state))


def add_point(world: World, contact_id: int, kind: str, value: str, priority: int = 3) -> None:
    with unit_of_work() as tx:
        insert_row(
            tx, ContactPoint, organisation_id=world.organisation, contact_id=contact_id, kind=kind, value=value,
            priority=priority,
        )  # fmt: skip


@pytest.fixture
def subscribe(outside: Outside) -> Callable[..., Phone]:
    """``subscribe(world, contact_id)``: a phone of that contact that takes pushes."""

    def make(world: World, contact_id: int, name: str = "one") -> Phone:
        phone = outside.pushes.phone(name)
        with unit_of_work() as tx:
            number = insert_row(
                tx, PushSubscription, organisation_id=world.organisation, public_id=f"psh-{contact_id}-{name}"[:16],
                contact_id=contact_id, endpoint=phone.endpoint, p256dh=phone.p256dh, auth=phone.auth,
                created_at=MORNING,
            )  # fmt: skip
            assert number
        return phone

    return make


