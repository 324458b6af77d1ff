"""An answer that a signed-in parent writes under a message: it reaches the office's inbox as a text would."""

from __future__ import annotations

from collections.abc import Mapping

from notifications.queries.parents import find_message
from notifications.queries.senders import Asked
from notifications.rules.replies import read_reply
from notifications.services.inbound_rows import IN_APP, Inbound, Meant, children_meant, keep_in
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
        children = children_meant(tx, organisation_id, [found.contact_id], answers, now)
        reading = read_reply(text, [child.first_name for child in children])
        chosen = children[reading.children[0]] if len(reading.children) == 1 else None
        name = contacts[organisation_id, found.contact_id]
        number = keep_in(
            tx, Inbound(organisation_id, IN_APP, f"{found.id}:{key}", IN_APP, text, now),
            Meant(found.contact_id, name, found.school_id, children, chosen, answers), reading, first_answer=False,
        )  # fmt: skip
        keep_result(tx, organisation_id, actor, key, content, number or 0)
