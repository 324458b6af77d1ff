"""Who may enter the endpoints of blueprints/parent."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Pupils, Rule, opened, parent
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.limits import Deed

_BOTH = (
    "home", "child", "year", "quick_report", "send_quick_report", "still_poorly", "new_report", "when", "why", "check",
    "send_new_report", "receipt", "change", "send_change", "coming_in", "send_coming_in",
    "say_back", "add", "file", "remove", "on_the_way", "send_on_the_way", "messages", "message",
    "you", "phones", "sign_out_phone", "sign_out_others", "language", "contact",
    # Passkeys, and proving again who is here.
    "passkeys", "options_to_add", "add_passkey", "rename_passkey", "before_removing", "remove_passkey",
    "before_forgetting",
    "prove", "send_proof", "proof_code", "enter_proof", "options_to_prove", "prove_by_passkey",
    # What school holds about oneself, and asking for a change.
    "details", "ask_change", "take_back_change",
)  # fmt: skip
_PARENTS = ("children", "thought_in", "told", "everything_told", "notifications", "set_words")
_PUPILS = ("leaving", "ask_leaving", "take_back_leaving", "go_now", "who_sees", "say_who_sees")
"""Of a pupil who answers for themselves: to a parent they are not there."""

ENDPOINTS: Mapping[str, Rule] = (
    {f"parent.{page}": parent(Pupils.TOO) for page in _BOTH}
    | {f"parent.{page}": parent() for page in _PARENTS}
    | {f"parent.{page}": parent(Pupils.ALONE) for page in _PUPILS}
    | {f"parent.{page}": parent(Pupils.TOO, cost=Deed.WRITE) for page in ("write", "answer", "ring_me")}
    | {"parent.send": parent(Pupils.TOO, cost=Deed.UPLOAD)}
    | {"parent.help": opened(knowing=Door.PARENT), "parent.accessibility": opened(knowing=Door.PARENT)}
)
