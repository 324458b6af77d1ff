"""An answer that a signed-in parent writes under a message: it reaches the office's inbox as a text would."""

from __future__ import annotations

from collections.abc import Mapping

from notifications.queries.parents import find_message
from notifications.queries.senders import Asked, Holder
from notifications.services.inbound_meant import hear
from notifications.services.inbound_rows import IN_APP, Inbound, keep_in
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.submissions import find_result, keep_result, key_of_words
from webapp.people.rules.names import LONGEST_TEXT, clean_text
from webapp.people.rules.refusals import Refused


class MessageNotThere(LookupError):
    """None of these adults was sent a message of that name."""


class AnswerRefused(Refused):
    """Nothing was written."""


def answer_message(contacts: Mapping[tuple[int, int], str], public_id: str, words: str, key: str) -> None:
    """Keep what one of these (organisation, contact), with the name that staff read, answers to a message of theirs;
    the same ``key`` again is the same answer. Danger is heard as in a text.

    Raises MessageNotThere, AnswerRefused or TextRefused.
    """
    text = clean_text(words, LONGEST_TEXT, "words")
    if not text:
        raise AnswerRefused("words", "Write what you would like to tell school.")
    if not key:
        raise AnswerRefused("words", "Send it once more.")
    with unit_of_work() as tx:
        found = find_message(tx, contacts, public_id)
        if found is None:
            raise MessageNotThere(f"no message {public_id!r} to this adult")
        key = key_of_words(key, f"{found.id} {text}")
        organisation_id, actor, content = found.organisation_id, f"answer:{found.contact_id}", [found.id, text]
        if find_result(tx, organisation_id, actor, key, content) is not None:
            return
        answers = Asked(
            organisation_id, found.id, found.school_id, found.contact_id, found.name, found.about_kind, found.about_id
        )
        now = school_now()
        writer = Holder(organisation_id, found.contact_id, contacts[organisation_id, found.contact_id])
        heard = hear(tx, organisation_id, [writer], answers, text, now)
        inbound = Inbound(organisation_id, IN_APP, f"{found.id}:{key}", IN_APP, text, now)
        number = keep_in(tx, inbound, heard, first_answer=False)
        keep_result(tx, organisation_id, actor, key, content, number or 0)
