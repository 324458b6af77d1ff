"""Danger in words: what a parent or child writes that the DSL must hear of within a minute.

It is looked for in every reply, report, form and plan. A phrase that is missed may cost a child, one found too many
costs the DSL a glance, so a doubt counts as found; everyday phrases that only sound so are taken out first. The tables
are English; a test holds the texts that must be found and those that must be left alone.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Danger(StrEnum):
    """What kind of danger the words speak of; the value is what is stored."""

    LEFT_HOME = "left_home"
    MISSING = "missing"
    HARM = "harm"
    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    REFUGE = "refuge"
    POLICE = "police"


@dataclass(frozen=True, slots=True)
class DangerFound:
    """One phrase, as it was found: lower case, without apostrophes."""

    kind: Danger
    words: str


_CHILD = (
    r"(?:him|her|them|me|us|my (?:son|daughter|child|kids?|boy|girl|children)"
    r"|the (?:kids|children|baby|boys|girls))"
)
_SELF = r"(?:him|her|them|my|your|one)sel(?:f|ves)"
_HIS = r"(?:his|her|their|my|your)"
_NOT = r"(?:did ?nt|did not|has ?nt|has not|have ?nt|have not|never|not)"
_PARTNER = (
    r"(?:husband|wife|partner|ex|ex[- ]?(?:husband|wife|partner|boyfriend)|boyfriend|girlfriend|dad|father|mum|mother"
    r"|step ?-?(?:dad|mum|father|mother)|brother|uncle)"
)
_DAY = r"(?:last night|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day|this morning|\d|the weekend)"

# Everyday phrases, taken out before the danger is looked for.
_HARMLESS = (
    # Pain and tiredness.
    r"\b(?:legs?|heads?|back|feet|foot|tummy|stomach|belly|tooth|teeth|throat|knees?|ankles?|arms?|hands?|ears?|eyes?"
    r"|neck|chest|wrist|periods?|cramps|braces|shoes?|it|this|that|cough|cold|hay ?fever|headache|homework|traffic)s?"
    r"(?: (?:is|are|was|were|has been|have been|really|just|absolutely|still|so|kept|keeps)){0,3}"
    rf" (?:killing|hurting|hurts?|murdering)(?: {_CHILD})?",
    rf"\bkilling {_CHILD}",
    rf"\b(?:killing|laughing|crying) {_SELF} (?:laughing|silly)",
    r"\b(?:dying|dead) (?:for|of boredom|tired|to)\b",
    r"\bviolent(?:ly)? (?:sick|ill|vomit\w*|throwing up|being sick|cough\w*|head\w*|stomach\w*|storms?|weather|cramps"
    r"|diarrh\w*|d and v)",
    r"\bstabbing (?:pains?|head\w*|sensation|feeling)",
    r"\b(?:sick|ill|vomit\w*) violently",
    # Play, accidents and things.
    rf"\b(?:hurt|cut|burnt|burned) {_SELF}(?: \w+)? (?:on (?:a|an|the|some|{_HIS})|while|whilst|when|play\w*"
    r"|fall\w*|during|shaving|cooking|climbing|jumping|doing|in (?:pe|football|the play\w*)"
    r"|at (?:football|pe|play\w*|gym\w*|rugby|break|lunch))\b",
    r"\b(?:ball|bat|swing|door|gate|branch|stick|stone|bug|virus|flu|covid)s? (?:\w+ )?(?:hit|knocked|hurt|bit)"
    rf" {_CHILD}",
    r"\b(?:asthma|panic|heart|anxiety) attacks?\b",
    r"\bthreaten(?:s|ing|ed)? (?:to )?(?:rain|snow|ice|miscarriage)",
    r"\b(?:butter |pen|bread |kitchen )?knife and fork|\bbutter knife|\b(?:nerf|glue|water|toy|nail|heat) guns?\b",
    r"\b(?:dog|cat|hamster|rabbit|pet|kitten|puppy|horse|pony|tortoise)s?(?: (?:has|have|had|just))?"
    r" (?:ran|run|is missing|went missing|gone missing|left)(?: (?:away|off|home))?",
    r"\b(?:dog|horse|pony) grooming|\bgroom\w* (?:the |a |his |her )?(?:dog|horse|pony)",
    # The road and the weather.
    r"\b(?:roads?|driving|travel\w*|journey|weather|ice|icy|snow|pavements?|bus|buses|paths?)\b[^.!?]{0,30}"
    r"\b(?:not|isnt|arent|wasnt|un) ?(?:be )?safe\b",
    r"\b(?:not|isnt|arent|wasnt|un) ?safe (?:for \w+ )?to (?:drive|travel|walk|go out|come in|leave|cycle|cross)",
    # The police as neighbours, jobs and games.
    r"\bdress\w*(?: up)? (?:as|like) (?:an? )?police\w*(?: officer)?|\b(?:toy|lego|pretend) police\w*",
    r"\b(?:work\w*|jobs?|volunteer\w*) (?:for|with|as|in) (?:an? |the )?police(?:m[ae]n|wom[ae]n| officers?| force)?",
    r"\b(?:want\w* to be|becom\w*|train\w*(?: to be| as)) an? police\w*(?: officer)?",
    r"\bpolice (?:dogs?|cadets?|costume|outfit|fancy dress|assembly|careers?|traffic|recruit\w*"
    r"|(?:have |has )?(?:closed|shut|blocked) (?:the |our )?(?:road|motorway|street|bridge|lane)|road ?blocks?)",
    r"\b(?:road|motorway|lane|street|bridge|a\d+|m\d+) (?:\w+ ){0,3}(?:closed|shut|blocked) by (?:the )?police",
)

_FOUND: tuple[tuple[Danger, str], ...] = (
    # "He left at 8": the parent thinks that the child is on the way or in school, and the child is not.
    (
        Danger.LEFT_HOME,
        r"\b(?!(?:i|ive|we|weve|bus|train|taxi|car|coach|driver|it|dad|mum|mom|he and i|she and i|all|both)\b)\w+"
        r"(?: (?:has|had|have|already|definitely|deffo|only|must have|should have|would have)){0,3} left"
        r"(?: (?:home|the house|here|for (?:the )?(?:school|bus)|already|as (?:normal|usual)|this morning|on time|early"
        r"|on (?:his|her|their) (?:bike|own)|on foot)){0,3}"
        r"(?: (?:at|about|around|by|before|just|after|gone|past|roughly|approx\w*|well)){0,3}"
        r" (?:0?[6-9](?:[:.]?[0-5]\d)?(?:ish)?|10(?:[:.][0-5]\d)?|six|seven|eight|nine|half|quarter|twenty|ten|five)"
        r"\b(?! ?pm| minutes| mins? )",
    ),
    (
        Danger.LEFT_HOME,
        r"\b(?!(?:i|ive|we|weve|bus|train|taxi|dad|mum|mom|both)\b)\w+"
        r"(?: (?:has|had|have|already|definitely|deffo|must have|should have|would have)){0,3} left"
        r" (?:home|the house(?! keys?)|for (?:the )?(?:school|bus)|already|ages ago|hours ago|an? (?:half )?hours? ago"
        r"|\d+ (?:min\w*|hours?) ago|as (?:normal|usual)|this morning|on time|on (?:his|her|their) (?:bike|own)"
        r"|on foot)",
    ),
    (Danger.LEFT_HOME, r"\b(?:he|she|they)(?: has| have|s|ve)? already left\b"),
    (
        Danger.LEFT_HOME,
        r"\b(?!(?:i|ive|we|weve|just)\b)\w+ (?:has |have |already |definitely )*(?:set off|walked (?:to school|in)\b"
        r"|cycled (?:to school|in)\b|went off to school|went out (?:the door )?(?:to|for) school"
        r"|(?:caught|got|got on) (?:the |a )?(?:\w+ )?bus)",
    ),
    (
        Danger.MISSING,
        rf"\b(?!(?:i|we)\b)\w+ {_NOT} (?:\w+ )?(?:come|came|been|return\w*|arrived?)(?: back)? home\b"
        r"(?! from (?:hosp|hol))",
    ),
    (
        Danger.MISSING,
        rf"\b(?:he|she|they|hes|shes|theyve|theyre) {_NOT} (?:get|got) home(?: (?:last night|yet|at all)|$|[.,!?])",
    ),
    (
        Danger.MISSING,
        r"\b(?:is|are|was|been|gone|went|goes|still|reported|hes|shes|theyre) missing\b"
        r"(?! (?:school|class|lessons?|work|out|his|her|their|the|a|an|some|any|so|too|you|me|us|maths|english|assembly"
        r"|days?|this lesson|because|due|for|with|as))(?! (?:today|this morning|tomorrow) (?:as|because|due|for|with))",
    ),
    (Danger.MISSING, r"\bmissing (?:person|from home|since|overnight|all night|child)\b"),
    (
        Danger.MISSING,
        r"\b(?:dont|do not|didnt|no|not|havent a|not a|without) (?:know\w*|idea|clue|sure|knowing)(?: of)? where"
        r" (?!(?:his|her|my|the|their|our|your|that|this|it|we|i|you|to|in|on)\b)(?:\w+ )?\w+"
        r" (?:is|are|was|were|has|have|went|could|might|may|slept|stayed|gone)\b",
    ),
    (Danger.MISSING, r"\b(?:dont|do not|no) (?:know|idea|clue) where (?:hes|shes|theyre|theyve)\b"),
    (Danger.MISSING, r"\b(?:ran|run|runs|running) (?:away|off)\b(?! (?:the|to the))|\brunaway\b"),
    (Danger.MISSING, r"\b(?:out|away|gone|missing) all night\b|\bstayed out (?:all|last) night\b"),
    (
        Danger.MISSING,
        rf"\b(?:havent|have not|hasnt|has not|not|nobody|noone|no one|none of us)(?: (?:has|have|been|was|yet))*"
        rf" (?:seen|heard from)(?: {_CHILD}| \w+)?(?: at all)? since {_DAY}",
    ),
    (Danger.MISSING, r"\b(?:not|hasnt been|wasnt|isnt) in (?:his|her|their) (?:bed|room) (?:this morning|when|at)\b"),
    (Danger.MISSING, r"\bbed (?:(?:was|is|has|had) )?(?:not been|not|hadnt been|hasnt been|wasnt|isnt) slept in\b"),
    (Danger.MISSING, r"\bsle(?:pt|eping) rough\b"),
    (
        Danger.HARM,
        r"\b(?:hit|hits|hitting|beat|beats|beating|beaten|slap(?:s|ped|ping)?|punch(?:es|ed|ing)?|kick(?:s|ed|ing)?"
        r"|chok(?:es|ed|ing)|strangl(?:es|ed|ing)|whip(?:s|ped)?|smack(?:s|ed|ing)?|hurt(?:s|ing)?|grab(?:s|bed)"
        rf"|burn(?:s|t|ed)|attack(?:s|ed)|throws?|threw|pushe[sd]) {_CHILD}\b(?! (?:about|off|out|up) )",
    ),
    (Danger.HARM, r"\babus(?:e|ed|es|er|ing|ive)\b|\bneglect(?:ed|ing)?\b"),
    (
        Danger.HARM,
        rf"\btouch(?:ed|es|ing) {_CHILD}\b|\btouch\w* inappropriately|\binappropriate(?:ly)? touch\w*|\bmolest\w*"
        r"|\braped?\b|\bsexual\w*|\bgroom(?:ed|ing)\b|\bindecent\w*|\bnudes?\b",
    ),
    (
        Danger.HARM,
        rf"\b(?:scared|afraid|frightened|terrified) of (?:{_HIS} )?{_PARTNER}\b"
        r"|\b(?:not|isnt|arent|wasnt|dont feel|doesnt feel|un) ?(?:feel )?safe\b|\bin danger\b|\bat risk from\b",
    ),
    (Danger.HARM, rf"\bbruis\w+ (?:all over|on {_HIS} (?:neck|face|back))|\bunexplained (?:bruis|mark|injur)\w*"),
    (Danger.HARM, r"\bforced marriage|\bforc\w+ to marry|\bmarr\w+ against|\bfgm\b|\bhonou?r (?:based|killing)"),
    (Danger.HARM, r"\bcounty lines\b|\b(?:in|by|with) a gang\b|\bgang members?\b|\bexploit\w+|\btraffick\w+"),
    (Danger.SELF_HARM, r"\bself[- ]?harm\w*|\bsuicid\w*|\boverdos\w*"),
    (Danger.SELF_HARM, rf"\b(?:kill|hang|drown|stab|poison)(?:s|ed|ing)? {_SELF}|\bhung {_SELF}"),
    (Danger.SELF_HARM, rf"\b(?:hurt|harm|cut|burn|hit|scratch)(?:s|t|ed|ting|ing)? {_SELF}"),
    (
        Danger.SELF_HARM,
        r"\bwant(?:s|ed|ing)? to (?:die|be dead|end it|kill|disappear)"
        r"|\bwish(?:es|ed)? (?:he|she|they|i) (?:was|were) dead"
        r"|\bbetter off (?:dead|without (?:him|her|me|them))"
        r"|\b(?:doesnt|does not|didnt|did not|dont|do not) want to (?:be here|live|be alive|exist|wake up)\b"
        rf"|\b(?:end|ends|ending|ended|take|takes|taking|took) (?:it all|{_HIS} (?:own )?life)\b"
        r"|\b(?:no reason|nothing) to live(?: for)?\b|\bcant go on\b|\b(?:not|isnt) worth living",
    ),
    (
        Danger.SELF_HARM,
        rf"\bslit\w* {_HIS} wrists?|\bjump\w* (?:off|from) (?:a|the) (?:bridge|roof|building|balcony|cliff)"
        r"|\b(?:took|taken|taking|swallow\w*) (?:too many|a load of|lots of|all (?:the|her|his|my)|\d\d+)"
        r" (?:\w+ )?(?:tablets|pills|paracetamol|ibuprofen|painkillers)",
    ),
    (Danger.VIOLENCE, r"\bdomestic (?:violence|abuse|incident)|\bviolen(?:t|ce|tly)\b|\bcoercive\b"),
    (Danger.VIOLENCE, r"\bthreat(?:s|en|ens|ened|ening)?\b|\bblackmail\w*"),
    (Danger.VIOLENCE, r"\bkni(?:fe|ves|fed)\b|\bstab(?:s|bed|bing)?\b|\bguns?\b|\bmachete|\bweapons?\b|\bacid attack"),
    (
        Danger.VIOLENCE,
        r"\b(?:kill|murder|stab|shoot|shot)(?:s|ed)? (?:him|her|me|us|them|you|someone|somebody|my|the kids)\b",
    ),
    (Danger.VIOLENCE, r"\b(?:assault|mug)(?:s|ed|ing|ged)\b|\bassault\b|\bbeat(?:en)? up\b|\bjumped by\b|\battacked\b"),
    (
        Danger.VIOLENCE,
        rf"\b{_PARTNER} (?:has |had |is |was |just |keeps |been )*(?:hit|hits|hitting|beat|beats|beating|punch\w*"
        r"|slap\w*|kick\w*|push\w*|strangl\w*|chok\w*)\b(?! (?:the|a) (?:ball|record|traffic|football))",
    ),
    (Danger.REFUGE, r"\brefuge\b|\bwomens aid\b|\bsafe ?house\b|\bfled\b|\bflee(?:ing)?\b|\bin hiding\b"),
    (Danger.REFUGE, r"\bnon[- ]?mol(?:estation)?\b|\brestraining order|\bhad to (?:get out of|escape)\b"),
    (Danger.REFUGE, rf"\b(?:had to leave|escaped from|got away from|hiding from) (?:{_HIS} )?{_PARTNER}\b"),
    (Danger.POLICE, r"\bpolice(?:m[ae]n|wom[ae]n)?\b|\barrest(?:ed|ing|s)?\b|\b(?:in|into) custody\b|\bthe cops\b"),
    (Danger.POLICE, r"\b(?:rang|ring|call(?:ed|ing)?|dial\w*|phoned) 999\b|\b999 (?:was )?call|\bcrime (?:no|ref|num)"),
)

# Slips of a hurried thumb, put right before the danger is looked for: words run together, letters doubled or swapped.
_SLIPS = (
    ("hitt|hitts|hti", "hit"),
    ("hiting", "hitting"),
    ("beatt", "beat"),
    ("punshed|puched|punchd", "punched"),
    ("kiked|kickd|kikced", "kicked"),
    ("slaped|slappd", "slapped"),
    ("strangeld|stranguled", "strangled"),
    ("hurtt|hurted|hrut", "hurt"),
    ("(?:ran|run|rann)away|rann away|ran (?:awya|awy|aaway)|runned away", "ran away"),
    ("ranoff|rann off", "ran off"),
    ("(?:last|lsat|lats) ?(?:nite|nigth|nihgt)|(?:lsat|lats) night|lastnight", "last night"),
    ("mising|misssing|missng|mis+ign", "missing"),
    ("allnight|all nite", "all night"),
    ("self ?har?mm?ing", "self harming"),
    ("sucid(?:e|al)|sucicid(?:e|al)|suicde|sui?side|sui?sidal", "suicide"),
    ("overdoes|over ?dosed|overdosse", "overdose"),
    ("abussed|abuesd|abbused", "abused"),
    ("threatend|threatned|thretened|thretend", "threatened"),
    ("arested|arressted", "arrested"),
    ("polic|poliec|polcie|pollice|polise", "police"),
    ("stabed|stabbd", "stabbed"),
    ("knif|kinfe|nife", "knife"),
    ("alredy|allready", "already"),
    ("comehome", "come home"),
)
_SLIP = re.compile("|".join(rf"(?P<slip{i}>\b(?:{written})\b)" for i, (written, _) in enumerate(_SLIPS)))
_MEANT = {f"slip{i}": meant for i, (_, meant) in enumerate(_SLIPS)}
_TAKEN_OUT = re.compile("|".join(f"(?:{pattern})" for pattern in _HARMLESS))
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _FOUND)


def plain_words(text: str) -> str:
    """The text as the rules of reading see it: lower case, no accents on letters, no apostrophes, single spaces."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in letters if unicodedata.category(c) not in {"Mn", "Cf"})
    return re.sub(r"\s+", " ", re.sub(r"['’‘`´ʼ]", "", kept)).strip()


def _put_right(words: str) -> str:
    return _SLIP.sub(lambda found: _MEANT[found.lastgroup or ""], words)


def find_danger(text: str) -> tuple[DangerFound, ...]:
    """Every kind of danger that the words speak of, each with the first phrase that says so."""
    words = _TAKEN_OUT.sub(" - ", _put_right(plain_words(text)))
    found: dict[Danger, DangerFound] = {}
    for kind, pattern in _PATTERNS:
        if kind not in found and (phrase := pattern.search(words)) is not None:
            found[kind] = DangerFound(kind, phrase.group().strip())
    return tuple(found.values())


def speaks_of_danger(text: str) -> bool:
    """True if the DSL must hear of it."""
    return bool(find_danger(text))
