"""How attendance is counted: whole sessions first, a percentage only beside them.

Source: School attendance statistics methodology (DfE): attendance is present and approved activity over possible
sessions; persistent absence is 10 per cent of a pupil's own possible sessions missed, severe is 50. Compared as whole
numbers, never as percentages, and no percentage is ever rounded up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date

from webapp.record.rules.codes import Code, CodeClass, UnknownCode, find_code_ever, get_code

TOO_FEW_SESSIONS = 20
_BLANK = frozenset({"", "-"})


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of sessions (half days). `possible` = `present` + `authorised` + `unauthorised`.

    `present` holds approved activity too. `late` holds L and U, so it lies partly in `present` and partly in
    `unauthorised`; `unresolved` (N) lies in `unauthorised`; `illness` (I) in `authorised`. `not_counted` are marks
    outside the possible sessions (D X Q Y1–Y7 Z #). A session with no mark is in none of them.

    Raises ValueError when the counts contradict one another.
    """

    possible: int = 0
    present: int = 0
    authorised: int = 0
    unauthorised: int = 0
    late: int = 0
    unresolved: int = 0
    illness: int = 0
    not_counted: int = 0

    def __post_init__(self) -> None:
        if self.possible != self.present + self.authorised + self.unauthorised:
            raise ValueError(
                f"possible ({self.possible}) must be present ({self.present}) + authorised ({self.authorised})"
                f" + unauthorised ({self.unauthorised}): rebuild the counts from the marks"
            )
        if min(getattr(self, each.name) for each in fields(self)) < 0:
            raise ValueError("no count of sessions can be below 0: rebuild the counts from the marks")
        if (
            self.unresolved > self.unauthorised
            or self.illness > self.authorised
            or self.late > self.present + self.unauthorised
        ):
            raise ValueError("a part is larger than its whole: rebuild the counts from the marks")

    def __add__(self, other: Tally) -> Tally:
        if not isinstance(other, Tally):
            return NotImplemented
        return Tally(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def attended(self) -> int:
        return self.present

    @property
    def missed(self) -> int:
        return self.authorised + self.unauthorised

    def percent_tenths(self) -> int | None:
        """Attendance in whole tenths of a per cent, rounded down (89.96 gives 899); None with no possible session."""
        return self.present * 1000 // self.possible if self.possible else None

    @property
    def percent_text(self) -> str:
        """“96.2%”; “no sessions yet” where there is nothing to divide by."""
        tenths = self.percent_tenths()
        return "no sessions yet" if tenths is None else f"{tenths // 10}.{tenths % 10}%"

    @property
    def is_persistent(self) -> bool:
        """Missed at least a tenth of the possible sessions; severe is part of it."""
        return self.possible > 0 and self.missed * 10 >= self.possible

    @property
    def is_severe(self) -> bool:
        """Missed at least half of the possible sessions."""
        return self.possible > 0 and self.missed * 2 >= self.possible

    @property
    def is_at_risk(self) -> bool:
        """Missed at least a twentieth, but less than a tenth."""
        return self.possible > 0 and self.missed * 20 >= self.possible and not self.is_persistent

    @property
    def too_few(self) -> bool:
        """Too few sessions for a percentage to mean anything, at the usual limit."""
        return self.has_fewer_than(TOO_FEW_SESSIONS)

    def has_fewer_than(self, limit: int) -> bool:
        """As `too_few`, at the school's own limit of possible sessions."""
        return self.possible < limit

    @property
    def provisional(self) -> bool:
        """An N is open: the figures count it as unauthorised and may still change."""
        return self.unresolved > 0


def tally(codes: Iterable[Code | str | None], on: date | None = None) -> Tally:
    """Count marks, one item a session; None, "" and "-" are sessions with no mark and count nowhere.

    Texts are read as codes of day `on`, or of any year when the marks span years and `on` is left out. Raises
    UnknownCode, and with `on` also RetiredCode or NotYetInForce.
    """
    times = Counter(item.code if isinstance(item, Code) else item for item in codes)
    by_class: Counter[CodeClass] = Counter()
    by_code: Counter[str] = Counter()
    for text, count in times.items():
        if text is None or text.strip() in _BLANK:
            continue
        code = _read(text, on)
        by_class[code.code_class] += count
        by_code[code.code] += count
    present = by_class[CodeClass.PRESENT] + by_class[CodeClass.APPROVED_ACTIVITY]
    authorised, unauthorised = by_class[CodeClass.AUTHORISED], by_class[CodeClass.UNAUTHORISED]
    return Tally(
        possible=present + authorised + unauthorised,
        present=present,
        authorised=authorised,
        unauthorised=unauthorised,
        late=by_code["L"] + by_code["U"],
        unresolved=by_code["N"],
        illness=by_code["I"],
        not_counted=by_class[CodeClass.NOT_POSSIBLE] + by_class[CodeClass.ADMINISTRATIVE],
    )


def _read(text: str, on: date | None) -> Code:
    if on is not None:
        return get_code(text, on)
    code = find_code_ever(text)
    if code is None:
        raise UnknownCode(f"{text[:12]!r} is not an attendance code.", field="code", mend="Correct the mark first.")
    return code


def sessions_words(tally: Tally, *, too_few_below: int = TOO_FEW_SESSIONS) -> str:
    """For staff: “299 of 322 sessions (92.8%), may change”."""
    if not tally.possible:
        return "no sessions yet"
    few = tally.has_fewer_than(too_few_below)
    percent = "too few for a percentage" if few else tally.percent_text
    change = ", may change" if tally.provisional else ""
    return f"{tally.attended} of {_counted(tally.possible, 'session')} ({percent}){change}"


def half_days_words(tally: Tally) -> str:
    """For parents, after the child's name: “in school 310 of 322 half days”."""
    if not tally.possible:
        return "no half days yet"
    return f"in school {tally.attended} of {_counted(tally.possible, 'half day')}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
