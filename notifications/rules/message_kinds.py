"""Every message that leaves the building: how urgent it is, which ways it takes, how long it is worth sending.

A message's name is its folder of words under ``templates/messages``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from webapp.people.rules.rights import Right


class MessageName(StrEnum):
    """The messages; the value is what is stored, and the name of the folder."""

    MISSING_CHILD = "missing_child"
    MISSING_CHILD_AGAIN = "missing_child_again"
    THOUGHT_IN_THANKS = "thought_in_thanks"
    TEXT_HEARD = "text_heard"
    CORRECTION = "correction"
    IN_TODAY = "in_today"
    REPORT_RECEIPT = "report_receipt"
    REPORT_OUTCOME = "report_outcome"
    SCHOOL_ASKS = "school_asks"
    LEAVE_ANSWERED = "leave_answered"
    MEETING_INVITATION = "meeting_invitation"
    MEETING_REMINDER = "meeting_reminder"
    SOMETHING_TO_READ = "something_to_read"
    GOOD_NEWS = "good_news"
    SIGN_IN_CODE = "sign_in_code"
    DANGER_TO_DSL = "danger_to_dsl"
    STAFF_ALARM = "staff_alarm"
    PUSH_TRIAL = "push_trial"
    NEW_DEVICE = "new_device"
    SIGN_IN_LOCKED = "sign_in_locked"
    STAFF_INVITATION = "staff_invitation"
    NEW_PASSWORD = "new_password"  # noqa: S105 - the name of a message
    SIGN_IN_NEWS = "sign_in_news"
    PASSKEY_DOUBTED = "passkey_doubted"
    STAFF_NEWS = "staff_news"
    PUPIL_TOLD = "pupil_told"
    SIGN_OUT_ANSWERED = "sign_out_answered"
    DETAILS_ANSWERED = "details_answered"
    INVITATION = "invitation"


class Urgency(StrEnum):
    """What goes first, and what may go at night. ``ASKED``: the person has just asked for it (a code, a receipt)."""

    CODE = "code"
    MISSING = "missing"
    ALARM = "alarm"
    ASKED = "asked"
    ORDINARY = "ordinary"

    @property
    def wakes(self) -> bool:
        """True if it goes out in the quiet hours too."""
        return self is not Urgency.ORDINARY


class Ways(StrEnum):
    """In which order the channels are used."""

    TOGETHER = "together"
    """Text and push at once; e-mail where no text can go."""
    EVERYTHING = "everything"
    """Text, push and e-mail at once: staff, when a child may be in danger."""
    PUSH_FIRST = "push_first"
    """Push, and a text when there is no sign of it; e-mail where no text can go."""
    PUSH = "push"
    """Only the push: it tries whether pushes come."""
    TEXT = "text"
    """A text, else an e-mail; never a push."""
    GIVEN_POINT = "given_point"
    """Only the number or address that the person typed."""


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One message. ``right`` is what the contact must hold for every child that it names; None for no child.

    ``lifetime`` counts in school time from when it may first go. ``secret``: what it says opens a door, so its words
    are not kept once it has gone, and it is never repeated blindly.
    """

    name: MessageName
    urgency: Urgency
    ways: Ways
    lifetime: timedelta
    right: Right | None = None
    to_staff: bool = False
    secret: bool = False


_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
M, U, W = MessageName, Urgency, Ways

