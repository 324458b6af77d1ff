"""Of what one adult says about one child and the same hours, the latest holds.

"Ill" at 7:40 and "on the way" at 9:20 are two reports: the child is expected, and must be looked for when the time has
passed. Two adults who disagree stand side by side. Late in the morning and leaving early in the afternoon are about
different hours, and both hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from webapp.record.rules.facts import Report, ReportState, SessionFacts


def latest_words(reports: Sequence[Report]) -> tuple[Report, ...]:
    """The reports, given in the order in which they were said, without those that were replaced since.

    A held report neither replaces another nor is replaced: nobody knows yet who sent it.
    """
    if len(reports) < 2:
        return tuple(reports)
    return tuple(
        report
        for place, report in enumerate(reports)
        if not any(_replaces(later, report) for later in reports[place + 1 :])
    )


def is_taken_back(facts: SessionFacts, letter: str) -> bool:
    """The mark ``letter`` rests on a report that the family has taken back, or said otherwise of, after it was made.

    It rests on a report that staff decided so. One that another system says may have been typed before the family's
    last word, for nobody knows when, and stands below it too. What a person changes after that word stands above it.
    """
    standing = {report.id for report in latest_words(facts.reports)}
    return any(
        (report.state is ReportState.WITHDRAWN or report.id not in standing)
        and _is_before(facts, report, letter, _last_word(facts.reports, report))
        for report in facts.reports
    )


def _is_before(facts: SessionFacts, report: Report, letter: str, last_word: datetime | None) -> bool:
    decided = report.decided_at if report.decided_as == letter else None
    if last_word is None or (decided is None and not facts.imported):
        return False
    return all(made is None or made <= last_word for made in (decided, facts.amended_at))


def _last_word(reports: Sequence[Report], of: Report) -> datetime | None:
    """When the adult of this report last said something about the pupil's day."""
    return max(
        (
            each.said_at for each in reports
            if each.said_at is not None and each.state is not ReportState.HELD
            and (each is of or (each.said_by is not None and each.said_by == of.said_by))
        ),
        default=None,
    )  # fmt: skip


def _replaces(later: Report, earlier: Report) -> bool:
    if later.said_by is None or later.said_by != earlier.said_by:
        return False
    if ReportState.HELD in (later.state, earlier.state) or _says_nothing(later):
        return False
    return _begins_before_end(later, earlier) and _begins_before_end(earlier, later)


def _says_nothing(report: Report) -> bool:
    return report.state is ReportState.WITHDRAWN and report.expected_at is None


def _begins_before_end(one: Report, other: Report) -> bool:
    """One begins before the other is over; None is the start or the end of the day."""
    end = min((at for at in (other.expected_at, other.covers_to) if at is not None), default=None)
    return one.covers_from is None or end is None or one.covers_from < end
