"""Reading half a million marks from a file.

What is the same in many rows (a session with its code, a pupil) is worked out once and found again in a table; only
rows with something of their own (minutes, a note, a closure of one year group) are looked at one by one. When anything
is wrong, the file is gone through once more, row by row, to name every line.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any, NoReturn

from webapp.foundation.sessions import Half
from webapp.people.rules.ages import compulsory_school_age
from webapp.people.rules.files.cells import Cell, cell_text, check_no_error, read_date, read_half, read_whole
from webapp.people.rules.files.pupils import read_admission_number
from webapp.people.rules.files.rejections import CellRefused, Rejection, shown
from webapp.people.rules.files.tables import Sample, Table, read_table
from webapp.people.rules.identifiers import UpnRefused, check_upn
from webapp.people.rules.names import clean_line
from webapp.people.rules.refusals import Refused
from webapp.people.services.imports import Scope
from webapp.people.services.imports.flow import Tell
from webapp.record.rules.codes import Code, RecordRefused, Setter, get_code, half_from_index
from webapp.record.rules.imports import MARKS, NO_MARK_WORDS
from webapp.record.rules.marking import CLOSURE_CODES, SessionClosed, check_mark
from webapp.record.services.batches import LATE_CODES, MAX_MINUTES_LATE, MAX_WORDS, DuplicateChange, MarkChange
from webapp.record.services.imports.facts import Facts, OnRoll, load_facts
from webapp.record.services.imports.packing import FileStage, Learned, day_in
from webapp.record.services.stage import SESSION_SHIFT

NO_MARK = -1
_SPECIAL = -2
_MOST_REJECTIONS = 5000
_PIECE = 100_000
# They may stand where a pupil is not on roll, and are nobody's mark there.
_OUTSIDE_ROLL = frozenset({"Z", "#"})
_BY_AGE = {"X": False, "C2": True}
_HELD_THERE = "held in the school's own system"


@dataclass(frozen=True, slots=True)
class MarkReading:
    """The marks of a file. ``notes`` are what stands beside codes that need it; ``sessions`` what the file marks."""

    stage: FileStage
    notes: tuple[MarkChange, ...]
    sessions: frozenset[tuple[date, Half]]
    rejections: tuple[Rejection, ...]
    left_out: int
    count: int
    sample: Sample


class _Wrong(Exception):
    """A row that cannot be taken: which field, and the mend."""

    def __init__(self, field: str, mend: str) -> None:
        super().__init__(mend)
        self.field, self.mend = field, mend


def read_marks(scope: Scope, data: bytes, tell: Tell) -> MarkReading:
    """The marks of a file, checked against the roll, the calendar and the codes. Raises FileRefused."""
    tell(0, "Reading the file")
    return _Reader(load_facts(scope), read_table(data, MARKS), tell).read()


@dataclass
class _Reader:
    facts: Facts
    table: Table
    tell: Tell
    stage: FileStage = field(default_factory=FileStage)
    notes: list[MarkChange] = field(default_factory=list)
    meaning: dict[tuple[Cell, Cell, Cell], tuple[date, Half, Code]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        places = self.table.columns.places
        self.last, self.width = self.table.columns.last_place, self.table.width
        self.session_of = itemgetter(places["date"], places["session"], places["code"])
        self.pupil_of = itemgetter(*(places[name] for name in ("upn", "admission_number") if name in places))
        self.has_both = "upn" in places and "admission_number" in places
        self.minutes_at, self.comment_at = places.get("minutes_late"), places.get("comment")
        self.known, self.bases = Learned(self._learn_session), Learned(self._learn_pupil)

    def read(self) -> MarkReading:
        rejections, left_out = list(self.table.broken), 0
        try:
            if not rejections:
                left_out = self._fast()
                self.tell(50, "Sorting")
                self.stage.sort()
                self._check_on_roll()
        except (_Wrong, DuplicateChange):
            rejections = self._name_each_line()
            if not rejections:
                # Never half a file: what stopped the first reading must be found by the second.
                raise
        count = left_out + len(self.stage)
        sessions = frozenset((on, half) for on, half, _ in self.meaning.values())
        return MarkReading(
            self.stage, tuple(self.notes), sessions, tuple(rejections), left_out, count, self.table.sample()
        )

    def _fast(self) -> int:
        """Fill the stage; the number of rows without a mark. Raises _Wrong at the first row that is wrong."""
        known, bases, session_of, pupil_of = self.known, self.bases, self.session_of, self.pupil_of
        append, slow, width = self.stage.packed.append, self._slow, self.width
        left_out, done, rows = 0, 0, self.table.rows()
        while True:
            row: Sequence[Cell] | None = None
            for row in islice(rows, _PIECE):
                if len(row) == width:
                    bits = known[session_of(row)]
                    if bits >= 0:
                        base = bases[pupil_of(row)]
                        if base > 0:
                            append(base | bits)
                            continue
                    elif bits == NO_MARK:
                        left_out += 1
                        continue
                packed = slow(row)
                if packed is None:
                    continue
                if packed == NO_MARK:
                    left_out += 1
                else:
                    append(packed)
            if row is None:
                return left_out
            done += _PIECE
            self.tell(min(49, 50 * done // max(1, self.table.about)), f"{done:,} rows read")

    def _learn_session(self, key: tuple[Cell, Cell, Cell]) -> int:
        """Bits of a date, half and code, or what else to do with such a row. Raises _Wrong."""
        raw_date, raw_half, raw_code = key
        word = cell_text(raw_code)
        if word.casefold() in NO_MARK_WORDS:
            return NO_MARK
        on = self._cell("date", read_date, raw_date)
        half = self._cell("session", read_half, raw_half)
        try:
            self._cell("code", check_no_error, word)
            code = get_code(word, on)
            is_open = self.facts.is_open(on, half)
            if is_open is not None:
                self._check(code, on, half, is_open=is_open, of_age=_BY_AGE.get(code.code))
            bits = self.stage.bits(on, half.index, code.code)
        except RecordRefused as refused:
            _refuse(refused)
        self.meaning[key] = (on, half, code)
        has_own = (
            is_open is None
            or code.code in _OUTSIDE_ROLL
            or code.code in _BY_AGE
            or (code.code in LATE_CODES and self.minutes_at is not None)
            or (code.needs_note and self.comment_at is not None)
        )
        return _SPECIAL if has_own else bits

    def _check(self, code: Code, on: date, half: Half, *, is_open: bool, of_age: bool | None) -> None:
        if code.code in CLOSURE_CODES and not self.facts.knows_year(on):
            is_open = False
        check_mark(
            code, on, half_from_index(half.index), today=self.facts.today, session_open=is_open, setter=Setter.IMPORT,
            compulsory_school_age=of_age, note=_HELD_THERE, begun=self.facts.has_begun(on, half),
        )  # fmt: skip

    def _learn_pupil(self, key: Any) -> int:
        """The packed enrolment of a pupil who has one; _SPECIAL for one who was here more than once."""
        found = self._enrolments(key)
        return found[0].id << 32 if len(found) == 1 else _SPECIAL

    def _enrolments(self, key: Any) -> tuple[OnRoll, ...]:
        names = [name for name in ("upn", "admission_number") if name in self.table.columns.places]
        texts = dict(zip(names, map(cell_text, key if self.has_both else (key,)), strict=True))
        by_upn = by_number = None
        if upn := texts.get("upn"):
            by_upn = self.facts.by_upn.get(upn) or self.facts.by_upn.get(self._cell("upn", check_upn, upn))
        if number := texts.get("admission_number"):
            plain = read_admission_number(number)
            by_number = self.facts.by_number.get(plain) or self.facts.by_number.get(plain.lstrip("0"))
        if by_upn is not None and by_number is not None and not {e.id for e in by_upn} & {e.id for e in by_number}:
            raise _Wrong("admission_number", "The UPN and the admission number are two pupils here. Check both.")
        found = by_upn or by_number
        if found is not None:
            return found
        given = "upn" if texts.get("upn") else names[-1]
        if not any(texts.values()):
            raise _Wrong(given, "Enter something here; it cannot be empty.")
        raise _Wrong(given, "No pupil of this school has this number. Bring in the pupils first, or check it.")

    def _slow(self, row: Sequence[Cell]) -> int | None:
        """A packed mark looked at by itself, NO_MARK, or None for an empty row. Raises _Wrong."""
        if not any(cell not in ("", None) for cell in row):
            return None
        if len(row) <= self.last:
            raise _Wrong("", "This line has fewer cells than the headings. The file may have been cut off.")
        if any(cell not in ("", None) for cell in row[self.width :]):
            raise _Wrong(
                "", "This line has more cells than the headings. A comma stands unquoted, or a heading is missing."
            )
        key = self.session_of(row)
        if self.known[key] == NO_MARK:
            return NO_MARK
        on, half, code = self.meaning[key]
        enrolment = next((each for each in self._enrolments(self.pupil_of(row)) if each.holds(on)), None)
        if enrolment is None:
            if code.code in _OUTSIDE_ROLL:
                return NO_MARK
            raise _Wrong("date", "The pupil was not on roll that day. Check the date, or the admission date.")
        try:
            is_open = self.facts.is_open(on, half)
            if is_open is None:
                is_open = self.facts.is_open_to(enrolment.id, on, half)
            of_age = compulsory_school_age(enrolment.date_of_birth, on) if code.code in _BY_AGE else None
            self._check(code, on, half, is_open=is_open, of_age=of_age)
            packed = enrolment.id << 32 | self.stage.bits(on, half.index, code.code)
        except RecordRefused as refused:
            _refuse(refused)
        return packed + self._minutes(row, code) + self._note(row, enrolment, on, half, code)

    def _minutes(self, row: Sequence[Cell], code: Code) -> int:
        raw = None if self.minutes_at is None else row[self.minutes_at]
        if code.code not in LATE_CODES or not cell_text(raw):
            return 0
        minutes: int = self._cell("minutes_late", partial(read_whole, low=0, high=MAX_MINUTES_LATE), raw)
        # 0 stands for no minutes.
        return minutes + 1

    def _note(self, row: Sequence[Cell], enrolment: OnRoll, on: date, half: Half, code: Code) -> int:
        """Keep the comment where the regulations ask for it; elsewhere it stays in the school's own system."""
        text = cell_text(row[self.comment_at]) if self.comment_at is not None and code.needs_note else ""
        if text:
            note = self._cell("comment", partial(clean_line, max_len=MAX_WORDS, field="comment"), text)
            self.notes.append(MarkChange(enrolment.id, on, half.index, code.code, note=note))
        return 0

    def _cell(self, name: str, reader: Callable[[Any], Any], raw: Cell) -> Any:
        try:
            return reader(raw)
        except (CellRefused, UpnRefused, Refused) as refused:
            raise _Wrong(name, refused.mend) from None

    def _check_on_roll(self) -> None:
        """Raises _Wrong when a mark of a pupil with one enrolment lies outside it."""
        packed = self.stage.sort()
        every = (each for enrolments in self.facts.by_upn.values() for each in enrolments)
        others = (each for enrolments in self.facts.by_number.values() for each in enrolments)
        on_roll = {each.id: each for each in (*every, *others)}
        for enrolment_id in self.stage.enrolments():
            first = packed[bisect_left(packed, enrolment_id << 32)]
            last = packed[bisect_left(packed, (enrolment_id + 1) << 32) - 1]
            if not all(on_roll[enrolment_id].holds(day_in(key)) for key in (first, last)):
                raise _Wrong("date", "")

    def _name_each_line(self) -> list[Rejection]:
        """Go through the file once more and say what is wrong with each line, up to a limit."""
        columns = self.table.columns
        found: list[Rejection] = list(self.table.broken)
        seen: dict[int, int] = {}
        for line, row in self.table.numbered():
            try:
                packed = self._slow(row)
                if packed is None or packed == NO_MARK:
                    continue
                before = seen.setdefault(packed >> SESSION_SHIFT, line)
                if before != line:
                    raise _Wrong("session", f"Line {before} has this pupil's session too. Give each session once.")
            except _Wrong as wrong:
                place = columns.places.get(wrong.field)
                value = cell_text(row[place]) if place is not None and place < len(row) else ""
                heading = columns.heading(wrong.field) if wrong.field else ""
                found.append(Rejection(line, heading, shown(value), wrong.mend))
                if len(found) == _MOST_REJECTIONS:
                    found.append(Rejection(line, "", "", "There is more below. Mend this first, then check again."))
                    break
        return found


def _refuse(refused: RecordRefused) -> NoReturn:
    mend = refused.mend
    if isinstance(refused, SessionClosed):
        mend = "Check the date. If school was open, bring in the calendar first."
    name = {"half": "session", "code": "code"}.get(refused.field, "date")
    raise _Wrong(name, f"{refused} {mend}") from None
