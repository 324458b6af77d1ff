"""Read-only shapes of messages, for pages and for the services of the post room."""

from notifications.queries.deliveries import DeliveryRow, deliveries_about, deliveries_of_messages, deliveries_of_pupil
from notifications.queries.demo_phone import PhoneEntry, PhoneRow, list_phones, phone_entries
from notifications.queries.parents import MessageRow, find_message, messages_of, unread_count
from notifications.queries.subscriptions import SubscriptionRow, subscriptions_of

__all__ = [
    "DeliveryRow", "MessageRow", "PhoneEntry", "PhoneRow", "SubscriptionRow",
    "deliveries_about", "deliveries_of_messages", "deliveries_of_pupil", "find_message",
    "list_phones", "messages_of", "phone_entries", "subscriptions_of", "unread_count",
]  # fmt: skip
