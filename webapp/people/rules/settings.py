"""The settings of a school: typed keys whose values hold from a date on.

A value is stored as text and read back by its key; ``settings_as_of`` gathers what holds on one day. The cut-off of a
report is ``register.am.closes`` and has no key of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Generic, TypeVar, cast

from webapp.people.rules.refusals import Refused

T = TypeVar("T")

LONGEST_REGISTER_MINUTES = 30


class SettingRefused(Refused):
    """A setting that is not known, not of its type, out of bounds, or at odds with another."""


@dataclass(frozen=True, slots=True)
class SettingKey(Generic[T]):
    """One setting. ``low`` and ``high`` are included bounds; ``choices`` are the only texts, where there are any."""

    name: str
    default: T
    unit: str
    description: str
    read: Callable[[str, str], T]
    write: Callable[[T], str]
    low: T | None = None
    high: T | None = None
    choices: tuple[str, ...] = ()


def _read_time(name: str, raw: str) -> time:
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", raw) or re.fullmatch(
        r"([01][0-9]|2[0-3])([0-5][0-9])", raw
    )
    if found is None:
        raise SettingRefused(name, "Enter a time with hours and minutes, like 09:15.")
    return time(int(found[1]), int(found[2]))


def _read_whole(name: str, raw: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", raw):
        raise SettingRefused(name, "Enter a whole number, like 10.")
    return int(raw)


def _write_time(value: time) -> str:
    return f"{value:%H:%M}"


REGISTRY: dict[str, SettingKey[Any]] = {}


def _add(key: SettingKey[T]) -> SettingKey[T]:
    REGISTRY[key.name] = key
    return key


def _clock(name: str, default: str, low: str, high: str, description: str) -> SettingKey[time]:
    bounds = (time.fromisoformat(low), time.fromisoformat(high))
    return _add(
        SettingKey(name, time.fromisoformat(default), "time of day", description, _read_time, _write_time, *bounds)
    )


def _count(name: str, default: int, low: int, high: int, unit: str, description: str) -> SettingKey[int]:
    return _add(SettingKey(name, default, unit, description, _read_whole, str, low, high))


def _choice(name: str, choices: tuple[str, ...], description: str) -> SettingKey[str]:
    return _add(SettingKey(name, choices[0], "choice", description, lambda _name, raw: raw, str, choices=choices))


def _read_age(name: str, raw: str) -> int | None:
    return None if raw == "never" else _read_whole(name, raw)


# The register may be open for 30 minutes at most (SI 2024/208 reg. 10; Working together, 2024).
AM_REGISTER_OPENS = _clock(
    "register.am.opens", "08:50", "07:00", "11:30", "When the morning register begins to be taken; the day starts."
)
AM_REGISTER_CLOSES = _clock(
    "register.am.closes", "09:15", "07:00", "12:00", "When the morning register closes; the only cut-off for reports."
)
PM_REGISTER_OPENS = _clock(
    "register.pm.opens", "13:00", "11:00", "16:00", "When the afternoon register begins to be taken."
)
PM_REGISTER_CLOSES = _clock("register.pm.closes", "13:25", "11:00", "16:30", "When the afternoon register closes.")
AM_SESSION_ENDS = _clock("session.am.ends", "12:00", "10:00", "14:00", "When the morning session ends.")
PM_SESSION_ENDS = _clock("session.pm.ends", "15:15", "12:00", "19:00", "When the afternoon session ends.")
REGISTER_KEPT_IN = _choice(
    "register.kept_in",
    ("school_system", "firstbell"),
    "Where registers are taken: in the school's own system (marks are imported) or on Firstbell's register page.",
)
MARKS_STALE_MINUTES = _count(
    "register.marks_stale_minutes", 20, 5, 120, "minutes", "Imported marks older than this are shown as old."
)
LONG_RUN_DAYS = _count(
    "absence.long_run_days", 5, 1, 20, "school days", "A report longer than this asks the family to talk to school."
)
QUIET_FROM = _clock("messages.quiet_from", "20:00", "17:00", "23:00", "No ordinary message goes out from here on.")
QUIET_TO = _clock("messages.quiet_to", "07:00", "06:00", "09:00", "Ordinary messages go out again from here on.")
PUSH_HEAD_START_MINUTES = _count(
    "messages.push_head_start_minutes", 10, 0, 120, "minutes", "How long a push waits for a sign of it before a text."
)
TEXT_DELAY_MINUTES = _count(
    "first_day.text_delay_minutes", 0, 0, 30, "minutes", "From register close to the first-day text."
)
TEXT_AGAIN_MINUTES = _count(
    "first_day.text_again_minutes", 30, 0, 120, "minutes",
    "From the first-day text to a second where nobody has answered; 0 for no second text.",
)  # fmt: skip
REGISTER_OVERDUE_MINUTES = _count(
    "first_day.register_overdue_minutes", 10, 0, 60, "minutes",
    "After register close, how long an untaken register waits before a head count or cases.",
)  # fmt: skip
ELSEWHERE_GRACE_MINUTES = _count(
    "first_day.elsewhere_grace_minutes", 20, 0, 60, "minutes",
    "How long a pupil planned to be elsewhere stays explained before somebody there has confirmed it.",
)  # fmt: skip
RING_AFTER_MINUTES = _count(
    "first_day.ring_after_minutes", 15, 0, 120, "minutes", "From the first-day text to the first call."
)
TELL_DSL_AFTER_MINUTES = _count(
    "first_day.tell_dsl_after_minutes", 60, 15, 240, "minutes",
    "From register close until the DSL hears of a pupil to look for first who is still unexplained.",
)  # fmt: skip
CONFIRM_HOLD_MINUTES = _count(
    "board.confirm_hold_minutes", 2, 0, 15, "minutes", "From Confirm until the family is told; Undo tells nobody."
)
RINGING_HOLD_MINUTES = _count(
    "board.ringing_hold_minutes", 5, 1, 30, "minutes", "How long 'is ringing' holds a case for one person."
)
LINK_HOURS = _count("link.hours", 48, 1, 168, "hours", "How long a single-task link works.")
PUPIL_REPORTS_FROM_AGE: SettingKey[int | None] = _add(
    SettingKey(
        "pupils.report_from_age", None, "years",
        "From which age pupils report and ask for themselves: never, 16 or 18.",
        _read_age, lambda age: "never" if age is None else str(age), choices=("never", "16", "18"),
    )
)  # fmt: skip
OFFICE_OPENS = _clock("contact.office_opens", "08:00", "06:30", "10:00", "When the office begins to read reports.")
N_DAYS = _count(
    "codes.n.days", 5, 1, 5, "school days", "By when an N must have its reason; the guidance allows no more than 5."
)
TOO_FEW_SESSIONS = _count(
    "figures.too_few_sessions", 20, 1, 100, "sessions", "Below this many possible sessions no percentage is shown."
)
STAFF_CODES_ALONE = _choice(
    "staff.codes_alone", ("no", "yes"),
    "Whether staff who have a password may sign in with a code by e-mail instead of it.",
)  # fmt: skip
STAFF_SECOND_FACTOR = _choice(
    "staff.second_factor", ("by_role", "everybody"),
    "Who needs a second proof to sign in: everybody but teachers and governors, or everybody.",
)  # fmt: skip


def get_key(name: str) -> SettingKey[Any]:
    """The key of that name. Raises ``SettingRefused``."""
    try:
        return REGISTRY[name]
    except KeyError:
        raise SettingRefused("key", "There is no setting of that name. Choose one from the list of settings.") from None


def parse(key: SettingKey[T], raw: str) -> T:
    """The value in ``raw``, spaces around it ignored. Raises ``SettingRefused`` naming the key."""
    text = raw.strip()
    if key.choices and text not in key.choices:
        raise SettingRefused(key.name, f"Use one of these: {', '.join(key.choices)}.")
    value = key.read(key.name, text)
    _check_bounds(key, value)
    return value


def dump(key: SettingKey[T], value: T) -> str:
    """The text that is stored; ``parse`` gives the value back. Raises ``SettingRefused`` for a value out of bounds."""
    _check_bounds(key, value)
    text = key.write(value)
    if key.choices and text not in key.choices:
        raise SettingRefused(key.name, f"Use one of these: {', '.join(key.choices)}.")
    return text


def _check_bounds(key: SettingKey[T], value: T) -> None:
    if key.low is None or key.high is None:
        return
    low, high, here = cast(Any, key.low), cast(Any, key.high), cast(Any, value)
    if not low <= here <= high:
        raise SettingRefused(key.name, f"Use a value from {key.write(low)} to {key.write(high)} ({key.unit}).")


def value_as_of(key: SettingKey[T], rows: Iterable[tuple[date, str]], on: date) -> T:
    """The value that holds on a day, else the key's default. ``rows`` are (effective_from, raw) in any order."""
    in_force = [row for row in rows if row[0] <= on]
    return parse(key, max(in_force, key=lambda row: row[0])[1]) if in_force else key.default


class Settings:
    """The settings of one school on one day; a key without a row has its default."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, key: SettingKey[T]) -> T:
        return cast(T, self._values.get(key.name, key.default))

    def having(self, key: SettingKey[T], value: T) -> Settings:
        """A copy with one value changed; nothing is checked."""
        return Settings({**self._values, key.name: value})


def settings_as_of(
    school_rows: Iterable[tuple[str, date, str]],
    on: date,
    organisation_rows: Iterable[tuple[str, date, str]] = (),
) -> Settings:
    """The settings on a day from rows of (key, effective_from, raw). A school's own row wins over its organisation's.

    Raises ``SettingRefused`` for a key that is not known or a text that cannot be read.
    """
    values: dict[str, Any] = {}
    for rows in (organisation_rows, school_rows):
        by_key: dict[str, list[tuple[date, str]]] = {}
        for name, effective_from, raw in rows:
            if effective_from <= on:
                by_key.setdefault(name, []).append((effective_from, raw))
        values |= {name: value_as_of(get_key(name), dated, on) for name, dated in by_key.items()}
    return Settings(values)
