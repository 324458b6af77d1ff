"""Every message about a report: the receipt, what school decided, what school asks, and danger to the DSL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class About:
    """The report that a message is about, its child, and the adult who sent it (0 for none)."""

    organisation_id: int
    school_id: int
    report_id: int
    public_id: str
    pupil_id: int
    first_name: str
    contact_id: int


def tell_receipt_in(tx: Connection, about: About) -> None:
    pass


def tell_danger_in(tx: Connection, about: About, key: str, now: datetime) -> None:
    pass


def tell_outcome_in(tx: Connection, about: About, key: str) -> None:
    pass


def tell_question_in(tx: Connection, about: About, message_id: int) -> None:
    pass