KINDS: MappingProxyType[MessageName, MessageKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            # A text about this morning is worth nothing at noon: by then somebody has to ring.
            MessageKind(M.MISSING_CHILD, U.MISSING, W.TOGETHER, _HOUR, Right.REPORT),
            MessageKind(M.MISSING_CHILD_AGAIN, U.MISSING, W.TOGETHER, _HOUR, Right.REPORT),
            MessageKind(M.THOUGHT_IN_THANKS, U.MISSING, W.TEXT, _HOUR, Right.REPORT),
            # They have a phone in hand; an hour later it would be news of nothing.
            MessageKind(M.TEXT_HEARD, U.ASKED, W.TEXT, _HOUR, Right.REPORT),
            MessageKind(M.CORRECTION, U.MISSING, W.TOGETHER, 10 * _HOUR, Right.REPORT),
            MessageKind(M.IN_TODAY, U.ORDINARY, W.PUSH_FIRST, 2 * _HOUR, Right.REPORT),
            # It warns the adult whom school knows, so it never goes to the phone that has just reported.
            MessageKind(M.REPORT_RECEIPT, U.ASKED, W.TEXT, 12 * _HOUR, Right.REPORT),
            MessageKind(M.REPORT_OUTCOME, U.ORDINARY, W.PUSH_FIRST, 2 * _DAY, Right.REPORT),
            MessageKind(M.SCHOOL_ASKS, U.ORDINARY, W.PUSH_FIRST, 2 * _DAY, Right.REPORT),
            MessageKind(M.LEAVE_ANSWERED, U.ORDINARY, W.PUSH_FIRST, 3 * _DAY, Right.VIEW_MESSAGES),
            MessageKind(M.MEETING_INVITATION, U.ORDINARY, W.PUSH_FIRST, 3 * _DAY, Right.VIEW_MESSAGES),
            MessageKind(M.MEETING_REMINDER, U.ORDINARY, W.PUSH_FIRST, 18 * _HOUR, Right.VIEW_MESSAGES),
            MessageKind(M.SOMETHING_TO_READ, U.ORDINARY, W.PUSH_FIRST, 3 * _DAY, Right.VIEW_MESSAGES),
            MessageKind(M.GOOD_NEWS, U.ORDINARY, W.PUSH_FIRST, _DAY, Right.VIEW_MESSAGES),
            # To the parents of a pupil who answers for themselves, and to the pupil.
            MessageKind(M.PUPIL_TOLD, U.ORDINARY, W.PUSH_FIRST, 12 * _HOUR, Right.VIEW_ATTENDANCE),
            MessageKind(M.SIGN_OUT_ANSWERED, U.ASKED, W.PUSH_FIRST, 3 * _HOUR, Right.REPORT),
            # To the old way and to the new one: who did not ask must hear of it where they still can.
            MessageKind(M.DETAILS_ANSWERED, U.ASKED, W.GIVEN_POINT, _DAY),
            MessageKind(M.INVITATION, U.ORDINARY, W.TEXT, 2 * _DAY, Right.REPORT),
            MessageKind(M.SIGN_IN_CODE, U.CODE, W.GIVEN_POINT, timedelta(minutes=10), secret=True),
            # Sent at any hour: who did not sign in must hear of it while it still helps.
            MessageKind(M.NEW_DEVICE, U.ASKED, W.GIVEN_POINT, _DAY),
            MessageKind(M.SIGN_IN_LOCKED, U.ASKED, W.GIVEN_POINT, _DAY),
            MessageKind(M.PASSKEY_DOUBTED, U.ASKED, W.GIVEN_POINT, _DAY),
            MessageKind(M.PUSH_TRIAL, U.ASKED, W.PUSH, timedelta(minutes=10)),
            MessageKind(M.STAFF_INVITATION, U.ASKED, W.GIVEN_POINT, _DAY, to_staff=True, secret=True),
            MessageKind(M.NEW_PASSWORD, U.CODE, W.GIVEN_POINT, timedelta(minutes=30), to_staff=True, secret=True),
            MessageKind(M.SIGN_IN_NEWS, U.ASKED, W.GIVEN_POINT, _DAY, to_staff=True),
            MessageKind(M.STAFF_NEWS, U.ASKED, W.GIVEN_POINT, _DAY, to_staff=True),
            MessageKind(M.DANGER_TO_DSL, U.ALARM, W.EVERYTHING, _DAY, to_staff=True),
            MessageKind(M.STAFF_ALARM, U.ALARM, W.EVERYTHING, 3 * _HOUR, to_staff=True),
        )
    }
)


def get_kind(name: str) -> MessageKind:
    """The kind of that name. Raises ``ValueError``."""
    return KINDS[MessageName(name)]
