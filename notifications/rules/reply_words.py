"""The words by which a reply's meaning is read, as tables. ``{name}`` stands for the first names of the children.

The texts are those of ``people.rules.danger.plain_words`` with 'll written out as will. English, first version.
"""

from __future__ import annotations

import re

from notifications.rules.reason_words import any_of

# Whole messages (Twilio's opt-out keywords). END, CANCEL and YES are also words that a parent may type.
STOP = frozenset({"stop", "stopall", "stop all", "unsubscribe", "quit", "optout", "opt out"})
STOP_OR_A_WORD = frozenset({"end", "cancel"})
START = frozenset({"start", "unstop"})
START_OR_A_WORD = frozenset({"yes"})
HELP = frozenset({"help", "info"})
_GLAD = (
    "\U0001f44d\U0001f44c\U0001f64f\U0001f60a\U0001f642\U0001f600\U0001f603\U0001f604\U0001f601\U0001f44f\U0001f618\u263a\u2764"
    "\U0001f499-\U0001f49c\U0001f9e1"
)
"""Signs of thanks: thumbs, praying hands, smiles and hearts. Any other, a face with a thermometer say, is read."""
THANKS = re.compile(
    rf"(?=.*[a-z{_GLAD}])"
    r"(?:ok(?:ay)?|k|thanks?|thank you|ty|thx|cheers|no problem|np|will do|great|lovely|perfect|noted|got it|so much"
    r"|very much|for (?:letting (?:me|us) know|telling (?:me|us)|the text)|all good|sorry|a lot|miss|sir|x+"
    rf"|[ .,!\-:;)'\"&]|[{_GLAD}][\U0001f3fb-\U0001f3ff]?){{1,12}}"
)
POLITE_STOP = any_of(
    r"(?:stop|quit|cease) (?:send\w*|text\w*|messag\w*|contact\w*)", "unsubscribe", "take me off",
    "(?:dont|do not) (?:text|message|contact|send) (?:me|us|this|any)", "no more (?:texts?|messages?)",
    "remove (?:me|this number|my number)",
)  # fmt: skip
WRONG_NUMBER = any_of(
    "wrong (?:number|person|phone|parent|mum|dad|family)", "not my (?:child|kid|son|daughter)",
    r"(?:not|isnt|arent) (?:his|her|their|the|a|\w+s) (?:mum|mom|dad|mother|father|parents?|carer|guardian|number)",
    r"(?:dont|do not) (?:know|have) (?:a |any )?(?:child|children|kids?|son|daughter)(?: at| in| there| called|\W*$)",
    "(?:have no|got no) (?:child|children|kids)", "(?:changed|new|old) (?:my |his |her )?number",
)  # fmt: skip

_WHO = "(?:he|she|they|both|kids|children|my son|my daughter|{name})"
_CHILD = "(?:him|her|them|the kids|the children|both|my son|my daughter|{name})"
_IS = "(?: is| are|s|re| was| were| should be| must be| has been| (?:is|are) supposed to be| ought to be)"
_SURELY = "(?: already| definitely| defo| actually| really| just)*"
_PLACE = "(?:school|class|lessons?|form|registration|assembly|breakfast club|college|nursery|reception)"
_NOT_LATER = (
    "(?! (?:tomorrow|later|soon|by|after|this afternoon|from|next|again|yesterday|last|at|around|about|before|for|in"
    "|when|if|as soon|hopefully|once|until|on (?:mon|tues|wednes|thurs|fri)|(?:mon|tues|wednes|thurs|fri)day))"
)
_NOT_THEN = "(?! (?:yesterday|last |on (?:mon|tues|wednes|thurs|fri)))"

IN_SCHOOL = (
    r"^(?:yes )?in school(?: today| already| now)?\W*$",
    rf"{_WHO}{_IS}{_SURELY} (?:in|at) (?:my |his |her |their |the )?(?:{_PLACE}|there|today|already){_NOT_LATER}",
    rf"{_WHO}{_IS}{_SURELY} (?:in|there)(?= ?(?:[.,!?]|$))",
    rf"{_WHO}{_IS}{_SURELY} there (?:already|today|now)",
    rf"^(?:dropped|i dropped|just dropped|we dropped)|dropped {_CHILD}(?: off)?",
    rf"(?:took|taken|brought|walked|drove|sent|saw|watched|put) {_CHILD}(?: \w+)?{_SURELY}"
    rf" (?:in|inside|to {_PLACE}|into {_PLACE}|(?:through|to|at) the (?:gates?|door)|(?:go|going|walk|walking) in"
    rf"|on the (?:\w+ )?bus){_NOT_THEN}",
    rf"left {_CHILD} (?:at|in|with) (?:the )?(?:gates?|{_PLACE}|playground|teacher|office|miss|mrs|mr)",
    rf"{_WHO}(?: has| have|s)?{_SURELY} (?:went|gone|been|walked|goes) (?:in|to {_PLACE}|into {_PLACE}|off to school"
    rf"|through the gates?){_NOT_THEN}",
    rf"(?:thought|assumed|believed|told|understood)(?: that| me)? {_WHO}{_IS}{_SURELY} (?:in|at|there)",
    rf"(?:is|isnt|are|arent|was|wasnt) {_WHO} (?:not |really |definitely )*(?:in|at {_PLACE}|there|turned up|arrived)"
    "(?! (?:hospital|trouble|bed))",
    rf"(?:did|didnt|has|hasnt|have|havent) {_WHO} (?:not |ever )*"
    r"(?:turn\w* up|arrive\w*|come in|came in|get there|got there|get in|been (?:in|marked|registered))",
    rf"(?:should|supposed to|meant to|must|ought to) be (?:in|at) {_PLACE}",
    "(?:you|there|that|it) must be (?:a |some )?(?:wrong|mistake|mixed)", "(?:a|your) mistake",
    "register (?:is )?wrong", "what do you mean", "where (?:is|are) (?:he|she|they|{name}) then",
    "can you (?:please )?check", "please check", "check again",
)  # fmt: skip
"""A parent who says one of these believes that the child is in school: an alarm, whatever stands beside it."""

