"""What a contact may say about themselves without the office: how texts name their child."""

from __future__ import annotations

from sqlalchemy import update

from webapp.foundation import trail
from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Actor, Deed
from webapp.people.models import Contact
from webapp.people.rules import Refused

CHILD_WORDS = ("name", "your_child")


def set_child_words(organisation_id: int, contact_id: int, child_words: str, *, actor: Actor) -> None:
    """From the next message on, texts say the first name, or "your child". Raises ``Refused`` for anything else; what
    holds already changes nothing."""
    if child_words not in CHILD_WORDS:
        raise Refused("child_words", "Choose one of the two.")
    with unit_of_work() as tx:
        changed = tx.execute(
            update(Contact)
            .where(
                Contact.organisation_id == organisation_id, Contact.id == contact_id,
                Contact.child_words != child_words,
            )
            .values(child_words=child_words, version=Contact.version + 1)
        )  # fmt: skip
        if changed.rowcount:
            deed = Deed("changed_child_words", "contact", contact_id, detail={"child_words": child_words})
            trail.write(tx, organisation_id, actor, deed)
