"""Parents' passkeys: made straight after a code, used to come in or to prove oneself again, renamed, removed.

A passkey is for the person whom somebody said they were. It opens nothing once that contact no longer holds the number
that was proved when it was made, and follows the same rules about shared numbers as a code (decision 0010).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from webapp.accounts.models import Passkey, PasskeyContact, Session
from webapp.accounts.queries.devices import contacts_of, contacts_of_token
from webapp.accounts.queries.parents import ParentViewer, find_parent
from webapp.accounts.queries.passkeys import (
    credential_ids,
    find_credential,
    find_passkey,
    holders_of,
    passkeys_of_same_person,
)
from webapp.accounts.queries.points import candidates, names_of
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.devices import device_words
from webapp.accounts.rules.passkeys import (
    LONGEST_PASSKEY_NAME,
    MOST_PASSKEYS,
    PasskeyRefusal,
    PasskeyRefused,
    Purpose,
    Site,
    went_back,
)
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.challenges import Asker, new_challenge, take_challenge
from webapp.accounts.services.endings import end_token_in, end_with_passkey_in
from webapp.accounts.services.notices import tell_new_device_in
from webapp.accounts.services.sessions import SignedIn, act_as_in, start_session_in
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door, take_ids, unit_of_work
from webapp.foundation.ids import public_id
from webapp.foundation.trail import Actor, ActorKind, Deed, write
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.rules.names import need_line

_NOT_OURS = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)
"""What the library raises for an answer that no browser makes, besides its own refusals."""


def options_to_add(viewer: ParentViewer, asker: Asker, site: Site) -> str:
    """What the browser needs to make a passkey for the person who is signed in, as JSON."""
    with read_door() as db:
        held = credential_ids(db, viewer.session_id)
    if len(held) >= MOST_PASSKEYS:
        raise PasskeyRefused(PasskeyRefusal.TOO_MANY)
    challenge = new_challenge(Door.PARENT, Purpose.ADD, asker, viewer.session_id)
    options = generate_registration_options(
        rp_id=site.host, rp_name="Firstbell", user_name=viewer.contacts[0].name, challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in held],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )  # fmt: skip
    return options_to_json(options)


def options_to_prove(purpose: Purpose, asker: Asker, site: Site, session_id: int | None = None) -> str:
    """What the browser needs to use a passkey, as JSON. It names none, so that nothing is told of who has one."""
    challenge = new_challenge(Door.PARENT, purpose, asker, session_id)
    options = generate_authentication_options(
        rp_id=site.host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json(options)


def add_passkey(viewer: ParentViewer, asker: Asker, site: Site, answer: str) -> str:
    """Keep the passkey that the browser has made, for the person who is signed in; returns its name."""
    challenge = take_challenge(Door.PARENT, Purpose.ADD, asker, answer, viewer.session_id)
    try:
        made = verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin,
            require_user_verification=True,
        )
    except _NOT_OURS:
        raise PasskeyRefused(PasskeyRefusal.BROKEN) from None
    name = device_words(asker.user_agent)[:LONGEST_PASSKEY_NAME]
    try:
        with unit_of_work() as tx:
            _keep_in(tx, viewer, made, _transports(answer), name)
    except IntegrityError:
        raise PasskeyRefused(PasskeyRefusal.THERE_ALREADY) from None
    return name


def _transports(answer: str) -> list[str]:
    """How the browser says that the key is reached; what is no such word is passed over."""
    said = json.loads(answer)["response"].get("transports")
    known = {transport.value for transport in AuthenticatorTransport}
    return sorted({word for word in said if isinstance(word, str)} & known) if isinstance(said, list) else []


def _keep_in(
    tx: Connection, viewer: ParentViewer, made: VerifiedRegistration, transports: list[str], name: str
) -> None:
    # The session's row is held, so that a number taken away meanwhile is seen by one of the two.
    open_still = select(Session.id).where(Session.id == viewer.session_id, Session.ended_at.is_(None))
    if tx.execute(open_still.with_for_update()).first() is None:
        raise PasskeyRefused(PasskeyRefusal.LATE)
    passkey_id, now = take_ids(tx, Passkey)[0], machine_now()
    tx.execute(
        insert(Passkey).values(
            id=passkey_id, public_id=public_id(), door=Door.PARENT.value,
            credential_id=bytes_to_base64url(made.credential_id),
            public_key=bytes_to_base64url(made.credential_public_key), sign_count=made.sign_count,
            transports=transports, device_type=made.credential_device_type.value,
            backed_up=made.credential_backed_up, name=name, point_kind=viewer.point_kind,
            point_value=viewer.point_value, created_at=now,
        )
    )  # fmt: skip
    tx.execute(
        insert(PasskeyContact),
        [
            {"organisation_id": one.organisation_id, "contact_id": one.id, "passkey_id": passkey_id}
            for one in viewer.contacts
        ],
    )
    for one in viewer.contacts:
        write(tx, one.organisation_id, one.actor, Deed("added_passkey", "passkey", passkey_id))


@dataclass(frozen=True, slots=True)
class _Proof:
    passkey: Row[*tuple[Any, ...]]
    verified: VerifiedAuthentication


def sign_in_with_passkey(asker: Asker, site: Site, answer: str, *, old_token: str | None = None) -> SignedIn:
    """Come in as the person whose passkey it is. ``old_token`` is the browser's session that ends.

    Raises ``PasskeyRefused``, also where the person may do nothing for any child today.
    """
    proof, now, today = _prove(Purpose.SIGN_IN, asker, site, answer, None), machine_now(), school_today()
    with unit_of_work() as tx:
        _count_use_in(tx, proof)
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
    proof, today = _prove(Purpose.STEP_UP, asker, site, answer, session_id), school_today()
    with unit_of_work() as tx:
        _count_use_in(tx, proof)
        if _still_opens(tx, proof.passkey, today).isdisjoint(contacts_of(tx, session_id)):
            raise PasskeyRefused(PasskeyRefusal.NOT_YOURS)
        tx.execute(
            update(Session)
            .where(Session.id == session_id, Session.ended_at.is_(None))
            .values(stepped_up_at=machine_now())
        )


def _prove(purpose: Purpose, asker: Asker, site: Site, answer: str, session_id: int | None) -> _Proof:
    challenge = take_challenge(Door.PARENT, purpose, asker, answer, session_id)
    try:
        with read_door() as db:
            held = find_credential(db, Door.PARENT, str(json.loads(answer)["id"]).rstrip("="))
        if held is None:
            raise PasskeyRefused(PasskeyRefusal.UNKNOWN)
        # The counter is looked at here, so that a copy is told from a broken answer.
        verified = verify_authentication_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(held.public_key), credential_current_sign_count=0,
            require_user_verification=True,
        )  # fmt: skip
    except PasskeyRefused:
        raise
    except _NOT_OURS:
        raise PasskeyRefused(PasskeyRefusal.BROKEN) from None
    if held.doubted_at is not None or went_back(held.sign_count, verified.new_sign_count):
        _doubt(held.id)
        raise PasskeyRefused(PasskeyRefusal.COPIED)
    return _Proof(held, verified)


def _doubt(passkey_id: int) -> None:
    """Somebody may hold a copy: the passkey is kept in the list, with that mark, and its owners' trail says so."""
    with unit_of_work() as tx:
        tx.execute(update(Passkey).where(Passkey.id == passkey_id).values(doubted_at=machine_now()))
        _tell_trail(tx, passkey_id, "passkey_doubted")


def _count_use_in(tx: Connection, proof: _Proof) -> None:
    """The counter as it is now; of two uses at once with one counter, the second is a copy."""
    verified = proof.verified
    counted = tx.execute(
        update(Passkey)
        .where(
            Passkey.id == proof.passkey.id, Passkey.removed_at.is_(None),
            Passkey.sign_count == proof.passkey.sign_count,
        )
        .values(
            sign_count=verified.new_sign_count, backed_up=verified.credential_backed_up,
            device_type=verified.credential_device_type.value, used_at=machine_now(),
        )
    )  # fmt: skip
    if counted.rowcount != 1:
        raise PasskeyRefused(PasskeyRefusal.BROKEN)


def _still_opens(tx: Connection, passkey: Row[*tuple[Any, ...]], today: date) -> frozenset[ContactKey]:
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
