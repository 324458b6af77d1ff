"""Staff's passkeys: the second proof after a password, or both proofs at once; added, used, renamed, removed.

A passkey belongs to one post. Its user is always verified, so that it is something held together with something known
or of the body. It opens nothing once the person works here no longer.
"""

from __future__ import annotations

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import Passkey, Session
from webapp.accounts.queries.passkeys import staff_credential_ids, staff_passkeys
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.queries.staff_logins import LoginRow, find_login, standing_of
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.passkeys import LONGEST_PASSKEY_NAME, PasskeyRefusal, PasskeyRefused, Purpose, Site
from webapp.accounts.rules.second_factors import Step, next_step
from webapp.accounts.services.challenges import Asker
from webapp.accounts.services.endings import end_with_passkey_in
from webapp.accounts.services.passkey_proofs import (
    MadePasskey,
    PasskeyAsRow,
    Proof,
    check_made,
    count_use_in,
    keep_in,
    options_to_use,
    prove,
    registration_options,
)
from webapp.accounts.services.recovery_codes import keep_recovery_in, make_recovery
from webapp.accounts.services.sessions import SignedIn
from webapp.accounts.services.staff_entries import Browser, actor_of, finish_in, let_in_in, under_way, under_way_in
from webapp.accounts.services.staff_factors import FactorSetUp
from webapp.accounts.services.staff_messages import PASSKEY_ADDED, PASSKEY_DOUBTED, PASSKEY_REMOVED, send_news_in
from webapp.accounts.services.staff_passwords import login_row_in
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import FIRSTBELL, Deed, write
from webapp.people.rules.names import need_line

_DOOR = Door.STAFF


def options_to_add(key: StaffKey, session_id: int, asker: Asker, site: Site) -> str:
    """What the browser needs to make a passkey for whoever is signed in. Raises ``PasskeyRefused``."""
    with read_door() as db:
        held, login = staff_credential_ids(db, key), find_login(db, key, school_today())
    if login is None:
        raise PasskeyRefused(PasskeyRefusal.LATE, _DOOR)
    return registration_options(_DOOR, held, login.email, asker, site, session_id)


def add_passkey(key: StaffKey, session_id: int, asker: Asker, site: Site, answer: str) -> tuple[str, ...]:
    """Keep the passkey that the browser has made. Returns recovery codes where it is the person's first second proof:
    they are shown this once. Raises ``PasskeyRefused``."""
    made = check_made(_DOOR, asker, site, answer, session_id)
    with read_door() as db:
        login = find_login(db, key, school_today())
    codes = make_recovery() if login is not None and not login.has_factor else None
    try:
        with unit_of_work() as tx:
            _hold_session_in(tx, session_id)
            _keep_in(tx, _login_in(tx, key), made)
            if codes is not None:
                keep_recovery_in(tx, key, codes)
    except IntegrityError:
        raise PasskeyRefused(PasskeyRefusal.THERE_ALREADY) from None
    return codes.shown if codes is not None else ()


def options_for_set_up(token: str | None, asker: Asker, site: Site) -> str:
    """What the browser needs to make a passkey as the second proof of a sign-in under way. Raises ``EntryOver``."""
    at = under_way(token, Step.SET_UP)
    return registration_options(_DOOR, (), at.login.email, asker, site, None)


def set_up_with_passkey(token: str | None, asker: Asker, site: Site, answer: str, browser: Browser) -> FactorSetUp:
    """Set up a passkey instead of an authenticator, and sign in. Raises ``EntryOver``, ``PasskeyRefused``."""
    under_way(token, Step.SET_UP)
    made, codes = check_made(_DOOR, asker, site, answer, None), make_recovery()
    try:
        with unit_of_work() as tx:
            at = under_way_in(tx, token, Step.SET_UP)
            login_row_in(tx, at.login.key)
            _keep_in(tx, at.login, made)
            keep_recovery_in(tx, at.login.key, codes)
            return FactorSetUp(finish_in(tx, at, browser), codes.shown)
    except IntegrityError:
        raise PasskeyRefused(PasskeyRefusal.THERE_ALREADY) from None


def _hold_session_in(tx: Connection, session_id: int) -> None:
    open_still = select(Session.id).where(
        Session.id == session_id, Session.ended_at.is_(None), Session.locked_at.is_(None)
    )
    if tx.execute(open_still.with_for_update()).first() is None:
        raise PasskeyRefused(PasskeyRefusal.LATE, _DOOR)


def _keep_in(tx: Connection, login: LoginRow, made: MadePasskey) -> None:
    key = login.key
    passkey_id = keep_in(tx, _DOOR, made, staff_organisation_id=key.organisation_id, staff_id=key.staff_id)
    write(tx, key.organisation_id, actor_of(login), Deed("added_passkey", "passkey", passkey_id))
    send_news_in(tx, login, PASSKEY_ADDED, f"passkey_added:{passkey_id}", school_today())


def options_to_prove(purpose: Purpose, asker: Asker, site: Site, session_id: int | None = None) -> str:
    """What the browser needs to use a passkey, as JSON."""
    return options_to_use(_DOOR, purpose, asker, site, session_id)


