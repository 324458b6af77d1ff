"""Whether the trail is whole: every entry as it was written, every seal in its place, nothing slipped in afterwards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, select

from webapp.foundation.trail.digests import FIRST_LINK, digest_of, link_of, personal_digest
from webapp.foundation.trail.entries import ERASED, ERASURE, TrailEntry
from webapp.foundation.trail.seals import TrailHead, TrailSeal


class Fault(StrEnum):
    """What is wrong with one entry or one seal."""

    ALTERED = "altered"
    MISSING = "missing"
    NOT_SEALED = "not sealed"
    SEAL_BROKEN = "seal broken"
    SEAL_MISSING = "seal missing"
    HEAD_DIFFERS = "head differs"


_WORDS = {
    Fault.ALTERED: "entry {number} is not what was sealed",
    Fault.MISSING: "entry {number} was sealed and is no longer there",
    Fault.NOT_SEALED: "no seal holds entry {number}: it was slipped in, or the sealing stands still",
    Fault.SEAL_BROKEN: "seal {number} does not follow from the seal before it",
    Fault.SEAL_MISSING: "seal {number} is no longer there",
    Fault.HEAD_DIFFERS: "the chain does not end at the head, at seal {number}",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: ``number`` is the entry's, or for a fault of the chain the seal's position."""

    organisation_id: int
    fault: Fault
    number: int

    def __str__(self) -> str:
        return f"organisation {self.organisation_id}: {_WORDS[self.fault].format(number=self.number)}"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one organisation's chain; who keeps it elsewhere can tell whether the chain was cut or made anew."""

    organisation_id: int
    position: int
    link: str
    sealed_at: datetime | None

    def __str__(self) -> str:
        return f"{self.organisation_id}:{self.position}:{self.link}"


_SEALS = (
    select(TrailSeal.position, TrailSeal.sealed_at, TrailSeal.entries, TrailSeal.link)
    .where(TrailSeal.organisation_id == bindparam("of"), TrailSeal.position > bindparam("after"))
    .order_by(TrailSeal.position)
    .limit(100)
)
_ENTRIES = select(TrailEntry.__table__).where(
    TrailEntry.organisation_id == bindparam("of"), TrailEntry.id.in_(bindparam("numbers", expanding=True))
)
_ERASURES = select(TrailEntry.detail).where(
    TrailEntry.organisation_id == bindparam("of"), TrailEntry.subject_kind == "trail_entry",
    TrailEntry.subject_id.is_(None), TrailEntry.action == ERASURE,
)  # fmt: skip
_NUMBERS = (
    select(TrailEntry.id)
    .where(TrailEntry.organisation_id == bindparam("of"), TrailEntry.at < bindparam("before", type_=TrailEntry.at.type))
    .order_by(TrailEntry.id)
)


def organisations(db: Connection) -> list[int]:
    """Every organisation that has a trail."""
    entries = select(TrailEntry.organisation_id)
    return sorted(db.scalars(entries.union(select(TrailHead.organisation_id))))


def find_head(db: Connection, organisation_id: int) -> Head:
    """Where the chain stands; position 0 and the first link where nothing was sealed yet."""
    row = db.execute(
        select(TrailHead.position, TrailHead.link, TrailHead.sealed_at).where(
            TrailHead.organisation_id == organisation_id
        )
    ).one_or_none()
    return Head(organisation_id, *(row or (0, FIRST_LINK, None)))


def has_been(db: Connection, head: str) -> bool:
    """Whether a chain stood at this head at some time; ``head`` as ``str(Head)`` writes it."""
    organisation, _, rest = head.partition(":")
    position, _, link = rest.partition(":")
    if not (organisation.isdecimal() and position.isdecimal()):
        return False
    if int(position) == 0:
        return link == FIRST_LINK
    return link == db.scalar(
        select(TrailSeal.link).where(
            TrailSeal.organisation_id == int(organisation), TrailSeal.position == int(position)
        )
    )


def verify(
    db: Connection, organisation_id: int, before: datetime, told: Callable[[int], None] = lambda _count: None
) -> Iterator[Finding]:
    """Walk the whole chain of one organisation and name everything that is wrong with it.

    Entries written since ``before`` may still be waiting for their seal. ``told`` hears how many were looked at so far.
    A finding about one entry or seal does not hide those after it.
    """
    position, link, sealed = 0, FIRST_LINK, set[int]()
    erasures = db.scalars(_ERASURES, {"of": organisation_id})
    erased = {number for detail in erasures for number in detail["entries"]}
    while seals := db.execute(_SEALS, {"of": organisation_id, "after": position}).all():
        for seal in seals:
            yield from (
                Finding(organisation_id, Fault.SEAL_MISSING, missing) for missing in range(position + 1, seal.position)
            )
            whole = seal.position == position + 1
            if whole and seal.link != link_of(link, seal.position, seal.sealed_at, map(tuple, seal.entries)):
                yield Finding(organisation_id, Fault.SEAL_BROKEN, seal.position)
            position, link = seal.position, seal.link
            yield from _entries(db, organisation_id, dict(map(tuple, seal.entries)), erased)
            sealed.update(number for number, _digest in seal.entries)
        told(len(sealed))
    head = find_head(db, organisation_id)
    if (head.position, head.link) != (position, link):
        yield Finding(organisation_id, Fault.HEAD_DIFFERS, head.position)
    for number in db.scalars(_NUMBERS, {"of": organisation_id, "before": before}):
        if number not in sealed:
            yield Finding(organisation_id, Fault.NOT_SEALED, number)


def _entries(
    db: Connection, organisation_id: int, digests: dict[int, str], erased: Collection[int]
) -> Iterator[Finding]:
    found = {
        row["id"]: row for row in db.execute(_ENTRIES, {"of": organisation_id, "numbers": list(digests)}).mappings()
    }
    for number, digest in digests.items():
        row = found.get(number)
        if row is None:
            yield Finding(organisation_id, Fault.MISSING, number)
        elif row["digest"] != digest or digest_of(_personal(row, erased), row) != digest:
            yield Finding(organisation_id, Fault.ALTERED, number)


def _personal(row: Mapping[Any, Any], erased: Collection[int]) -> str:
    """The digest of what an entry says of people; of an erased one, only where an erasure on the trail names it."""
    if row["erased_at"] is None:
        return personal_digest(row["salt"] or "", row)
    is_empty = all(row[name] == empty for name, empty in ERASED.items())
    return str(row["erased_digest"]) if is_empty and row["id"] in erased else ""
