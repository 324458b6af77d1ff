"""The board's line of who was asked: who was reached, how and when, who has no way; nobody is to ring a dead number."""

from __future__ import annotations

from datetime import datetime

import pytest

from notifications.rules.policy import CallReason as C
from webapp.first_day.rules.asked import Written, asked_words, failed_words
from webapp.people.rules.school_times import LONDON

AT = datetime(2026, 6, 16, 9, 17, tzinfo=LONDON)
TEXTED = Written("Ana", ("sms", "push"))
HOME = "No number that works: home visit, or tell the DSL"


@pytest.mark.parametrize(
    ("written", "can_ring", "says"),
    [
        ([TEXTED], True, "Text to Ana 09:17"),
        ([Written("Rashid", ("email",), C.NO_WAY), TEXTED], True,
         "Text to Ana 09:17. E-mail to Rashid 09:17, no number"),
        ([TEXTED, Written("Rashid", (), C.NO_WAY)], True,
         "Text to Ana 09:17. Rashid: no number or address to write to"),
        ([Written("Lee", ("email",), C.LANDLINE_ONLY)], True, "E-mail to Lee 09:17, landline only"),
        ([Written("Lee", (), C.LANDLINE_ONLY)], True, "Lee: landline only"),
        ([Written("Serkan", ("email",), C.BAD_NUMBER)], False,
         f"E-mail to Serkan 09:17, the number does not work. {HOME}"),
        ([Written("Serkan", (), C.NO_WAY), Written("Elif", ("email",), C.NO_WAY)], False,
         f"E-mail to Elif 09:17, no number. Serkan: no number or address to write to. {HOME}"),
        ([Written("Ana", ("sms",), C.PREFERS_VOICE)], True, "Text to Ana 09:17, asks to be rung"),
        ([Written("Ana", ("sms",), None, again=True)], True, "Second text to Ana 09:17"),
        ([Written("Ana", ("push",), C.OPTED_OUT)], True, "Push to Ana 09:17, has stopped our texts"),
        ([], True, "Nobody to text"),
        ([], False, f"Nobody to text. {HOME}"),
    ],
)  # fmt: skip
def test_the_line_says_the_most_useful_true_thing(written: list[Written], can_ring: bool, says: str) -> None:
    assert asked_words(written, AT, can_ring=can_ring) == says


@pytest.mark.parametrize(
    ("name", "others", "can_ring", "says"),
    [
        ("Ana", [], True, "Text to Ana failed: wrong number"),
        ("Ana", ["Bob"], True, "Text to Ana failed: wrong number. We have written to Bob"),
        ("Ana", [], False, f"Text to Ana failed: wrong number. {HOME}"),
        ("", [], True, "Text failed: wrong number"),
    ],
)
def test_a_failure_does_not_hide_who_was_reached(name: str, others: list[str], can_ring: bool, says: str) -> None:
    assert failed_words(name, "wrong number", others, can_ring=can_ring) == says
