"""A day's work, now and later, small and large: registers and confirmations, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from tests.bench.data import FORM_SIZE, LAST_DAY, ORGANISATION, PUPILS, Trust, settle, using
from tests.bench.env import OFFICER, WRITTEN, Env, restore
from tests.bench.table import Row, Times, spelt, timed
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks

_FORMS = PUPILS // FORM_SIZE
_ROUNDS = 4


def measure(env: Env) -> list[Row]:
    """One register of thirty, one confirmation; and a school's day in four trusts, measured in turns."""
    small, empty = env.one_school(), env.empty()
    places = {"empty": (empty, 1), "one": (small, 1), "many": (env.trust, env.trust.schools)}
    for trust, school in places.values():
        restore(trust, school)
    registers: dict[str, list[float]] = {name: [] for name in places}
    confirms: dict[str, list[float]] = {name: [] for name in places}
    for number in range(_ROUNDS + 1):
        for name, (trust, school) in places.items():
            with using(trust):
                day = LAST_DAY + timedelta(days=3 + number)
                taken = timed(_registers(trust, school, day)).runs
                confirmed = timed(_confirms(trust, school, day)).runs
            if number == 0:
                # The first day warms up; the server's own upkeep would then see that a table is empty no longer.
                settle(trust.database, *WRITTEN)
                continue
            registers[name] += taken
            confirms[name] += confirmed
    for trust, school in places.values():
        restore(trust, school)
    days = {
        name: 2 * _FORMS * Times(registers[name]).median + 2 * _FORMS * Times(confirms[name]).median for name in places
    }
    ratio = max(days["one"], days["many"]) / days["empty"]
    many = f"{env.trust.schools} schools, July"
    return [
        _row("one register of 30, committed", Times(registers["many"])),
        _row("one confirmation, committed", Times(confirms["many"])),
        Row(
            f"a school's day (100 registers, 100 confirmations): empty table / one school, July / {many}",
            "the same", " / ".join(spelt(days[name]) for name in places), ratio <= 1.3,
            {f"{name}_day_ms": round(days[name], 1) for name in places} | {"ratio": round(ratio, 3)},
        ),
    ]  # fmt: skip


def _registers(trust: Trust, school: int, day: date) -> list[Callable[[], object]]:
    """Both sessions of every form; two pupils of each are away."""
    ids = trust.enrolments(school)

    def register(form: int, half: int) -> Callable[[], object]:
        pupils = ids[form * FORM_SIZE : (form + 1) * FORM_SIZE]
        changes = [MarkChange(each, day, half, "N" if place < 2 else "/\\"[half]) for place, each in enumerate(pupils)]
        return lambda: write_marks(MarkBatch(ORGANISATION, school, changes, OFFICER, "", MarkSource.REGISTER))

    return [register(form, half) for half in (0, 1) for form in range(_FORMS)]


def _confirms(trust: Trust, school: int, day: date) -> list[Callable[[], object]]:
    ids = trust.enrolments(school)

    def confirm(form: int, half: int) -> Callable[[], object]:
        change = MarkChange(ids[form * FORM_SIZE], day, half, "I")
        batch = MarkBatch(ORGANISATION, school, [change], OFFICER, "Parent rang", MarkSource.STAFF, ["N"])
        return lambda: write_marks(batch)

    return [confirm(form, half) for half in (0, 1) for form in range(_FORMS)]


def _row(what: str, times: Times) -> Row:
    return Row(what, "-", str(times), None, times.figures())
