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

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from webapp.people.rules.refusals import Refused

T = TypeVar("T")

LONGEST_REGISTER_MINUTES = 30
HOME_COUNTRY = "+44"
MOST_COUNTRIES = 10


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
    because: str = ""
    """Why no other value is taken, as a sentence after the refusal."""


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


def _read_countries(name: str, raw: str) -> tuple[str, ...]:
    """Dialling codes, sorted; "none" or nothing for no country but the United Kingdom."""
    if raw in ("", "none"):
        return ()
    codes = sorted({f"+{part.lstrip('+')}" for part in re.split(r"[,\s]+", raw[:200]) if part})
    for code in codes:
        if not re.fullmatch(r"\+[0-9]{1,3}", code) or int(code) not in COUNTRY_CODE_TO_REGION_CODE:
            raise SettingRefused(name, f"{code} is no country's code. Write codes like +353, with commas between.")
    if len(codes) > MOST_COUNTRIES:
        raise SettingRefused(name, f"List at most {MOST_COUNTRIES} countries.")
    return tuple(code for code in codes if code != HOME_COUNTRY)


REGISTRY: dict[str, SettingKey[Any]] = {}


def _add(key: SettingKey[T]) -> SettingKey[T]:
    REGISTRY[key.name] = key
    return key


def _clock(name: str, default: str, low: str, high: str, description: str) -> SettingKey[time]:
    bounds = (time.fromisoformat(low), time.fromisoformat(high))
    write = "{:%H:%M}".format
    return _add(SettingKey(name, time.fromisoformat(default), "time of day", description, _read_time, write, *bounds))


def add_count(
    name: str, default: int, low: int, high: int, unit: str, description: str, because: str = ""
) -> SettingKey[int]:
    """A whole number; for keys of other modules of this room too."""
    return _add(SettingKey(name, default, unit, description, _read_whole, str, low, high, because=because))


_count = add_count


def _choice(name: str, choices: tuple[str, ...], description: str) -> SettingKey[str]:
    return _add(SettingKey(name, choices[0], "choice", description, lambda _name, raw: raw, str, choices=choices))


def _read_age(name: str, raw: str) -> int | None:
    return None if raw == "never" else _read_whole(name, raw)


