"""Deciding about each doubtful line of a request: given, given without the names in it, or held back and why."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from webapp.foundation import trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Deed
from webapp.insight.models import SubjectLine, SubjectRequest
from webapp.insight.rules.requests import (
    Choice,
    RequestEvent,
    RequestMoved,
    RequestRefused,
    RequestState,
    read_choice,
    step,
)
from webapp.insight.rules.third_parties import Category
from webapp.insight.services.requests import SUBJECT, Keeper, get_open

_ONE_BY_ONE = frozenset({Category.PROTECTION, Category.WITHHELD})
"""What nobody gives out by the hundred."""


def decide_line(by: Keeper, public_id: str, line_id: int, choice: str, exemption: str) -> None:
    """Decide about one line. A bundle that was made falls away. Raises RequestRefused, RequestMoved."""
    with unit_of_work() as tx:
        row = get_open(tx, by, public_id)
        line = tx.execute(
            select(
                SubjectLine.id, SubjectLine.struck, SubjectLine.category, SubjectLine.choice, SubjectLine.exemption
            ).where(
                SubjectLine.organisation_id == by.organisation_id, SubjectLine.request_id == row.id,
                SubjectLine.id == line_id,
            )
        ).one_or_none()  # fmt: skip
        if line is None:
            raise RequestMoved
        decided, why = read_choice(choice, exemption, may_strike=line.struck is not None)
        if (line.choice, line.exemption) == (decided.value, why):
            return
        _open_again(tx, by, row)
        _decide(tx, by, row.id, (SubjectLine.id == line_id,), decided, why)
        detail = {"line": line_id, "category": line.category, "choice": decided.value, "exemption": why}
        trail.write(
            tx, by.organisation_id, by.actor,
            Deed("decided_data_line", SUBJECT, row.id, by.school_id, row.pupil_id, detail),
        )  # fmt: skip


def decide_rest(by: Keeper, public_id: str, category: str, choice: str, exemption: str) -> int:
    """Decide alike about every line of a category that nobody has decided about; returns how many.

    What protects somebody can be held back so, never given. Raises RequestRefused, RequestMoved.
    """
    if category not in set(Category):
        raise RequestRefused("category", "Choose one of the lists.")
    with unit_of_work() as tx:
        row = get_open(tx, by, public_id)
        decided, why = read_choice(choice, exemption, may_strike=False)
        if decided is not Choice.HOLD and Category(category) in _ONE_BY_ONE:
            raise RequestRefused("choice", "Look at these one by one: each may put somebody at risk.")
        which = (SubjectLine.category == category, SubjectLine.choice == "")
        count = _decide(tx, by, row.id, which, decided, why)
        if not count:
            return 0
        _open_again(tx, by, row)
        detail = {"category": category, "count": count, "choice": decided.value, "exemption": why}
        trail.write(
            tx, by.organisation_id, by.actor,
            Deed("decided_data_lines", SUBJECT, row.id, by.school_id, row.pupil_id, detail),
        )  # fmt: skip
    return count


def _open_again(tx: Connection, by: Keeper, row: object) -> None:
    """Lines are decided about while they are checked; one of a bundle that is ready takes the bundle back."""
    state = RequestState(row.state)  # type: ignore[attr-defined]
    if state is RequestState.CHECKING:
        return
    after = step(state, RequestEvent.CHANGE)
    tx.execute(
        update(SubjectRequest)
        .where(SubjectRequest.organisation_id == by.organisation_id, SubjectRequest.id == row.id)  # type: ignore[attr-defined]
        .values(state=after.value, version=SubjectRequest.version + 1)
    )


def _decide(tx: Connection, by: Keeper, request_id: int, which: tuple[object, ...], choice: Choice, why: str) -> int:
    return tx.execute(
        update(SubjectLine)
        .where(SubjectLine.organisation_id == by.organisation_id, SubjectLine.request_id == request_id, *which)  # type: ignore[arg-type]
        .values(choice=choice.value, exemption=why, decided_at=school_now(), decided_by=by.actor.name)
    ).rowcount
