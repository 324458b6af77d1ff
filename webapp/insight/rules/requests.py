"""The life of a request for data: who may ask for whom, what each step needs, what becomes of each doubtful line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from webapp.insight.rules.deadlines import Basis
from webapp.people.rules.names import clean_text
from webapp.people.rules.refusals import Refused

LONGEST_WORDS = 2000
LONGEST_WHY = 500
KEEP_BUNDLE_DAYS = 30
"""A bundle that was made is deleted after so long: whoever asked has it by then."""
COMPETENT_FROM = 12
"""From about this age a child is asked first: the right is the child's own."""


class RequestRefused(Refused):
    """Something that cannot be done to a request so; ``mend`` says what to do."""


class RequestMoved(RequestRefused):
    """Somebody else was first, or the worker has gone on meanwhile."""

    def __init__(self) -> None:
        super().__init__("request", "This request has moved on. Look at it again.")


class AskedBy(StrEnum):
    PUPIL = "pupil"
    PARENT = "parent"
    CONTACT = "contact"


class RequestState(StrEnum):
    """Where a request stands; the value is what is stored."""

    LOGGED = "logged"
    GATHERING = "gathering"
    CHECKING = "checking"
    MAKING = "making"
    READY = "ready"
    CLOSED = "closed"


class RequestEvent(StrEnum):
    GATHER = "gather"
    GATHERED = "gathered"
    MAKE = "make"
    MADE = "made"
    CHANGE = "change"
    CLOSE = "close"
    GAVE_UP = "gave_up"


_S, _E = RequestState, RequestEvent
# Where a state has no row for an event, the event is refused: nothing is handed out that nobody has checked.
TRANSITIONS: Mapping[tuple[RequestState, RequestEvent], RequestState] = MappingProxyType(
    {
        (_S.LOGGED, _E.GATHER): _S.GATHERING,
        (_S.GATHERING, _E.GATHERED): _S.CHECKING,
        # The worker gave up: what stood before stands again, with the reason on the page.
        (_S.GATHERING, _E.GAVE_UP): _S.LOGGED,
        # Rows have changed since: gathered anew, and what was decided about the same words holds.
        (_S.CHECKING, _E.GATHER): _S.GATHERING,
        (_S.CHECKING, _E.MAKE): _S.MAKING,
        (_S.MAKING, _E.MADE): _S.READY,
        (_S.MAKING, _E.GAVE_UP): _S.CHECKING,
        # A second look at a line takes the bundle away.
        (_S.READY, _E.CHANGE): _S.CHECKING,
        (_S.READY, _E.GATHER): _S.GATHERING,
        (_S.LOGGED, _E.CLOSE): _S.CLOSED,
        (_S.CHECKING, _E.CLOSE): _S.CLOSED,
        (_S.READY, _E.CLOSE): _S.CLOSED,
    }
)


def step(state: RequestState, event: RequestEvent) -> RequestState:
    """The state after an event. Raises RequestMoved where the event does not fit the state."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise RequestMoved
    return after


class Outcome(StrEnum):
    """How a request ended."""

    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Choice(StrEnum):
    """What becomes of a doubtful line."""

    RELEASE = "release"
    STRIKE = "strike"
    HOLD = "hold"


class Exemption(StrEnum):
    """Why something is held back (Data Protection Act 2018, schedules 2 and 3)."""

    OTHERS = "others"
    HARM = "harm"
    ABUSE = "abuse"
    COURT = "court"
    CRIME = "crime"
    ADVICE = "advice"
    NOT_THEIRS = "not_theirs"


EXEMPTION_WORDS: Mapping[Exemption, str] = MappingProxyType(
    {
        Exemption.OTHERS: "About somebody else, who has not agreed (Sch. 2 para. 16)",
        Exemption.HARM: "Could cause serious harm to the pupil or another (Sch. 3 para. 19)",
        Exemption.ABUSE: "Says whether a child is or may be at risk of abuse (Sch. 3 para. 21)",
        Exemption.COURT: "Was made for a court (Sch. 3 para. 18)",
        Exemption.CRIME: "Would stand in the way of finding or stopping a crime (Sch. 2 para. 2)",
        Exemption.ADVICE: "Legal advice (Sch. 2 para. 19)",
        Exemption.NOT_THEIRS: "Is not about the person who asks",
    }
)


@dataclass(frozen=True, slots=True)
class TypedRequest:
    """The fields of the form as they came."""

    asked_by: str = ""
    requester: str = ""
    basis: str = ""
    received_on: str = ""
    identity: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A request that can be kept. ``starts_clock_on`` None: who asks has still to be made sure of."""

    asked_by: AskedBy
    requester_id: int | None
    basis: Basis
    received_on: date
    starts_clock_on: date | None
    words: str


