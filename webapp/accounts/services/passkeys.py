"""Parents' passkeys: made straight after a code, used to come in or to prove oneself again, renamed, removed.

A passkey is for the person whom somebody said they were. It opens nothing once that contact no longer holds the number
that was proved when it was made, and follows the same rules about shared numbers as a code (decision 0010).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import Passkey, PasskeyContact, Session
from webapp.accounts.queries.devices import contacts_of, contacts_of_token
from webapp.accounts.queries.parents import ParentViewer, find_parent
from webapp.accounts.queries.passkeys import credential_ids, find_passkey, holders_of, passkeys_of_same_person
from webapp.accounts.queries.points import candidates, names_of
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.passkeys import LONGEST_PASSKEY_NAME, PasskeyRefusal, PasskeyRefused, Purpose, Site
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.challenges import Asker
from webapp.accounts.services.endings import end_token_in, end_with_passkey_in
from webapp.accounts.services.notices import tell_new_device_in, tell_passkey_doubted_in
from webapp.accounts.services.passkey_proofs import (
    MadePasskey,
    PasskeyAsRow,
    check_made,
    count_use_in,
    keep_in,
    options_to_use,
    prove,
    registration_options,
)
from webapp.accounts.services.sessions import SignedIn, act_as_in, start_session_in
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, Deed, write
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.rules.names import need_line


def options_to_add(viewer: ParentViewer, asker: Asker, site: Site) -> str:
    """What the browser needs to make a passkey for the person who is signed in, as JSON."""
    with read_door() as db:
        held = credential_ids(db, viewer.session_id)
    return registration_options(Door.PARENT, held, viewer.contacts[0].name, asker, site, viewer.session_id)


def options_to_prove(purpose: Purpose, asker: Asker, site: Site, session_id: int | None = None) -> str:
    """What the browser needs to use a passkey, as JSON."""
    return options_to_use(Door.PARENT, purpose, asker, site, session_id)


def add_passkey(viewer: ParentViewer, asker: Asker, site: Site, answer: str) -> str:
    """Keep the passkey that the browser has made, for the person who is signed in; returns its name."""
    made = check_made(Door.PARENT, asker, site, answer, viewer.session_id)
    try:
        with unit_of_work() as tx:
            _keep_in(tx, viewer, made)
    except IntegrityError:
        raise PasskeyRefused(PasskeyRefusal.THERE_ALREADY) from None
    return made.name


def _keep_in(tx: Connection, viewer: ParentViewer, made: MadePasskey) -> None:
    # The session's row is held, so that a number taken away meanwhile is seen by one of the two.
    open_still = select(Session.id).where(Session.id == viewer.session_id, Session.ended_at.is_(None))
    if tx.execute(open_still.with_for_update()).first() is None:
        raise PasskeyRefused(PasskeyRefusal.LATE)
    passkey_id = keep_in(tx, Door.PARENT, made, point_kind=viewer.point_kind, point_value=viewer.point_value)
    tx.execute(
        insert(PasskeyContact),
        [
            {"organisation_id": one.organisation_id, "contact_id": one.id, "passkey_id": passkey_id}
            for one in viewer.contacts
        ],
    )
    for one in viewer.contacts:
        write(tx, one.organisation_id, one.actor, Deed("added_passkey", "passkey", passkey_id))


def sign_in_with_passkey(asker: Asker, site: Site, answer: str, *, old_token: str | None = None) -> SignedIn:
    """Come in as the person whose passkey it is. ``old_token`` is the browser's session that ends.

    Raises ``PasskeyRefused``, also where the person may do nothing for any child today.
    """
    proof = prove(Door.PARENT, Purpose.SIGN_IN, asker, site, answer, None, _tell_doubt)
    now, today = machine_now(), school_today()
    with unit_of_work() as tx:
        count_use_in(tx, proof, Door.PARENT)
        contacts = _still_opens(tx, proof.passkey, today)
        before = contacts_of_token(tx, token_hash(old_token), now) if old_token else frozenset()
        if old_token:
            end_token_in(tx, old_token, now)
        session_id, token = start_session_in(
            tx, Door.PARENT, now=now, user_agent=asker.user_agent, passkey_id=proof.passkey.id,
            point=ReadPoint(PointKind(proof.passkey.point_kind), proof.passkey.point_value),
        )  # fmt: skip
        act_as_in(tx, session_id, contacts)
        viewer = find_parent(tx, token_hash(token), now, today)
        if viewer is None or not viewer.children:
            raise PasskeyRefused(PasskeyRefusal.UNKNOWN)
        if before.isdisjoint(contacts):
            tell_new_device_in(tx, session_id, contacts, "", now)
    return SignedIn(token, session_id, Door.PARENT, chosen=True)


def step_up_with_passkey(session_id: int, asker: Asker, site: Site, answer: str) -> None:
    """Prove again who is here. Raises ``PasskeyRefused``, also for the passkey of somebody else."""
    proof = prove(Door.PARENT, Purpose.STEP_UP, asker, site, answer, session_id, _tell_doubt)
    today = school_today()
    with unit_of_work() as tx:
        count_use_in(tx, proof, Door.PARENT)
        if _still_opens(tx, proof.passkey, today).isdisjoint(contacts_of(tx, session_id)):
            raise PasskeyRefused(PasskeyRefusal.NOT_YOURS)
        tx.execute(
            update(Session)
            .where(Session.id == session_id, Session.ended_at.is_(None))
            .values(stepped_up_at=machine_now())
        )


def _tell_doubt(tx: Connection, passkey: PasskeyAsRow) -> None:
    """By every number and address of its owners that works, once a passkey; and in the trail each time."""
    _tell_trail(tx, passkey.id, "passkey_doubted")
    tell_passkey_doubted_in(tx, passkey.id, holders_of(tx, passkey.id))


def _still_opens(tx: Connection, passkey: PasskeyAsRow, today: date) -> frozenset[ContactKey]:
    """The contacts as whom the passkey still opens: those of its own who hold what was proved when it was made, and
    only where a code to that number would let them in. Raises ``PasskeyRefused`` where there are none."""
    mine = holders_of(tx, passkey.id)
    found: frozenset[ContactKey] = frozenset()
    for person in candidates(tx, passkey.point_kind, passkey.point_value, today):
        found |= mine & frozenset(person.contacts)
    if not found:
        raise PasskeyRefused(PasskeyRefusal.UNKNOWN)
    return found


def rename_passkey(session_id: int, passkey: str, raw: str) -> bool:
    """Call a passkey of one's own something else; False if there is no such one. Raises ``Refused`` for no name."""
    name = need_line(raw, LONGEST_PASSKEY_NAME, "name")
    with read_door() as db:
        held = find_passkey(db, session_id, passkey)
    if held is not None and held.name == name:
        return True
    return _change(session_id, passkey, {"name": name}, "renamed_passkey")


def remove_passkey(session_id: int, passkey: str) -> bool:
    """A passkey of one's own opens nothing more, and where it is signed in (but here) it is signed out."""
    return _change(session_id, passkey, {"removed_at": machine_now()}, "removed_passkey")


def _change(session_id: int, passkey: str, values: dict[str, Any], deed: str) -> bool:
    with unit_of_work() as tx:
        theirs = passkeys_of_same_person(session_id).where(Passkey.public_id == passkey)
        changed = tx.scalar(update(Passkey).where(Passkey.id.in_(theirs)).values(values).returning(Passkey.id))
        if changed is None:
            return False
        if "removed_at" in values:
            end_with_passkey_in(tx, changed, but=session_id)
        _tell_trail(tx, changed, deed)
        return True


def _tell_trail(tx: Connection, passkey_id: int, deed: str) -> None:
    for key, name in names_of(tx, sorted(holders_of(tx, passkey_id), key=str)).items():
        actor = Actor(ActorKind.CONTACT, key.contact_id, name)
        write(tx, key.organisation_id, actor, Deed(deed, "passkey", passkey_id))
