"""Sending one delivery. The claim is committed, the provider is called with no transaction open, and what came of it is
written in one commit with the end of the job.

A claim of which nothing was written may have sent: its worker died between call and commit. The provider is asked
before anything is sent again; only where it cannot say is the message repeated, once, and a sign-in code never. One
that does not answer is asked again until the message is worth nothing any more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from notifications import channels as ways
from notifications.channels import Looked, LookedUp, Outcome, Parcel, PushKeys, Verdict
from notifications.queries.dispatching import DeliveryFacts, find_delivery, known_provider_ids, pupils_of
from notifications.queries.recipients import recipients_of
from notifications.rules.delivery_states import OPEN, DeliveryEvent, DeliveryState
from notifications.rules.errors import Effect, Failure
from notifications.rules.message_kinds import MessageKind, Ways, get_kind
from notifications.rules.policy import CallReason, Channel
from notifications.services.concluding import (
    REPORT_WORK,
    call_off,
    conclude_failure,
    on_work_failed,
    taken,
    wait,
)
from notifications.services.queueing import MANY_TRIES, WORK
from notifications.services.reports import report_in
from notifications.services.still_true import still_true
from webapp.foundation import work
from webapp.foundation.clock import london, machine_now, school_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.work import Job
from webapp.foundation.work.backoff import backoff
from webapp.people.queries import get_school

_LEASE_SECONDS = 60
"""Longer than a look-up and a call, each of which may take its whole timeout."""
_LOOK_AGAIN_AFTER = timedelta(seconds=20)
_LOOKS_FOR = timedelta(minutes=2)
"""How long a provider that does not answer is asked before a text that may have gone is sent once more."""
_LONGEST_WAIT = timedelta(minutes=1)
"""For what cannot wait: it goes within this time of the provider's being well again."""
_RIGHTS_HOLD_FOR = timedelta(minutes=1)
_TOO_LATE = Failure(Effect.NEXT_WAY, "not sent: too late")
_NO_TELLING = Failure(Effect.NEXT_WAY, "not known whether it went")
_NO_POINT = Failure(Effect.NEXT_WAY, "this number or address is no longer to be used")
_NO_PHONE = Failure(Effect.GONE, "the app is no longer on that phone")
_NOT_ALLOWED = Failure(Effect.NEXT_WAY, CallReason.NOT_ALLOWED.words)


def load_handlers(*, lease_seconds: float = _LEASE_SECONDS) -> None:
    """Register the work of the post room."""
    work.handler(
        WORK, urgent=True, max_attempts=MANY_TRIES, lease_seconds=lease_seconds, on_failed=on_work_failed
    )(dispatch)
    work.handler(REPORT_WORK, max_attempts=MANY_TRIES)(_report)


def _report(job: Job) -> None:
    told = job.payload
    with unit_of_work() as tx:
        report_in(tx, "demo", told["token"], told["provider_id"], told["status"], told["code"])
        work.finish(job, tx)


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """Why a delivery is not sent now: it failed, it is not needed, or the channel is stopped until a time."""

    failure: Failure | None = None
    event: DeliveryEvent = DeliveryEvent.REFUSED
    until: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Ready:
    delivery: DeliveryFacts
    kind: MessageKind
    parcel: Parcel
    unwritten: int
    """Claims before this one of which nothing was written down."""

    @property
    def may_have_gone(self) -> bool:
        return self.unwritten > 0 or self.delivery.state == DeliveryState.UNKNOWN


def dispatch(job: Job) -> None:
    """Send the delivery that the job names, if it is still to go."""
    assert job.organisation_id is not None
    with read_door() as db:
        delivery = find_delivery(db, job.organisation_id, int(job.payload["delivery"]))
        if delivery is None or delivery.state not in OPEN:
            return
        kind = get_kind(delivery.message.name)
        try:
            obstacle = _obstacle(db, delivery, kind)
            unwritten = max(0, job.attempts - 1 - delivery.tries)
            ready = _Ready(delivery, kind, _parcel(db, delivery, kind, unwritten), unwritten)
        except Exception as error:
            # Written down as a try, because nothing was sent: else the next one would have to suppose it.
            failed_early = f"{type(error).__name__}: {error}"
        else:
            failed_early = ""
    if failed_early:
        wait(job, delivery, failed_early)
    elif obstacle is not None:
        _stop(job, delivery, obstacle)
    else:
        _send(job, ready)


def _stop(job: Job, delivery: DeliveryFacts, obstacle: _Obstacle) -> None:
    if obstacle.until is not None:
        wait(job, delivery, obstacle.words, at=obstacle.until)
    elif obstacle.failure is not None:
        conclude_failure(job, delivery, obstacle.failure, event=obstacle.event)
    else:
        call_off(job, delivery)


