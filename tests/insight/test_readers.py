"""Who reads what of the trail: the reader's permissions against every reach of deed, as a table."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.insight.rules.deeds import DEEDS, OTHERS, Reach, actions_of, words_of
from webapp.insight.rules.readers import A_FAMILY, Entry, Reader, detail_words, reader_of, said_to
from webapp.insight.rules.shown import Facts, as_kept, digest_of_facts, drawn_days, is_new, lines_of
from webapp.people.rules.roles import Permission, Role, permissions_of

HILL, VALE = 1, 2


def reader(*roles: Role, whole: bool = False, schools: tuple[int, ...] = (HILL,)) -> Reader:
    return reader_of({school: permissions_of(roles) for school in schools}, whole=whole)


def entry(action: str, school: int | None = HILL, kind: str = "staff", **detail: Any) -> Entry:
    return Entry(kind, "Saira Khan", "Attendance officer", action, school, "Tom Ahmed", detail)


ADMINISTRATOR, HEAD, DSL = reader(Role.ADMINISTRATOR), reader(Role.HEAD), reader(Role.DSL)


@pytest.mark.parametrize(
    ("who", "action", "expected"),
    [
        (ADMINISTRATOR, "changed_setting", "changed a setting"),
        (ADMINISTRATOR, "changed_mark", OTHERS),
        (ADMINISTRATOR, "stopped_messages", None),
        (ADMINISTRATOR, "a_deed_of_tomorrow", None),
        (HEAD, "changed_setting", "changed a setting"),
        (HEAD, "changed_mark", "changed a mark"),
        (HEAD, "withheld_entry", None),
        (HEAD, "noted_court_order", None),
        (HEAD, "a_deed_of_tomorrow", None),
        (DSL, "changed_setting", "changed a setting"),
        (DSL, "changed_mark", "changed a mark"),
        (DSL, "withheld_entry", "kept an entry from a contact"),
        (DSL, "a_deed_of_tomorrow", "did something that this page has no words for"),
    ],
)
def test_what_each_reader_is_told(who: Reader, action: str, expected: str | None) -> None:
    said = said_to(who, entry(action))
    assert (said.what if said else None) == expected


@pytest.mark.parametrize("action", actions_of(Reach.CHILD))
@pytest.mark.parametrize("kind", ["staff", "contact", "pupil", "system"])
def test_an_administrator_is_told_of_no_child(action: str, kind: str) -> None:
    detail = {"date": "2026-06-16", "half": 0, "reason": "Ill", "page": "staff.pupil"}
    said = said_to(ADMINISTRATOR, entry(action, kind=kind, **detail))
    assert said is not None
    assert (said.what, said.whom, said.more, said.whole) == (OTHERS, "", "", False)
    assert "Tom" not in repr(said)
    assert (said.who == A_FAMILY) == (kind in ("contact", "pupil"))


@pytest.mark.parametrize("action", actions_of(Reach.OFFICE))
def test_of_a_family_an_administrator_has_no_name(action: str) -> None:
    said = said_to(ADMINISTRATOR, entry(action, kind="contact", key="x", before="", value="secret"))
    assert said is not None
    assert said.who == A_FAMILY
    assert "secret" not in repr(said)


@pytest.mark.parametrize("action", actions_of(Reach.SAFEGUARDING))
@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.DSL, Role.DEPUTY_DSL)])
def test_safeguarding_is_for_the_leads_alone(action: str, role: Role) -> None:
    assert said_to(reader(role), entry(action)) is None
    assert said_to(DSL, entry(action)) is not None


def test_another_school_is_not_theirs() -> None:
    both = reader_of({HILL: permissions_of([Role.DSL]), VALE: permissions_of([Role.ADMINISTRATOR])}, whole=True)
    assert said_to(both, entry("withheld_entry", HILL)) is not None
    assert said_to(both, entry("withheld_entry", VALE)) is None
    hidden = said_to(both, entry("changed_mark", VALE))
    assert hidden is not None
    assert hidden.what == OTHERS
    # What belongs to no school is read with its words only by who sees every school's.
    assert said_to(both, entry("withheld_entry", None)) is None
    every = reader(Role.DSL, whole=True, schools=(HILL, VALE))
    assert said_to(every, entry("withheld_entry", None)) is not None


def test_a_role_without_the_trail_reads_nothing() -> None:
    nobody = reader(Role.ATTENDANCE_OFFICER)
    assert nobody.schools == frozenset()
    assert Permission.VIEW_TRAIL not in permissions_of([Role.ATTENDANCE_OFFICER])


@given(
    st.sampled_from(sorted(DEEDS)), st.sets(st.sampled_from(sorted(Role)), min_size=1),
    st.sampled_from([HILL, VALE, None]),
)  # fmt: skip
def test_more_roles_never_hide(action: str, roles: set[Role], school: int | None) -> None:
    less, more = reader(Role.HEAD), reader(Role.HEAD, *roles)
    if said_to(less, entry(action, school)) is not None:
        assert said_to(more, entry(action, school)) is not None


def test_words_read_as_a_sentence() -> None:
    assert all(deed.words[0].islower() and not deed.words.endswith(".") for deed in DEEDS.values())
    assert words_of("nothing_like_it").reach is Reach.SAFEGUARDING


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({}, ""),
        ({"date": "2026-06-16", "half": 1}, "Tue 16 June afternoon"),
        ({"date": "not a day"}, "not a day"),
        ({"key": "messages.quiet_from", "before": "20:00", "value": "21:00"}, "messages.quiet_from: 20:00 to 21:00"),
        ({"key": "x", "before": "", "value": "y"}, "x: nothing to y"),
        ({"told_by": "Bob Ahmed", "entries": [1, 2]}, ""),
        ({"changed": 12}, "12 marks"),
        ({"role": "teacher"}, "teacher"),
    ],
)
def test_the_details_that_are_said(detail: dict[str, Any], expected: str) -> None:
    assert detail_words(detail) == expected


MONDAY = date(2026, 6, 15)


def test_a_page_can_be_drawn_again() -> None:
    facts = Facts(
        lines_of("Tom", None, "", ["In  school", None]), ((MONDAY, "/\\L\\..........."[:14]),),
        ((date(2026, 6, 17), "am", "You told us"),),
        {"/": "In school", "\\": "In school", "L": "Came late", "I": "Ill"},
    )  # fmt: skip
    kept = as_kept(facts)
    assert kept["lines"] == ["Tom", "In school"]
    assert kept["words"] == {"/": "In school", "\\": "In school", "L": "Came late"}
    assert drawn_days(kept) == [
        (date(2026, 6, 17), "You told us", ""),
        (date(2026, 6, 16), "Came late", "In school"),
        (MONDAY, "In school", "In school"),
    ]
    other = as_kept(Facts(("Tom", "In schoo1")))
    assert digest_of_facts(kept) != digest_of_facts(other)
    assert digest_of_facts(kept) == digest_of_facts(dict(reversed(kept.items())))


@pytest.mark.parametrize(
    ("last", "new"),
    [(None, True), (("a", MONDAY), False), (("b", MONDAY), True), (("a", date(2026, 6, 14)), True)],
)
def test_a_page_is_worth_a_row_when_it_says_something_else(last: tuple[str, date] | None, new: bool) -> None:
    assert is_new(last, "a", MONDAY) is new
