"""The alarm's words are true of the text that raised it, and tell no more to those who may not read it."""

from __future__ import annotations

import pytest

from notifications.rules.replies import Meaning, read_reply
from webapp.first_day.rules.alarms import LEFT_HOME, LEFT_OR_THERE, READ_IT, alarm_words

TEXTS = [
    ("He is in school", LEFT_OR_THERE),
    ("I dropped him off at the gate", LEFT_OR_THERE),
    ("she left for school", LEFT_OR_THERE),
    ("Jayden left at 8 as normal", LEFT_HOME),
    ("Jayden left home", LEFT_HOME),
    ("Jayden has not slept at home, he ran away last night", READ_IT),
    ("Jayden has been missing since yesterday", READ_IT),
    ("He never came home last night", READ_IT),
    ("I dont know where he is, he was out all night", READ_IT),
    ("He left home last night with a bag and I am scared of his dad", READ_IT),
    ("He left for school at 8 but the police rang, he is in custody", READ_IT),
]


@pytest.mark.parametrize(("text", "says"), TEXTS)
def test_what_the_alarm_says_is_what_the_text_said(text: str, says: str) -> None:
    reading = read_reply(text, ["Jayden"])
    assert reading.alarm
    assert alarm_words(thought_in=reading.meaning is Meaning.IN_SCHOOL, dangers=reading.dangers) == says
