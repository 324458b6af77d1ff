"""Names, what a text calls a child, and the cleaning of free text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.people.rules import (
    PersonName,
    TextRefused,
    clean_line,
    clean_text,
    need_line,
    sms_children,
    sms_first_name,
    starting,
)

ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Sick in the night \n", "Sick in the night"),
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("a\x00b\x07c\x1bd\x7fe\x9bf", "abcdef"),
        ("tab\tstays", "tab\tstays"),
        ("Zoe\u0308", "Zoë"),
        ("poorly 🤒 today 👩‍👧", "poorly 🤒 today 👩‍👧"),
        ("علي مريض اليوم", "علي مريض اليوم"),
        ("می‌خواهم", "می‌خواهم"),  # the joiner inside Persian words stays
        ("\u200fעם סימן\u200e", "\u200fעם סימן\u200e"),
        ("Tom \u202egnissim\u202c", "Tom gnissim"),
        ("\u2066hid\u2069den", "hidden"),
        ("self\u200b-ha\u00adrm", "self-harm"),
        ("\ufeffhello", "hello"),
        (f"go {ENGLAND}", f"go {ENGLAND}"),
        ("hid\U000e0068\U000e0069\U000e007f", "hid"),
        ("half a pair \ud83d", "half a pair"),
        ("<script>alert(1)</script> {{ 7*7 }}", "<script>alert(1)</script> {{ 7*7 }}"),
        ("\x00\u202e ", ""),
    ],
)  # fmt: skip
def test_clean_text(typed: str, kept: str) -> None:
    assert clean_text(typed, 100) == kept


def test_length_is_counted_after_cleaning_and_nothing_is_cut() -> None:
    assert clean_text("\x00" * 50 + "abcde", 5) == "abcde"
    with pytest.raises(TextRefused, match=r"Use 1,000 characters or fewer\. This has 1,001") as refused:
        clean_text("a" * 1001, 1000, field="note")
    assert refused.value.field == "note"


def test_clean_line_is_one_line() -> None:
    assert clean_line(" Mary \t Jane\r\nAhmed\u00a0") == "Mary Jane Ahmed"
    with pytest.raises(TextRefused):
        clean_line("a b c", 4)
    with pytest.raises(TextRefused, match="cannot be empty"):
        need_line(" \u200b\n")
    assert need_line(" Tom ") == "Tom"


FORBIDDEN = {chr(c) for c in [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]}


@given(st.text(st.characters(), max_size=200))
def test_what_is_kept_is_storable_and_stable(typed: str) -> None:
    kept = clean_text(typed, 1000)
    assert not (set(kept) - {"\n", "\t"}) & FORBIDDEN
    assert unicodedata.is_normalized("NFC", kept)
    assert kept == kept.strip()
    kept.encode("utf-8")
    assert clean_text(kept, 1000) == kept
    line = clean_line(typed, 1000)
    assert "\n" not in line and "  " not in line and clean_line(line, 1000) == line


@given(st.text(st.sampled_from("abc ëñ😀اقم漢字"), max_size=60).map(str.strip))
def test_ordinary_writing_is_untouched(typed: str) -> None:
    assert clean_text(typed) == unicodedata.normalize("NFC", typed)


@pytest.mark.parametrize(
    ("name", "display", "legal", "initials", "staff", "listed"),
    [
        (PersonName("Tom", "Ahmed", "Thomas"), "Tom Ahmed", "Thomas Ahmed", "TA", "T Ahmed", "Ahmed, Tom"),
        (PersonName("Zoë", "O'Neil"), "Zoë O'Neil", "Zoë O'Neil", "ZO", "Z O'Neil", "O'Neil, Zoë"),
        (PersonName("émile", "d'Arc"), "émile d'Arc", "émile d'Arc", "ÉD", "É d'Arc", "d'Arc, émile"),
        (PersonName("Noor", ""), "Noor", "Noor", "N", "N", "Noor"),
        (PersonName("علي", "حسن"), "علي حسن", "علي حسن", "عح", "ع حسن", "حسن, علي"),
    ],
)
def test_forms_of_a_name(name: PersonName, display: str, legal: str, initials: str, staff: str, listed: str) -> None:
    assert (name.display, name.legal, name.initials, name.staff_form, name.list_form) == (
        display, legal, initials, staff, listed,
    )  # fmt: skip


def test_lists_are_in_the_order_people_look_for() -> None:
    names = [
        PersonName("Ella", "Öztürk"), PersonName("Tom", "O'Neil"), PersonName("Ann", "ONeil"), PersonName("Bo", "Nash"),
        PersonName("Al", "Parr"),
    ]  # fmt: skip
    ordered = sorted(names, key=lambda name: name.sort_key)
    assert [name.first for name in ordered] == ["Bo", "Ann", "Tom", "Ella", "Al"]


@pytest.mark.parametrize(
    ("firsts", "hidden", "words"),
    [
        (["Tom"], False, "Tom"),
        (["Tom"], True, "your child"),
        ([""], False, "your child"),
        (["Tom", "Noor"], False, "Tom and Noor"),
        (["Tom", "Noor", "Zoë"], False, "Tom, Noor and Zoë"),
        (["Tom", "Noor"], True, "your children"),
        (["Tom", ""], False, "your children"),
        (["Tom\u202e\x00"], False, "Tom"),
    ],
)
def test_what_a_text_calls_children(firsts: list[str], hidden: bool, words: str) -> None:
    assert sms_children(firsts, say_your_child=hidden) == words
    if len(firsts) == 1:
        assert sms_first_name(firsts[0], say_your_child=hidden) == words


def test_a_text_is_about_somebody() -> None:
    with pytest.raises(ValueError, match="at least one child"):
        sms_children([], say_your_child=False)


@pytest.mark.parametrize(
    ("words", "start"), [("your child", "Your child"), ("your children", "Your children"), ("de'Andre", "de'Andre")]
)
def test_at_the_start_of_a_sentence(words: str, start: str) -> None:
    assert starting(words) == start
