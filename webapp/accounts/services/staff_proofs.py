"""Proving again who sits there, before what a session alone does not open: by password, or by the second check.

By passkey: ``staff_passkeys.prove_again_with_passkey``. A PIN proves nothing here: it only brings somebody back.
"""

from __future__ import annotations

from cryptography.fernet import MultiFernet

from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.queries.staff_logins import LoginRow, find_login
from webapp.accounts.services.staff_factors import check_code
from webapp.accounts.services.staff_passkeys import mark_proved_in
from webapp.accounts.services.staff_passwords import check_password
from webapp.foundation.clock import school_today
from webapp.foundation.db import read_door, unit_of_work
from webapp.people.rules.refusals import Refused


def prove_again(key: StaffKey, session_id: int, password: str, code: str, address: str, box: MultiFernet) -> None:
    """By the code if one was typed, else by the password. Raises ``Refused`` naming the field, and ``TooMany``."""
    login = _login(key)
    if code.strip():
        use_in = check_code(login, code, address, box)
    elif password:
        use_in = check_password(login, password, address)
    else:
        raise Refused("password", "Enter your password, or the 6 digits of your app.")
    with unit_of_work() as tx:
        use_in(tx)
        mark_proved_in(tx, login, session_id, "code" if code.strip() else "password")


def _login(key: StaffKey) -> LoginRow:
    with read_door() as db:
        login = find_login(db, key, school_today())
    if login is None:
        raise Refused("password", "You have no role at a school today. Ask your administrator.")
    return login
