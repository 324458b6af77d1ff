"""What both doors do with a passkey: ask the browser, look at what it has signed, count its use, doubt a copy.

Whose a passkey is, and what it opens, the services of each door say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, update
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

from webapp.accounts.models import Passkey
from webapp.accounts.queries.passkeys import find_credential
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
from webapp.accounts.services.challenges import Asker, new_challenge, take_challenge
from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door, take_ids, unit_of_work
from webapp.foundation.ids import public_id

_NOT_OURS = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)
"""What the library raises for an answer that no browser makes, besides its own refusals."""
PasskeyAsRow = Row[*tuple[Any, ...]]


def registration_options(
    door: Door, held: Iterable[str], user_name: str, asker: Asker, site: Site, session_id: int | None
) -> str:
    """What the browser needs to make a passkey besides those ``held``, as JSON. Raises ``PasskeyRefused``."""
    there = list(held)
    if len(there) >= MOST_PASSKEYS:
        raise PasskeyRefused(PasskeyRefusal.TOO_MANY)
    challenge = new_challenge(door, Purpose.ADD, asker, session_id)
    options = generate_registration_options(
        rp_id=site.host, rp_name="Firstbell", user_name=user_name, challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in there],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )  # fmt: skip
    return options_to_json(options)


def options_to_use(door: Door, purpose: Purpose, asker: Asker, site: Site, session_id: int | None = None) -> str:
    """What the browser needs to use a passkey, as JSON. It names none, so that nothing is told of who has one."""
    challenge = new_challenge(door, purpose, asker, session_id)
    options = generate_authentication_options(
        rp_id=site.host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json(options)


@dataclass(frozen=True, slots=True)
class MadePasskey:
    """A passkey that a browser has made, and what it is called first."""

    made: VerifiedRegistration
    transports: list[str]
    name: str


def check_made(door: Door, asker: Asker, site: Site, answer: str, session_id: int | None) -> MadePasskey:
    """What the browser has made. Raises ``PasskeyRefused``."""
    challenge = take_challenge(door, Purpose.ADD, asker, answer, session_id)
    try:
        made = verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin,
            require_user_verification=True,
        )
    except _NOT_OURS:
        raise PasskeyRefused(PasskeyRefusal.BROKEN, door) from None
    return MadePasskey(made, _transports(answer), device_words(asker.user_agent)[:LONGEST_PASSKEY_NAME])


def _transports(answer: str) -> list[str]:
    """How the browser says that the key is reached; what is no such word is passed over."""
    said = json.loads(answer)["response"].get("transports")
    known = {transport.value for transport in AuthenticatorTransport}
    return sorted({word for word in said if isinstance(word, str)} & known) if isinstance(said, list) else []


def keep_in(tx: Connection, door: Door, found: MadePasskey, **whose: Any) -> int:
    """Keep a passkey for whom ``whose`` names, in columns of ``Passkey``; returns its number."""
    passkey_id, made = take_ids(tx, Passkey)[0], found.made
    tx.execute(
        insert(Passkey).values(
            id=passkey_id, public_id=public_id(), door=door.value,
            credential_id=bytes_to_base64url(made.credential_id),
            public_key=bytes_to_base64url(made.credential_public_key), sign_count=made.sign_count,
            transports=found.transports, device_type=made.credential_device_type.value,
            backed_up=made.credential_backed_up, name=found.name, created_at=machine_now(), **whose,
        )
    )  # fmt: skip
    return passkey_id


@dataclass(frozen=True, slots=True)
class Proof:
    """A passkey that has signed what it was asked to sign, its user verified. It is used up with ``count_use_in``."""

    passkey: PasskeyAsRow
    verified: VerifiedAuthentication


def prove(
    door: Door, purpose: Purpose, asker: Asker, site: Site, answer: str, session_id: int | None,
    tell_doubt: Callable[[Connection, PasskeyAsRow], None],
) -> Proof:  # fmt: skip
    """Which passkey has signed. Raises ``PasskeyRefused``; ``tell_doubt`` tells the owner of one that was copied, in
    the transaction that marks it."""
    challenge = take_challenge(door, purpose, asker, answer, session_id)
    try:
        with read_door() as db:
            held = find_credential(db, door, str(json.loads(answer)["id"]).rstrip("="))
        if held is None:
            raise PasskeyRefused(PasskeyRefusal.UNKNOWN, door)
        # The counter is looked at here, so that a copy is told from a broken answer.
        verified = verify_authentication_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(held.public_key), credential_current_sign_count=0,
            require_user_verification=True,
        )  # fmt: skip
    except PasskeyRefused:
        raise
    except _NOT_OURS:
        raise PasskeyRefused(PasskeyRefusal.BROKEN, door) from None
    if held.doubted_at is not None or went_back(held.sign_count, verified.new_sign_count):
        _doubt(held, tell_doubt)
        raise PasskeyRefused(PasskeyRefusal.COPIED, door)
    return Proof(held, verified)


def _doubt(held: PasskeyAsRow, tell_doubt: Callable[[Connection, PasskeyAsRow], None]) -> None:
    """Somebody may hold a copy: the passkey is kept in the list, with that mark, and its owner hears of it."""
    with unit_of_work() as tx:
        if held.doubted_at is None:
            tx.execute(update(Passkey).where(Passkey.id == held.id).values(doubted_at=machine_now()))
        tell_doubt(tx, held)


def count_use_in(tx: Connection, proof: Proof, door: Door) -> None:
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
        raise PasskeyRefused(PasskeyRefusal.BROKEN, door)
