"""A pupil asks to leave during the day; school agrees or refuses; reception, or the pupil's own phone, signs them out.

That a pupil is back is said by who sees them, at reception: a phone is no sighting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from notifications import channels
from notifications.rules.message_kinds import MessageName
from notifications.services import Outgoing, send_in, send_many_in
from webapp.absence.models import SignOutRequest
from webapp.absence.queries.sign_outs import SignOutRow, find_sign_out, is_looked_for_first, own_sign_outs
from webapp.absence.rules.sign_outs import (
    ReadSignOut,
    SignOutDeed,
    SignOutRefused,
    SignOutState,
    after,
    phone_may_go,
)
from webapp.absence.rules.times import local_day
from webapp.absence.services.own_voice import Spoken, tell_others_in
from webapp.foundation import ids, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import take_ids, unit_of_work
from webapp.foundation.submissions import find_result, keep_result
from webapp.foundation.trail import Actor, Deed
from webapp.foundation.words import time_words
from webapp.people.queries import get_school, holders_of
from webapp.people.rules.names import clean_text
from webapp.people.rules.own_voice import SignOut
from webapp.people.rules.roles import Role
from webapp.people.rules.school_times import in_london
from webapp.people.services.tasks import open_task_in
from webapp.record.rules import SightingKind
from webapp.record.services.arrivals import Desk
from webapp.record.services.sightings import note_sighting_in

ABOUT = "sign_out_request"
DANGER_TASK = "danger_in_sign_out"
_OPEN = (SignOutState.ASKED, SignOutState.AGREED)
_LEADS = (Role.DSL.value, Role.DEPUTY_DSL.value)
_HEADS = (Role.HEAD.value, Role.DEPUTY_HEAD.value)


class SignOutNotThere(LookupError):
    """No such request for whoever asks."""


@dataclass(frozen=True, slots=True)
class Leaver:
    """The pupil who asks, as their own contact, at one school. ``how``: as the school's setting says today."""

    organisation_id: int
    school_id: int
    enrolment_id: int
    pupil_id: int
    contact_id: int
    first_name: str
    actor: Actor
    how: SignOut


def ask_to_leave(by: Leaver, wanted: ReadSignOut, key: str) -> str:
    """Keep the request and return its name in addresses; ``key`` again is the same request.

    Raises ``SignOutRefused`` where the school lets no pupil ask, and while another request of today waits or is agreed.
    """
    if by.how is SignOut.NO:
        raise SignOutRefused("request", "Your school does not take this here. Go to reception.")
    now = school_now()
    content = {"leaves": str(wanted.leaves_at), "back": str(wanted.back_at), "why": wanted.reason}
    who = f"sign_out:{by.contact_id}"
    with unit_of_work() as tx:
        held = find_result(tx, by.organisation_id, who, key, content)
        if held is not None:
            return str(held["request"])
        if any(row.state in _OPEN for row in own_sign_outs(tx, by.organisation_id, by.contact_id, local_day(now))):
            raise SignOutRefused("request", "You have asked already. Take that back before you ask again.")
        public_id, (number,) = ids.public_id(), take_ids(tx, SignOutRequest)
        tx.execute(
            insert(SignOutRequest).values(
                organisation_id=by.organisation_id, id=number, public_id=public_id, school_id=by.school_id,
                enrolment_id=by.enrolment_id, contact_id=by.contact_id, date=local_day(now),
                leaves_at=wanted.leaves_at, back_at=wanted.back_at, reason=wanted.reason, danger=wanted.danger,
                asked_at=now,
            )
        )  # fmt: skip
        deed = Deed("asked_to_leave", ABOUT, number, by.school_id, by.pupil_id, {"danger": wanted.danger})
        trail.write(tx, by.organisation_id, by.actor, deed)
        if wanted.danger:
            _tell_danger(tx, by, number, now)
        keep_result(tx, by.organisation_id, who, key, content, {"request": public_id})
        return public_id


def _tell_danger(tx: Connection, by: Leaver, number: int, now: datetime) -> None:
    """The safeguarding leads are written to at once, and have a task with the words; where there is none, the heads."""
    held = holders_of(tx, by.organisation_id, by.school_id, _LEADS + _HEADS, local_day(now))
    leads = {person.id for role, person in held if role in _LEADS} or {person.id for _, person in held}
    link = f"{channels.current().public_url}/staff/{get_school(tx, by.organisation_id, by.school_id).code}/reception"
    send_many_in(
        tx,
        [
            Outgoing(
                organisation_id=by.organisation_id, school_id=by.school_id, name=MessageName.DANGER_TO_DSL,
                key=f"danger:{ABOUT}:{number}:{staff_id}", staff_id=staff_id, pupil_ids=(by.pupil_id,),
                about_kind=ABOUT, about_id=number, words={"link": link},
            )
            for staff_id in sorted(leads)
        ],
    )  # fmt: skip
    open_task_in(
        tx, by.organisation_id, by.school_id, kind=DANGER_TASK, subject_kind=ABOUT, subject_id=number,
        title=f"Words of danger: {by.first_name} asks to leave. Read it at Reception", due_at=now, actor=by.actor,
        owner_role=Role.DSL.value, pupil_id=by.pupil_id,
    )  # fmt: skip


def take_back(by: Leaver, public_id: str) -> None:
    """The pupil stays after all. Raises ``SignOutNotThere`` and ``SignOutRefused``."""
    with unit_of_work() as tx:
        row = _own(tx, by, public_id)
        _move(tx, by.organisation_id, row, SignOutDeed.TAKE_BACK, by.actor, school_now())