def read_request(
    typed: TypedRequest, today: date, *, of_pupil: bool, parents: Mapping[int, bool], maintained: bool
) -> ReadRequest:
    """``parents``: the pupil's contacts, each with whether they may see the pupil's record today.

    Raises RequestRefused naming the field, TextRefused.
    """
    asked_by = _asked_by(typed.asked_by, of_pupil=of_pupil)
    requester = _requester(typed.requester, parents) if asked_by is AskedBy.PARENT else None
    if typed.basis not in set(Basis):
        raise RequestRefused("basis", "Choose by which law they ask.")
    basis = Basis(typed.basis)
    if basis is Basis.EDUCATIONAL_RECORD and not maintained:
        raise RequestRefused("basis", "Only a maintained school answers this in 15 school days. Choose the other.")
    if basis is Basis.EDUCATIONAL_RECORD and asked_by is not AskedBy.PARENT:
        raise RequestRefused("basis", "Only a parent asks for the educational record so. Choose the other.")
    try:
        received_on = date.fromisoformat(typed.received_on.strip())
    except ValueError:
        raise RequestRefused("received_on", "Enter the day on which the request came.") from None
    if not 0 <= (today - received_on).days <= 366:
        raise RequestRefused("received_on", "Enter a day within the last year, today at the latest.")
    if typed.identity not in ("known", "awaited"):
        raise RequestRefused("identity", "Say whether it is certain who asks.")
    words = clean_text(typed.words, LONGEST_WORDS, "words")
    starts = received_on if typed.identity == "known" or basis is Basis.EDUCATIONAL_RECORD else None
    return ReadRequest(asked_by, requester, basis, received_on, starts, words)


def _asked_by(typed: str, *, of_pupil: bool) -> AskedBy:
    if not of_pupil:
        return AskedBy.CONTACT
    if typed not in (AskedBy.PUPIL, AskedBy.PARENT):
        raise RequestRefused("asked_by", "Choose who asks.")
    return AskedBy(typed)


def _requester(typed: str, parents: Mapping[int, bool]) -> int:
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    if number not in parents:
        raise RequestRefused("requester", "Choose which parent asks.")
    if not parents[number]:
        raise RequestRefused(
            "requester",
            "This person may not see the pupil's record now. The safeguarding lead looks at the rights first, or you"
            " answer in writing that it is refused.",
        )
    return number


def need_why(words: str, field: str, mend: str) -> str:
    """A reason as it is kept. Raises RequestRefused where there is none, TextRefused where it is too long."""
    text = clean_text(words, LONGEST_WHY, field)
    if not text:
        raise RequestRefused(field, mend)
    return text


def read_choice(typed: str, exemption: str, *, may_strike: bool) -> tuple[Choice, str]:
    """What was decided about a line, and by which exemption it is held back. Raises RequestRefused."""
    if typed not in set(Choice) or (typed == Choice.STRIKE and not may_strike):
        raise RequestRefused("choice", "Choose whether it is given or held back.")
    choice = Choice(typed)
    if choice is not Choice.HOLD:
        return choice, ""
    if exemption not in set(Exemption):
        raise RequestRefused("exemption", "Choose why it is held back.")
    return choice, exemption
