"""Ending sessions: one's own, another phone's, all others, or because the office took something away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, exists, select, update

from notifications.events import ContactPointWentBad
from notifications.services import unsubscribe_in
from webapp.accounts.models import (
    Counter,
    KeptForm,
    Passkey,
    PasskeyChallenge,
    ProviderTrip,
    Session,
    SessionContact,
    SignInCode,
    StaffEntry,
    StaffLink,
    StaffLogin,
)
from webapp.accounts.queries.devices import contacts_of, contacts_of_token, sessions_of_same_person
from webapp.accounts.queries.own_voice import own_links_signed_in
from webapp.accounts.queries.points import actors_of, candidates, points_of
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.tokens import token_hash
from webapp.foundation import work
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Actor, ActorKind, Deed, write
from webapp.foundation.work import Job
from webapp.people.models import ContactPoint, Staff
from webapp.people.queries.own_voice import own_rights
from webapp.people.services.rights_events import RightsChanged

SWEEP_WORK = "sign_in_sweep"
KEEP_CODES = timedelta(days=1)
KEEP_COUNTERS = timedelta(days=2)
KEEP_ENDED_SESSIONS = timedelta(days=90)


def end_session(token: str) -> None:
    """Sign out. A token that opens nothing is passed over: signing out twice is signing out."""
    with unit_of_work() as tx:
        end_token_in(tx, token, machine_now())


def end_token_in(tx: Connection, token: str, now: datetime) -> None:
    """End the session of a token, if it is open."""
    _end_in(tx, select(Session.id).where(Session.token_hash == token_hash(token)), now)


def end_device(session_id: int, public_id: str) -> bool:
    """End another session of the same person, named as in the list of devices; False if it is not theirs or is over."""
    with unit_of_work() as tx:
        theirs = sessions_of_same_person(session_id).where(Session.public_id == public_id)
        return _end_in(tx, theirs, machine_now()) == 1


def end_other_sessions(session_id: int) -> int:
    """End every session of the same person but this one; returns how many ended."""
    with unit_of_work() as tx:
        others = sessions_of_same_person(session_id).where(Session.id != session_id)
        return _end_in(tx, others, machine_now())


def forget(token: str, browser_token: str | None = None, push_endpoint: str = "") -> None:
    """Sign out on a phone that others use: the session ends, codes asked for in this browser are gone, and it takes no
    more pushes for this person."""
    now = machine_now()
    with unit_of_work() as tx:
        if push_endpoint.startswith("https://"):
            _take_no_pushes_in(tx, contacts_of_token(tx, token_hash(token), now), push_endpoint)
        end_token_in(tx, token, now)
        if browser_token:
            tx.execute(delete(SignInCode).where(SignInCode.browser_hash == token_hash(browser_token)))


def _take_no_pushes_in(tx: Connection, contacts: Collection[ContactKey], endpoint: str) -> None:
    for key, actor in actors_of(tx, sorted(contacts, key=str)).items():
        unsubscribe_in(tx, key.organisation_id, endpoint, actor=actor, contact_id=key.contact_id)


def on_point_went_bad(tx: Connection, event: ContactPointWentBad) -> None:
    """A number or address is a contact's no longer: who came in with it as that contact is signed out. Passkeys made
    with it open nothing while that holds (decision 0010)."""
    mine = and_(
        SessionContact.organisation_id == event.organisation_id, SessionContact.contact_id == event.contact_id
    )
    point = select(ContactPoint.value).where(
        ContactPoint.organisation_id == event.organisation_id, ContactPoint.id == event.point_id
    )
    ids = (
        select(Session.id)
        .join(SessionContact, SessionContact.session_id == Session.id)
        .where(mine, Session.point_value == point.scalar_subquery())
    )
    _end_in(tx, ids, machine_now())


def on_rights_changed(tx: Connection, event: RightsChanged) -> None:
    """Somebody is now kept away from a child. Where they share a number with others, whoever came in with it may be
    either, whatever name they chose: all who did are signed out, and have to ring school (``rules.persons``)."""
    now, today = machine_now(), school_today()
    for contact_id in sorted({contact_id for _, contact_id in event.pairs}):
        for kind, value in points_of(tx, ContactKey(event.organisation_id, contact_id)):
            if not candidates(tx, kind, value, today):
                came_in = select(Session.id).where(Session.door == Door.PARENT.value, Session.point_value == value)
                _end_in(tx, came_in, now)


def part_contact_in(tx: Connection, organisation_id: int, contact_id: int) -> int:
    """No session acts as this contact any more; returns how many did. For a contact who may not come in again.

    A number taken from a contact needs no call of this: every page asks whether the contact still holds it.
    """
    return tx.execute(
        delete(SessionContact).where(
            SessionContact.organisation_id == organisation_id, SessionContact.contact_id == contact_id
        )
    ).rowcount


def end_with_passkey_in(tx: Connection, passkey_id: int, *, but: int) -> int:
    """End every session that began with a passkey, save the one that asks; returns how many ended."""
    return _end_in(tx, select(Session.id).where(Session.passkey_id == passkey_id, Session.id != but), machine_now())


def end_staff_sessions_in(tx: Connection, organisation_id: int, staff_id: int) -> int:
    """End every session of a member of staff; returns how many ended."""
    ids = select(Session.id).where(
        Session.door == Door.STAFF.value, Session.staff_organisation_id == organisation_id, Session.staff_id == staff_id
    )
    return _end_in(tx, ids, machine_now())


def end_machine_sessions_in(tx: Connection, organisation_id: int, machine_id: int) -> int:
    """End every session on a shared computer; returns how many ended."""
    ids = select(Session.id).where(
        Session.staff_organisation_id == organisation_id, Session.machine_id == machine_id
    )
    return _end_in(tx, ids, machine_now())


def end_session_in(tx: Connection, session_id: int, now: datetime) -> None:
    """End one session, if it is open."""
    _end_in(tx, select(Session.id).where(Session.id == session_id), now)


def end_sessions_in(tx: Connection, ids: Select[int]) -> int:
    """End these sessions; returns how many were open."""
    return _end_in(tx, ids, machine_now())


def _end_in(tx: Connection, ids: Select[int], now: datetime) -> int:
    ended = tx.execute(
        update(Session)
        .where(Session.id.in_(ids), Session.ended_at.is_(None))
        .values(ended_at=now)
        .returning(Session.id, Session.staff_organisation_id, Session.staff_id)
    ).all()
    for row in ended:
        _tell_trail(tx, row)
    if ended:
        tx.execute(delete(KeptForm).where(KeptForm.session_id.in_([row.id for row in ended])))
    return len(ended)


def _tell_trail(tx: Connection, row: Row[*tuple[Any, ...]]) -> None:
    deed = Deed("signed_out", "session", row.id)
    if row.staff_id is not None:
        staff = tx.execute(
            select(Staff.first_name, Staff.last_name, Staff.position).where(
                Staff.organisation_id == row.staff_organisation_id, Staff.id == row.staff_id
            )
        ).one()
        actor = Actor(ActorKind.STAFF, row.staff_id, f"{staff.first_name} {staff.last_name}", staff.position)
        write(tx, row.staff_organisation_id, actor, deed)
        return
    for key, actor in actors_of(tx, contacts_of(tx, row.id)).items():
        write(tx, key.organisation_id, actor, deed)


def schedule() -> None:
    """Register the nightly sweep of sign-in; saying it again changes nothing."""
    work.handler(SWEEP_WORK, max_attempts=3, concurrency=1)(_nightly)
    work.every(SWEEP_WORK, work.daily(time(3, 45)))


def _nightly(_job: Job) -> None:
    sweep_sign_in()


def sweep_sign_in() -> None:
    """Delete what has served: codes of yesterday, counters, sessions that are over."""
    now = machine_now()
    with unit_of_work() as tx:
        _end_pupils_in(tx, now)
        tx.execute(delete(SignInCode).where(SignInCode.created_at < now - KEEP_CODES))
        tx.execute(delete(PasskeyChallenge).where(PasskeyChallenge.created_at < now - KEEP_CODES))
        tx.execute(delete(Counter).where(Counter.window_start < now - KEEP_COUNTERS))
        tx.execute(delete(StaffEntry).where(StaffEntry.created_at < now - KEEP_CODES))
        tx.execute(delete(ProviderTrip).where(ProviderTrip.created_at < now - KEEP_CODES))
        tx.execute(delete(KeptForm).where(KeptForm.kept_at < now - KEEP_CODES))
        _take_from_leavers_in(tx, now)
        before = now - KEEP_ENDED_SESSIONS
        tx.execute(delete(StaffLink).where(StaffLink.expires_at < before))
        over = select(Session.id).where((Session.ended_at < before) | (Session.expires_at < before))
        tx.execute(delete(SessionContact).where(SessionContact.session_id.in_(over)))
        tx.execute(delete(Session).where((Session.ended_at < before) | (Session.expires_at < before)))


def _take_from_leavers_in(tx: Connection, now: datetime) -> None:
    """Passkeys and PINs of staff who work here no longer: after the last day they open nothing, and here they go for
    good, so that somebody who comes back one day begins anew."""
    today = school_today()
    gone = exists().where(
        Staff.organisation_id == Passkey.staff_organisation_id, Staff.id == Passkey.staff_id, Staff.ends_on < today
    )
    theirs = update(Passkey).where(Passkey.door == Door.STAFF.value, Passkey.removed_at.is_(None), gone)
    tx.execute(theirs.values(removed_at=now))
    left = exists().where(
        Staff.organisation_id == StaffLogin.organisation_id, Staff.id == StaffLogin.staff_id, Staff.ends_on < today
    )
    tx.execute(update(StaffLogin).where(StaffLogin.pin_hash.is_not(None), left).values(pin_hash=None))


def _end_pupils_in(tx: Connection, now: datetime) -> None:
    """End the sessions of pupils who do not answer for themselves any more: they have left, or school says no."""
    today = school_today()
    for organisation_id, links in own_links_signed_in(tx).items():
        held = own_rights(tx, organisation_id, links, today)
        for contact_id in sorted(contact_id for contact_id, rights in held.items() if not rights):
            mine = SessionContact.organisation_id == organisation_id, SessionContact.contact_id == contact_id
            _end_in(tx, select(SessionContact.session_id).where(*mine), now)
