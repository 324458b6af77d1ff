"""The rules of sign-in, as tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.accounts.rules.codes import CodeRefusal, Door, code_mend, read_code, read_point
from webapp.accounts.rules.devices import device_words
from webapp.accounts.rules.limits import LIMITS, MINUTE, Deed, Limit, Per, TooMany, check, network, tallies
from webapp.accounts.rules.links import LETTERS, LinkState, link_state, looks_like_token
from webapp.accounts.rules.persons import ContactKey, Holder, persons
from webapp.accounts.rules.sessions import expires_at, idle_since, renewed, worth_noting
from webapp.people.rules.contact_points import ContactPointRefused, PointKind, ReadPoint
from webapp.people.rules.refusals import Refused

NOW = datetime(2026, 6, 16, 6, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    ["428163", " 428 163 ", "428-163", "4 2 8 1 6 3", "４２８１６３", "٤٢٨١٦٣", "\u200e428163\u202c", "428\u2013163"],
)
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert read_code(typed) == "428163"


@pytest.mark.parametrize("typed", ["", "42816", "4281633", "42816o", "428163 is your code", "４２８１６", "\0428163"])
def test_what_is_no_code_is_named(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        read_code(typed)
    assert refused.value.field == "code"
    assert "6 digits" in refused.value.mend


@pytest.mark.parametrize(
    ("door", "typed", "point"),
    [
        (Door.PARENT, "07700 900123", ReadPoint(PointKind.MOBILE, "+447700900123")),
        (Door.PARENT, "Alice@Family.example", ReadPoint(PointKind.EMAIL, "alice@family.example")),
        (Door.STAFF, "S.Khan@hill.example", ReadPoint(PointKind.EMAIL, "s.khan@hill.example")),
    ],
)
def test_where_a_code_can_go(door: Door, typed: str, point: ReadPoint) -> None:
    assert read_point(door, typed, allow_fictional=True) == point


@pytest.mark.parametrize(
    ("door", "typed", "mend"),
    [
        (Door.PARENT, "01632 960001", "landline"),
        (Door.PARENT, "not a number", "digits"),
        (Door.STAFF, "07700 900123", "e-mail"),
    ],
)
def test_where_no_code_can_go(door: Door, typed: str, mend: str) -> None:
    with pytest.raises(ContactPointRefused) as refused:
        read_point(door, typed, allow_fictional=True)
    assert mend in refused.value.mend


def test_the_drama_numbers_are_refused_in_earnest() -> None:
    with pytest.raises(ContactPointRefused, match="drama"):
        read_point(Door.PARENT, "07700 900123")


@pytest.mark.parametrize("reason", CodeRefusal)
def test_every_refusal_says_what_to_do(reason: CodeRefusal) -> None:
    assert code_mend(reason, 3).endswith((".", "left."))
    assert code_mend(CodeRefusal.WRONG, 1).endswith("You have 1 try left.")
    assert code_mend(CodeRefusal.WRONG, 4).endswith("You have 4 tries left.")


@given(
    most=st.integers(1, 5),
    seconds=st.sampled_from([60, 3600, 86400]),
    gaps=st.lists(st.integers(0, 200_000), max_size=40),
)
def test_a_limit_holds_for_every_window_however_it_lies(most: int, seconds: int, gaps: list[int]) -> None:
    """Whoever is let through never exceeds the limit in any stretch of time, not only in those of the clock."""
    limit = Limit(Deed.ASK, Per.POINT, most, timedelta(seconds=seconds))
    steps: dict[datetime, int] = {}
    let_in: list[datetime] = []
    now = NOW
    for gap in gaps:
        now += timedelta(milliseconds=gap * seconds)
        if sum(count for start, count in steps.items() if start > limit.since(now)) + 1 <= most:
            steps[limit.step(now)] = steps.get(limit.step(now), 0) + 1
            let_in.append(now)
    for first in let_in:
        assert sum(first <= at < first + limit.within for at in let_in) <= most


def test_a_window_ends_a_sixtieth_late_at_most() -> None:
    limit = Limit(Deed.ASK, Per.POINT, 1, MINUTE)
    assert limit.step(NOW) <= limit.since(NOW + MINUTE + timedelta(seconds=1))
    assert limit.step(NOW) > limit.since(NOW + MINUTE - timedelta(seconds=1))


def test_the_table_says_what_the_issue_asks() -> None:
    said = {(limit.deed, limit.per, limit.within): limit.most for limit in LIMITS}
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    for per in (Per.POINT, Per.BROWSER):
        assert said[Deed.ASK, per, minute] == 1
        assert said[Deed.ASK, per, hour] == 5
    assert said[Deed.ASK, Per.ADDRESS, hour] >= 20
    assert (Deed.TEXT, Per.SERVICE, timedelta(days=1)) in said


def test_counters_hide_whom_they_count_and_come_in_order() -> None:
    found = tallies(Deed.ASK, {Per.POINT: "parent:+447700900001", Per.BROWSER: "b", Per.ADDRESS: "192.0.2.1"})
    names = [tally.name for tally in found]
    assert names == sorted(set(names))
    assert len(names) == 6
    assert not any("7700900001" in name or "192.0.2.1" in name for name in names)
    assert all(len(name) <= 120 for name in names)


def test_of_several_limits_the_longest_wait_is_named() -> None:
    found = tallies(Deed.ASK, {Per.POINT: "x"})
    check((tally, tally.limit.most) for tally in found)
    with pytest.raises(TooMany) as refused:
        check((tally, tally.limit.most + 1) for tally in found)
    assert refused.value.retry_after == timedelta(days=1)


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unix:", "unknown"),
        ("", "unknown"),
    ],
)
def test_what_an_address_is_counted_as(address: str, counted_as: str) -> None:
    assert network(address) == counted_as


def test_how_long_somebody_stays_signed_in() -> None:
    assert expires_at(Door.PARENT, NOW) - NOW == timedelta(days=60)
    assert expires_at(Door.STAFF, NOW) - NOW == timedelta(hours=12)
    assert renewed(Door.PARENT, NOW) == NOW + timedelta(days=60)
    assert renewed(Door.STAFF, NOW) is None
    assert idle_since(NOW) == NOW - timedelta(minutes=30)
    assert not worth_noting(NOW, NOW + timedelta(seconds=59))
    assert worth_noting(NOW, NOW + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile "
         "Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-A135F) AppleWebKit/537.36 (KHTML, like Gecko) "
         "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Mobile/15E148", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36 Edg/126.0.0.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Mac"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36", "Chrome on Chromebook"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Linux"),
        ("curl/8.5.0", "A browser on an unknown device"),
        ("", "A browser on an unknown device"),
    ],
)  # fmt: skip
def test_what_a_device_is_called(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words


@given(st.text(max_size=300))
def test_device_words_fit_the_column(user_agent: str) -> None:
    assert len(device_words(user_agent)) <= 120


def holder(organisation: int, contact: int, name: str, *, restricted: bool = False) -> Holder:
    first, _, last = name.partition(" ")
    return Holder(ContactKey(organisation, contact), f"c{contact}", first, last, restricted)


@pytest.mark.parametrize(
    ("holders", "expected"),
    [
        ([], []),
        ([holder(1, 1, "Alice Ahmed")], [("Alice Ahmed", [(1, 1)])]),
        # One person, children in two trusts: chosen once, whatever the spelling.
        ([holder(2, 9, "ALICE AHMED"), holder(1, 1, "Alice Ahmed")], [("Alice Ahmed", [(1, 1), (2, 9)])]),
        # Two people with one number: each is chosen alone.
        (
            [holder(1, 1, "Bob Ahmed"), holder(1, 2, "Alice Ahmed")],
            [("Alice Ahmed", [(1, 2)]), ("Bob Ahmed", [(1, 1)])],
        ),
        # A father and his son of the same name: nothing is joined, in the other trust neither.
        (
            [holder(1, 1, "Ali Khan"), holder(1, 2, "Ali Khan"), holder(2, 3, "Ali Khan")],
            [("Ali Khan", [(1, 1)]), ("Ali Khan", [(1, 2)]), ("Ali Khan", [(2, 3)])],
        ),
        # Restricted and alone: their own rights decide.
        ([holder(1, 1, "Bob Ahmed", restricted=True)], [("Bob Ahmed", [(1, 1)])]),
        # Restricted and sharing the number: nobody enters under the other's name.
        ([holder(1, 1, "Bob Ahmed", restricted=True), holder(1, 2, "Alice Ahmed")], []),
        ([holder(1, 1, "Bob Ahmed", restricted=True), holder(2, 2, "Alice Ahmed")], []),
    ],
)
def test_who_may_be_chosen(holders: list[Holder], expected: list[tuple[str, list[tuple[int, int]]]]) -> None:
    found = persons(holders)
    assert [(p.name, [(k.organisation_id, k.contact_id) for k in p.contacts]) for p in found] == expected


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from(["Alice Ahmed", "Bob Ahmed", "alice ahmed"])), max_size=8
    )
)
def test_every_holder_is_in_exactly_one_person_and_no_person_twice_in_an_organisation(
    drawn: list[tuple[int, str]],
) -> None:
    holders = [holder(organisation, number, name) for number, (organisation, name) in enumerate(drawn)]
    found = persons(reversed(holders))
    keys = [key for person in found for key in person.contacts]
    assert sorted(keys, key=lambda key: key.contact_id) == [one.key for one in holders]
    for person in found:
        assert len({key.organisation_id for key in person.contacts}) == len(person.contacts)
    assert found == persons(holders)


@pytest.mark.parametrize(
    ("used", "outcome", "hours_left", "state"),
    [
        (False, "", 1, LinkState.LIVE),
        (False, "", 0, LinkState.EXPIRED),
        (True, "on_the_way", 1, LinkState.USED),
        (True, "on_the_way", -1, LinkState.USED),
        (True, "withdrawn", 1, LinkState.WITHDRAWN),
    ],
)
def test_the_state_of_a_link(used: bool, outcome: str, hours_left: int, state: LinkState) -> None:
    found = link_state(
        used_at=NOW if used else None, outcome=outcome, expires_at=NOW + timedelta(hours=hours_left), now=NOW
    )
    assert found is state


def test_what_can_be_a_token() -> None:
    token = LETTERS[:8] + LETTERS[-8:]
    assert looks_like_token(token)
    assert len(LETTERS) == len(set(LETTERS)) == 56
    for bad in ("", token[:-1], token + "a", token[:-1] + "0", token[:-1] + "l", token[:-1] + " ", token + "\n"):
        assert not looks_like_token(bad)
