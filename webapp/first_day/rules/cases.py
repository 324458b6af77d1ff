"""The states of a first-day case, as one table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from webapp.people.rules import Refused


class CaseRefused(Refused):
    """An event that does not fit the case as it stands."""


class CaseState(StrEnum):
    """``carried``: handed to the DSL or the police while the child is not found. The office cannot close it."""

    OPEN = "open"
    CARRIED = "carried"
    CLOSED = "closed"


class CaseEvent(StrEnum):
    """What happens to a case."""

    EXPLAINED = "explained"
    """The family, a report or a code says where the child is."""
    SEEN = "seen"
    """The child was seen in school."""
    LOCATED = "located"
    """Somebody found out where the child is, and it is not school."""
    OPENED_IN_ERROR = "opened_in_error"
    """The mark was wrong."""
    CARRIED = "carried"
    """The DSL or the police have it; the search goes on."""
    ALARM = "alarm"
    """An adult thought that the child was in school."""
    LOST_AGAIN = "lost_again"
    """What explained the child no longer does: a report withdrawn, a time given that has passed, a mark taken back."""


_S, _E = CaseState, CaseEvent

CASE_MOVES: Mapping[tuple[CaseState, CaseEvent], CaseState] = MappingProxyType(
    {
        (_S.OPEN, _E.EXPLAINED): _S.CLOSED,
        (_S.OPEN, _E.SEEN): _S.CLOSED,
        (_S.OPEN, _E.LOCATED): _S.CLOSED,
        (_S.OPEN, _E.OPENED_IN_ERROR): _S.CLOSED,
        (_S.OPEN, _E.CARRIED): _S.CARRIED,
        (_S.OPEN, _E.ALARM): _S.OPEN,
        # A case that is open has nothing to lose again; the event comes when a report is withdrawn beside it.
        (_S.OPEN, _E.LOST_AGAIN): _S.OPEN,
        # A child whom the DSL is looking for is found by being seen or located, not by a message that explains.
        (_S.CARRIED, _E.EXPLAINED): _S.CARRIED,
        (_S.CARRIED, _E.SEEN): _S.CLOSED,
        (_S.CARRIED, _E.LOCATED): _S.CLOSED,
        # The mark was wrong all the time: the search was for a child in class.
        (_S.CARRIED, _E.OPENED_IN_ERROR): _S.CLOSED,
        (_S.CARRIED, _E.CARRIED): _S.CARRIED,
        (_S.CARRIED, _E.ALARM): _S.CARRIED,
        (_S.CARRIED, _E.LOST_AGAIN): _S.CARRIED,
        # Two adults who disagree are doubt, also after somebody closed it.
        (_S.CLOSED, _E.ALARM): _S.OPEN,
        (_S.CLOSED, _E.LOST_AGAIN): _S.OPEN,
        (_S.CLOSED, _E.EXPLAINED): _S.CLOSED,
        (_S.CLOSED, _E.SEEN): _S.CLOSED,
        (_S.CLOSED, _E.LOCATED): _S.CLOSED,
        (_S.CLOSED, _E.OPENED_IN_ERROR): _S.CLOSED,
    }
)
"""(CLOSED, CARRIED) is not there: a child who is found is not handed on."""


def next_case_state(state: CaseState, event: CaseEvent) -> CaseState:
    """The state after the event. Raises CaseRefused for an event that does not fit."""
    try:
        return CASE_MOVES[state, event]
    except KeyError:
        raise CaseRefused("case", "This child has been found. Open the case again if that is wrong.") from None
