"""Who may enter the endpoints of blueprints/parent."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule, opened, parent
from webapp.accounts.rules.codes import Door

ENDPOINTS: Mapping[str, Rule] = {
    f"parent.{page}": parent()
    for page in (
        "home", "children", "child", "year", "quick_report", "send_quick_report", "still_poorly", "new_report", "when",
        "why", "check", "send_new_report", "receipt", "write", "ring_me", "change", "send_change", "coming_in",
        "send_coming_in", "say_back", "add", "send", "file", "remove", "on_the_way", "send_on_the_way", "thought_in",
        "told", "messages", "everything_told",
        "message", "answer", "you", "phones", "sign_out_phone", "sign_out_others", "notifications",
        "language", "contact",
        # Passkeys, and proving again who is here.
        "passkeys", "options_to_add", "add_passkey", "rename_passkey", "before_removing", "remove_passkey",
        "before_forgetting", "set_words",
        "prove", "send_proof", "proof_code", "enter_proof", "options_to_prove", "prove_by_passkey",
    )
} | {"parent.help": opened(knowing=Door.PARENT), "parent.accessibility": opened(knowing=Door.PARENT)}  # fmt: skip
