"""From when on each kind of record is due to be deleted, by the school's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from webapp.people.rules import retention
from webapp.people.rules.refusals import Refused
from webapp.people.rules.settings import SettingKey, Settings

SCHOOL_YEAR_BEGINS = 8
"""August, as the census counts the year."""


class DeletionRefused(Refused):
    """A deletion that was not confirmed so; ``mend`` says what to do."""


class RecordKind(StrEnum):
    """What is deleted together; the value is what is stored. In the order of deletion: what points comes first."""

    REGISTER = "register"
    CASES = "cases"
    REPORTS = "reports"
    MESSAGES = "messages"
    TASKS = "tasks"
    IMPORTS = "imports"
    REQUESTS = "requests"
    TRAIL = "trail"
    PUPILS = "pupils"


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a kind is kept. ``age``: its setting is an age of the pupil, not years."""

    title: str
    one: str
    many: str
    key: SettingKey[int]
    source: str
    age: bool = False


KEEPINGS: Mapping[RecordKind, Keeping] = MappingProxyType(
    {
        RecordKind.REGISTER: Keeping(
            "The register", "mark", "marks", retention.KEEP_REGISTER_YEARS,
            "Law: at least 6 years from the entry (SI 2024/208)",
        ),
        RecordKind.CASES: Keeping(
            "First-day contact", "case", "cases", retention.KEEP_CASES_YEARS,
            "Practice: as long as the register that it explains",
        ),
        RecordKind.REPORTS: Keeping(
            "Absence reports", "report", "reports", retention.KEEP_REPORTS_YEARS,
            "Practice (IRMS): the current year and 3",
        ),
        RecordKind.MESSAGES: Keeping(
            "Messages", "message", "messages", retention.KEEP_MESSAGES_YEARS,
            "Practice (IRMS): the current year and 3",
        ),
        RecordKind.TASKS: Keeping(
            "Tasks that are done", "task", "tasks", retention.KEEP_TASKS_YEARS,
            "Practice: as the reports they are about",
        ),
        RecordKind.IMPORTS: Keeping(
            "Imports", "import", "imports", retention.KEEP_IMPORTS_YEARS, "Practice: the current year and 1"
        ),
        RecordKind.REQUESTS: Keeping(
            "Requests for data", "request", "requests", retention.KEEP_REQUESTS_YEARS,
            "Practice (IRMS): closed and 6 years",
        ),
        RecordKind.TRAIL: Keeping(
            "Names in the trail", "entry", "entries", retention.KEEP_TRAIL_YEARS,
            "As the register, whose changes it proves",
        ),
        RecordKind.PUPILS: Keeping(
            "Pupils' records", "pupil", "pupils", retention.KEEP_PUPIL_AGE,
            "Practice (IRMS): date of birth and 25 years, with special needs 31", age=True,
        ),
    }
)  # fmt: skip


def years_before(day: date, years: int) -> date:
    """The same day so many years earlier; 28 February for a 29th that was none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def school_years_before(today: date, years: int) -> date:
    """The first day of a school year such that all before it ended at least so many years ago."""
    day = years_before(today, years)
    begins = date(day.year, SCHOOL_YEAR_BEGINS, 1)
    return begins if begins <= day else date(day.year - 1, SCHOOL_YEAR_BEGINS, 1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The days of one school on one day: whatever is older than ``before[kind]`` is due. For pupils it is the day of
    birth, ``sen_born`` that of one with special needs; ``left_before`` is when they must have left by."""

    before: Mapping[RecordKind, date]
    sen_born: date
    left_before: date


def schedule_of(settings: Settings, today: date) -> Schedule:
    """The schedule as the settings of that day have it."""
    before = {
        kind: (years_before if keeping.age else school_years_before)(today, settings[keeping.key])
        for kind, keeping in KEEPINGS.items()
    }
    return Schedule(
        MappingProxyType(before), years_before(today, settings[retention.KEEP_SEN_PUPIL_AGE]),
        before[RecordKind.REGISTER],
    )  # fmt: skip


def count_words(kind: RecordKind, count: int) -> str:
    """1 mark, 2,000 marks."""
    keeping = KEEPINGS[kind]
    return f"{count:,} {keeping.one if count == 1 else keeping.many}"


def read_kinds(typed: list[str]) -> tuple[RecordKind, ...]:
    """What was ticked, in the order of deletion. Raises DeletionRefused."""
    if not typed or not set(typed) <= set(RecordKind):
        raise DeletionRefused("kinds", "Tick what is to be deleted.")
    return tuple(kind for kind in RecordKind if kind in typed)


def check_count(typed: str, total: int) -> None:
    """The second look: whoever deletes types how many. Raises DeletionRefused."""
    if typed.strip().replace(",", "") != str(total):
        raise DeletionRefused("total", f"Type this number: {total:,}. If it is not right, go back.")
