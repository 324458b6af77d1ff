"""What the DSL must hear of, and what only sounds like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.people.rules.danger import Danger, find_danger, speaks_of_danger

D = Danger

FOUND = [
    # left home
    ("He left at 8", D.LEFT_HOME),
    ("he left at 8 as normal", D.LEFT_HOME),
    ("She left about half 7", D.LEFT_HOME),
    ("Tom left at 8.15 with his bag", D.LEFT_HOME),
    ("Maya has left home at 7:50", D.LEFT_HOME),
    ("they left for school at quarter past eight", D.LEFT_HOME),
    ("she left ages ago, is she not there?", D.LEFT_HOME),
    ("He’s already left", D.LEFT_HOME),
    ("He left the house this morning as usual", D.LEFT_HOME),
    ("he set off an hour ago on his bike", D.LEFT_HOME),
    ("She walked to school with her friend", D.LEFT_HOME),
    ("He got on the school bus", D.LEFT_HOME),
    ("HE LEFT 8ISH", D.LEFT_HOME),
    ("Noor left 40 mins ago", D.LEFT_HOME),
    # missing
    ("He didn't come home last night", D.MISSING),
    ("she hasn't been home since Friday", D.MISSING),
    ("Tom never came home", D.MISSING),
    ("I don't know where she is", D.MISSING),
    ("no idea where Tom is", D.MISSING),
    ("I dont know where hes gone", D.MISSING),
    ("He is missing", D.MISSING),
    ("shes been missing since last night and im worried sick", D.MISSING),
    ("He ran away again", D.MISSING),
    ("she has run away from home", D.MISSING),
    ("He was out all night", D.MISSING),
    ("I haven't seen him since last night", D.MISSING),
    ("nobody has seen her since yesterday", D.MISSING),
    ("his bed was not slept in", D.MISSING),
    ("he's not got home yet", D.MISSING),
    # harm
    ("his dad hit him last night", D.HARM),
    ("she says his hands hit her", D.HARM),
    ("her tummy hurts where he kicked her", D.HARM),
    ("Mums boyfriend hurts her", D.HARM),
    ("She says someone touched her", D.HARM),
    ("he is being abused", D.HARM),
    ("She is scared of her stepdad", D.HARM),
    ("it isn't safe for us at home", D.HARM),
    ("I think he is being groomed", D.HARM),
    ("they want to take her for a forced marriage", D.HARM),
    ("he's mixed up in county lines", D.HARM),
    ("she has bruises all over her", D.HARM),
    # self-harm
    ("She has been self harming", D.SELF_HARM),
    ("self-harm again last night", D.SELF_HARM),
    ("he said he wants to die", D.SELF_HARM),
    ("she is cutting herself", D.SELF_HARM),
    ("He tried to kill himself", D.SELF_HARM),
    ("she took an overdose", D.SELF_HARM),
    ("feeling suicidal", D.SELF_HARM),
    ("I dont want to be here anymore", D.SELF_HARM),
    ("says she’d be better off dead", D.SELF_HARM),
    ("he took too many tablets", D.SELF_HARM),
    ("he hurt himself on purpose", D.SELF_HARM),
    # violence
    ("My ex turned up with a knife", D.VIOLENCE),
    ("there has been domestic violence", D.VIOLENCE),
    ("he got beaten up on the way home", D.VIOLENCE),
    ("a boy threatened him", D.VIOLENCE),
    ("he was stabbed", D.VIOLENCE),
    ("My husband punched me", D.VIOLENCE),
    ("he says he will kill her", D.VIOLENCE),
    ("partner is violent", D.VIOLENCE),
    ("she was attacked in the park", D.VIOLENCE),
    # refuge
    ("We are in a refuge now", D.REFUGE),
    ("women's aid have moved us", D.REFUGE),
    ("we fled last night", D.REFUGE),
    ("please dont tell his dad where we are, we are in hiding", D.REFUGE),
    ("I had to leave my husband", D.REFUGE),
    # police
    ("The police are here", D.POLICE),
    ("He was arrested yesterday", D.POLICE),
    ("hes in custody", D.POLICE),
    ("I have called 999", D.POLICE),
    ("policeman brought her back", D.POLICE),
    ("I am at work and the police rang me", D.POLICE),
    ("he was playing out and the police brought him home", D.POLICE),
    ("the police visited last night", D.POLICE),
    ("waiting for the police, crime number to follow", D.POLICE),
    # slips of the thumb
    ("his dad hitt him lsat nite", D.HARM),
    ("her uncle slaped her", D.HARM),
    ("he kiked me", D.HARM),
    ("he ranaway lastnight", D.MISSING),
    ("she has runaway", D.MISSING),
    ("she rann away", D.MISSING),
    ("he ranoff again", D.MISSING),
    ("He didnt comehome lastnight", D.MISSING),
    ("he is mising", D.MISSING),
    ("she was out allnight", D.MISSING),
    ("he is sucidal", D.SELF_HARM),
    ("the poliec are here", D.POLICE),
    ("he came with a kinfe", D.VIOLENCE),
    ("a boy threatend him", D.VIOLENCE),
    ("he has allready left", D.LEFT_HOME),
]

LEFT_ALONE = [
    "his leg is killing him",
    "My leg is killing me so cant drive him in",
    "her tummy is hurting her",
    "throat really hurts",
    "stomach hurting him all night",
    "She is dying for a wee haha",
    "violently sick all night",
    "he has been sick violently",
    "stabbing pains in his tummy",
    "asthma attack, at the doctors",
    "panic attack this morning, will try later",
    "ill, temperature of 39",
    "We left at 8 but stuck in traffic",
    "I left at 8 with her, nearly there",
    "the bus left at 8 without us",
    "we left the house late, sorry",
    "She left her PE kit at home",
    "he left his bag on the bus",
    "he is left handed",
    "she has 8 left",
    "just left, be there in 10",
    "dentist at 10, leaving at 9.30",
    "he is missing school because he is ill",
    "sorry she is missing today as she has a temperature",
    "he's missing his dad",
    "she has been missing you all",
    "his lunchbox has gone missing his name is in it",
    "I don't know where his PE kit is",
    "our dog ran away so we are late",
    "the cat is missing, he is upset",
    "a ball hit him in the eye, at a&e",
    "he cut himself shaving",
    "she hurt herself playing football",
    "he hurt himself at pe yesterday",
    "he burnt himself while cooking",
    "police dog visit today?",
    "he is dressed as a police officer for world book day",
    "road closed by police, we will be late",
    "police have closed the road",
    "I work for the police so am on nights",
    "she wants to be a police officer for careers day",
    "it is not safe to drive, snow",
    "the roads are not safe",
    "knife and fork",
    "he wants a nerf gun",
    "threatening to snow here",
    "refugee week assembly, what to wear?",
    "we didn't get home until late last night",
    "we haven't been home long, flight was late",
    "the dog groomers, she is late, dog grooming",
    "shooting pains",
    "her fleece is in lost property",
    "Tom is ill today",
    "Thank you, will do",
    "ok",
    "call me on 07700 900999",
    "he had 3 left over",
    "he hit the snooze button, sorry",
    "hitt the snooze, running late",
    "she ran a fever lastnight",
    "ran a temperature last nite",
    "we ran out of calpol",
    "we have been up allnight with sickness",
    "he ran his first race yesterday",
    "a beetroot rash",
    "the runway was closed, flight late",
    "the car park runoff flooded the road",
    "mising the bus, late",
]


@pytest.mark.parametrize(("text", "kind"), FOUND)
def test_danger_is_heard(text: str, kind: Danger) -> None:
    assert kind in {found.kind for found in find_danger(text)}, find_danger(text)


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_sounds_so_is_left_alone(text: str) -> None:
    assert find_danger(text) == ()


@pytest.mark.parametrize(("text", "kind"), FOUND)
@pytest.mark.parametrize("ordinary", ["sorry only just seen this. ", "he has a cold and a bad leg. "])
def test_danger_is_heard_among_other_words(ordinary: str, text: str, kind: Danger) -> None:
    assert kind in {found.kind for found in find_danger(f"{ordinary}{text}. thanks")}


@pytest.mark.parametrize(
    "written", ["HE DIDN’T COME HOME", "he  didnt\ncome   home", "he didn\u00adt come home", "Hé dïdn`t côme hömé"]
)
def test_however_it_is_typed(written: str) -> None:
    assert speaks_of_danger(written)


def test_each_kind_is_named_once_with_its_words() -> None:
    found = find_danger("He ran away, the police are looking, the police have a knife")
    assert [(item.kind, item.words) for item in found] == [
        (D.MISSING, "ran away"),
        (D.VIOLENCE, "knife"),
        (D.POLICE, "police"),
    ]


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    for found in find_danger(text):
        assert found.words == found.words.strip()
