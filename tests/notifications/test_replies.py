"""The reading table: what families write, what it means, and when the reader may claim to be sure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.rules.replies import Meaning, may_be_start, read_reply

M = Meaning
SURE, NOT_SURE = True, False

# text, meaning, reason, sure
READ = [
    # ill
    ("He's ill", M.AWAY, "ill", SURE),
    ("Tom is poorly today sorry", M.AWAY, "ill", SURE),
    ("sick in the night", M.AWAY, "ill", SURE),
    ("He has been sick all night", M.AWAY, "ill", SURE),
    ("Temperature of 39", M.AWAY, "ill", SURE),
    ("hes got a temprature", M.AWAY, "ill", SURE),
    ("Hi, Tom has a bad cough and cold. Thanks", M.AWAY, "ill", SURE),
    ("tummy bug", M.AWAY, "ill", SURE),
    ("she has diarrhoea", M.AWAY, "ill", SURE),
    ("dioreah all morning", M.AWAY, "ill", SURE),
    ("chickenpox :(", M.AWAY, "ill", SURE),
    ("migraine today", M.AWAY, "ill", SURE),
    ("under the weather", M.AWAY, "ill", SURE),
    ("throwing up since 5am", M.AWAY, "ill", SURE),
    ("He is not well", M.AWAY, "ill", NOT_SURE),
    ("not feeling great", M.AWAY, "ill", NOT_SURE),
    ("His leg is killing him, cant walk on it", M.AWAY, "ill", SURE),
    ("I think he has a temperature?", M.AWAY, "ill", NOT_SURE),
    ("sick yesterday, 48 hours rule", M.AWAY, "ill", NOT_SURE),
    ("he had a temperature last night", M.AWAY, "ill", NOT_SURE),
    ("pretending to be ill", M.AWAY, "ill", NOT_SURE),
    # appointments
    ("Dentist at 10", M.AWAY, "appointment", SURE),
    ("orthodontist this morning", M.AWAY, "appointment", SURE),
    ("hospital appointment", M.AWAY, "appointment", SURE),
    ("doctors appt 9.30 will be in after", M.AWAY, "appointment", NOT_SURE),
    ("at the doctors with a rash", M.AWAY, "ill", NOT_SURE),
    ("CAMHS appointment at 9", M.AWAY, "appointment", SURE),
    # other reasons: never sure
    ("too anxious to come in", M.AWAY, "anxious", NOT_SURE),
    ("refusing to get out of bed", M.AWAY, "anxious", NOT_SURE),
    ("My dad passed away last night", M.AWAY, "bereavement", NOT_SURE),
    ("at his grandads funeral", M.AWAY, "bereavement", NOT_SURE),
    ("Eid today", M.AWAY, "religious", NOT_SURE),
    ("car wont start", M.AWAY, "transport", NOT_SURE),
    ("on holiday until monday", M.AWAY, "trip", NOT_SURE),
    ("he's off today", M.AWAY, "", NOT_SURE),
    ("not coming in", M.AWAY, "", NOT_SURE),
    ("He is not in school today", M.AWAY, "", NOT_SURE),
    # on the way
    ("On the way", M.ON_THE_WAY, "", SURE),
    ("on our way, 5 mins", M.ON_THE_WAY, "", SURE),
    ("running late", M.ON_THE_WAY, "", SURE),
    ("Running a bit late sorry be there in 10", M.ON_THE_WAY, "", SURE),
    ("stuck in traffic", M.ON_THE_WAY, "", SURE),
    ("overslept, leaving now", M.ON_THE_WAY, "", SURE),
    ("missed the bus", M.ON_THE_WAY, "", SURE),
    ("We'll be there in 5", M.ON_THE_WAY, "", SURE),
    ("I'll drop her in soon", M.ON_THE_WAY, "", SURE),
    ("ill be there soon", M.ON_THE_WAY, "", SURE),
    ("just left", M.ON_THE_WAY, "", SURE),
    ("omw", M.ON_THE_WAY, "", SURE),
    ("she will be late", M.ON_THE_WAY, "", SURE),
    ("he might be late", M.ON_THE_WAY, "", NOT_SURE),
    # "he is in school": an alarm
    ("He is in school", M.IN_SCHOOL, "", SURE),
    ("hes in school", M.IN_SCHOOL, "", SURE),
    ("Tom is in school!", M.IN_SCHOOL, "", SURE),
    ("in school", M.IN_SCHOOL, "", SURE),
    ("I dropped him off at 8.30", M.IN_SCHOOL, "", SURE),
    ("dropped her at the gate", M.IN_SCHOOL, "", SURE),
    ("Just dropped him off", M.IN_SCHOOL, "", SURE),
    ("I took him in myself this morning", M.IN_SCHOOL, "", SURE),
    ("his dad walked him to school", M.IN_SCHOOL, "", SURE),
    ("I watched her go in", M.IN_SCHOOL, "", SURE),
    ("she went in with her friends", M.IN_SCHOOL, "", SURE),
    ("he went to school", M.IN_SCHOOL, "", SURE),
    ("I thought he was in school", M.IN_SCHOOL, "", SURE),
    ("She should be in school", M.IN_SCHOOL, "", SURE),
    ("isn't he in school?", M.IN_SCHOOL, "", SURE),
    ("Is he not there?", M.IN_SCHOOL, "", SURE),
    ("What do you mean? he's there", M.IN_SCHOOL, "", SURE),
    ("Has she not turned up??", M.IN_SCHOOL, "", SURE),
    ("put him on the school bus", M.IN_SCHOOL, "", SURE),
    ("there must be a mistake", M.IN_SCHOOL, "", SURE),
    ("he is at breakfast club", M.IN_SCHOOL, "", SURE),
    ("left him in the playground with miss jones", M.IN_SCHOOL, "", SURE),
    ("He was ill yesterday but he is in school today", M.IN_SCHOOL, "", SURE),
    # the others
    ("wrong number", M.WRONG_NUMBER, "", SURE),
    ("Sorry you have the wrong person", M.WRONG_NUMBER, "", SURE),
    ("I'm not his mum", M.WRONG_NUMBER, "", SURE),
    ("I dont have a child at that school", M.WRONG_NUMBER, "", SURE),
    ("STOP", M.STOP, "", SURE),
    (" stop. ", M.STOP, "", SURE),
    ("Unsubscribe", M.STOP, "", SURE),
    ("END", M.MAYBE_STOP, "", NOT_SURE),
    ("Cancel", M.MAYBE_STOP, "", NOT_SURE),
    ("please stop sending me these", M.MAYBE_STOP, "", NOT_SURE),
    ("take me off your list", M.MAYBE_STOP, "", NOT_SURE),
    ("START", M.START, "", SURE),
    ("HELP", M.HELP, "", SURE),
    ("please ring me", M.CALL_ME, "", SURE),
    ("can you call me", M.CALL_ME, "", SURE),
    ("Thank you", M.THANKS, "", SURE),
    ("ok thanks x", M.THANKS, "", SURE),
    ("👍", M.THANKS, "", SURE),
    ("thanks \u2764\ufe0f \U0001f44d\U0001f3fd", M.THANKS, "", SURE),
    ("\U0001f912", M.UNCLEAR, "", NOT_SURE),
    ("ok \U0001f92e", M.UNCLEAR, "", NOT_SURE),
    ("\U0001f622", M.UNCLEAR, "", NOT_SURE),
    ("??", M.UNCLEAR, "", NOT_SURE),
    ("No will do, thank you so much", M.UNCLEAR, "", NOT_SURE),
    ("blue tits in the garden", M.UNCLEAR, "", NOT_SURE),
    ("Who is this", M.UNCLEAR, "", NOT_SURE),
    ("I will tell his dad", M.UNCLEAR, "", NOT_SURE),
    ("", M.UNCLEAR, "", NOT_SURE),
]

NO_ALARM = [
    "he is not in school today he is ill",
    "Tom isn't in today",
    "he will be in school tomorrow",
    "she is in bed",
    "she is in hospital",
    "he is at home",
    "he'll be in at 10",
    "she'll be in school by 11",
    "dropping him in 5",
    "I will drop him at 10",
    "back in school monday",
    "he is off school",
    "he was in school yesterday",
    "not going in",
    "sorry he's poorly",
    "thanks",
    "stop",
    "on my way in with him",
]

ALARM = [
    "He left at 8",
    "she left for school",
    "he set off on his bike",
    "I don't know where he is",
    "he didn't come home last night",
    "Dropped him off",
    "HE IS IN SCHOOL I DROPPED HIM",
    "what?? he went in at 8.40",
    "No he is in today",
    "I saw her walk in",
    "can you check please he was there this morning",
]


@pytest.mark.parametrize(("text", "meaning", "reason", "sure"), READ)
def test_the_reading_table(text: str, meaning: Meaning, reason: str, sure: bool) -> None:
    read = read_reply(text, ["Tom"])
    assert (read.meaning, read.reason, read.sure) == (meaning, reason, sure)


@pytest.mark.parametrize("text", ALARM)
@pytest.mark.parametrize("beside", ["", "He has been poorly this week. ", "Hi its Toms mum. ", "ok thanks. "])
def test_an_alarm_is_never_outvoted(text: str, beside: str) -> None:
    assert read_reply(beside + text, ["Tom"]).alarm


@pytest.mark.parametrize("text", NO_ALARM)
def test_no_alarm(text: str) -> None:
    assert not read_reply(text, ["Tom"]).alarm


def test_danger_is_carried_and_never_sure() -> None:
    read = read_reply("He is ill, his dad hit him", ["Tom"])
    assert "harm" in {item.kind for item in read.dangers}
    assert (read.meaning, read.reason, read.sure) == (M.AWAY, "ill", False)


@pytest.mark.parametrize(
    ("text", "symptoms"),
    [
        ("vomiting and a temp", ("sick", "temperature")),
        ("D&V", ("sick",)),
        ("headache and a sore throat", ("cough", "headache")),
        ("spots all over", ("rash",)),
        ("unwell", ()),
        ("no temperature but poorly", ()),
        ("sick of this traffic", ()),
        ("freezing, cold outside", ()),
    ],
)
def test_symptoms(text: str, symptoms: tuple[str, ...]) -> None:
    assert read_reply(text).symptoms == symptoms


@pytest.mark.parametrize(
    ("text", "names", "children", "sure"),
    [
        ("ill", ["Tom"], (0,), True),
        ("ill", ["Tom", "Noor"], (), False),
        ("Noor is ill", ["Tom", "Noor"], (1,), True),
        ("noor's ill", ["Tom", "Noor"], (1,), True),
        ("zoe is ill", ["Zoë", "Tom"], (0,), True),
        ("Tom and Noor are ill", ["Tom", "Noor"], (0, 1), True),
        ("both ill", ["Tom", "Noor"], (0, 1), True),
        ("Tommy is ill", ["Tom", "Noor"], (), False),
        ("Will be late", ["Will", "Noor"], (0,), False),
        ("Tom is ill", ["Tom", "Tom"], (0, 1), False),
        ("1", ["Tom", "Noor"], (), False),
        ("ill", [], (), True),
    ],
)
def test_which_child_is_meant(text: str, names: list[str], children: tuple[int, ...], sure: bool) -> None:
    read = read_reply(text, names)
    assert (read.children, read.names_sure) == (children, sure)


@pytest.mark.parametrize(
    ("text", "names", "children", "sure"),
    [
        # Tom was asked about.
        ("he is ill", ["Tom", "Noor"], (0,), True),
        ("Dentist at 10", ["Tom", "Noor"], (0,), True),
        ("Tom is ill", ["Tom", "Noor"], (0,), True),
        ("they are ill", ["Tom", "Noor"], (0,), True),
        ("My son is ill, temperature is 39", ["Tom", "Noor"], (0,), True),
        ("he will be late", ["Tom", "Will"], (0,), True),
        # Another child of theirs is named.
        ("Noor is ill today", ["Tom", "Noor"], (1,), True),
        ("noor poorly", ["Tom", "Noor"], (1,), True),
        ("noors not well", ["Tom", "Noor"], (1,), True),
        ("keeping noor at home", ["Tom", "Noor"], (1,), True),
        ("will is ill", ["Tom", "Will"], (1,), True),
        ("Nooor is ill", ["Tom", "Noor"], (1,), True),
        ("Noro is off sick", ["Tom", "Noor"], (1,), True),
        # Several.
        ("Tom and Noor are ill", ["Tom", "Noor"], (0, 1), True),
        ("both ill", ["Tom", "Noor"], (0, 1), True),
        ("the kids are ill", ["Tom", "Noor"], (0, 1), True),
        # A person must say.
        ("we are both ill", ["Tom", "Noor"], (), False),
        ("the girls are ill", ["Tom", "Noor", "Ella"], (), False),
        ("both ill", ["Tom", "Noor", "Ella"], (), False),
        ("Will be late", ["Tom", "Will"], (), False),
        ("his sister is ill", ["Tom", "Noor"], (), False),
        ("Zayn is ill", ["Tom"], (), False),
        ("Zayn and Tom are ill", ["Tom", "Noor"], (), False),
        ("hi my daughter zara has a cold", ["Tom", "Noor"], (), False),
        ("Elle is poorly", ["Tom", "Ella", "Elly"], (), False),
    ],
)
def test_a_name_goes_before_the_question(text: str, names: list[str], children: tuple[int, ...], sure: bool) -> None:
    read = read_reply(text, names, asked=(0,))
    assert (read.children, read.names_sure) == (children, sure)


def test_a_call_can_be_asked_for_beside_a_reason() -> None:
    read = read_reply("he's ill please ring me", ["Tom"])
    assert (read.meaning, read.wants_call) == (M.AWAY, True)


@pytest.mark.parametrize(("text", "may"), [("YES", True), ("start", True), ("Unstop", True), ("yes he is ill", False)])
def test_yes_may_start_our_texts_again(text: str, may: bool) -> None:
    assert may_be_start(text) is may
    assert read_reply("yes").meaning is M.UNCLEAR


UNRELATED = [
    "Your parcel will be delivered today between 10 and 12",
    "Happy birthday! see you at 6",
    "Your one-time code is 334512",
    "Can you pick up milk",
    "The plumber is coming at 4",
    "Reminder: your MOT is due",
    "lol",
    "see you at half term",
    "what time does parents evening start",
    "what's for lunch today",
    "who won the match",
    "is it non uniform day",
]


@pytest.mark.parametrize("text", UNRELATED)
def test_unrelated_texts_are_never_claimed_sure(text: str) -> None:
    assert not read_reply(text, ["Tom"]).sure


@given(st.text(max_size=300), st.lists(st.text(max_size=12), max_size=3))
def test_any_text_can_be_read(text: str, names: list[str]) -> None:
    read = read_reply(text, names, legal_names=names[1:], asked=range(len(names[:1])))
    assert all(0 <= child < len(names) for child in read.children)
    assert not (read.sure and read.dangers)
