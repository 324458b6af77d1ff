"""Who may enter the endpoints of blueprints/links."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule, link

ENDPOINTS: Mapping[str, Rule] = {
    f"links.{page}": link()
    for page in (
        "opened", "away", "answer_away", "on_the_way", "answer_on_the_way", "answer_thought_in", "answer_wrong_number",
        "told", "answer_question",
    )
}  # fmt: skip
