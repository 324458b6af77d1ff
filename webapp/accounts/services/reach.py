"""What the office does about contacts whom messages do not reach: a note, an invitation, and the list as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from notifications import channels
from notifications.rules.message_kinds import MessageName
from notifications.services import Outgoing, send_in
from webapp.accounts.queries.reach import ReachRow, not_reached
from webapp.accounts.rules.reach import ReachNoteKind, ReachRefused, why_not_invited
from webapp.foundation import trail
from webapp.foundation.clock import school_now, school_today
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.submissions import find_result, keep_result
from webapp.foundation.trail import Actor, Deed
from webapp.people.models import ReachNote
from webapp.people.rules.names import clean_text

LONGEST_NOTE = 500
_BY_HAND = (ReachNoteKind.RANG, ReachNoteKind.ASKED, ReachNoteKind.LETTER, ReachNoteKind.DONE)


class ContactNotThere(LookupError):
    """No such contact at the school, or one who is for the DSL."""


@dataclass(frozen=True, slots=True)
class Reacher:
    """Who works the list, at which school; the caller has checked that they may."""

    organisation_id: int
    school_id: int
    actor: Actor


def note_reach(by: Reacher, contact: str, kind: str, words: str, key: str) -> None:
    """Say what was done about a contact; ``key`` again is the same note.

    Raises ``ContactNotThere``, ``ReachRefused`` for what is no deed, and TextRefused.
    """
    if kind not in {each.value for each in _BY_HAND}:
        raise ReachRefused("kind", "Choose what was done.")
    text = clean_text(words, LONGEST_NOTE, "words")
    with unit_of_work() as tx:
        row, who, content = _find(tx, by, contact), f"reach:{by.actor.id}", {"contact": contact, "kind": kind}
        if find_result(tx, by.organisation_id, who, key, content) is not None:
            return
        _keep(tx, by, row, ReachNoteKind(kind), text, school_now())
        keep_result(tx, by.organisation_id, who, key, content, {"kept": True})


def invite_contact(by: Reacher, contact: str, key: str) -> None:
    """Text (else e-mail) an invitation to open Firstbell; ``key`` again is the same invitation.

    Raises ``ContactNotThere``, and ``ReachRefused`` where the limits or the record let none go.
    """
    with unit_of_work() as tx:
        row, now = _find(tx, by, contact), school_now()
        who, content = f"reach:{by.actor.id}", {"contact": contact, "kind": "invited"}
        if find_result(tx, by.organisation_id, who, key, content) is not None:
            return
        why = why_not_invited(row.facts, now)
        if why:
            raise ReachRefused("invite", why)
        send_in(
            tx,
            Outgoing(
                organisation_id=by.organisation_id, school_id=by.school_id, name=MessageName.INVITATION,
                key=f"invitation:{by.school_id}:{row.contact_id}:{len(row.facts.invited)}", contact_id=row.contact_id,
                pupil_ids=row.reports_for, about_kind="invitation",
                words={"link": f"{channels.current().public_url}/sign-in"},
            ),
        )  # fmt: skip
        _keep(tx, by, row, ReachNoteKind.INVITED, "", now)
        keep_result(tx, by.organisation_id, who, key, content, {"kept": True})


def note_export(by: Reacher, rows: int) -> None:
    """The list leaves the system as a file: who took it, and how many it names."""
    with unit_of_work() as tx:
        deed = Deed("exported_not_reached", "school", by.school_id, by.school_id, detail={"rows": rows})
        trail.write(tx, by.organisation_id, by.actor, deed)


def _find(tx: Connection, by: Reacher, contact: str) -> ReachRow:
    found = not_reached(tx, by.organisation_id, by.school_id, school_today(), school_now(), contact=contact or "-")
    if not found:
        raise ContactNotThere(contact)
    return found[0]


def _keep(tx: Connection, by: Reacher, row: ReachRow, kind: ReachNoteKind, words: str, now: datetime) -> None:
    insert_row(
        tx, ReachNote, organisation_id=by.organisation_id, school_id=by.school_id, contact_id=row.contact_id,
        kind=kind.value, words=words, at=now, by_id=by.actor.id or 0, by=by.actor.name,
    )  # fmt: skip
    deed = Deed("noted_reach", "contact", row.contact_id, by.school_id, detail={"kind": kind.value})
    trail.write(tx, by.organisation_id, by.actor, deed)