NOT_IN_SCHOOL = (
    rf"{_WHO}(?: is| are|s|re)? (?:not|isnt|arent|wont be|will not be|cant be)(?: \w+)? (?:in|at|into|coming|going)",
    rf"{_WHO}(?: is| are|s|re)? (?:off|away|absent|staying off|staying at home|at home|home)",
)
"""Taken out before IN_SCHOOL is looked for: "he is not in school today" tells, and does not ask."""

ON_THE_WAY = (
    "on (?:the|our|his|her|my|their|its) way", "omw", "running (?:a bit |really |very |a little )?late", "nearly there",
    r"(?:be|is|are|was|were|re|s|being|bit|few|\d+ ?min\w*) late", "late (?:today|this morning|start)", "^late",
    r"(?:be|get|getting) (?:there|in|with you|to school)(?: \w+)? (?:in|by|at|for|around|about|before|soon|shortly|asap"
    "|later)", r"stuck in (?:\w+ )?traffic", "traffic", "over ?slept", "slept (?:in|through)",
    "missed (?:the|his|her|our|their) (?:bus|train|lift)", "just (?:left|leaving|parking|parked|setting off|coming)",
    "leaving (?:now|in|soon|the house)", "(?:coming|come|be) in (?:late|later|now|soon|after|at|for)",
    r"bring\w* {child} (?:in|to school|now|later|soon|after)", r"\d+ ?min\w* away", "outside now",
    r"drop(?:ping)? {child} (?:off |in )?(?:at \d|in \d|soon|now|later|by|shortly)",
)  # fmt: skip
NOT_DROPPED_YET = (
    r"dropp(?:ed|ing) {child} (?:off )?(?:in \d|soon|later|now|by"
    r"|at (?:the )?(?:doctor|dentist|hospital|gp|nan|gran|his|her)\w*)",
)

AWAY = any_of(
    "(?:off|away|absent|at home|home) (?:today|school|sick|ill|poorly|this morning|again|with)", "in bed",
    r"keep(?:ing)? (?:him|her|them|\w+) (?:at )?(?:home|off)", "stay(?:ing|s)? (?:at )?(?:home|off)",
    "(?:wont|will not|not|isnt|arent|cant) (?:be )?(?:coming |going |be |make it )*in(?: today| to school)?",
    "not (?:at|in) school", "days? off",
)  # fmt: skip
CALL_ME = any_of(
    "(?:ring|call|phone) (?:me|us|my|back|asap|please)", "give (?:me|us) a (?:ring|call|bell|buzz)",
    "(?:please|can (?:you|someone|somebody)|could (?:you|someone)) (?:please )?(?:ring|call|phone)",
    "need to (?:speak|talk) to",
)  # fmt: skip
ANOTHER_DAY = any_of(
    r"yesterday|last (?:week|night|mon|tues|wednes|thurs|fri)\w*|tomorrow|tmrw|tmr|until|till|back on|from \d",
    r"next (?:week|mon|tues|wednes|thurs|fri)\w*|(?:mon|tues|wednes|thurs|fri|satur|sun)day|rest of the week|all week",
    r"\d+(?:st|nd|rd|th)|\d{1,2}/\d{1,2}",
)
DOUBT = re.compile(
    r"\?|\b(?:maybe|might|not sure|dont know|perhaps|think|if|but|unless|although|apparently|says? (?:he|she)"
    r"|pretend\w*|not|isnt|no|never|hes fine|shes fine)\b"
)
EVERYBODY = any_of("they")
EVERY_CHILD = any_of(
    "both", "all (?:of them|two|three|four|my)", "(?:the|my) (?:kids|children|boys|girls|twins|sons|daughters)"
)
HOW_MANY = {"both": 2, "two": 2, "twins": 2, "three": 3, "four": 4}
SOME_CHILDREN = any_of("(?:boys|girls|sons|daughters)", "we(?: are|re| have|ve)? both", "both of us")
"""Beside EVERY_CHILD: not all of the family's children, or not the children alone."""

_NAMES = """
amber angel april art august autumn bill bob carol chase christian chuck daisy dawn dean destiny dick dot
drew earl eve faith frank gene grace grant guy harmony hazel heath heather holly hope hunter iris ivy jack
jade jay jean jewel jo joy june king lance lane lily love max mark may melody mercy mike miles nick nan norm
olive pat patience pearl peter prince queen ray rich rob robin rose ruby rusty sandy scout serenity shell
sky skip star stone storm sue summer sunny tanner ted trinity victor violet wade ward will willow win winter
woody
"""
NAMES_THAT_ARE_WORDS = frozenset(_NAMES.split())
