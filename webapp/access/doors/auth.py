"""Who may enter the endpoints of blueprints/auth."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Pupils, Rule, choosing, opened, parent, staff
from webapp.accounts.rules.codes import Door

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
    "auth.staff_account": staff(in_school=False),
    "auth.staff_new_recovery": staff(in_school=False),
    "auth.staff_end_others": staff(in_school=False),
    # A form with a password carries the browser's key, though a link leads to it.
    "auth.staff_link": opened(),
    "auth.staff_set_password": opened(),
}
