"""Why a child is away, in a parent's words, and the code that each reason suggests.

A parent gives a reason, never a code; staff set the code (Working together to improve school attendance, 2024). The
suggestions follow regulation 10 of the School Attendance (Pupil Registration) (England) Regulations 2024.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from webapp.absence.rules.kinds import EVERY_KIND, PART_DAYS, WHOLE_DAYS, Kind


class Reason(StrEnum):
    """The value is what is stored; the order is the order on the page."""

    ILL = "ill"
    APPOINTMENT = "appointment"
    ANXIOUS = "anxious"
    BEREAVEMENT = "bereavement"
    RELIGIOUS = "religious"
    TRANSPORT = "transport"
    RUNNING_LATE = "running_late"
    INTERVIEW = "interview"
    PERFORMANCE = "performance"
    TRIP = "trip"
    NOT_KNOWN = "not_known"
    OTHER = "other"


class Symptom(StrEnum):
    """The chips under "Ill or unwell"."""

    SICK = "sick"
    TEMPERATURE = "temperature"
    COUGH = "cough"
    HEADACHE = "headache"
    RASH = "rash"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SymptomKind:
    """``label`` is the chip; ``after`` the line of NHS advice, with {child} for the first name."""

    symptom: Symptom
    label: str
    after: str = ""


SYMPTOMS: Mapping[Symptom, SymptomKind] = MappingProxyType(
    {
        kind.symptom: kind
        for kind in (
            SymptomKind(
                Symptom.SICK, "Sick or diarrhoea",
                "Sick or diarrhoea. Keep {child} at home until 2 days after the last time.",
            ),
            SymptomKind(Symptom.TEMPERATURE, "High temperature", "High temperature. NHS: keep at home until it goes."),
            SymptomKind(
                Symptom.COUGH, "Cough or cold",
                "Cough or cold. NHS: fine for school if well enough, with no high temperature.",
            ),
            SymptomKind(Symptom.HEADACHE, "Headache"),
            SymptomKind(Symptom.RASH, "Rash"),
            SymptomKind(Symptom.OTHER, "Other"),
        )
    }
)  # fmt: skip

NHS_ADVICE = "NHS advice: is my child too ill for school?"


@dataclass(frozen=True, slots=True)
class ReasonKind:
    """One reason. ``label`` is the parent's words, ``staff`` those of the board, ``recorded`` follows "Recorded as".

    ``code`` only suggests. ``quick``: on the quick report. ``read_first``: a person reads it before any code is set.
    ``not_sure``: the reason alone does not lead to one code. ``asks_call``: the parent is asked whether to be rung.
    """

    reason: Reason
    label: str
    staff: str
    code: str
    kinds: frozenset[Kind] = EVERY_KIND
    after: str = ""
    symptoms: tuple[Symptom, ...] = ()
    quick: bool = True
    read_first: bool = False
    not_sure: bool = False
    asks_call: bool = False
    asks_leave: bool = False

    def fits(self, kind: Kind) -> bool:
        return kind in self.kinds


REASONS: Mapping[Reason, ReasonKind] = MappingProxyType(
    {
        row.reason: row
        for row in (
            ReasonKind(Reason.ILL, "Ill or unwell", "Ill", "I", symptoms=tuple(Symptom)),
            ReasonKind(Reason.APPOINTMENT, "Doctor, dentist or hospital", "Appointment", "M"),
            # Illness of the mind is illness (Working together, 2024, paragraphs 365-366); but a voice follows.
            ReasonKind(
                Reason.ANXIOUS, "Too anxious or upset to come in", "Too anxious or upset", "I",
                after="Thank you for telling us. School can help. Shall we ring you?", read_first=True, asks_call=True,
            ),
            # C is the head's to give; the office reads it first.
            ReasonKind(
                Reason.BEREAVEMENT, "A death or emergency in the family", "Death or emergency", "C",
                after="We are sorry. Take the time you need.", read_first=True,
            ),
            ReasonKind(Reason.RELIGIOUS, "A religious day", "Religious day", "R"),
            # Q, Y1 or Y2, by whose transport failed and why.
            ReasonKind(
                Reason.TRANSPORT, "Could not get to school", "Could not get to school", "Y1", not_sure=True,
                kinds=frozenset({Kind.ALL_DAY, Kind.DAYS, Kind.LATE}),
            ),
            # L or U by the clock; U is what stands where nothing else fits.
            ReasonKind(
                Reason.RUNNING_LATE, "Running late", "Running late", "U", kinds=frozenset({Kind.LATE}), quick=False
            ),
            ReasonKind(
                Reason.INTERVIEW, "An interview at a college, school or job", "Interview", "J1",
                kinds=PART_DAYS | {Kind.ALL_DAY}, quick=False, read_first=True,
            ),
            ReasonKind(
                Reason.PERFORMANCE, "A show or filming that has a licence", "Performance", "C1", quick=False,
                read_first=True,
            ),
            ReasonKind(
                Reason.TRIP, "Away on a trip", "Away on a trip", "G", kinds=WHOLE_DAYS, quick=False, read_first=True,
                after="Time off in term has to be asked for before it starts.", asks_leave=True,
            ),
            ReasonKind(Reason.NOT_KNOWN, "I do not know yet", "Not known yet", "N", not_sure=True),
            ReasonKind(Reason.OTHER, "Something else", "Something else", "N", not_sure=True),
        )
    }
)  # fmt: skip

COMING = frozenset({"L", "U"})
"""The codes of a child who came in late. A family says that the child will; only school sees that they have."""

QUICK: tuple[ReasonKind, ...] = tuple(row for row in REASONS.values() if row.quick)
"""The reasons of the quick report, in order."""


def reasons_for(kind: Kind) -> tuple[ReasonKind, ...]:
    """The reasons that fit, in the order of the page."""
    return tuple(row for row in REASONS.values() if row.fits(kind))


def after_words(reason: Reason, symptoms: Iterable[Symptom], child: str) -> tuple[str, ...]:
    """The sentences that follow a reason on the page and on the receipt; ``child`` is a first name."""
    held = frozenset(symptoms)
    chips = (SYMPTOMS[symptom].after for symptom in REASONS[reason].symptoms if symptom in held)
    return tuple(words.format(child=child) for words in (REASONS[reason].after, *chips) if words)


def why_words(reason: Reason, symptoms: Iterable[Symptom] = ()) -> str:
    """What the parent chose, on one line: "Ill or unwell: sick or diarrhoea, rash"."""
    held = frozenset(symptoms)
    chips = [SYMPTOMS[symptom].label.lower() for symptom in REASONS[reason].symptoms if symptom in held]
    return ": ".join(part for part in (REASONS[reason].label, ", ".join(chips)) if part)


def needs_eyes(reason: Reason, kind: Kind) -> bool:
    """True if the suggested code may not be confirmed unread.

    A religious day is one day that the religious body has set apart; more than one has to be asked for as leave
    (reg. 10 table, code R; reg. 11).
    """
    row = REASONS[reason]
    return row.not_sure or (reason is Reason.RELIGIOUS and kind is Kind.DAYS)


def suggest_code(reason: Reason, kind: Kind, *, arrives: datetime | None, closes: datetime, ends: datetime) -> str:
    """The code to offer for one session whose register closes at ``closes`` and which ends at ``ends``.

    A pupil who comes in during the session is L or U by the clock, unless the reason has a code of its own that goes
    before U (reg. 10: U only "where no other code applies"). Nobody sets what this returns but a person.
    """
    row = REASONS[reason]
    if kind is Kind.LATE and arrives is not None and arrives < ends:
        if arrives < closes:
            return "L"
        return row.code if row.code != "N" else "U"
    return "N" if reason is Reason.RUNNING_LATE else row.code
