"""Who may enter the endpoints of blueprints/auth."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Pupils, Rule, choosing, opened, parent, staff
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.freshness import Fresh

ENDPOINTS: Mapping[str, Rule] = {
    "auth.start": opened(),
    "auth.sign_in": opened(),
    "auth.ask": opened(),
    "auth.code": opened(),
    "auth.enter": opened(),
    "auth.choose": choosing(Door.PARENT),
    "auth.chosen": choosing(Door.PARENT),
    "auth.passkey_options": opened(),
    "auth.use_passkey": opened(),
    "auth.offer_passkey": parent(Pupils.TOO),
    "auth.sign_out": opened(),
    "auth.forget_this_phone": opened(),
    "auth.signed_out": opened(),
    "auth.staff_sign_in": opened(),
    "auth.staff_ask": opened(),
    "auth.staff_code": opened(),
    "auth.staff_enter": opened(),
    "auth.staff_choose": choosing(Door.STAFF),
    "auth.staff_chosen": choosing(Door.STAFF),
    "auth.staff_sign_out": opened(),
    # Steps of a sign-in under way: its own cookie is the key, and whoever holds none is sent to the beginning.
    "auth.staff_post": opened(),
    "auth.staff_post_chosen": opened(),
    "auth.staff_second": opened(),
    "auth.staff_prove": opened(),
    "auth.staff_set_up": opened(),
    "auth.staff_confirm_set_up": opened(),
    "auth.staff_forgotten": opened(),
    "auth.staff_ask_link": opened(),
    "auth.staff_link_sent": opened(),
    "auth.staff_passkey_options": opened(),
    "auth.staff_use_passkey": opened(),
    "auth.staff_prove_passkey": opened(),
    "auth.staff_set_up_passkey_options": opened(),
    "auth.staff_set_up_passkey": opened(),
    # A shared computer: its own cookie is the key to the names on it, and nobody comes back without PIN or passkey.
    "auth.staff_locked": opened(),
    "auth.staff_lock": opened(),
    "auth.staff_come_back": opened(),
    "auth.staff_awake": staff(in_school=False),
    "auth.staff_kept": staff(in_school=False),
    "auth.staff_offer_pin": staff(in_school=False),
    # Showing again who sits there.
    "auth.staff_proof": staff(in_school=False),
    "auth.staff_give_proof": staff(in_school=False),
    "auth.staff_proof_options": staff(in_school=False),
    "auth.staff_proof_passkey": staff(in_school=False),
    # With what one signs in: not for whoever finds an open session.
    "auth.staff_passkeys": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_options_to_add": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_add_passkey": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_rename_passkey": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_before_removing": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_remove_passkey": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_pin": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_set_pin": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_remove_pin": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_account": staff(in_school=False),
    # Asks for the six digits of now by itself.
    "auth.staff_new_recovery": staff(in_school=False),
    "auth.staff_end_others": staff(in_school=False),
    # On the way to a provider and back: the browser's own cookie and the state that it was given are the key.
    "auth.staff_to_provider": opened(),
    "auth.staff_from_provider": opened(),
    "auth.staff_accept_with_provider": opened(),
    "auth.staff_connect": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_disconnect": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_own_password": staff(in_school=False, fresh=Fresh.ACCESS),
    "auth.staff_signed_out": opened(),
    # A form with a password carries the browser's key, though a link leads to it.
    "auth.staff_link": opened(),
    "auth.staff_set_password": opened(),
}
