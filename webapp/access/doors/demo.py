"""Who may enter the endpoints of blueprints/demo."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule, demo

ENDPOINTS: Mapping[str, Rule] = {
    **{f"demo.demo_components.{page}": demo() for page in ("parent", "staff", "flow", "link")},
    "demo.phone_list": demo(),
    "demo.phone": demo(),
    "demo.answer_from_phone": demo(),
    "demo.sign_in_as": demo(),
    "demo.school_clock": demo(),
    "demo.move_school_clock": demo(),
}
