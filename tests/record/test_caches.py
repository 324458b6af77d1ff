"""The caches of weeks and years: whatever is written in whatever way, they say what the marks say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, func, insert, select, update

from tests.factories import World
from tests.oracles import caches as oracle
from tests.record.marking import OFFICER, batch, changes, check_caches, marks_of, undone, weeks_of, years_of
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.record.models import PupilWeek, PupilYear
from webapp.record.rules.arithmetic import tally
from webapp.record.rules.codes import CODES
from webapp.record.rules.weeks import SYMBOL_OF, academic_year, unpack_week
from webapp.record.services import MarkChange, MarkStage, marks, rebuild_caches, write_imported_marks, write_marks
from webapp.record.services.counts import COUNTS, REMOVED, SYMBOLS, WEIGHT_OF

# Around 1 August, so that weeks hold two academic years; Sundays and Saturdays too.
START = date(2026, 7, 25)
NEW_CODES = sorted(code.code for code in CODES if code.valid_to is None)
SESSIONS = st.tuples(st.integers(0, 1), st.integers(0, 16), st.integers(0, 1))
MARKS = st.dictionaries(SESSIONS, st.sampled_from(NEW_CODES), min_size=1, max_size=25)
WISHES = st.dictionaries(SESSIONS, st.sampled_from([*NEW_CODES, None]), min_size=1, max_size=25)


def test_the_oracle_and_the_rules_know_the_same_codes() -> None:
    assert set(oracle.CLASS) == {code.code for code in CODES}
    assert dict(SYMBOL_OF) == oracle.SYMBOL
    for code in CODES:
        counted = tally([code])
        assert tuple(getattr(counted, name) for name in COUNTS) == oracle.count([code.code])


def test_a_week_full_of_one_code_overflows_no_count() -> None:
    for weight in WEIGHT_OF.values():
        for place in range(len(COUNTS)):
            assert (14 * weight >> 4 * place & 15) == 14 * (weight >> 4 * place & 15)
    assert len(SYMBOLS) == REMOVED + 1
    assert len(CODES) < REMOVED


class Record(RuleBasedStateMachine):
    """Marks come and go by every way in; after each step the caches are checked against the oracle."""

    connection: Connection
    world: World

    def _sessions(self, wanted: dict[tuple[int, int, int], str | None]) -> list[tuple[int, date, int, str | None]]:
        enrolments = (self.world.tom_enrolment, self.world.noor_enrolment)
        return [(enrolments[who], START + timedelta(days=n), half, code) for (who, n, half), code in wanted.items()]

    @rule(wanted=WISHES, few=st.booleans())
    def staff_write(self, wanted: dict[tuple[int, int, int], str | None], few: bool) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(marks, "FEW", 400 if few else 0)
            write_marks(batch(self.world, *(MarkChange(*each) for each in self._sessions(wanted))))

    @rule(wanted=MARKS)
    def the_school_s_system_is_imported(self, wanted: dict[tuple[int, int, int], str]) -> None:
        stage = MarkStage()
        stage.load((*each, None) for each in self._sessions(dict(wanted)))  # type: ignore[misc]
        write_imported_marks(self.world.organisation, self.world.hill, stage, OFFICER)

    @rule()
    def caches_are_rebuilt(self) -> None:
        rebuild_caches(self.world.organisation, self.world.hill, START, START + timedelta(days=17))

    @invariant()
    def caches_say_what_the_marks_say(self) -> None:
        check_caches(self.connection)


def test_any_run_of_writes_keeps_the_caches_right(db: Database, world: World) -> None:
    class Here(Record):
        def __init__(self) -> None:
            super().__init__()
            self.world = world
            self._undone = undone()
            self.connection = self._undone.__enter__()

        def teardown(self) -> None:
            self._undone.__exit__(None, None, None)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=15, stateful_step_count=10, deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        ),
    )  # fmt: skip


def test_rebuild_mends_what_was_broken_and_touches_no_other_school(db: Database, world: World) -> None:
    write_marks(batch(world, *changes(world.tom_enrolment, ["/", "\\", "I", "I"])))
    write_marks(batch(world, *changes(world.ella_enrolment, ["/", "\\"]), school=world.vale))
    with unit_of_work() as tx:
        tx.execute(update(PupilWeek).values(present=9, codes="Z" * 14))
        tx.execute(update(PupilYear).values(present=9))
        tx.execute(
            insert(PupilYear).values(
                organisation_id=world.organisation, school_id=world.hill, year=2025,
                enrolment_id=world.noor_enrolment, **dict.fromkeys(COUNTS, 3),
            )
        )  # fmt: skip
    rebuild_caches(world.organisation, world.hill, date(2026, 6, 10), date(2026, 6, 10))
    with read_door() as reading:
        ella = world.ella_enrolment
        hill = [(*session, entry[0]) for session, entry in marks_of(reading).items() if session[0] != ella]
        assert {key: row for key, row in weeks_of(reading).items() if key[0] != ella} == oracle.weeks(hill)
        assert {key: row for key, row in years_of(reading).items() if key[0] != ella} == oracle.years(hill)
        broken = select(func.count()).select_from(PupilWeek).where(PupilWeek.present == 9)
        assert reading.execute(broken).scalar_one() == 1
    rebuild_caches(world.organisation, world.vale, date(2026, 6, 10), date(2026, 6, 10))
    with read_door() as reading:
        check_caches(reading)


def test_rebuild_leaves_years_alone_that_came_without_marks(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        for year in (2024, 2025):
            tx.execute(
                insert(PupilYear).values(
                    organisation_id=world.organisation, school_id=world.hill, year=year,
                    enrolment_id=world.tom_enrolment, brought_in=True, **dict.fromkeys(COUNTS, 5),
                )
            )  # fmt: skip
    write_marks(batch(world, *changes(world.tom_enrolment, ["/"])))
    rebuild_caches(world.organisation, world.hill, date(2024, 9, 1), date(2026, 6, 30))
    with read_door() as reading:
        rows = reading.execute(select(PupilYear.year, PupilYear.possible, PupilYear.brought_in)).all()
    assert sorted(map(tuple, rows)) == [(2024, 5, True), (2025, 5, True)]


def test_a_cached_week_reads_back_as_its_marks(db: Database, world: World) -> None:
    codes = [code.code for code in CODES if code.valid_to is None][:14]
    write_marks(batch(world, *changes(world.tom_enrolment, codes)))
    with read_door() as reading:
        row = reading.execute(select(PupilWeek.week, PupilWeek.codes)).one()
    assert list(unpack_week(row.codes, row.week).values()) == codes
    assert academic_year(row.week) == 2025
