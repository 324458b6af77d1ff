"""What somebody asked of the trail, and its entries as lines of a page or of a file."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import request, url_for
from sqlalchemy import Connection

from webapp.foundation.clock import london
from webapp.foundation.words import short_day_words, staff_time
from webapp.insight.queries.trail import TrailRow, Wanted, actors_named, pupils_named
from webapp.insight.rules.deeds import DEEDS, Reach, actions_of
from webapp.insight.rules.readers import Entry, Reader, said_to
from webapp.people.rules.refusals import Refused
from webapp.people.rules.school_times import in_london

KINDS = {"staff": "Staff", "contact": "Families", "pupil": "Pupils", "system": "Firstbell"}
FIELDS = ("who", "pupil", "since", "until", "kind", "deed", "of")
HEADINGS = ("When", "Who", "What", "About whom", "More", "School")
_LONGEST = 80
_KEY = re.compile(r"([0-9]{10,16})-([0-9]{1,18})")
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Asked:
    """What the form asks for: ``typed`` as it came, ``wanted`` for the query, ``errors`` by field."""

    typed: dict[str, str]
    wanted: Wanted
    errors: list[dict[str, str]] = field(default_factory=list)

    @property
    def kept(self) -> dict[str, Any]:
        """What the trail keeps of it: names stand in no entry, the people whom they found do."""
        wanted = self.wanted
        return {
            **({"people": sorted(wanted.actors)[:20]} if wanted.actors else {}),
            **({"pupils": sorted(wanted.pupils)[:20]} if wanted.pupils else {}),
            **{name: self.typed[name] for name in ("since", "until", "kind", "deed", "of") if self.typed[name]},
        }

    @property
    def pupil_id(self) -> int | None:
        """The one pupil who was asked about."""
        pupils = list(self.wanted.pupils or ())
        return pupils[0] if len(pupils) == 1 else None


def read_asked(db: Connection, organisation_id: int, reader: Reader) -> Asked:
    """The form of the address. A field that cannot be read is said in ``errors`` and asks for nothing."""
    typed = {name: " ".join(request.args.get(name, "")[:_LONGEST].split()) for name in FIELDS}
    errors: list[dict[str, str]] = []
    days: dict[str, date | None] = {}
    for name in ("since", "until"):
        try:
            days[name] = _day(name, typed[name])
        except Refused as refused:
            days[name] = None
            errors.append({"text": refused.mend, "href": f"#{name}"})
    since, until = days["since"], days["until"]
    if since and until and until < since:
        errors.append({"text": "The last day comes before the first. Change one of them.", "href": "#until"})
    if typed["kind"] not in KINDS:
        typed["kind"] = ""
    if typed["deed"] not in deeds_of(reader):
        typed["deed"] = ""
    wanted = Wanted(
        actors=actors_named(db, organisation_id, reader, typed["who"]) if typed["who"] else None,
        pupils=pupils_named(db, organisation_id, reader, typed["pupil"]) if typed["pupil"] else None,
        action=typed["deed"], kind=typed["kind"], since=in_london(since, time.min) if since else None,
        until=in_london(until + timedelta(days=1), time.min) if until else None, after=_after(),
    )  # fmt: skip
    return Asked(typed, wanted, errors)


def _day(name: str, typed: str) -> date | None:
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise Refused(name, "Enter a day, like 2026-06-16.") from None
    if not 2000 <= day.year <= 2199:
        raise Refused(name, "Enter a day of this century, like 2026-06-16.")
    return day


def _after() -> tuple[datetime, int] | None:
    """The key of the page; one that nobody was given is the first page."""
    found = _KEY.fullmatch(request.args.get("after", ""))
    return (_EPOCH + int(found[1]) * _MICROSECOND, int(found[2])) if found else None


def key_of(row: TrailRow) -> str:
    return f"{key_of_instant(row.at)}-{row.id}"


def key_of_instant(at: datetime) -> str:
    """An instant in an address: microseconds since 1970."""
    return str((at - _EPOCH) // _MICROSECOND)


def instant_of(key: str) -> datetime | None:
    """The instant of an address; None for what is none."""
    return _EPOCH + int(key) * _MICROSECOND if re.fullmatch(r"[0-9]{10,16}", key) else None


def deeds_of(reader: Reader) -> dict[str, str]:
    """The deeds that this reader may ask for, in their words."""
    reaches = [Reach.OFFICE]
    if reader.children:
        reaches.append(Reach.CHILD)
    if reader.safeguarding:
        reaches.append(Reach.SAFEGUARDING)
    pages = {"viewed_list": "looked at a page of pupils", "viewed_child": "looked at a page of a pupil",
             "viewed_safeguarding": "looked at a safeguarding page", "was_shown": "was shown a page"}  # fmt: skip
    return {action: pages.get(action, DEEDS[action].words) for action in actions_of(*reaches)}


def lines(
    rows: Sequence[TrailRow], reader: Reader, names: dict[int, str], code: str, on_roll: Collection[str] = ()
) -> list[dict[str, str]]:
    """The entries as the page shows them. ``on_roll``: the pupils whose names lead to their page."""
    found = []
    for row in rows:
        entry = Entry(row.actor_kind, row.actor_name, row.actor_position, row.action, row.school_id, row.pupil_name,
                      row.detail)  # fmt: skip
        said = said_to(reader, entry)
        if said is None:
            continue
        at = london(row.at)
        linked = said.whom and row.pupil_public_id in on_roll
        found.append({
            "day": f"{short_day_words(at.date())} {at.year}", "time": f"{staff_time(at)}:{at.second:02}",
            "who": said.who, "what": said.what, "whom": said.whom, "more": said.more,
            "school": names.get(row.school_id or 0, ""),
            "href": url_for("staff.pupil_trail", school=code, pupil=row.pupil_public_id) if linked else "",
        })  # fmt: skip
    return found
