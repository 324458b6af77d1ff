"""Settings: reading, writing, dating, what must fit together, and the instants they make."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.foundation.sessions import Half
from webapp.people.rules import settings as keys
from webapp.people.rules.school_times import SchoolTimes, advice, check_together, in_london
from webapp.people.rules.settings import (
    REGISTRY,
    SettingKey,
    SettingRefused,
    Settings,
    dump,
    get_key,
    parse,
    settings_as_of,
    value_as_of,
)


@pytest.mark.parametrize("name", REGISTRY)
def test_every_default_is_allowed_and_comes_back(name: str) -> None:
    key = REGISTRY[name]
    assert parse(key, dump(key, key.default)) == key.default
    assert key.name == name and key.description.endswith(".") and key.unit


def test_there_is_no_cut_off_but_the_close_of_the_morning_register() -> None:
    assert not [name for name in REGISTRY if "cut" in name.replace("_", "").lower()]
    day = date(2026, 6, 16)
    times = SchoolTimes(Settings())
    assert times.cut_off(day) == times.register_closes(day, Half.AM)


@pytest.mark.parametrize("raw", ["9:15", "09:15", "0915", "9.15", " 09:15 "])
def test_a_time_is_read_as_people_write_it(raw: str) -> None:
    assert parse(keys.AM_REGISTER_CLOSES, raw) == time(9, 15)
    assert dump(keys.AM_REGISTER_CLOSES, time(9, 15)) == "09:15"


@pytest.mark.parametrize(
    ("key", "raw", "mend"),
    [
        (keys.AM_REGISTER_CLOSES, "quarter past nine", "like 09:15"),
        (keys.AM_REGISTER_CLOSES, "24:00", "like 09:15"),
        (keys.AM_REGISTER_CLOSES, "09:60", "like 09:15"),
        (keys.AM_REGISTER_CLOSES, "", "like 09:15"),
        (keys.AM_REGISTER_CLOSES, "13:00", "from 07:00 to 12:00"),
        (keys.LONG_RUN_DAYS, "five", "whole number"),
        (keys.LONG_RUN_DAYS, "-1", "whole number"),
        (keys.LONG_RUN_DAYS, "5.5", "whole number"),
        (keys.LONG_RUN_DAYS, "٥", "whole number"),
        (keys.LONG_RUN_DAYS, "0", "a number of school days from 1 to 20"),
        (keys.N_DAYS, "6", "from 1 to 5"),
        (keys.LINK_HOURS, "1000000000000", "whole number"),
        (keys.PUPIL_REPORTS_FROM_AGE, "17", "never, 16, 18"),
        (keys.REGISTER_KEPT_IN, "paper", "school_system, firstbell"),
        (keys.CODE_COUNTRIES, "France", "like \\+353"),
        (keys.CODE_COUNTRIES, "+999", "like \\+353"),
        (keys.CODE_COUNTRIES, "+3531234", "like \\+353"),
        (keys.CODE_COUNTRIES, "+٣٥٣", "like \\+353"),
        (keys.CODE_COUNTRIES, "+1 +7 +20 +27 +30 +31 +32 +33 +34 +36 +39", "at most 10"),
    ],
)
def test_a_refusal_names_the_key_and_the_mend(key: SettingKey[object], raw: str, mend: str) -> None:
    with pytest.raises(SettingRefused, match=mend) as refused:
        parse(key, raw)
    assert refused.value.field == key.name


def test_writing_is_held_to_the_same_bounds() -> None:
    with pytest.raises(SettingRefused, match="from 1 to 5"):
        dump(keys.N_DAYS, 6)
    with pytest.raises(SettingRefused, match="never, 16, 18"):
        dump(keys.PUPIL_REPORTS_FROM_AGE, 17)


@pytest.mark.parametrize(
    ("raw", "codes", "kept"),
    [
        ("none", (), "none"), ("", (), "none"), ("+44", (), "none"), ("48 +353,+353", ("+353", "+48"), "+353, +48"),
    ],
)  # fmt: skip
def test_countries_are_read_as_people_write_them(raw: str, codes: tuple[str, ...], kept: str) -> None:
    assert parse(keys.CODE_COUNTRIES, raw) == codes
    assert dump(keys.CODE_COUNTRIES, codes) == kept


@pytest.mark.parametrize(("raw", "age"), [("never", None), ("16", 16), ("18", 18)])
def test_pupils_report_from_an_age(raw: str, age: int | None) -> None:
    assert parse(keys.PUPIL_REPORTS_FROM_AGE, raw) == age
    assert dump(keys.PUPIL_REPORTS_FROM_AGE, age) == raw


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(SettingRefused, match="no setting of that name"):
        get_key("absence.cutoff")
    with pytest.raises(SettingRefused):
        settings_as_of([("absence.cutoff", date(2025, 9, 1), "09:00")], date(2026, 1, 1))


def test_a_value_holds_from_its_date() -> None:
    rows = [(date(2026, 1, 5), "3"), (date(2025, 9, 1), "4"), (date(2026, 9, 1), "6")]
    assert [
        value_as_of(keys.LONG_RUN_DAYS, rows, on)
        for on in (date(2025, 8, 31), date(2025, 9, 1), date(2026, 1, 4), date(2026, 1, 5), date(2027, 1, 1))
    ] == [5, 4, 4, 3, 6]


@given(st.lists(st.tuples(st.dates(), st.integers(1, 20)), unique_by=lambda row: row[0]), st.dates())
def test_the_order_of_rows_does_not_matter(rows: list[tuple[date, int]], on: date) -> None:
    stored = [(day, str(value)) for day, value in rows]
    expected = next((value for day, value in sorted(rows, reverse=True) if day <= on), 5)
    assert value_as_of(keys.LONG_RUN_DAYS, stored, on) == expected
    assert value_as_of(keys.LONG_RUN_DAYS, reversed(stored), on) == expected


def test_a_schools_own_row_wins_over_its_organisations() -> None:
    trust = [
        ("link.hours", date(2025, 9, 1), "24"),
        ("absence.long_run_days", date(2025, 9, 1), "3"),
        ("codes.n.days", date(2027, 9, 1), "2"),
    ]
    hill = [("link.hours", date(2024, 9, 1), "72")]
    settings = settings_as_of(hill, date(2026, 6, 16), trust)
    assert (settings[keys.LINK_HOURS], settings[keys.LONG_RUN_DAYS], settings[keys.N_DAYS]) == (72, 3, 5)


def _with(**changes: tuple[SettingKey[time], str]) -> Settings:
    settings = Settings()
    for key, raw in changes.values():
        settings = settings.having(key, time.fromisoformat(raw))
    return settings


def test_the_defaults_fit_together_without_advice() -> None:
    check_together(Settings())
    assert advice(Settings()) == ()


@pytest.mark.parametrize(
    ("key", "raw", "at_fault", "mend"),
    [
        (keys.AM_REGISTER_CLOSES, "09:21", "register.am.closes", "30 minutes at most"),
        (keys.AM_REGISTER_CLOSES, "08:50", "register.am.closes", "close after it opens"),
        (keys.AM_REGISTER_OPENS, "09:30", "register.am.closes", "close after it opens"),
        (keys.PM_REGISTER_OPENS, "12:50", "register.pm.closes", "30 minutes at most"),
        (keys.PM_SESSION_ENDS, "13:25", "session.pm.ends", "end after its register closes"),
        (keys.AM_SESSION_ENDS, "13:01", "register.pm.opens", "before the morning session ends"),
    ],
)
def test_times_at_odds_are_refused(key: SettingKey[time], raw: str, at_fault: str, mend: str) -> None:
    with pytest.raises(SettingRefused, match=mend) as refused:
        check_together(_with(one=(key, raw)))
    assert refused.value.field == at_fault


def test_thirty_minutes_exactly_is_lawful_and_unequal_registers_get_advice() -> None:
    settings = _with(one=(keys.AM_REGISTER_CLOSES, "09:20"))
    check_together(settings)
    (sentence,) = advice(settings)
    assert "30 minutes" in sentence and "25" in sentence


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        (date(2026, 1, 6), datetime(2026, 1, 6, 9, 15, tzinfo=UTC)),
        (date(2026, 6, 16), datetime(2026, 6, 16, 8, 15, tzinfo=UTC)),
        (date(2026, 3, 27), datetime(2026, 3, 27, 9, 15, tzinfo=UTC)),  # the last Friday of winter time
        (date(2026, 3, 30), datetime(2026, 3, 30, 8, 15, tzinfo=UTC)),  # the Monday after the clocks went on
        (date(2026, 10, 23), datetime(2026, 10, 23, 8, 15, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 26, 9, 15, tzinfo=UTC)),
    ],
)
def test_school_times_follow_the_clocks(day: date, closes: datetime) -> None:
    times = SchoolTimes(Settings())
    assert times.register_closes(day, Half.AM) == closes
    assert times.register_closes(day, Half.AM).tzinfo is UTC
    assert (times.register_closes(day, Half.AM) - times.register_opens(day, Half.AM)).total_seconds() == 25 * 60
    assert times.office_opens(day) < times.register_opens(day, Half.AM) < times.session_ends(day, Half.AM)
    assert times.session_ends(day, Half.AM) <= times.register_opens(day, Half.PM) < times.session_ends(day, Half.PM)


def test_an_hour_that_is_skipped_or_comes_twice() -> None:
    assert in_london(date(2026, 3, 29), time(1, 30)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert in_london(date(2026, 10, 25), time(1, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
