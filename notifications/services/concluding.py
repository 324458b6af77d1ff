"""Writing down what became of an attempt, in one commit with the end or the next try of its job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Update, bindparam, update

from notifications.channels import LookedUp, Outcome, Receipt
from notifications.channels.demo import DemoPhone
from notifications.events import DeliveryCalledOff
from notifications.models import Delivery
from notifications.queries.dispatching import DeliveryFacts, find_delivery
from notifications.rules.delivery_states import DeliveryEvent, DeliveryState, next_state
from notifications.rules.errors import Effect, Failure
from notifications.rules.hiding import hide_secrets
from notifications.rules.message_kinds import MessageKind
from notifications.services.failing import fail_in
from notifications.services.pauses import pause_channel_in, resume_channel_in
from notifications.services.reports import report_in
from webapp.foundation import events, work
from webapp.foundation.clock import machine_now, school_now, school_offset
from webapp.foundation.db import unit_of_work
from webapp.foundation.work import Job, NewWork, Priority
from webapp.foundation.work.backoff import backoff

REPORT_WORK = "delivery_report"
"""The kind of work that makes the demo phone's reports."""


def _held(**values: Any) -> Update:
    """An update that holds only while the delivery stands as it was read: reports may have come meanwhile."""
    return (
        update(Delivery)
        .where(
            Delivery.organisation_id == bindparam("in_organisation"), Delivery.id == bindparam("the_delivery"),
            Delivery.state == bindparam("was_state"), Delivery.tries == bindparam("was_tries"),
        )
        .values(tries=Delivery.tries + 1, **values)
    )  # fmt: skip


_TAKEN = _held(
    state=bindparam("to_state"), sent_at=bindparam("at", type_=Delivery.sent_at.type), provider=bindparam("by"),
    provider_id=bindparam("their_id"), repeats=bindparam("repeated"),
    error_code="", error_words="",
)  # fmt: skip
_FORGET = (
    update(Delivery)
    .where(Delivery.organisation_id == bindparam("in_organisation"), Delivery.id == bindparam("the_delivery"))
    .values(body=bindparam("kept_body"))
)
_LATER = _held(
    state=bindparam("to_state"), repeats=bindparam("repeated"), error_code=bindparam("code"),
    error_words=bindparam("words"),
)
_CALLED_OFF = _held(state=bindparam("to_state"))


def _key(delivery: DeliveryFacts) -> dict[str, Any]:
    return {
        "in_organisation": delivery.message.organisation_id, "the_delivery": delivery.delivery_id,
        "was_state": delivery.state, "was_tries": delivery.tries,
    }  # fmt: skip


def taken(
    job: Job, delivery: DeliveryFacts, kind: MessageKind, outcome: Outcome, provider: str, *, repeated: bool = False,
    found: LookedUp | None = None,
) -> None:  # fmt: skip
    """The provider has it. ``found``: so a look-up says, with what became of it there since."""
    # What opens a door is not kept once it has gone; the demo's phone has no other screen to show it on.
    body = hide_secrets(delivery.body) if kind.secret and provider != DemoPhone.provider else delivery.body
    with unit_of_work() as tx:
        tx.execute(_TAKEN, {
            **_key(delivery), "to_state": next_state(DeliveryState(delivery.state), DeliveryEvent.TAKEN).value,
            "at": school_now(), "by": provider, "their_id": outcome.provider_id[:80] or None,
            "repeated": delivery.repeats + repeated,
        })  # fmt: skip
        if body != delivery.body:
            # Also where a report has come before the answer, so that the row stands otherwise than it was read.
            tx.execute(_FORGET, {
                "in_organisation": delivery.message.organisation_id, "the_delivery": delivery.delivery_id,
                "kept_body": body,
            })  # fmt: skip
        if delivery.paused_until is not None:
            resume_channel_in(tx, delivery.channel)
        if outcome.receipt is not None:
            _promise(tx, delivery, outcome.provider_id, outcome.receipt)
        if found is not None:
            report_in(tx, provider, delivery.token, found.provider_id, found.status, found.code)
        work.finish(job, tx)


def _promise(tx: Connection, delivery: DeliveryFacts, provider_id: str, receipt: Receipt) -> None:
    payload = {
        "token": delivery.token, "provider_id": provider_id, "status": receipt.status, "code": receipt.code,
    }  # fmt: skip
    due_at = machine_now() + receipt.after
    # The slot is the try: a second try of the same text is reported anew.
    slot = str(delivery.repeats)
    work.enqueue(tx, NewWork(
        kind=REPORT_WORK, subject=delivery.token, slot=slot, organisation_id=delivery.message.organisation_id,
        school_id=delivery.message.school_id, payload=payload, priority=Priority.ABSENCE, due_at=due_at,
    ))  # fmt: skip


def wait(
    job: Job, delivery: DeliveryFacts, words: str, code: str = "", *, at: datetime | None = None,
    unknown: bool = False, repeated: bool = False,
) -> None:  # fmt: skip
    """Nothing came of it yet: the job comes again ``at`` (machine time; None: by its backoff), or at the deadline.

    ``unknown``: it may have gone.
    """
    with unit_of_work() as tx:
        _wait_in(tx, job, delivery, words, code, at, unknown, repeated)


def _wait_in(
    tx: Connection, job: Job, delivery: DeliveryFacts, words: str, code: str, at: datetime | None,
    unknown: bool = False, repeated: bool = False,
) -> None:  # fmt: skip
    state = DeliveryState(delivery.state)
    to_state = next_state(state, DeliveryEvent.NO_ANSWER) if unknown else state
    tx.execute(_LATER, {
        **_key(delivery), "to_state": to_state.value, "code": code[:16], "words": words[:200],
        "repeated": delivery.repeats + repeated,
    })  # fmt: skip
    now = machine_now()
    due = at or now + backoff(job.attempts)
    if delivery.message.deadline is not None:
        due = max(now, min(due, delivery.message.deadline - school_offset()))
    work.fail(job, f"{code} {words}".strip(), due, tx)


def call_off(job: Job, delivery: DeliveryFacts) -> None:
    """It is not true any more, or not needed."""
    to_state = next_state(DeliveryState(delivery.state), DeliveryEvent.NOT_TRUE)
    message = delivery.message
    with unit_of_work() as tx:
        tx.execute(_CALLED_OFF, {**_key(delivery), "to_state": to_state.value})
        work.finish(job, tx)
        # It may have become true again since it was looked at: the floor above looks once more.
        events.emit(tx, DeliveryCalledOff(
            organisation_id=message.organisation_id, message_id=message.message_id, name=message.name,
        ))  # fmt: skip


def conclude_failure(
    job: Job, delivery: DeliveryFacts, failure: Failure, code: str = "",
    event: DeliveryEvent = DeliveryEvent.REFUSED,
) -> None:  # fmt: skip
    """It has failed for good; or, where our own account is at fault, the channel is stopped and the delivery waits."""
    if failure.effect is Effect.STOP_CHANNEL:
        with unit_of_work() as tx:
            until = pause_channel_in(tx, delivery.channel, code, failure.words)
            _wait_in(tx, job, delivery, failure.words, code, until)
        return
    with unit_of_work() as tx:
        fail_in(tx, delivery, failure, code, event)
        work.finish(job, tx)


def on_work_failed(tx: Connection, job: Job, error: str) -> None:
    """The job's tries are used up: the delivery fails with it."""
    assert job.organisation_id is not None
    delivery = find_delivery(tx, job.organisation_id, int(job.payload["delivery"]))
    if delivery is not None:
        fail_in(tx, delivery, Failure(Effect.NEXT_WAY, error), "")