# The register may be open for 30 minutes at most (SI 2024/208 reg. 10; Working together, 2024).
AM_REGISTER_OPENS = _clock(
    "register.am.opens", "08:50", "07:00", "11:30", "From then on teachers take the morning register."
)
AM_REGISTER_CLOSES = _clock(
    "register.am.closes", "09:15", "07:00", "12:00",
    "Whoever is not marked in by then is looked for. It may be open for 30 minutes at most.",
)  # fmt: skip
PM_REGISTER_OPENS = _clock(
    "register.pm.opens", "13:00", "11:00", "16:00", "From then on teachers take the afternoon register."
)
PM_REGISTER_CLOSES = _clock("register.pm.closes", "13:25", "11:00", "16:30", "It may be open for 30 minutes at most.")
AM_SESSION_ENDS = _clock("session.am.ends", "12:00", "10:00", "14:00", "When morning lessons are over.")
PM_SESSION_ENDS = _clock("session.pm.ends", "15:15", "12:00", "19:00", "When the school day is over.")
REGISTER_KEPT_IN = _choice(
    "register.kept_in",
    ("school_system", "firstbell"),
    "In the school's own system, from which marks are brought in, or on the Registers page here.",
)
MARKS_STALE_MINUTES = _count(
    "register.marks_stale_minutes", 20, 5, 120, "minutes",
    "If no new marks have come in for so long, the board says so, and no text goes out until they do.",
)  # fmt: skip
LONG_RUN_DAYS = _count(
    "absence.long_run_days", 5, 1, 20, "school days",
    "A family who reports more days than this is asked to talk to school.",
)  # fmt: skip
QUIET_FROM = _clock(
    "messages.quiet_from", "20:00", "17:00", "23:00",
    "At night only what is urgent goes out: about a missing child, or a code just asked for.",
)  # fmt: skip
QUIET_TO = _clock("messages.quiet_to", "07:00", "06:00", "09:00", "Messages that waited overnight go out then.")
PUSH_HEAD_START_MINUTES = _count(
    "messages.push_head_start_minutes", 10, 0, 120, "minutes",
    "Messages go to the app first. The text follows if there is no sign of it by then.",
)  # fmt: skip
TEXT_DELAY_MINUTES = _count(
    "first_day.text_delay_minutes", 0, 0, 30, "minutes",
    "Counted from the close of the register, to every child who is not marked in and has no reason. 0 for at once.",
)  # fmt: skip
TEXT_AGAIN_MINUTES = _count(
    "first_day.text_again_minutes", 30, 0, 120, "minutes",
    "Counted from the first text, if nobody has answered. 0 for no second text.",
)  # fmt: skip
REGISTER_OVERDUE_MINUTES = _count(
    "first_day.register_overdue_minutes", 10, 0, 60, "minutes",
    "Counted from the close of the register. Then its pupils are counted, or each is looked for.",
)  # fmt: skip
ELSEWHERE_GRACE_MINUTES = _count(
    "first_day.elsewhere_grace_minutes", 20, 0, 60, "minutes",
    "Counted from the start, for a pupil at a college or on a trip. After it, the pupil is looked for.",
)  # fmt: skip
RING_AFTER_MINUTES = _count(
    "first_day.ring_after_minutes", 15, 0, 120, "minutes",
    "Counted from the first text, if nobody has answered. The board then asks the office to ring.",
)  # fmt: skip
TELL_DSL_AFTER_MINUTES = _count(
    "first_day.tell_dsl_after_minutes", 60, 15, 240, "minutes",
    "Counted from the close of the register, for a missing child whom school looks for first.",
)  # fmt: skip
CONFIRM_HOLD_MINUTES = _count(
    "board.confirm_hold_minutes", 2, 0, 15, "minutes",
    "The family is told after this. Undo before then, and nobody is told.",
)  # fmt: skip
RINGING_HOLD_MINUTES = _count(
    "board.ringing_hold_minutes", 5, 1, 30, "minutes",
    "For so long others see who is ringing the family, so that nobody rings twice.",
)  # fmt: skip
CODE_COUNTRIES: SettingKey[tuple[str, ...]] = _add(
    SettingKey(
        "messages.code_countries", (), "country codes",
        "Countries besides the United Kingdom to whose mobiles sign-in codes are texted, like +353, +48; none for no "
        "other. A text abroad costs many times what one costs at home, and fraudsters earn by asking for texts to "
        "costly numbers: list only countries where families have their mobiles.",
        _read_countries, lambda codes: ", ".join(codes) or "none",
    )
)  # fmt: skip
LINK_HOURS = _count(
    "link.hours", 48, 1, 168, "hours",
    "After this a link in a text or e-mail opens nothing, and the family rings or signs in.",
)  # fmt: skip
PUPIL_REPORTS_FROM_AGE: SettingKey[int | None] = _add(
    SettingKey(
        "pupils.report_from_age", None, "years",
        "From then on pupils sign in and tell school themselves that they are away. 16: over compulsory school age.",
        _read_age, lambda age: "never" if age is None else str(age), choices=("never", "16", "18"),
    )
)  # fmt: skip
PUPIL_SIGN_OUT = _choice(
    "pupils.sign_out", ("no", "reception", "phone"),
    "Whether pupils who answer for themselves may ask to leave during the day. School agrees or refuses each time.",
)  # fmt: skip
PARENTS_SEE = _choice(
    "pupils.parents_see", ("everything", "fact", "emergencies"),
    "From 18 the pupil's own word goes first. About a missing pupil parents are always asked.",
)  # fmt: skip
OFFICE_OPENS = _clock(
    "contact.office_opens", "08:00", "06:30", "10:00",
    "Families who write earlier are told that the office opens then.",
)  # fmt: skip
N_DAYS = _count(
    "codes.n.days", 5, 1, 5, "school days",
    "An N means that no reason is known yet. The guidance allows 5 school days at most.",
)  # fmt: skip
TOO_FEW_SESSIONS = _count(
    "figures.too_few_sessions", 20, 1, 100, "sessions",
    "A session is half a day. With fewer of them than this, pages show the sessions alone.",
)  # fmt: skip
SMALLEST_GROUP = _count(
    "figures.smallest_group", 10, 5, 30, "pupils",
    "Who sees totals only, such as a governor, sees no figure of a smaller group, nor what would give it away.",
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


def _kind(key: SettingKey[Any]) -> str:
    return "a time" if key.unit == "time of day" else f"a number of {key.unit}"


def _check_bounds(key: SettingKey[T], value: T) -> None:
    if key.low is None or key.high is None:
        return
    low, high, here = cast(Any, key.low), cast(Any, key.high), cast(Any, value)
    if not low <= here <= high:
        mend = f"Use {_kind(key)} from {key.write(low)} to {key.write(high)}. {key.because}"
        raise SettingRefused(key.name, mend.rstrip())


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