def _obstacle(db: Connection, delivery: DeliveryFacts, kind: MessageKind) -> _Obstacle | None:
    message = delivery.message
    now = school_now()
    if message.deadline is not None and now >= message.deadline:
        return _Obstacle(_TOO_LATE, DeliveryEvent.TOO_LATE)
    if delivery.unless_seen and (delivery.seen or message.read_at is not None):
        return _Obstacle()
    if (delivery.stopped and kind.right is not None) or not still_true(db, message):
        return _Obstacle()
    if delivery.channel == Channel.PUSH:
        if delivery.p256dh is None:
            return _Obstacle(_NO_PHONE)
    elif message.contact_id is not None and kind.ways is not Ways.GIVEN_POINT and delivery.point_state != "usable":
        return _Obstacle(_NO_POINT)
    if now - message.created_at > _RIGHTS_HOLD_FOR and not _still_allowed(db, delivery, kind, now):
        return _Obstacle(_NOT_ALLOWED)
    if delivery.paused_until is not None and delivery.paused_until > machine_now():
        return _Obstacle(until=delivery.paused_until, words=delivery.paused_words)
    return None


def _still_allowed(db: Connection, delivery: DeliveryFacts, kind: MessageKind, now: datetime) -> bool:
    message = delivery.message
    if kind.right is None or message.contact_id is None:
        return True
    pupil_ids = pupils_of(db, message)
    today = london(now).date()
    everybody = recipients_of(db, message.organisation_id, [message.contact_id], [], pupil_ids, today)
    return everybody.may_be_told(kind, message.contact_id, pupil_ids, today)


def _parcel(db: Connection, delivery: DeliveryFacts, kind: MessageKind, unwritten: int) -> Parcel:
    message = delivery.message
    worth = timedelta(hours=10) if message.deadline is None else message.deadline - school_now()
    known: frozenset[str] = frozenset()
    if unwritten or delivery.state == DeliveryState.UNKNOWN:
        known = known_provider_ids(db, delivery.address, delivery.created_at - timedelta(days=1))
    keys = PushKeys(delivery.p256dh, delivery.auth) if delivery.p256dh and delivery.auth else None
    is_push = delivery.channel == Channel.PUSH
    return Parcel(
        token=delivery.token, address=delivery.address, body=delivery.body, worth=worth,
        first_called_at=delivery.due_at, subject=delivery.subject, html=delivery.html,
        sender_name=get_school(db, message.organisation_id, message.school_id).sms_name, urgent=kind.urgency.wakes,
        topic=json.loads(delivery.body)["notification"]["tag"] if is_push else "", keys=keys, known_ids=known,
    )  # fmt: skip


def _send(job: Job, ready: _Ready) -> None:
    delivery, kind = ready.delivery, ready.kind
    channel = ways.current().of(delivery.channel)
    repeated = False
    if ready.may_have_gone:
        looked = channel.find(ready.parcel)
        if looked.looked is Looked.FOUND:
            _found(job, ready, looked, channel.provider)
            return
        if not _may_repeat(ready, looked):
            _cannot_tell(job, ready, looked)
            return
        repeated = looked.looked is not Looked.NOT_THERE
    outcome = channel.send(ready.parcel)
    if outcome.verdict is Verdict.ACCEPTED:
        taken(job, delivery, kind, outcome, channel.provider, repeated=repeated)
    elif outcome.verdict is Verdict.PERMANENT and outcome.failure is not None:
        conclude_failure(job, delivery, outcome.failure, outcome.code)
    elif outcome.verdict is Verdict.UNKNOWN and kind.secret:
        conclude_failure(job, delivery, _NO_TELLING, outcome.code)
    elif outcome.verdict is Verdict.UNKNOWN:
        look_at = machine_now() + _LOOK_AGAIN_AFTER
        wait(job, delivery, outcome.words, outcome.code, at=look_at, unknown=True, repeated=repeated)
    else:
        wished = _soon(job, kind) if outcome.retry_after is None else machine_now() + outcome.retry_after
        wait(job, delivery, outcome.words, outcome.code, at=wished, repeated=repeated)


def _found(job: Job, ready: _Ready, looked: LookedUp, provider: str) -> None:
    outcome = Outcome.accepted(looked.provider_id)
    taken(job, ready.delivery, ready.kind, outcome, provider, found=looked)


def _cannot_tell(job: Job, ready: _Ready, looked: LookedUp) -> None:
    if looked.looked is not Looked.NOT_NOW or ready.kind.secret:
        conclude_failure(job, ready.delivery, _NO_TELLING)
        return
    # No failure: the number is as good as before, and once the provider answers, it can be told whether it went.
    wait(job, ready.delivery, "the provider does not answer", at=_soon(job, ready.kind), unknown=True)


def _soon(job: Job, kind: MessageKind) -> datetime | None:
    """When to try again; None for what can wait: by the job's own backoff."""
    return machine_now() + min(backoff(job.attempts), _LONGEST_WAIT) if kind.urgency.wakes else None


def _may_repeat(ready: _Ready, looked: LookedUp) -> bool:
    """Once where the provider cannot say; as often as needed where it says that nothing came; a code never."""
    if ready.kind.secret:
        return False
    if looked.looked is Looked.NOT_THERE:
        return True
    if looked.looked is Looked.NOT_NOW and machine_now() - ready.delivery.due_at < _LOOKS_FOR:
        return False
    # Each unwritten claim after the first was such a repeat itself.
    return ready.delivery.repeats + max(0, ready.unwritten - 1) < 1
