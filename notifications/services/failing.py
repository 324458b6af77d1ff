"""What follows when a delivery does not go through: the point is marked, the next way is taken, the office is told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, update

from notifications import channels as ways
from notifications.compose import Voice
from notifications.events import CallNeeded, DeliveryFailed
from notifications.models import Delivery, PushSubscription
from notifications.queries.dispatching import (
    DeliveryFacts,
    MessageFacts,
    Sibling,
    earlier_failures,
    pupils_of,
    siblings_of,
)
from notifications.queries.recipients import Recipients, recipients_of
from notifications.rules import policy
from notifications.rules.delivery_states import OPEN, TOLD, DeliveryEvent, DeliveryState, next_state
from notifications.rules.errors import Effect, Failure
from notifications.rules.hiding import hide_secrets
from notifications.rules.message_kinds import MessageKind, Urgency, get_kind
from notifications.services.points import mark_point_bad_in, opt_out_in
from notifications.services.queueing import WORK, Envelope, add_deliveries, queue_again, subject_of
from notifications.services.still_true import still_true
from webapp.foundation import events, work
from webapp.foundation.clock import london, machine_now, school_now
from webapp.people.queries import get_school

log = logging.getLogger("firstbell.notifications")

_REPEAT_AFTER = {Urgency.MISSING: timedelta(minutes=2)}
_REPEAT_AFTER_USUALLY = timedelta(minutes=15)


def fail_in(
    tx: Connection, delivery: DeliveryFacts, failure: Failure, code: str,
    event: DeliveryEvent = DeliveryEvent.REFUSED,
) -> None:  # fmt: skip
    """The delivery has failed: write it down, and do what the failure calls for. Once it stands, nothing more is done.

    For a missing child a phone that is off is tried again while the next way is taken already.
    """
    if not _write_down(tx, delivery, failure, code, event):
        return
    message = delivery.message
    kind = get_kind(message.name)
    if failure.alert:
        log.error("delivery %s on %s: %s %s", delivery.delivery_id, delivery.channel, code, failure.words)
    _mark(tx, delivery, failure, code)
    if not still_true(tx, message):
        return
    again = failure.effect is Effect.RETRY_ONCE and delivery.repeats == 0 and not kind.secret
    if again:
        _try_again(tx, delivery, kind)
    if again and kind.urgency is not Urgency.MISSING:
        return
    _go_on(tx, delivery, kind, failure, code, told_by_repeat=again)


def _write_down(
    tx: Connection, delivery: DeliveryFacts, failure: Failure, code: str, event: DeliveryEvent
) -> bool:
    before = DeliveryState(delivery.state)
    after = next_state(before, event)
    if after is before:
        return False
    secret = get_kind(delivery.message.name).secret
    changed = tx.execute(
        update(Delivery)
        .where(
            Delivery.organisation_id == delivery.message.organisation_id, Delivery.id == delivery.delivery_id,
            Delivery.state == before.value,
        )
        .values(
            state=after.value, failed_at=school_now(), error_code=code[:16], error_words=failure.words[:200],
            tries=Delivery.tries + 1, body=hide_secrets(delivery.body) if secret else delivery.body,
        )
    )  # fmt: skip
    return changed.rowcount == 1


def _mark(tx: Connection, delivery: DeliveryFacts, failure: Failure, code: str) -> None:
    organisation_id, address = delivery.message.organisation_id, delivery.address
    words = f"{failure.words} ({code})" if code else failure.words
    twice = failure.effect is Effect.BAD_ON_REPEAT and earlier_failures(tx, delivery, code[:16]) > 0
    if failure.effect is Effect.BAD_NUMBER or twice:
        mark_point_bad_in(tx, organisation_id, address, words, school_id=delivery.message.school_id)
    elif failure.effect is Effect.OPTED_OUT:
        opt_out_in(tx, address, words)
    elif failure.effect is Effect.GONE:
        tx.execute(
            update(PushSubscription)
            .where(PushSubscription.organisation_id == organisation_id, PushSubscription.endpoint == address)
            .values(state="gone", gone_at=school_now())
        )


def _try_again(tx: Connection, delivery: DeliveryFacts, kind: MessageKind) -> None:
    state = next_state(DeliveryState.FAILED, DeliveryEvent.AGAIN)
    wait = _REPEAT_AFTER.get(kind.urgency, _REPEAT_AFTER_USUALLY)
    due_at = machine_now() + wait
    message = delivery.message
    tx.execute(
        update(Delivery)
        .where(Delivery.organisation_id == message.organisation_id, Delivery.id == delivery.delivery_id)
        .values(state=state.value, provider_id=None, tries=0, repeats=delivery.repeats + 1, due_at=due_at)
    )
    queue_again(
        tx, message.organisation_id, message.school_id, delivery.delivery_id, kind,
        slot=f"again-{delivery.repeats + 1}", due_at=due_at,
    )  # fmt: skip


def _go_on(
    tx: Connection, delivery: DeliveryFacts, kind: MessageKind, failure: Failure, code: str, *, told_by_repeat: bool
) -> None:
    message = delivery.message
    siblings = siblings_of(tx, message)
    pupil_ids = pupils_of(tx, message)
    everybody = _everybody(tx, message, pupil_ids)
    reach = everybody.reach(message.contact_id, message.staff_id)
    now = school_now()
    allowed = everybody.may_be_told(kind, message.contact_id, pupil_ids, london(now).date())
    taken = ""
    if delivery.channel == policy.Channel.PUSH:
        taken = _hasten_text(tx, delivery, kind, siblings)
    elif allowed and (message.deadline is None or now < message.deadline):
        taken = _next_way(tx, message, kind, everybody, reach, siblings)
    nothing_left = not taken and not told_by_repeat and not _others_left(kind, delivery, siblings)
    events.emit(tx, DeliveryFailed(
        organisation_id=message.organisation_id, school_id=message.school_id, message_id=message.message_id,
        delivery_id=delivery.delivery_id, name=message.name, channel=delivery.channel, contact_id=message.contact_id,
        staff_id=message.staff_id, about_kind=message.about_kind, about_id=message.about_id, code=code,
        words=failure.words, next_channel=taken, nothing_left=nothing_left,
    ))  # fmt: skip
    # Who asked for a code asks again, or rings by themselves.
    if nothing_left and not kind.secret:
        events.emit(tx, CallNeeded(
            organisation_id=message.organisation_id, school_id=message.school_id, message_id=message.message_id,
            name=message.name, contact_id=message.contact_id, staff_id=message.staff_id,
            about_kind=message.about_kind, about_id=message.about_id, pupil_ids=pupil_ids,
            why=(policy.call_reason(reach) if allowed else policy.CallReason.NOT_ALLOWED).value,
        ))  # fmt: skip


def _everybody(tx: Connection, message: MessageFacts, pupil_ids: tuple[int, ...]) -> Recipients:
    contacts = [] if message.contact_id is None else [message.contact_id]
    staff = [] if message.staff_id is None else [message.staff_id]
    return recipients_of(tx, message.organisation_id, contacts, staff, pupil_ids, london(school_now()).date())


def _hasten_text(
    tx: Connection, delivery: DeliveryFacts, kind: MessageKind, siblings: Sequence[Sibling]
) -> str:
    """The text that waits for a sign of the push goes at once when no push can give one any more."""
    message = delivery.message
    pushes_left = any(
        one.channel == policy.Channel.PUSH and one.id != delivery.delivery_id and one.state in OPEN | TOLD
        for one in siblings
    )
    waiting = next((one for one in siblings if one.unless_seen and one.state in OPEN), None)
    if waiting is None or pushes_left:
        return ""
    work.cancel(tx, WORK, subject_of(message.organisation_id, waiting.id), slot="")
    queue_again(tx, message.organisation_id, message.school_id, waiting.id, kind, slot="no push")
    return waiting.channel


def _next_way(
    tx: Connection, message: MessageFacts, kind: MessageKind, everybody: Recipients, reach: policy.Reach,
    siblings: Sequence[Sibling],
) -> str:  # fmt: skip
    step = policy.next_way(kind, reach, {(one.channel, one.address) for one in siblings})
    if step is None:
        return ""
    channels = ways.current()
    school = get_school(tx, message.organisation_id, message.school_id)
    voice = Voice(school.sms_name, school.phone, everybody.says_your_child(message.contact_id), channels.can_reply)
    envelope = Envelope(
        organisation_id=message.organisation_id, message_id=message.message_id, public_id=message.public_id,
        school_id=message.school_id, person="", kind=kind, about_kind=message.about_kind, about_id=message.about_id,
        words=message.words, voice=voice,
    )  # fmt: skip
    add_deliveries(tx, [(envelope, [step])], channels)
    return step.channel.value


def _others_left(kind: MessageKind, delivery: DeliveryFacts, siblings: Sequence[Sibling]) -> bool:
    """Whether another delivery went out or still may. A push counts for nothing where a child is missing."""
    return any(
        one.id != delivery.delivery_id
        and one.state in OPEN | TOLD
        and (one.channel != policy.Channel.PUSH or kind.urgency is not Urgency.MISSING)
        for one in siblings
    )