def answer_sign_out(
    desk: Desk, public_id: str, version: int, *, agree: bool, answer: str, leads: bool
) -> None:
    """School agrees or refuses; the pupil is told that there is an answer.

    ``leads``: who answers may lead on safeguarding; without it nothing is agreed about words of danger, nor about a
    pupil whom the DSL leads on. Raises ``SignOutNotThere``, ``SignOutRefused`` and TextRefused.
    """
    words = clean_text(answer, 300, "answer")
    if not agree and not words:
        raise SignOutRefused("answer", "Write why, in words that the pupil may read.")
    with unit_of_work() as tx:
        row = _of_school(tx, desk, public_id, version)
        _need_lead(row, leads)
        deed = SignOutDeed.AGREE if agree else SignOutDeed.REFUSE
        _move(tx, desk.organisation_id, row, deed, desk.actor, school_now(), answer=words)
        send_in(
            tx,
            Outgoing(
                organisation_id=desk.organisation_id, school_id=desk.school_id, name=MessageName.SIGN_OUT_ANSWERED,
                key=f"sign_out_answered:{row.id}:{row.version}", contact_id=row.contact_id, pupil_ids=(row.pupil_id,),
                about_kind=ABOUT, about_id=row.id, words={"link": f"{channels.current().public_url}/leaving"},
            ),
        )  # fmt: skip


def see_go(desk: Desk, public_id: str, version: int, *, leads: bool) -> None:
    """Reception sees the pupil go: the sighting is reception's own. Raises as ``answer_sign_out`` does."""
    with unit_of_work() as tx:
        row = _of_school(tx, desk, public_id, version)
        _need_lead(row, leads)
        _go(tx, desk, row, f"Agreed by {row.answered_by}.")


def go_by_phone(by: Leaver, public_id: str) -> None:
    """The pupil's own phone signs them out, where school has agreed and lets phones do so, about the time agreed.

    Raises ``SignOutNotThere`` and ``SignOutRefused``.
    """
    with unit_of_work() as tx:
        row = _own(tx, by, public_id)
        leaves = in_london(row.on, row.leaves_at)
        if row.dsl_leads or not phone_may_go(by.how, SignOutState(row.state), leaves, school_now()):
            raise SignOutRefused("request", "Go to reception: they sign you out.")
        desk = Desk(by.organisation_id, by.school_id, by.actor)
        _go(tx, desk, row, f"Agreed by {row.answered_by}. Signed out on the pupil's own phone.")


def _go(tx: Connection, desk: Desk, row: SignOutRow, why: str) -> None:
    now = school_now()
    _move(tx, desk.organisation_id, row, SignOutDeed.GO, desk.actor, now)
    back_by = in_london(row.on, row.back_at) if row.back_at else None
    note_sighting_in(tx, desk, row.enrolment_id, SightingKind.LEFT, reason=why, back_by=back_by)
    flagged = is_looked_for_first(tx, desk.organisation_id, row.pupil_id, row.on)
    said = Spoken(
        desk.organisation_id, desk.school_id, row.pupil_id, row.first_name, row.born, ABOUT, row.id, True, flagged,
        row.danger, desk.actor,
    )  # fmt: skip
    tell_others_in(tx, said, now, row.on)


def _need_lead(row: SignOutRow, leads: bool) -> None:
    if (row.danger or row.dsl_leads) and not leads:
        raise SignOutRefused("request", "Ask the designated safeguarding lead before you do anything about this.")


def _own(tx: Connection, by: Leaver, public_id: str) -> SignOutRow:
    row = find_sign_out(tx, by.organisation_id, public_id, contact_id=by.contact_id, lock=True)
    if row is None or row.on != local_day(school_now()):
        raise SignOutNotThere(public_id)
    return row


def _of_school(tx: Connection, desk: Desk, public_id: str, version: int) -> SignOutRow:
    row = find_sign_out(tx, desk.organisation_id, public_id, school_id=desk.school_id, lock=True)
    if row is None or row.on != local_day(school_now()):
        raise SignOutNotThere(public_id)
    if row.version != version:
        raise SignOutRefused("request", "Somebody has dealt with this already. Look at it again.")
    return row


def _move(
    tx: Connection, organisation_id: int, row: SignOutRow, deed: SignOutDeed, actor: Actor, now: datetime,
    **values: Any,
) -> None:  # fmt: skip
    state = after(SignOutState(row.state), deed)
    if deed in (SignOutDeed.AGREE, SignOutDeed.REFUSE):
        values |= {"answered_at": now, "answered_by": actor.name}
    if deed is SignOutDeed.GO:
        values |= {"gone_at": now}
    moved = tx.execute(
        update(SignOutRequest)
        .where(
            SignOutRequest.organisation_id == organisation_id, SignOutRequest.id == row.id,
            SignOutRequest.version == row.version,
        )
        .values(state=state.value, version=row.version + 1, **values)
    )  # fmt: skip
    if moved.rowcount != 1:
        raise SignOutRefused("request", "Somebody has dealt with this already. Look at it again.")
    detail = {"deed": deed.value, "at": time_words(row.leaves_at)}
    trail.write(tx, organisation_id, actor, Deed("moved_sign_out", ABOUT, row.id, row.school_id, row.pupil_id, detail))
