"""The scripted morning: what families tell school before and after the registers close, as plain rows.

Whoever plays the morning sends each report through the service that a parent's own tap would reach, and takes the
registers that are still to come. The people are those of ``webapp.demo.cast``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum


class Reason(StrEnum):
    """The reasons that a parent is offered, in the order of the quick report."""

    ILL = "ill"
    APPOINTMENT = "appointment"
    ANXIOUS = "anxious"
    EMERGENCY = "emergency"
    RELIGIOUS = "religious"
    TRANSPORT = "transport"
    NOT_KNOWN = "not_known"
    OTHER = "other"


class Channel(StrEnum):
    """How it reached school: the app, a text, or a call that the office wrote down."""

    APP = "app"
    TEXT = "text"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class ScriptedReport:
    """One message from one adult about one or more children, at a London time of the demo's day.

    ``reason`` is None where the words are all that came (a text). ``symptoms`` are the chips of the quick report.
    ``leaves_at`` and ``arrives_at``: away for a part of the day only. ``shows`` says what it is there to show.
    """

    at: time
    contact: str
    children: tuple[str, ...]
    channel: Channel
    reason: Reason | None
    words: str
    shows: str
    symptoms: tuple[str, ...] = ()
    leaves_at: time | None = None
    arrives_at: time | None = None


@dataclass(frozen=True, slots=True)
class ScriptedRegister:
    """A register of Hill Primary taken on Firstbell's own page; everybody of the form who is not in ``away`` is in."""

    form: str
    at: time
    away: tuple[str, ...] = ()


_ILL, _APPOINTMENT, _ANXIOUS = Reason.ILL, Reason.APPOINTMENT, Reason.ANXIOUS

REPORTS: tuple[ScriptedReport, ...] = (
    ScriptedReport(
        time(7, 12), "Shirin Begum", ("Aaliyah Miah", "Ibrahim Miah", "Yusuf Miah"), Channel.APP, _ILL,
        "All three have been sick since 4 this morning", "three children at two schools, one report",
        ("sick_or_diarrhoea",),
    ),
    ScriptedReport(
        time(7, 20), "Simon Clarke", ("Ivy Clarke",), Channel.APP, _ILL, "Temperature of 39", "simple illness",
        ("high_temperature",),
    ),
    ScriptedReport(
        time(7, 35), "Folake Adeyemi", ("Temi Adeyemi",), Channel.APP, _ILL, "Temi woke up with a bad headache",
        "reported away, and marked in all the same", ("headache",),
    ),
    ScriptedReport(
        time(7, 41), "Karen Bell", ("Nadia Bell",), Channel.APP, _ILL, "Sick in the night", "simple illness",
        ("sick_or_diarrhoea",),
    ),
    ScriptedReport(
        time(7, 44), "Rocío Fernández", ("José Fernández",), Channel.APP, _ILL, "Fever and a cough",
        "illness of a child who is looked for first", ("high_temperature", "cough_or_cold"),
    ),
    ScriptedReport(
        time(7, 50), "Claire Martin", ("Zoë Martin",), Channel.APP, _APPOINTMENT, "dentist 10, back lunch",
        "an appointment with a time", arrives_at=time(12, 15),
    ),
    ScriptedReport(
        time(7, 52), "Iryna Kovalenko", ("Olena Kovalenko",), Channel.TEXT, None,
        "Доброго ранку. Олена захворіла, температура 38.", "a text in the family's own language",
    ),
    ScriptedReport(
        time(7, 58), "Hương Nguyễn", ("Minh Anh Nguyễn",), Channel.APP, Reason.EMERGENCY,
        "Her grandmother died last night. We are all at the hospital.", "a death in the family",
    ),
    ScriptedReport(
        time(8, 2), "Erik Lindqvist", ("Oscar Lindqvist",), Channel.APP, _ILL, "Tummy ache, will keep him off",
        "reported away, and marked in all the same", ("other",),
    ),
    ScriptedReport(
        time(8, 5), "Agnieszka Wiśniewska", ("Łukasz Wiśniewski",), Channel.APP, _APPOINTMENT,
        "Orthodontist 9.15. He will be in for lesson 3.", "an appointment with a time", arrives_at=time(11, 0),
    ),
    ScriptedReport(
        time(8, 11), "Jana Novak", ("Leo Novak",), Channel.APP, _ILL, "Cough and runny nose, no temperature",
        "simple illness", ("cough_or_cold",),
    ),
    ScriptedReport(
        time(8, 14), "Charlie Shah", ("Noor Shah",), Channel.APP, _ILL, "Migraine again", "simple illness",
        ("headache",),
    ),
    ScriptedReport(
        time(8, 16), "Charlie Shah", ("Ravi Shah",), Channel.APP, _ANXIOUS,
        "Too anxious, could not get him through the door", "read first: not the first time this term",
    ),
    ScriptedReport(
        time(8, 20), "Angharad Evans", ("Siân Evans",), Channel.APP, Reason.NOT_KNOWN,
        "I do not know yet. She will not come out of her room.", "not sure: no bulk confirm",
    ),
    ScriptedReport(
        time(8, 26), "Ayşe Yılmaz", ("Deniz Yılmaz",), Channel.APP, _ANXIOUS,
        "He was crying and would not put his shoes on", "too anxious: a person should ring",
    ),
    ScriptedReport(
        time(8, 31), "Stanley Briggs", ("Lily Briggs",), Channel.PHONE, _ILL,
        "Rang the office: Lily has a rash, seeing the doctor at 11", "a call from a landline", ("rash",),
    ),
    ScriptedReport(
        time(8, 40), "Harpreet Kaur Gill", ("Simran Kaur Gill",), Channel.APP, Reason.TRANSPORT,
        "The 36 bus did not come. She is walking in.", "could not get to school", arrives_at=time(9, 20),
    ),
    ScriptedReport(
        time(8, 50), "Donna Reid", ("Callum Reid",), Channel.TEXT, None, "He left at 8",
        "words of danger: the DSL hears at once",
    ),
)  # fmt: skip

