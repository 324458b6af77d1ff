"""What a first-day case does next, when, and whose it is. Pure: now is an argument."""

from webapp.first_day.rules.cases import CASE_MOVES, CaseEvent, CaseRefused, CaseState, next_case_state
from webapp.first_day.rules.ladder import (
    CallOutcome,
    LadderSettings,
    NextStep,
    Owner,
    Step,
    is_late,
    next_step,
)

__all__ = [
    "CASE_MOVES", "CallOutcome", "CaseEvent", "CaseRefused", "CaseState", "LadderSettings", "NextStep", "Owner",
    "Step", "is_late", "next_case_state", "next_step",
]  # fmt: skip
