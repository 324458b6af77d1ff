"""What staff write about a pupil, and to a pupil's contacts: a note, and a message through the post room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notifications import channels
from notifications.rules.message_kinds import MessageName
from notifications.services.outgoing import Outgoing
from notifications.services.send import send_in, send_many_in
from webapp.first_day.models import PupilNote
from webapp.first_day.queries.inbox import HANDLED_DANGER
from webapp.first_day.rules.notes import NoteKind, NoteRefused, kind_of, need_note
from webapp.first_day.rules.owners import TOLD_OF_DANGER
from webapp.foundation import trail
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.ids import public_id
from webapp.foundation.submissions import SubmissionReused, find_result, keep_result
from webapp.foundation.trail import Actor, Deed
from webapp.people.queries import family_of, get_school
from webapp.people.queries.covering import standing_at
from webapp.people.rules.rights import Right, effective_rights, may
from webapp.people.rules.roles import Role

ABOUT = "pupil_note"
_HEADS = (Role.HEAD, Role.DEPUTY_HEAD)


@dataclass(frozen=True, slots=True)
class NoteWriter:
    """A member of staff at one school; ``actor.id`` is theirs."""

    organisation_id: int
    school_id: int
    actor: Actor


@dataclass(frozen=True, slots=True)
class PupilNamed:
    """The pupil written about, whom the caller has found through the person who asks."""

    id: int
    public_id: str


def add_pupil_note(by: NoteWriter, pupil: PupilNamed, kind: str, words: str, key: str) -> NoteKind:
    """Keep a note about the pupil; returns the kind that it is kept as. The same ``key`` again is the same note.

    Words of danger are kept as safeguarding and reach the safeguarding leads in the same transaction. Raises
    NoteRefused, TextRefused, SubmissionReused.
    """
    text = need_note(words)
    kept_as, danger = kind_of(kind, text)
    with unit_of_work() as tx:
        actor, content = f"staff:{by.actor.id}", {"note": pupil.id, "kind": kind, "words": text}
        held = find_result(tx, by.organisation_id, actor, key, content)
        if held is not None:
            return NoteKind(held)
        number = add_note_in(tx, by, pupil.id, kept_as, text, school_now())
        # More people read the trail than may know that there is a safeguarding note.
        action = "noted_safeguarding" if kept_as is NoteKind.SAFEGUARDING else "noted"
        deed = Deed(action, ABOUT, number, by.school_id, pupil.id, {"kind": kept_as.value})
        trail.write(tx, by.organisation_id, by.actor, deed)
        if danger:
            _tell_danger(tx, by, pupil, number)
        keep_result(tx, by.organisation_id, actor, key, content, kept_as.value)
        return kept_as


def handle_danger(by: NoteWriter, pupil: PupilNamed, text_id: int, words: str) -> None:
    """Keep what was done about a text's words of danger, as a safeguarding note; until then the text is nothing else.

    Once a text, whoever was first: the same person with the same words again is the same deed. Raises NoteRefused,
    TextRefused, and SubmissionReused where it was done before.
    """
    text = need_note(words)
    try:
        _handle_once(by, pupil, text_id, text)
    except IntegrityError:
        raise SubmissionReused("somebody else has written down what was done") from None


def _handle_once(by: NoteWriter, pupil: PupilNamed, text_id: int, text: str) -> None:
    with unit_of_work() as tx:
        actor, content = f"text:{text_id}", {"by": by.actor.id, "pupil": pupil.id, "words": text}
        if find_result(tx, by.organisation_id, actor, HANDLED_DANGER, content) is not None:
            return
        number = add_note_in(tx, by, pupil.id, NoteKind.SAFEGUARDING, text, school_now())
        deed = Deed(HANDLED_DANGER, "inbound_message", text_id, by.school_id, pupil.id, {"note": number})
        trail.write(tx, by.organisation_id, by.actor, deed)
        keep_result(tx, by.organisation_id, actor, HANDLED_DANGER, content, number)


def write_to_contact(by: NoteWriter, pupil: PupilNamed, contact_id: int, words: str, key: str) -> bool:
    """Write to one of the pupil's contacts; False where nothing reaches them, so that somebody must ring.

    What leaves the building says only that there is something to read; the words stand behind sign-in. The same
    ``key`` again is the same message. Raises NoteRefused for a contact who may not be written to about this pupil,
    TextRefused, SubmissionReused.
    """
    text = need_note(words)
    with unit_of_work() as tx:
        now = school_now()
        actor, content = f"staff:{by.actor.id}", {"to": contact_id, "pupil": pupil.id, "words": text}
        held = find_result(tx, by.organisation_id, actor, key, content)
        if held is not None:
            return bool(held["reached"])
        if contact_id not in writable_contacts(tx, by.organisation_id, pupil.id, now):
            raise NoteRefused("contact", "Choose somebody who may be written to about this child.")
        named = public_id()
        queued = send_in(
            tx,
            Outgoing(
                organisation_id=by.organisation_id, school_id=by.school_id, name=MessageName.SOMETHING_TO_READ,
                key=f"school_writes:{named}", contact_id=contact_id, pupil_ids=(pupil.id,), about_kind=ABOUT,
                words={"link": f"{channels.current().public_url}/messages", "body": text, "by": by.actor.name},
            ),
        )  # fmt: skip
        number = add_note_in(
            tx, by, pupil.id, NoteKind.MESSAGE, text, now, named=named, contact_id=contact_id,
            message_id=queued.message_id,
        )  # fmt: skip
        deed = Deed(
            "wrote_to_contact", ABOUT, number, by.school_id, pupil.id,
            {"contact": contact_id, "message": queued.message_id, "ways": list(queued.channels)},
        )  # fmt: skip
        trail.write(tx, by.organisation_id, by.actor, deed)
        reached = bool(queued.channels)
        keep_result(tx, by.organisation_id, actor, key, content, {"reached": reached})
        return reached


def writable_contacts(db: Connection, organisation_id: int, pupil_id: int, now: datetime) -> dict[int, tuple[str, str]]:
    """Whom school may write to about this pupil today, by id: name and relationship, in the order to be rung."""
    family, on = family_of(db, organisation_id, [pupil_id]), london(now).date()
    return {
        link.contact_id: (family.contacts[link.contact_id].name, link.relationship)
        for link in sorted(family.links.get(pupil_id, ()), key=lambda link: (link.priority, link.contact_id))
        if may(effective_rights(link, family.orders, on), Right.VIEW_MESSAGES)
        and (pupil_id, link.contact_id) not in family.stopped
    }


def add_note_in(
    tx: Connection, by: NoteWriter, pupil_id: int, kind: NoteKind, words: str, at: datetime, *, named: str = "",
    contact_id: int | None = None, message_id: int | None = None,
) -> int:  # fmt: skip
    """Add a row and return its id; whoever calls checks the words and writes the trail."""
    return insert_row(
        tx, PupilNote, organisation_id=by.organisation_id, public_id=named or public_id(), school_id=by.school_id,
        pupil_id=pupil_id, kind=kind.value, words=words, at=at, by_id=by.actor.id or 0, by=by.actor.name,
        position=by.actor.position, contact_id=contact_id, message_id=message_id,
    )  # fmt: skip


def _tell_danger(tx: Connection, by: NoteWriter, pupil: PupilNamed, number: int) -> None:
    # Where the record names no safeguarding lead, the heads are written to: nobody's danger goes to nobody.
    told = standing_at(tx, by.organisation_id, by.school_id, school_now()).told(TOLD_OF_DANGER, _HEADS)
    code = get_school(tx, by.organisation_id, by.school_id).code
    link = f"{channels.current().public_url}/staff/{code}/pupils/{pupil.public_id}"
    outgoings = [
        Outgoing(
            organisation_id=by.organisation_id, school_id=by.school_id, name=MessageName.DANGER_TO_DSL,
            key=f"danger:note:{number}:{staff_id}", staff_id=staff_id, pupil_ids=(pupil.id,), about_kind=ABOUT,
            about_id=number, words={"link": link},
        )
        for staff_id in told
    ]  # fmt: skip
    if outgoings:
        send_many_in(tx, outgoings)
    deed = Deed("heard_danger", ABOUT, number, by.school_id, pupil.id, {"told": len(told)})
    trail.write(tx, by.organisation_id, trail.FIRSTBELL, deed)
