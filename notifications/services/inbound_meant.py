"""About whom words that came in are: of all the children of whoever may have sent them, those who are named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from notifications.queries.senders import Asked, Child, Holder, children_of, pupils_asked_about
from notifications.rules.replies import Reading, read_reply
from webapp.foundation.clock import london


@dataclass(frozen=True, slots=True)
class Meant:
    """Whose words they are, about whom they may be, how they read, and which message they answer. The positions in
    ``reading.children`` are those of ``children``."""

    contact_id: int | None
    name: str
    school_id: int | None
    children: Sequence[Child]
    chosen: Child | None
    answers: Asked | None
    reading: Reading

    @property
    def is_by_name(self) -> bool:
        """A child is named, and can be no other."""
        return self.chosen is not None and self.reading.names_said


@dataclass(frozen=True, slots=True)
class _Family:
    """The children of whoever may have sent the words, whose each is, and those asked about (positions; empty where no
    message is answered)."""

    children: Sequence[Child]
    ties: Mapping[int, Collection[int]]
    asked: tuple[int, ...]


def hear(
    tx: Connection, organisation_id: int, holders: Sequence[Holder], answers: Asked | None, text: str, now: datetime
) -> tuple[Meant, ...]:
    """One for each child who is surely meant, else a single one that leaves the child to a person.

    The children of the message that is answered are meant only where the words name nobody.
    """
    contact_id = _contact(holders, answers)
    family = _family(tx, organisation_id, holders, contact_id, answers, now)
    children = family.children
    reading = read_reply(
        text, [one.first_name for one in children], legal_names=[one.legal_first_name for one in children],
        asked=family.asked or None,
    )  # fmt: skip
    places = reading.children if reading.names_sure else ()
    about = family.asked or tuple(range(len(children)))
    if not set(places) <= set(about):
        about = places
    elif reading.names_said and not places:
        # Nobody of the family is left out where the words speak of somebody else than was asked about.
        about = tuple(range(len(children)))
    likely = [children[place] for place in about]
    if not places:
        left = replace(reading, children=tuple(about.index(one) for one in reading.children if one in about))
        whose = Meant(
            contact_id, _name(holders, contact_id), _school(likely, None if reading.names_said else answers), likely,
            None, answers, left,
        )  # fmt: skip
        return (whose,)
    return tuple(
        _about(
            children[place], family, contact_id, holders, likely, replace(reading, children=(about.index(place),)),
            answers if not family.asked or place in family.asked else None,
        )
        for place in places
    )  # fmt: skip


def _family(
    tx: Connection, organisation_id: int, holders: Sequence[Holder], contact_id: int | None, answers: Asked | None,
    now: datetime,
) -> _Family:  # fmt: skip
    people = {one.contact_id for one in holders} | ({contact_id} if contact_id is not None else set())
    rows = children_of(tx, organisation_id, sorted(people), london(now).date()) if people else []
    ties: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        ties[row.enrolment_id].add(row.contact_id)
    children = list({row.enrolment_id: row for row in rows}.values())
    if answers is None:
        return _Family(children, ties, ())
    asked_about = pupils_asked_about(tx, organisation_id, answers.message_id)
    own = [i for i, one in enumerate(children) if contact_id is None or contact_id in ties[one.enrolment_id]]
    return _Family(children, ties, tuple([i for i in own if children[i].pupil_id in asked_about] or own))


def _contact(holders: Sequence[Holder], answers: Asked | None) -> int | None:
    """Whoever was written to, else the only one who holds the number."""
    held = {one.contact_id for one in holders}
    if answers is not None and (answers.contact_id in held or not held):
        return answers.contact_id
    return held.pop() if len(held) == 1 else None


def _about(
    chosen: Child, family: _Family, contact_id: int | None, holders: Sequence[Holder], likely: Sequence[Child],
    reading: Reading, answers: Asked | None,
) -> Meant:  # fmt: skip
    """Whoever was written to speaks for their own children; for another's, the one holder who is tied to that child."""
    tied = family.ties[chosen.enrolment_id]
    if contact_id not in tied:
        contact_id = next(iter(tied)) if len(tied) == 1 else None
    return Meant(contact_id, _name(holders, contact_id), chosen.school_id, likely, chosen, answers, reading)


def _school(children: Sequence[Child], answers: Asked | None) -> int | None:
    if answers is not None:
        return answers.school_id
    schools = {child.school_id for child in children}
    return schools.pop() if len(schools) == 1 else None


def _name(holders: Sequence[Holder], contact_id: int | None) -> str:
    return next((one.name for one in holders if one.contact_id == contact_id), "Unknown number")
