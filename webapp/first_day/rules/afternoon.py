"""Morning and afternoon are one day to whoever looks for a child: what a search takes along, and what begins one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from webapp.record.rules import SessionFacts, Whereabouts, Why
from webapp.record.rules.session_view import is_elsewhere, view_session

_FINDS = frozenset({Why.LEFT, Why.SENT_HOME, Why.CODE, Why.LOCATED, Why.CONFIRMED_ELSEWHERE})


def since_the_search_began(facts: SessionFacts, opened_at: datetime, sent_at: Mapping[int, datetime]) -> SessionFacts:
    """The afternoon's facts about a child who is looked for since the morning (``opened_at``).

    Leave, a plan that nobody has confirmed, a mark whose reason the family took back, and a report from before the
    search did not keep the child from going missing, so they do not end it: only what was seen or said since does.
    ``sent_at`` is of the reports by their ids.
    A search that is over leaves the facts as they are.
    """
    case = facts.case
    if case is None or not (case.outcome is None or case.outcome.is_carried):
        return facts
    confirmed = facts.expectation is not None and facts.expectation.confirmed
    planned_mark = facts.code is not None and is_elsewhere(facts.code) and not confirmed
    return replace(
        facts,
        code=None if planned_mark or view_session(facts, opened_at).taken_back else facts.code,
        leave_granted=False,
        expectation=facts.expectation if confirmed else None,
        reports=tuple(report for report in facts.reports if sent_at[report.id] >= opened_at),
    )


def answers_the_morning(
    state: Whereabouts | None, why: Why, told_at: datetime | None, morning_closed_at: datetime
) -> bool:
    """True where the afternoon says where a child is who was missed in the morning: nobody has to be looked for.

    The morning's mark still wants its reason. ``told_at`` is of the report that explains the afternoon; one from before
    the morning's register closed knows nothing of it.
    """
    if state is Whereabouts.IN_SCHOOL or why in _FINDS:
        return True
    return why in (Why.REPORT, Why.EXPECTED) and told_at is not None and told_at >= morning_closed_at
