"""Who may enter the endpoints of blueprints/auth."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule, choosing, opened, parent
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
    "auth.offer_passkey": parent(),
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
}
