"""The words that leave the building: exact texts with their counts, and what no message may ever say."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any

import html5lib
import pytest
from jinja2 import UndefinedError

from notifications import compose
from notifications.compose import Voice
from notifications.rules.hiding import hide_codes, hide_links, hide_secrets
from notifications.rules.message_kinds import KINDS, MessageName
from notifications.rules.segments import Encoding, count, encoding_of

M = MessageName
U = "https://attend.hill.example/t/Kd7mRw2QxZ9pTf4N"
HOST = "https://attend.hill.example"
HILL = Voice("Hill Primary", "01632 960001")
YOUR_CHILD = Voice("Hill Primary", "01632 960001", say_your_child=True)

TOM = ["Tom"]
TOM_AND_NOOR = ["Tom", "Noor"]

GIVEN = [
    (M.MISSING_CHILD, {"children": TOM, "link": U}, 127,
     f"Hill Primary: Tom was not marked in. Please tell us where Tom is: {U} or reply here.",
     "Please tell us about today."),
    (M.MISSING_CHILD, {"children": TOM_AND_NOOR, "link": U}, 134,
     f"Hill Primary: Tom and Noor were not marked in. Please tell us where they are: {U} or reply.",
     "Please tell us about today."),
    (M.MISSING_CHILD_AGAIN, {"children": TOM, "link": U}, 133,
     f"Hill Primary: we still need to know where Tom is. Please ring 01632 960001 now, or use {U}",
     "Please ring school now."),
    (M.THOUGHT_IN_THANKS, {"children": TOM}, 124,
     "Hill Primary: thank you for telling us. The office has been told and will ring you very soon. You can ring us: "
     "01632 960001.", ""),
    (M.CORRECTION, {"children": TOM, "time": "9:17am"}, 100,
     "Hill Primary: sorry, our text at 9:17am was wrong. Tom is in school. You do not need to do anything.",
     "Our last message was wrong. All is well."),
    (M.IN_TODAY, {"children": TOM, "time": "9:15am", "link": U}, 127,
     f"Hill Primary: will Tom be in school today? If not, please tell us before 9:15am: {U}", "Is everyone in today?"),
    (M.LEAVE_ANSWERED, {"link": f"{HOST}/leave"}, 93,
     "Hill Primary has answered your request. Sign in to read it: https://attend.hill.example/leave",
     "School has answered you."),
    (M.MEETING_INVITATION, {"link": U}, 128,
     f"Hill Primary would like to talk with you. Choose a time, or ask for a phone call: {U}",
     "Choose a time to talk."),
    (M.MEETING_REMINDER, {"day": "Thu 25 June", "time": "3:30pm", "link": U}, 133,
     f"Hill Primary: we talk tomorrow, Thu 25 June, at 3:30pm. Change it or say you are late: {U}",
     "A reminder for tomorrow."),
    (M.SOMETHING_TO_READ, {"link": f"{HOST}/home"}, 107,
     "Hill Primary has sent you something to read and answer. Sign in to see it: https://attend.hill.example/home",
     "Something new to read and answer."),
    (M.SIGN_IN_CODE, {"code": "428163", "host": "attend.hill.example"}, 111,
     "428163 is your Firstbell code. It works for 10 minutes. Do not give it to anyone.\n\n"
     "@attend.hill.example #428163", ""),
    (M.GOOD_NEWS, {"children": TOM}, 83,
     "Hill Primary: this was a good week for Tom. Well done to you all. No need to reply.", "Good news from school."),
]  # fmt: skip

OURS = [
    (M.REPORT_RECEIPT, {"children": TOM, "time": "7:41am", "today": True}),
    (M.TEXT_HEARD, {"children": TOM, "today": True}),
    (M.TEXT_HEARD, {"children": TOM, "today": False}),
    (M.REPORT_RECEIPT, {"children": TOM, "time": "7:41am", "today": False}),
    (M.REPORT_OUTCOME, {"children": TOM, "link": f"{HOST}/home"}),
    (M.SCHOOL_ASKS, {"children": TOM, "link": U}),
    (M.DANGER_TO_DSL, {"link": f"{HOST}/staff/hill/day/2026-06-16"}),
    (M.STAFF_ALARM, {"link": f"{HOST}/staff/hill/day/2026-06-16"}),
    (M.PUSH_TRIAL, {}),
    (M.NEW_DEVICE, {"device": "Samsung Internet on an unknown device", "time": "12:41am"}),
    (M.SIGN_IN_LOCKED, {}),
    (M.PASSKEY_DOUBTED, {}),
    (M.STAFF_INVITATION, {"link": f"{HOST}/staff/sign-in/t/Kd7mRw2QxZ9pTf4N"}),
    (M.NEW_PASSWORD, {"link": f"{HOST}/staff/sign-in/t/Kd7mRw2QxZ9pTf4N"}),
    (M.PUPIL_TOLD, {"children": TOM, "today": True, "link": f"{HOST}/home"}),
    (M.PUPIL_TOLD, {"today": False, "child": "your child", "link": f"{HOST}/home"}),
    (M.SIGN_OUT_ANSWERED, {"link": f"{HOST}/home"}),
    (M.DETAILS_ANSWERED, {"accepted": True}),
    (M.DETAILS_ANSWERED, {"accepted": False, "link": f"{HOST}/you/details"}),
    (M.INVITATION, {"link": f"{HOST}/sign-in"}),
    (M.SIGN_IN_NEWS, {"news": "Your Firstbell sign-in is locked after too many wrong tries."}),
    (M.STAFF_NEWS, {"news": "You cover for Saira Khan when they are away.", "link": f"{HOST}/staff/hill/away"}),
]
EVERY = [(row[0], row[1]) for row in GIVEN] + OURS

FORBIDDEN = re.compile(
    r"attendance|\bplans?\b|refus|reason|\bclass\b|surname|unauthori|absen|\bill\b|sick|medical|safeguard|danger|fine\b"
    r"|police|[‘’“”–—…]|bit\.ly|tinyurl",
    re.IGNORECASE,
)


@pytest.mark.parametrize(("name", "words", "length", "text", "push"), GIVEN)
def test_the_text_as_it_was_agreed(name: M, words: dict[str, Any], length: int, text: str, push: str) -> None:
    written = compose.sms(name, words, HILL)
    assert written.body == text
    assert len(text) == length
    assert (encoding_of(text), written.parts) == (Encoding.GSM_7, 1)
    assert compose.push_words(name) == push


def test_every_message_has_its_folder_and_is_looked_at_here() -> None:
    assert set(compose.names()) == set(M) == set(KINDS) == {name for name, _ in EVERY}


NAMES = [["Tom"], ["Zoë"], ["Łukasz"], ["Oluwaseun-Christopher"], ["محمد"], ["Tom", "Noor"], ["Zoë", "Şükrü"],
         ["Tom", "Noor", "Ella"], ["Aleksandra", "Bartholomew"], ["D’Arcy"]]  # fmt: skip
VOICES = [HILL, YOUR_CHILD, Voice("St Mary Magdalene School", "01632 960001"),
          Voice("Vale", "01632 960002", can_reply=False)]  # fmt: skip


@pytest.mark.parametrize(("name", "words"), EVERY)
@pytest.mark.parametrize("names", NAMES, ids=" ".join)
@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: f"{voice.school} {voice.say_your_child}")
def test_what_holds_for_every_text(voice: Voice, names: list[str], name: M, words: dict[str, Any]) -> None:
    if "children" in words:
        words = {**words, "children": names}
    text = compose.sms(name, words, voice).body
    assert text.startswith(voice.school) or name is M.SIGN_IN_CODE
    without = text.replace(voice.school, "")
    for one in names:
        without = without.replace(one, "")
    assert not FORBIDDEN.search(without), text
    said = [one for one in names if one in text.replace(voice.school, "")]
    if said:
        assert said == names
        assert len(text) <= 134
        assert count(text).parts <= 2
        assert not voice.say_your_child
    else:
        assert (encoding_of(text), count(text).parts) == (Encoding.GSM_7, 1)
    if not voice.can_reply:
        assert "reply" not in text.replace("No need to reply", "")


@pytest.mark.parametrize("names", [["Tom"], ["Zoë"], ["محم"]], ids=" ".join)
def test_the_same_words_for_every_name(names: list[str]) -> None:
    text = compose.sms(M.MISSING_CHILD, {"children": names, "link": U}, HILL).body
    assert text == GIVEN[0][3].replace("Tom", names[0])


@pytest.mark.parametrize(
    ("names", "begins", "ends"),
    [
        (["Muhammad"], "Hill Primary: Muhammad was not marked in. Please tell us where they are: ", " or reply."),
        (["Oluwaseun-Christopher"], "Hill Primary: your child was not marked in. Please tell us where your child is: ",
         " or reply here."),
        (["Tom", "Noor", "Ella"], "Hill Primary: your children were not marked in. Please tell us where they are: ",
         " or reply."),
    ],
)  # fmt: skip
def test_a_long_name_gives_way_to_shorter_words(names: list[str], begins: str, ends: str) -> None:
    assert compose.sms(M.MISSING_CHILD, {"children": names, "link": U}, HILL).body == f"{begins}{U}{ends}"


def test_your_child() -> None:
    text = compose.sms(M.CORRECTION, {"children": TOM, "time": "9:17am"}, YOUR_CHILD).body
    assert text == (
        "Hill Primary: sorry, our text at 9:17am was wrong. Your child is in school. You do not need to do anything."
    )
    both = compose.sms(M.CORRECTION, {"children": TOM_AND_NOOR, "time": "9:17am"}, YOUR_CHILD).body
    assert "Your children are in school." in both


@pytest.mark.parametrize(("name", "words"), EVERY)
def test_a_lock_screen_shows_no_name(name: M, words: dict[str, Any]) -> None:
    body = compose.push_words(name)
    if not body:
        assert not compose.has_push(name)
        return
    written = compose.push(name, HILL, navigate=f"{HOST}/messages/x", tag=compose.push_tag(1, "case", 2))
    payload = json.loads(written.body)
    assert payload == {
        "web_push": 8030,
        "notification": {
            "title": "Hill Primary", "body": body, "navigate": f"{HOST}/messages/x",
            "tag": compose.push_tag(1, "case", 2), "lang": "en-GB", "silent": False,
        },
    }  # fmt: skip
    assert not FORBIDDEN.search(written.body)
    assert "Tom" not in written.body
    assert "{" not in body
    assert len(written.body.encode()) <= compose.LONGEST_PUSH


def test_a_push_tag_names_one_thing_in_the_alphabet_of_topics() -> None:
    tag = compose.push_tag(1, "contact 3", "case", 2)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", tag)
    assert tag == compose.push_tag(1, "contact 3", "case", 2) != compose.push_tag(1, "contact 3", "case", 3)


@pytest.mark.parametrize(("name", "words"), EVERY)
def test_an_email_says_what_the_text_says(name: M, words: dict[str, Any]) -> None:
    mail = compose.email(name, words, HILL)
    text = compose.sms(name, words, Voice(HILL.school, HILL.phone, can_reply=False))
    assert mail.subject
    assert mail.subject == (compose.push_words(name) or mail.subject)
    if name is M.SIGN_IN_CODE:
        assert text.body.startswith(mail.body)
    else:
        assert mail.body == text.body
    assert mail.html is not None
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(mail.html)
    shown = " ".join("".join(page.itertext()).split())
    assert " ".join(mail.body.split()) in shown
    links = [element.get("href") for element in page.iter("a")]
    assert links == ([words["link"]] if "link" in words else [])


def test_html_is_escaped() -> None:
    mail = compose.email(M.GOOD_NEWS, {"children": ["<b>Tom</b>"]}, Voice("Hill & Vale <x>", "01632"))
    assert mail.html is not None
    assert "<b>" not in mail.html
    assert "Hill &amp; Vale &lt;x&gt;" in mail.html


def test_a_word_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        compose.sms(M.MISSING_CHILD, {"children": TOM}, HILL)


def test_a_word_is_never_a_template() -> None:
    text = compose.sms(M.GOOD_NEWS, {"children": ["{{ 7 * 7 }}"]}, HILL).body
    assert "{{ 7 * 7 }}" in text


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 6, 16, 8, 17, tzinfo=UTC), "9:17am"),
        (datetime(2026, 6, 16, 11, 0, tzinfo=UTC), "12:00pm"),
        (datetime(2026, 1, 16, 0, 5, tzinfo=UTC), "12:05am"),
        (datetime(2026, 1, 16, 15, 30, tzinfo=UTC), "3:30pm"),
    ],
)
def test_times(at: datetime, said: str) -> None:
    assert compose.said_time(at) == said


def test_days() -> None:
    assert compose.said_day(date(2026, 6, 25)) == "Thu 25 June"


def test_what_opens_a_door_is_hidden() -> None:
    assert hide_links(GIVEN[0][3]).endswith("https://attend.hill.example/t/… or reply here.")
    assert hide_codes(GIVEN[10][3]).count("••••••") == 2
    assert hide_codes("Please ring 01632 960001 now") != ""
    assert hide_codes("Ring 07700900123") == "Ring 07700900123"


def test_what_opens_a_door_is_not_kept() -> None:
    for name in (M.STAFF_INVITATION, M.NEW_PASSWORD):
        words = next(words for each, words in EVERY if each is name)
        kept = hide_secrets(compose.sms(name, words, HILL).body)
        assert "Kd7mRw2QxZ9pTf4N" not in kept and "Hill Primary" in kept
    code = hide_secrets(compose.sms(M.SIGN_IN_CODE, {"code": "428163", "host": "attend.hill.example"}, HILL).body)
    assert "428163" not in code
