"""Still poorly? One tap repeats yesterday: the words and the button, on Today and on the child's page."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask import url_for

from blueprints.parent.typed import new_key
from webapp.absence.queries.families import FamilyReport, OwnReport
from webapp.absence.rules.drafts import ChildDay
from webapp.absence.rules.repeats import asks_to_talk, find_repeatable, repeat_words
from webapp.absence.rules.times import local_day
from webapp.absence.services.repeat import as_earlier
from webapp.people.rules.settings import LONG_RUN_DAYS


def repeat_of(
    reports: Collection[OwnReport | FamilyReport], child: ChildDay, now: datetime, *, looked_for: bool = False
) -> dict[str, Any] | None:
    """{says, action} where one tap can repeat the adult's own report of the school day before; else None.

    ``looked_for``: the page has said that the register has closed.
    """
    today = local_day(now)
    recent = [as_earlier(report) for report in reports]
    last_day = child.calendar.previous_school_day(today, child.year_group)
    if last_day is None or find_repeatable(recent, child, today) is None:
        return None
    closes = child.times.cut_off(today)
    says = repeat_words(
        last_day, today, closed_at=closes if now >= closes and not looked_for else None,
        long_run=child.times.settings[LONG_RUN_DAYS] if asks_to_talk(recent, child, today) else 0,
    )  # fmt: skip
    action = {
        "text": f"{child.first_name} is still poorly", "post": url_for("parent.still_poorly", child=child.key),
        "fields": {"submission_key": new_key()},
    }  # fmt: skip
    return {"says": says, "action": action}
