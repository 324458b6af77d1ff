"""Settings as their page shows them: what holds, since when and by whom, what is planned, and what it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, select

from webapp.foundation.trail import TrailEntry
from webapp.people.models import OrganisationSetting, SchoolSetting
from webapp.people.rules.setting_changes import Row
from webapp.people.rules.settings import CODE_COUNTRIES, parse

SUBJECT = "school_setting"
"""What the trail calls a change of a school's setting; its number is the school's."""
_MINE = select(SchoolSetting.key, SchoolSetting.effective_from, SchoolSetting.value).where(
    SchoolSetting.organisation_id == bindparam("organisation_id"), SchoolSetting.school_id == bindparam("school_id")
)
_TRUST = select(OrganisationSetting.key, OrganisationSetting.effective_from, OrganisationSetting.value).where(
    OrganisationSetting.organisation_id == bindparam("organisation_id")
)
_DEEDS = (
    select(TrailEntry.at, TrailEntry.actor_name, TrailEntry.action, TrailEntry.detail)
    .where(
        TrailEntry.organisation_id == bindparam("organisation_id"), TrailEntry.subject_kind == SUBJECT,
        TrailEntry.subject_id == bindparam("school_id"),
    )
    .order_by(TrailEntry.at.desc(), TrailEntry.id.desc())
    .limit(500)
)  # fmt: skip


_OF_ALL_SCHOOLS = select(
    SchoolSetting.organisation_id, SchoolSetting.school_id, SchoolSetting.effective_from, SchoolSetting.value
).where(SchoolSetting.key == bindparam("key"), SchoolSetting.effective_from <= bindparam("on"))
_OF_ALL_TRUSTS = select(
    OrganisationSetting.organisation_id, OrganisationSetting.effective_from, OrganisationSetting.value
).where(OrganisationSetting.key == bindparam("key"), OrganisationSetting.effective_from <= bindparam("on"))


def organisations_that_text(db: Connection, mobile: str, on: date) -> frozenset[int]:
    """The organisations of which a school, or the whole, lists the country of a mobile (E.164) on the day."""
    keys = {"key": CODE_COUNTRIES.name, "on": on}
    found = [(row.effective_from, row.organisation_id, row.school_id, row.value)
             for row in db.execute(_OF_ALL_SCHOOLS, keys)]  # fmt: skip
    found += [(row.effective_from, row.organisation_id, 0, row.value) for row in db.execute(_OF_ALL_TRUSTS, keys)]
    holds = {(organisation, school): parse(CODE_COUNTRIES, raw) for _, organisation, school, raw in sorted(found)}
    return frozenset(whose[0] for whose, codes in holds.items() if codes and mobile.startswith(codes))


@dataclass(frozen=True, slots=True)
class SettingDeed:
    """One change: who made it when, from which day it holds, and the text before and after ("" where withdrawn)."""

    key: str
    at: datetime
    by: str
    effective_from: date
    before: str
    value: str


@dataclass(frozen=True, slots=True)
class SettingRows:
    """Every row of a school's settings, its own and its trust's, and the latest changes, newest first."""

    mine: tuple[Row, ...]
    trust: tuple[Row, ...]
    deeds: Sequence[SettingDeed]

    def by(self, key: str, effective_from: date) -> str:
        """Who last said so, or "" where nobody did it on a page."""
        return next((deed.by for deed in self.deeds if (deed.key, deed.effective_from) == (key, effective_from)), "")


def setting_rows(db: Connection, organisation_id: int, school_id: int) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The school's own rows and its trust's."""
    keys = {"organisation_id": organisation_id, "school_id": school_id}
    mine = tuple((row.key, row.effective_from, row.value) for row in db.execute(_MINE, keys))
    trust = tuple((row.key, row.effective_from, row.value) for row in db.execute(_TRUST, keys))
    return mine, trust


def load_settings(db: Connection, organisation_id: int, school_id: int) -> SettingRows:
    """All of it, in three statements."""
    mine, trust = setting_rows(db, organisation_id, school_id)
    found = db.execute(_DEEDS, {"organisation_id": organisation_id, "school_id": school_id})
    deeds = [
        SettingDeed(row.detail["key"], row.at, row.actor_name, date.fromisoformat(row.detail["effective_from"]),
                    row.detail["before"], row.detail["value"])
        for row in found
    ]  # fmt: skip
    return SettingRows(mine, trust, deeds)
