"""The words by which a reason for absence is heard in a reply, as tables.

The texts are those of ``people.rules.danger.plain_words`` with 'll written out as will. English, first version: a row
is data, and a language more is a table more.
"""

from __future__ import annotations

import re


def any_of(*phrases: str) -> re.Pattern[str]:
    """One pattern for phrases that each begin and end at the edge of a word."""
    return re.compile("|".join(rf"\b(?:{phrase})(?!\w)" for phrase in phrases))


SYMPTOMS: dict[str, re.Pattern[str]] = {
    "sick": any_of(
        r"sick(?:ness)?", r"vomit\w*", r"thr(?:ew|own|owing|ow) up", r"d ?(?:&|and|n) ?v", r"runny (?:tummy|bum|poo)",
        r"(?=\w{7})d[iy][aoh]{0,3}r+h?[oei]*[ae]h?", "the runs", r"puk\w+", "(?:tummy|stomach|sickness) bug",
        "norovirus",
    ),
    "temperature": any_of(r"temp(?:e?ra?tu?re?s?|rature)?", "fevers?", "feverish", "burning up"),
    "cough": any_of(
        r"cough\w*", "(?:a|bad|heavy|horrible|the|head|chest|his|her|awful|stinking) cold", "cold and", "(?:man )?flu",
        "sore throat", "throat", "chesty", "chest infection", "runny nose", "covid", r"tonsil\w*", "bunged up",
    ),
    "headache": any_of("head ?aches?", "migr?aine?s?", "migranes?", "bad head", "dizzy", r"faint\w*"),
    "rash": any_of(
        "rash(?:es|y)?", "spots", "chicken ?pox", "hand,? foot", "impetigo", "scarlet fever", "slapped cheek", "hives",
    ),
}  # fmt: skip
"""Symptom → how families write it. The keys are those of the quick report."""

ILL_OTHERWISE = any_of(
    "ill(?:ness)?", "unwell", "poorly", "under the weather", "feel(?:s|ing)? (?:rough|awful|bad)",
    "not (?:feeling |been |very |too |at all |so )*(?:well|great|good|right|100%?)",
    "(?:doesnt|dont|does not) feel (?:very |too |so )*(?:well|great|good|right)",
    "(?:tummy|belly|stomach|ear|tooth|back|period) ?(?:aches?|pains?|hurts?|is hurting)",
    "bad (?:tummy|stomach|belly|back|asthma)", "(?:a|the|some|nasty) (?:bug|virus)", "infection", "asthma",
    "conjunctivitis", "broken (?:arm|leg|wrist|ankle|foot|finger|toe)", r"sprain\w*", r"concuss\w*", "a&e",
    r"allerg\w+", "hay ?fever", "up all night", "leg is killing (?:him|her)",
)  # fmt: skip

REASONS: dict[str, re.Pattern[str]] = {
    "appointment": any_of(
        "dentists?", r"orthodontist\w*", "opticians?", r"ap+(?:oin|o)?t?m?e?nts?", "appts?", "doctors?", "drs?", "gps?",
        "clinic", "consultant", "camhs", "blood tests?", "x ?-?ray", "check ?-?up", r"hospital (?:app\w*|at \d)",
        r"physio\w*", "braces (?:fitted|check)",
    ),
    "anxious": any_of(
        r"anxi\w+", r"panic\w*", "(?:too|very|really) upset", r"school refus\w+", "melt ?downs?", "mental health",
        r"refus\w+ to (?:come|go|get|leave)", "(?:wont|will not|cant) get out of (?:bed|the car)", r"overwhelm\w*",
        "bull(?:y|ied|ying|ies)", "scared to (?:come|go)",
    ),
    "bereavement": any_of(
        "died", "death", "passed away", "funerals?", r"bereave\w+", "family emergency", "an emergency", "dying",
    ),
    "religious": any_of(
        "eid", "diwali", "passover", "yom kippur", r"rosh hashana\w*", "vaisakhi", "religious", r"hanuk\w+", "ashura",
        "orthodox (?:easter|christmas)", "navratri",
    ),
    "transport": any_of(
        r"(?:car|van|bus|minibus|taxi|train|bike)(?: has| is| had|s)? (?:broke\w*|wont start|cancelled|dead)",
        r"(?:bus|minibus|taxi|train)(?: has| is|s)? (?:didnt|not|never) (?:come|came|turn\w*|running)", "broken? down",
        "flat (?:tyre|battery)", "puncture", "no (?:bus|taxi|transport|lift|car)", "snow(?:ed)?(?: in)?", r"flood\w*",
    ),
    "trip": any_of("holidays?", "flights?", "airport", "abroad", "vacation", "gone away", r"disney\w*"),
}  # fmt: skip
"""Reason → how families write it. ``ill`` is found by its symptoms, or by ``ILL_OTHERWISE``."""

# Everyday words that only sound like a reason, taken out first.
NOT_A_REASON = any_of(
    "(?:sick|ill|tired) (?:of|and tired)", "sick note",
    # I'll without its apostrophe.
    "ill (?:be|ring|call|bring|drop|come|get|let|send|pick|try|take|keep|have|check|do|give|text|go|speak|phone|see"
    "|find|ask|tell|email|make|also|just)",
    "(?:not|isnt|arent|wasnt|no longer|nothing|hasnt got|hasnt|doesnt have|without|no|never)"
    " (?:a |an |any |got a |had a |even |really |wrong,? not )*"
    "(?:sick|ill|poorly|unwell|temperature|temp|fever|cough|cold|rash|headache|appointments?|anxious|upset|on holiday"
    "|holiday)",
    "(?:feeling|feels|much|lot|bit|is|are|s|all) (?:much |a lot |a bit |so much )?better",
    "cold (?:outside|weather|out|day|wind)", "happy holidays", "after the holidays?", "dr (?:mr|mrs|miss|ms)",
    "snow (?:white|day costume)", "holiday club",
)  # fmt: skip