def sign_in_with_passkey(asker: Asker, site: Site, answer: str, browser: Browser, *, shared: bool = False) -> SignedIn:
    """Come in whole with a passkey: it is both proofs. Raises ``PasskeyRefused``, also for who works here no longer."""
    proof = prove(_DOOR, Purpose.SIGN_IN, asker, site, answer, None, _tell_doubt)
    with unit_of_work() as tx:
        count_use_in(tx, proof, _DOOR)
        login = _login_in(tx, key_of(proof.passkey))
        if next_step([standing_of(tx, login, school_today())], by_passkey=True) is not Step.DONE:
            raise PasskeyRefused(PasskeyRefusal.UNKNOWN, _DOOR)
        return let_in_in(tx, login, "passkey", browser, shared=shared, passkey_id=proof.passkey.id)


def prove_with_passkey(token: str | None, asker: Asker, site: Site, answer: str, browser: Browser) -> SignedIn:
    """Give the second proof of a sign-in under way. Raises ``EntryOver``, ``PasskeyRefused``."""
    at = under_way(token, Step.PROVE)
    proof = prove(_DOOR, Purpose.SIGN_IN, asker, site, answer, None, _tell_doubt)
    _check_owner(proof, at.login.key)
    with unit_of_work() as tx:
        count_use_in(tx, proof, _DOOR)
        return finish_in(tx, under_way_in(tx, token, Step.PROVE), browser)


def prove_again_with_passkey(key: StaffKey, session_id: int, asker: Asker, site: Site, answer: str) -> None:
    """Show again who is here. Raises ``PasskeyRefused``, also for the passkey of somebody else."""
    proof = prove(_DOOR, Purpose.STEP_UP, asker, site, answer, session_id, _tell_doubt)
    _check_owner(proof, key)
    with unit_of_work() as tx:
        count_use_in(tx, proof, _DOOR)
        mark_proved_in(tx, _login_in(tx, key), session_id, "passkey")


def mark_proved_in(tx: Connection, login: LoginRow, session_id: int, way: str) -> None:
    """From here on the session's proof is fresh. A session that is over or locked stays as it is."""
    tx.execute(
        update(Session)
        .where(Session.id == session_id, Session.ended_at.is_(None), Session.locked_at.is_(None))
        .values(stepped_up_at=machine_now())
    )
    deed = Deed("proved_again", "session", session_id, detail={"way": way})
    write(tx, login.key.organisation_id, actor_of(login), deed)


def _check_owner(proof: Proof, key: StaffKey) -> None:
    if key_of(proof.passkey) != key:
        raise PasskeyRefused(PasskeyRefusal.NOT_YOURS, _DOOR)


def key_of(passkey: PasskeyAsRow) -> StaffKey:
    return StaffKey(passkey.staff_organisation_id, passkey.staff_id)


def _login_in(tx: Connection, key: StaffKey) -> LoginRow:
    login = find_login(tx, key, school_today())
    if login is None:
        raise PasskeyRefused(PasskeyRefusal.UNKNOWN, _DOOR)
    return login


def _tell_doubt(tx: Connection, passkey: PasskeyAsRow) -> None:
    """In the trail each time; by e-mail once a passkey."""
    key = key_of(passkey)
    login = find_login(tx, key, school_today())
    actor = actor_of(login) if login is not None else FIRSTBELL
    write(tx, key.organisation_id, actor, Deed("passkey_doubted", "passkey", passkey.id))
    if login is not None:
        send_news_in(tx, login, PASSKEY_DOUBTED, f"passkey_doubted:{passkey.id}", school_today())


def rename_passkey(key: StaffKey, passkey: str, raw: str) -> bool:
    """Call a passkey of one's own something else; False if there is no such one. Raises ``Refused`` for no name."""
    name = need_line(raw, LONGEST_PASSKEY_NAME, "name")
    with unit_of_work() as tx:
        held = next((one for one in staff_passkeys(tx, key) if one.public_id == passkey), None)
        if held is None or held.name == name:
            return held is not None
        changed = _change_in(tx, key, passkey, name=name)
        write(tx, key.organisation_id, actor_of(_login_in(tx, key)), Deed("renamed_passkey", "passkey", changed))
        return True


def remove_passkey(key: StaffKey, session_id: int, passkey: str) -> bool:
    """A passkey of one's own opens nothing more, and where it is signed in (but here) it is signed out."""
    with unit_of_work() as tx:
        changed = _change_in(tx, key, passkey, removed_at=machine_now())
        if changed is None:
            return False
        end_with_passkey_in(tx, changed, but=session_id)
        login = _login_in(tx, key)
        write(tx, key.organisation_id, actor_of(login), Deed("removed_passkey", "passkey", changed))
        send_news_in(tx, login, PASSKEY_REMOVED, f"passkey_removed:{changed}", school_today())
        return True


def _change_in(tx: Connection, key: StaffKey, passkey: str, **values: object) -> int | None:
    return tx.scalar(
        update(Passkey)
        .where(
            Passkey.public_id == passkey, Passkey.door == _DOOR.value, Passkey.removed_at.is_(None),
            Passkey.staff_organisation_id == key.organisation_id, Passkey.staff_id == key.staff_id,
        )
        .values(**values)
        .returning(Passkey.id)
    )  # fmt: skip
