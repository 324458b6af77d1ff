"""Where a name stands in a text, and the words that stand there and are no names. A word too few costs a tap."""

from __future__ import annotations

import re

_FIRST = (
    r"(?:^|[.!?,;:\n] ?|\b(?:and|but|as|because|cos|that|hi|hello|hey|sorry|also|morning|afternoon|evening|today"
    r") )"
)
_THEN = (
    r"(?: (?:is|s|are|was|were|has|have|had|hasnt|havent|will|wont|isnt|arent|wasnt|cant|cannot|can not|didnt|did|got"
    r"|woke|feels?|needs?|seems?|ran|went|left|came|threw|vomited|said|told|got)"
    r"|[ ,:-]{1,3}(?:(?:very|really|still|too|also|quite|so|a bit|bit) )?(?:ill|sick|poorly|unwell|off|away|absent|late"
    r"|not (?:well|in|coming|feeling)|running late|at home|at the|in hospital|missing))\b"
)
_NAME = r"([^\W\d_]{2,})"
_WAS_DONE = r"(?:keep|keeping|kept|dropped|dropping|took|taken|taking|bring|bringing|brought|collecting|collect)"

PERSONS = (
    re.compile(rf"{_FIRST}(?:my (?:son|daughter|child|boy|girl) )?{_NAME}(?: (?:and|&|n) {_NAME})?{_THEN}"),
    re.compile(rf"\b{_WAS_DONE} {_NAME}(?: (?:and|&) {_NAME})? (?:at|off|home|in|to|from)\b"),
    re.compile(rf"\b(?:about|its|it is|this is about) {_NAME}(?: (?:and|&) {_NAME})? ?(?:$|[.,!?]|who|today|not me)"),
)
"""Where a person is spoken of: "Noor is", "Noor and Tom are", "Noor poorly", "keeping Noor at home"."""

SIBLING = re.compile(
    r"\b(?:(?:his|her|their|older|younger|elder|little|big|twin|baby) (?:twin )?(?:brother|sister|sibling|twin)"
    r"|other (?:one|child|son|daughter|boy|girl|kid|twin))s?"
    r" (?:is|are|s|has|have|was|were|will|wont|isnt|arent|cant|too|also|ill|sick|poorly|off|away|absent)\b"
)

_NO_NAMES = """
he she they it this that these those there here who what which where when why how i we you me us him her them one two
hes shes theyre its im ive weve were youre theyve thats theres whos
someone somebody nobody noone everyone everybody nothing something everything anything all both each another either
son daughter child kid kids boy girl boys girls children baby twins lad little mum mom mam mummy mother dad daddy father
nan nana nanna gran grandma granny grandad granddad grandpa auntie aunty aunt uncle cousin cousins family parents parent
carer husband wife partner ex brother sister sibling siblings friend friends mate neighbour childminder
doctor doctors dr gp nurse hospital hospitals dentist dentists optician opticians orthodontist consultant paramedic
ambulance police appointment appt camhs physio scan surgery teacher teachers school college nursery club class office
reception miss sir mrs mr ms madam head bus buses train trains taxi car coach van bike traffic road roads driver lift
transport weather snow rain ice fog temperature temp temprature fever cough cold throat tummy stomach belly tum headache
migraine ear ears eye eyes leg legs foot feet ankle arm hand back neck nose nosebleed chest rash spots vomit vomiting
sickness diarrhoea diarrhea bug illness virus flu covid chickenpox pox test results asthma inhaler medicine calpol
antibiotics allergy tooth teeth brace pain pains cramps period periods hair nits lice blood breathing sleep alarm clock
phone battery message text texts number email app link register mark name mistake today tomorrow yesterday tonight
morning afternoon evening night week weekend monday tuesday wednesday thursday friday saturday sunday day days half time
now then also still just only even not no yes yeah yep ok okay fine good great thanks thank cheers sorry hi hello hey
dear please pls maybe perhaps probably possibly unfortunately sadly apparently hopefully currently obviously definitely
actually basically literally again already always never ever really very quite bit too so such much more most less
and but or as because cos if until till since after before while although though unless with without about
poorly ill sick unwell off away home late absent better worse well tired asleep awake anxious upset
am is are was were be been being has have had do does did can could would shall should might must wont cant cannot
isnt arent wasnt werent hasnt havent hadnt didnt doesnt dont
dropped left running stuck throwing feeling having being going coming staying keeping getting taking seeing looking
waiting got gone went came come woke called phoned rang texted told said asked thought think know hope wish see tell let
keep take give get go stay sent send need want on in at to for of from by up out down over under around near the a an
his her their my our your funeral burial wedding holiday flight flights passport visa eid diwali prayer mosque church
religious bereavement death loss house landlord boiler water heating power key keys uniform shoes coat bag lunch dinner
breakfast food work job shift meeting interview trip exam exams practice match dog cat hamster pet anyone nothing
last next first second third few couple lots another whole full part nearly almost about overslept slept
"""
NO_NAMES = frozenset(_NO_NAMES.split())
