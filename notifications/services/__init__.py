"""The verbs of the post room: send, dispatch, take reports and texts in, mark numbers, pause channels."""

from notifications.queries.dispatching import MessageFacts
from notifications.services.dispatch import dispatch, load_handlers
from notifications.services.inbound import (
    InboundRefused,
    Received,
    receive_text,
    settle_text,
    settle_text_in,
)
from notifications.services.outgoing import Outgoing, Queued
from notifications.services.pauses import is_paused, pause_channel, pause_channel_in, resume_channel_in
from notifications.services.points import mark_point_bad_in, opt_in_in, opt_out_in
from notifications.services.reports import receive_status
from notifications.services.send import send_in, send_many_in
from notifications.services.still_true import no_checks, register_still_true, still_true
from notifications.services.subscriptions import (
    SubscriptionRefused,
    mark_read_in,
    subscribe_in,
    unsubscribe_in,
)

__all__ = [
    "InboundRefused", "MessageFacts", "Outgoing", "Queued", "Received", "SubscriptionRefused", "dispatch",
    "is_paused", "load_handlers", "mark_point_bad_in", "mark_read_in", "no_checks", "opt_in_in", "opt_out_in",
    "pause_channel", "pause_channel_in", "receive_status", "receive_text", "register_still_true",
    "resume_channel_in", "send_in", "send_many_in", "settle_text", "settle_text_in", "still_true", "subscribe_in",
    "unsubscribe_in",
]  # fmt: skip
