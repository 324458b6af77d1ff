"""Changing settings: what may be typed, from when, and whether the day still fits together afterwards."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.people.rules.refusals import Refused
from webapp.people.rules.school_times import check_together
from webapp.people.rules.session_days import day_and_month
from webapp.people.rules.settings import (
    QUIET_FROM,
    QUIET_TO,
    REGISTRY,
    SettingRefused,
    dump,
    get_key,
    parse,
    settings_as_of,
)

LATEST = timedelta(days=730)
"""How far ahead a change may be planned."""


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """Settings that are looked at together; ``name`` stands in addresses."""

    name: str
    title: str
    keys: tuple[str, ...]


_GROUPS = (
    SettingGroup(
        "day", "School day and registers",
        ("register.am.opens", "register.am.closes", "session.am.ends", "register.pm.opens", "register.pm.closes",
         "session.pm.ends", "register.kept_in", "register.marks_stale_minutes"),
    ),
    SettingGroup(
        "first-day", "First-day contact",
        ("first_day.text_delay_minutes", "first_day.register_overdue_minutes", "first_day.elsewhere_grace_minutes",
         "first_day.ring_after_minutes", "first_day.text_again_minutes", "first_day.tell_dsl_after_minutes"),
    ),
    SettingGroup("board", "The board", ("board.confirm_hold_minutes", "board.ringing_hold_minutes")),
    SettingGroup(
        "messages", "Messages to families",
        ("messages.quiet_from", "messages.quiet_to", "messages.push_head_start_minutes", "link.hours",
         "messages.code_countries"),
    ),
    SettingGroup(
        "families", "Families and pupils",
        ("contact.office_opens", "absence.long_run_days", "pupils.report_from_age"),
    ),
    SettingGroup("staff-sign-in", "How staff sign in", ("staff.codes_alone", "staff.second_factor")),
    SettingGroup(
        "figures", "Codes and figures", ("codes.n.days", "figures.too_few_sessions", "figures.smallest_group")
    ),
)  # fmt: skip


def groups() -> tuple[SettingGroup, ...]:
    """Every key in one group; a key that no group names stands under "Other"."""
    named = {key for group in _GROUPS for key in group.keys}
    others = tuple(key for key in REGISTRY if key not in named)
    return (*_GROUPS, SettingGroup("other", "Other", others)) if others else _GROUPS


def find_group(name: str) -> SettingGroup | None:
    return next((group for group in groups() if group.name == name), None)


class SettingsRefused(Refused):
    """What was typed cannot be; ``errors`` names every field."""

    def __init__(self, errors: Sequence[Refused]) -> None:
        super().__init__(errors[0].field, errors[0].mend)
        self.errors = tuple(errors)


class SettingsMoved(Refused):
    """Somebody changed these settings after the page was opened."""

    def __init__(self) -> None:
        super().__init__("settings", "Somebody has changed these settings meanwhile. Look at them again.")


Row = tuple[str, date, str]
"""A setting's key, the day from which it holds, and its text."""


def version_of(rows: Iterable[Row], keys: Collection[str]) -> int:
    """A number that changes whenever one of the rows of these keys does."""
    mine = sorted((key, on.isoformat(), raw) for key, on, raw in rows if key in keys)
    return zlib.crc32(repr(mine).encode()) % 1_000_000_000


def read_typed(typed: Mapping[str, str], effective_from: date, today: date) -> dict[str, str]:
    """What is to be stored, by key. Raises ``SettingsRefused`` with everything that is wrong."""
    errors: list[Refused] = []
    values: dict[str, str] = {}
    for name, raw in typed.items():
        try:
            key = get_key(name)
            values[name] = dump(key, parse(key, raw))
        except SettingRefused as refused:
            errors.append(refused)
    if effective_from < today:
        errors.append(Refused("effective_from", "Choose today or a later day: what has been stays as it was."))
    elif effective_from > today + LATEST:
        errors.append(Refused("effective_from", "Choose a day within the next two years."))
    if errors:
        raise SettingsRefused(errors)
    return values


def changed(values: Mapping[str, str], mine: Iterable[Row], trust: Iterable[Row], on: date) -> dict[str, str]:
    """Those values that differ from what would hold on that day."""
    before = settings_as_of(mine, on, trust)
    found = {name: raw for name, raw in values.items() if dump(get_key(name), before[get_key(name)]) != raw}
    if not found:
        raise SettingsRefused([Refused(next(iter(values)), "This is how it is already. Change something, or go back.")])
    return found


def check_days(mine: Sequence[Row], trust: Sequence[Row], since: date) -> None:
    """Raises ``SettingsRefused`` if from ``since`` on the settings contradict each other on any day."""
    days = sorted({since, *(on for _, on, _ in (*mine, *trust) if on > since)})
    for day in days:
        settings = settings_as_of(mine, day, trust)
        try:
            check_together(settings)
            if not settings[QUIET_TO] < settings[QUIET_FROM]:
                raise SettingRefused(QUIET_TO.name, "Messages must begin again before they stop for the night.")
        except SettingRefused as refused:
            when = "" if day == since else f" This would be so from {day_and_month(day)} {day.year}."
            raise SettingsRefused([Refused(refused.field, refused.mend + when)]) from None
