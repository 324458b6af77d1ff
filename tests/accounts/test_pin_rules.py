"""PINs, fresh proofs and locked sessions, as pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.freshness import Fresh, is_stale, lasts
from webapp.accounts.rules.limits import LIMITS, Deed, Per, TooMany
from webapp.accounts.rules.pins import is_trivial, read_new_pin, read_pin
from webapp.accounts.rules.sessions import is_locked, shared_until
from webapp.foundation.clock import LONDON
from webapp.people.rules.refusals import Refused
from webapp.people.rules.settings import Settings
from webapp.people.rules.sign_in_settings import PROOF_READING_MINUTES, PROOF_TAKING_MINUTES

NOW = datetime(2026, 6, 16, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    "pin",
    ["000000", "111111", "121212", "112233", "123123", "123456", "012345", "654321", "890123", "147258", "123321",
     "198512", "121985", "119851", "200107", "140685", "010100", "311299", "909090", "110011"],
)  # fmt: skip
def test_a_pin_that_is_tried_first_is_refused(pin: str) -> None:
    assert is_trivial(pin)
    with pytest.raises(Refused) as refused:
        read_new_pin(pin, pin)
    assert refused.value.field == "pin"


@pytest.mark.parametrize("pin", ["739104", "462817", "580937", "995471"])
def test_an_ordinary_pin_will_do(pin: str) -> None:
    assert read_new_pin(f" {pin[:3]} {pin[3:]} ", pin) == pin


def test_most_pins_are_left() -> None:
    assert sum(is_trivial(f"{number:06}") for number in range(10**6)) < 100_000


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12a456", "١٢٣٤٥", "-12345", "1" * 500])
def test_what_is_no_pin_costs_no_try(typed: str) -> None:
    with pytest.raises(Refused):
        read_pin(typed)


def test_the_two_must_be_the_same() -> None:
    with pytest.raises(Refused) as refused:
        read_new_pin("739104", "739105")
    assert refused.value.field == "again"


@given(minutes=st.integers(0, 600), limit=st.integers(1, 240))
def test_a_proof_is_stale_from_its_last_minute_on(minutes: int, limit: int) -> None:
    assert is_stale(NOW - minutes * MINUTE, limit * MINUTE, NOW) is (minutes >= limit)


def test_no_proof_is_stale_and_one_to_come_is_fresh() -> None:
    assert is_stale(None, 240 * MINUTE, NOW)
    assert not is_stale(NOW + 60 * MINUTE, MINUTE, NOW)


def test_of_several_schools_the_strictest_counts() -> None:
    lax, strict = Settings(), Settings().having(PROOF_READING_MINUTES, 5).having(PROOF_TAKING_MINUTES, 2)
    assert lasts(Fresh.SAFEGUARDING, [lax, strict]) == 5 * MINUTE
    assert lasts(Fresh.EXPORT, [strict, lax]) == lasts(Fresh.ACCESS, [strict]) == 2 * MINUTE
    assert lasts(Fresh.SAFEGUARDING, []) == 30 * MINUTE
    assert lasts(Fresh.EXPORT, [lax]) == lasts(Fresh.ACCESS, []) == 10 * MINUTE


@pytest.mark.parametrize(
    ("locked", "idle", "away", "expected"),
    [(True, None, 0, True), (True, 5, 0, True), (False, None, 29, False), (False, 5, 5, False), (False, 5, 6, True),
     (False, 1, 1, False), (False, 1, 2, True), (False, 30, 30, False)],
)  # fmt: skip
def test_when_a_session_is_locked(locked: bool, idle: int | None, away: int, expected: bool) -> None:
    assert is_locked(NOW if locked else None, idle, NOW - away * MINUTE, NOW) is expected


def test_a_shared_session_ends_with_the_day() -> None:
    at = datetime(2026, 6, 16, 7, 30, tzinfo=LONDON)
    assert shared_until(at, LONDON) == at + timedelta(hours=10)
    late = datetime(2026, 6, 16, 19, 0, tzinfo=LONDON)
    assert shared_until(late, LONDON) == datetime(2026, 6, 17, 0, 0, tzinfo=LONDON)
    # The night in which the clocks go back.
    autumn = datetime(2026, 10, 24, 20, 0, tzinfo=LONDON)
    assert shared_until(autumn.astimezone(UTC), LONDON) == datetime(2026, 10, 25, 0, 0, tzinfo=LONDON)


def test_staff_are_not_told_of_a_fingerprint_that_they_have_not() -> None:
    (limit, *_) = [one for one in LIMITS if one.deed is Deed.WRONG_CODE and one.per is Per.POINT]
    assert "fingerprint" in TooMany(limit).mend
    assert "fingerprint" not in TooMany(limit, Door.STAFF).mend
    assert "password or a passkey" in TooMany(limit, Door.STAFF).mend