# Hill Primary opens at 08:50: by the start of the demo eight of its fourteen registers have been sent.
REGISTERS: tuple[ScriptedRegister, ...] = (
    ScriptedRegister("6C", time(8, 50), ("Aaliyah Miah",)),
    ScriptedRegister("4S", time(8, 51)),
    ScriptedRegister("1B", time(8, 51), ("Leo Novak",)),
    ScriptedRegister("2M", time(8, 51), ("Zoë Martin",)),
    ScriptedRegister("5W", time(8, 51)),
    ScriptedRegister("6R", time(8, 52), ("Maya Osei",)),
    ScriptedRegister("3D", time(8, 52), ("Ionela Căldărar",)),
    ScriptedRegister("5J", time(8, 52), ("Nadia Bell", "Ivy Clarke")),
    ScriptedRegister("1H", time(8, 55)),
    ScriptedRegister("RD", time(8, 57)),
    ScriptedRegister("RP", time(9, 1)),
    ScriptedRegister("2T", time(9, 4), ("Ibrahim Miah", "Lily Briggs")),
    # Jo Reed's own class waits for the visitor who is Jo Reed: it is late and chased before the demo takes it.
    ScriptedRegister("3K", time(9, 24), ("Tom Ahmed",)),
    ScriptedRegister("4B", time(9, 27), ("Ravi Shah",)),
)


def reports_until(at: time) -> tuple[ScriptedReport, ...]:
    """The reports that have come by a London time of day, in order."""
    return tuple(report for report in REPORTS if report.at <= at)


def registers_between(after: time, until: time) -> tuple[ScriptedRegister, ...]:
    """Hill's registers sent later than ``after`` and not later than ``until``, in order."""
    return tuple(register for register in REGISTERS if after < register.at <= until)
