"""The one door to the record: what it writes, keeps, refuses and tells."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from tests.factories import World, add_pupil
from tests.record.marking import (
    amendments_of,
    batch,
    changes,
    check_caches,
    day,
    marks_of,
    statements,
    undone,
    weeks_of,
    years_of,
)
from webapp.foundation import events
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.record.models import MarkNote, PupilYear
from webapp.record.rules.codes import CodeRefused, RecordRefused
from webapp.record.services import (
    DuplicateChange,
    MarkChange,
    MarksChanged,
    MarkSource,
    ReasonNeeded,
    SessionRefused,
    UnknownEnrolment,
    marks,
    write_marks,
    write_marks_in,
)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[MarksChanged]:
    heard: list[MarksChanged] = []
    monkeypatch.setattr(events, "_handlers", {})
    events.subscribe(MarksChanged, lambda _tx, event: heard.append(event))
    return heard


@pytest.fixture
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Up to how many changes go the short way; 0 sends every batch through the stage."""
    monkeypatch.setattr(marks, "FEW", request.param)
    return int(request.param)


both_ways = pytest.mark.parametrize("few", [400, 0], ids=["few", "many"], indirect=True)


@both_ways
def test_a_first_entry_is_no_amendment(db: Database, world: World, few: int) -> None:
    written = write_marks(batch(world, *changes(world.tom_enrolment, ["/", "\\", "N"]), reason=""))
    assert (written.changed, written.unchanged, written.conflicts, written.stale) == (3, 0, 0, ())
    with read_door() as reading:
        assert amendments_of(reading) == []
        assert marks_of(reading)[world.tom_enrolment, day(0), 0] == ("/", None, None)
        assert weeks_of(reading) == {(world.tom_enrolment, day(0)): ((3, 2, 0, 1, 0, 1, 0), "/\\N...........")}
        assert years_of(reading) == {(world.tom_enrolment, 2025): (3, 2, 0, 1, 0, 1, 0)}


@both_ways
def test_a_change_keeps_all_five_parts(db: Database, world: World, few: int) -> None:
    tom = world.tom_enrolment
    write_marks(batch(world, MarkChange(tom, day(0), 0, "N"), reason=""))
    write_marks(batch(world, MarkChange(tom, day(0), 0, "U", minutes_late=40), reason="Came at 09:40"))
    with read_door() as reading:
        assert amendments_of(reading) == [
            (tom, day(0), 0, "N", None, "U", 40, "Came at 09:40", "Saira Khan", "Attendance officer", "staff")
        ]
        check_caches(reading)


@both_ways
def test_the_same_marks_again_write_nothing(db: Database, world: World, few: int, told: list[MarksChanged]) -> None:
    wanted = batch(world, *changes(world.tom_enrolment, ["/", "\\", "L", "I"]))
    write_marks(wanted)
    told.clear()
    with read_door() as reading:
        deeds = reading.execute(select(func.count()).select_from(TrailEntry)).scalar_one()
        before = marks_of(reading)
    written = write_marks(wanted)
    assert (written.changed, written.unchanged) == (0, 4)
    assert told == []
    with read_door() as reading:
        assert reading.execute(select(func.count()).select_from(TrailEntry)).scalar_one() == deeds
        assert marks_of(reading) == before


@both_ways
@pytest.mark.parametrize(
    ("stands", "wanted", "kept"),
    [
        (("L", 5), ("L", None), ("L", 5)),
        (("L", 5), ("L", 12), ("L", 12)),
        (("L", 5), ("U", None), ("U", None)),
        (("L", None), ("L", 0), ("L", 0)),
        (("U", 70), ("I", 70), ("I", None)),
        (("I", 9), ("I", None), ("I", None)),
        (("L", 5), (None, None), (None, None)),
    ],
)
def test_minutes_stand_with_l_and_u_only(
    db: Database, world: World, few: int, stands: tuple[str, int], wanted: tuple[str, int], kept: tuple[str, int]
) -> None:
    for code, minutes in (stands, wanted):
        write_marks(batch(world, MarkChange(world.tom_enrolment, day(1), 0, code, minutes)))
    with read_door() as reading:
        assert marks_of(reading)[world.tom_enrolment, day(1), 0] == (*kept, None)


@both_ways
def test_a_note_belongs_to_the_session_and_its_code(db: Database, world: World, few: int) -> None:
    tom = world.tom_enrolment
    for code, note in (("B", "Farm school"), ("I", None), ("B", None), ("K", "Hospital school"), ("B", "City farm")):
        write_marks(batch(world, MarkChange(tom, day(0), 0, code, note=note)))
    with read_door() as reading:
        notes = {row.code: row.note for row in reading.execute(select(MarkNote.__table__))}
    assert notes == {"B": "City farm", "K": "Hospital school"}


@both_ways
def test_a_mark_taken_away_stays_in_the_history(db: Database, world: World, few: int) -> None:
    tom = world.tom_enrolment
    for code in ("O", None, "I"):
        write_marks(batch(world, MarkChange(tom, day(2), 1, code), reason="Wrong child"))
        with read_door() as reading:
            check_caches(reading)
    with read_door() as reading:
        assert [(row[3], row[5]) for row in amendments_of(reading)] == [("O", None), (None, "I")]


@both_ways
def test_taking_away_what_is_not_there_changes_nothing(db: Database, world: World, few: int) -> None:
    written = write_marks(batch(world, MarkChange(world.tom_enrolment, day(2), 1, None)))
    assert (written.changed, written.unchanged) == (0, 1)
    with read_door() as reading:
        assert marks_of(reading) == {}


@both_ways
def test_a_stale_change_is_given_back_and_not_written(db: Database, world: World, few: int) -> None:
    tom, noor = world.tom_enrolment, world.noor_enrolment
    write_marks(batch(world, MarkChange(tom, day(0), 0, "I"), MarkChange(noor, day(0), 0, "N")))
    wanted = [MarkChange(tom, day(0), 0, "O"), MarkChange(noor, day(0), 0, "M"), MarkChange(noor, day(0), 1, "M")]
    written = write_marks(batch(world, *wanted, expected=["N", "N", "/"]))
    assert (written.changed, written.unchanged) == (1, 0)
    assert [(each.enrolment_id, each.half, each.expected, each.stands) for each in written.stale] == [
        (tom, 0, "N", "I"),
        (noor, 1, "/", None),
    ]
    with read_door() as reading:
        assert {session: entry[0] for session, entry in marks_of(reading).items()} == {
            (tom, day(0), 0): "I",
            (noor, day(0), 0): "M",
        }
        check_caches(reading)


@both_ways
def test_a_stale_change_leaves_its_note_unwritten(db: Database, world: World, few: int) -> None:
    written = write_marks(
        batch(world, MarkChange(world.tom_enrolment, day(0), 0, "B", note="Farm school"), expected=["N"])
    )
    assert len(written.stale) == 1
    with read_door() as reading:
        assert reading.execute(select(MarkNote.__table__)).all() == []


@both_ways
@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        (lambda tom: MarkChange(tom, day(0), 0, "QQ"), CodeRefused, "code"),
        (lambda tom: MarkChange(tom, day(0), 0, ""), CodeRefused, "code"),
        (lambda tom: MarkChange(tom, day(0), 0, "H"), CodeRefused, "code"),
        (lambda tom: MarkChange(tom, day(0), 2, "/"), SessionRefused, "half"),
        (lambda tom: MarkChange(tom, day(0), 0, "L", -1), SessionRefused, "minutes_late"),
        (lambda tom: MarkChange(tom, day(0), 0, "L", 511), SessionRefused, "minutes_late"),
        (lambda tom: MarkChange(tom, day(0), 0, "B", note="x" * 501), SessionRefused, "note"),
        (lambda tom: MarkChange(tom, day(0), 0, "B", note="Farm\x00"), SessionRefused, "note"),
        (lambda tom: MarkChange(tom + 1_000_000, day(0), 0, "/"), UnknownEnrolment, "enrolment_id"),
    ],
)
def test_what_the_door_refuses(  # type: ignore[no-untyped-def]
    db: Database, world: World, few: int, change, error: type[RecordRefused], field: str
) -> None:
    good = MarkChange(world.noor_enrolment, day(0), 0, "/")
    with pytest.raises(error) as refused:
        write_marks(batch(world, good, change(world.tom_enrolment)))
    assert refused.value.field == field
    assert refused.value.mend
    with read_door() as reading:
        assert marks_of(reading) == {}


@both_ways
def test_another_school_s_or_organisation_s_pupil_is_refused(db: Database, world: World, few: int) -> None:
    with pytest.raises(UnknownEnrolment):
        write_marks(batch(world, MarkChange(world.ella_enrolment, day(0), 0, "/")))
    with pytest.raises(UnknownEnrolment):
        write_marks(
            replace(
                batch(world, MarkChange(world.tom_enrolment, day(0), 0, "/")),
                organisation_id=world.other_organisation,
                school_id=world.other_school,
            )
        )


@both_ways
def test_a_session_twice_in_one_batch_is_refused(db: Database, world: World, few: int) -> None:
    twice = [MarkChange(world.tom_enrolment, day(0), 0, code) for code in ("/", "I")]
    with pytest.raises(DuplicateChange, match="08/06/2026"):
        write_marks(batch(world, *twice))


@both_ways
def test_an_amendment_needs_its_reason(db: Database, world: World, few: int) -> None:
    tom = world.tom_enrolment
    write_marks(batch(world, MarkChange(tom, day(0), 0, "N"), reason=""))
    wanted = [MarkChange(tom, day(0), 0, "B", note="Farm school"), MarkChange(tom, day(0), 1, "B")]
    with pytest.raises(ReasonNeeded):
        write_marks(batch(world, *wanted, reason=" "))
    with read_door() as reading:
        assert [entry[0] for entry in marks_of(reading).values()] == ["N"]
        assert reading.execute(select(MarkNote.__table__)).all() == []


@both_ways
def test_a_reason_too_long_is_refused_and_never_cut(db: Database, world: World, few: int) -> None:
    tom = world.tom_enrolment
    write_marks(batch(world, MarkChange(tom, day(0), 0, "N")))
    with pytest.raises(SessionRefused) as refused:
        write_marks(batch(world, MarkChange(tom, day(0), 0, "I"), reason="x" * 501))
    assert refused.value.field == "reason"
    write_marks(batch(world, MarkChange(tom, day(0), 0, "I"), reason="é" * 500))
    with read_door() as reading:
        assert amendments_of(reading)[0][7] == "é" * 500


def test_expected_must_match_the_changes_one_to_one(db: Database, world: World) -> None:
    with pytest.raises(ValueError, match="expected"):
        write_marks(batch(world, MarkChange(world.tom_enrolment, day(0), 0, "/"), expected=[None, None]))


def test_no_changes_is_nothing_to_do(db: Database, world: World) -> None:
    assert write_marks(batch(world)).changed == 0


@both_ways
def test_others_are_told_which_sessions_changed(
    db: Database, world: World, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[MarksChanged, list[tuple[object, ...]]]] = []
    monkeypatch.setattr(events, "_handlers", {})

    def hear(_tx: object, event: MarksChanged) -> None:
        since = event.since(day(1))
        heard.append((event, sorted((e.enrolment_id, e.pupil_id, e.date, e.half, e.before, e.after) for e in since)))

    events.subscribe(MarksChanged, hear)
    tom, noor = world.tom_enrolment, world.noor_enrolment
    write_marks(batch(world, MarkChange(tom, day(1), 0, "N"), MarkChange(noor, day(1), 0, "/")))
    write_marks(
        batch(
            world, MarkChange(tom, day(0), 0, "I"), MarkChange(tom, day(1), 0, "I"), MarkChange(noor, day(1), 0, "/"),
            MarkChange(noor, day(2), 0, "M"),
        )
    )  # fmt: skip
    event, sessions = heard[-1]
    assert (event.first, event.last, event.count, event.school_id) == (day(0), day(2), 3, world.hill)
    assert sessions == sorted([(tom, world.tom, day(1), 0, "N", "I"), (noor, world.noor, day(2), 0, None, "M")])


def _deeds() -> list[TrailEntry]:
    with read_door() as reading:
        return list(reading.execute(select(TrailEntry.__table__).order_by(TrailEntry.id)))  # type: ignore[arg-type]


def test_staff_leave_one_deed_a_change_and_a_register_one_in_all(db: Database, world: World) -> None:
    both = [MarkChange(world.tom_enrolment, day(0), 0, "/"), MarkChange(world.noor_enrolment, day(0), 0, "N")]
    write_marks(batch(world, *both, source=MarkSource.REGISTER))
    write_marks(batch(world, *(replace(each, code="I") for each in both)))
    deeds = [(row.action, row.pupil_id, row.school_id, row.detail) for row in _deeds()]
    day_text = day(0).isoformat()
    assert deeds == [
        ("wrote_marks", None, world.hill, {"source": "register", "changed": 2, "first": day_text, "last": day_text}),
        ("changed_mark", world.tom, world.hill, {"date": day_text, "half": 0, "source": "staff"}),
        ("changed_mark", world.noor, world.hill, {"date": day_text, "half": 0, "source": "staff"}),
    ]


@both_ways
def test_a_note_alone_is_a_change_with_its_deed_but_no_amendment(
    db: Database, world: World, few: int, told: list[MarksChanged]
) -> None:
    tom, noor = world.tom_enrolment, world.noor_enrolment
    first = [MarkChange(tom, day(0), 0, "B", note="Farm"), MarkChange(noor, day(0), 0, "B", note="Farm")]
    write_marks(batch(world, *first, source=MarkSource.REGISTER))
    told.clear()
    again = [replace(first[0], note="Farm school"), first[1], MarkChange(noor, day(0), 1, "B", note="Farm")]
    assert (written := write_marks(batch(world, *again, source=MarkSource.REGISTER))).changed == 2, written
    assert written.unchanged == 1
    assert sorted((row.action, row.pupil_id) for row in _deeds()[1:] if row.action == "noted_mark") == [
        ("noted_mark", world.tom)
    ]
    assert [event.count for event in told] == [1]
    with read_door() as reading:
        assert amendments_of(reading) == []


def test_one_confirmation_is_eight_statements_and_a_register_no_more(db: Database, world: World) -> None:
    form = []
    with unit_of_work() as tx:
        for number in range(30):
            form.append(add_pupil(tx, world.organisation, world.hill, f"P{number}", "Form")[1])
    write_marks(batch(world, *(MarkChange(each, day(0), 0, "N") for each in form), source=MarkSource.REGISTER))
    with statements(db) as one:
        write_marks(batch(world, MarkChange(form[0], day(0), 0, "I"), expected=["N"]))
    with statements(db) as thirty:
        write_marks(batch(world, *(MarkChange(each, day(0), 0, "I") for each in form[1:])))
    assert len(one) <= 8, one
    assert len(thirty) == len(one)


def test_a_long_batch_takes_a_fixed_number_of_statements(db: Database, world: World) -> None:
    def year(codes: str) -> int:
        days = [date(2025, 9, 1).toordinal() + number for number in range(300)]
        wanted = [
            MarkChange(each, date.fromordinal(on), 0, codes)
            for each in (world.tom_enrolment, world.noor_enrolment)
            for on in days
        ]
        with statements(db) as sent:
            assert write_marks(batch(world, *wanted)).changed == 600
        return len(sent)

    first, second = year("/"), year("I")
    assert max(first, second) <= 45
    with read_door() as reading:
        check_caches(reading)


CODES = ["/", "\\", "L", "U", "N", "I", "O", "B", "C1", "Y7", "#", "D", None]
ONE = st.tuples(
    st.integers(0, 1), st.integers(0, 8), st.integers(0, 1), st.sampled_from(CODES), st.sampled_from([None, 4])
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(ONE, min_size=1, max_size=12, unique_by=lambda one: one[:3]), min_size=1, max_size=4))
def test_both_ways_of_writing_come_to_the_same(
    db: Database, world: World, batches: list[list[tuple[int, int, int, str | None, int | None]]]
) -> None:
    enrolments = (world.tom_enrolment, world.noor_enrolment)
    # From Tuesday 28 July on, so that the weeks hold the turn of the academic year on 1 August.
    start = date(2026, 7, 28).toordinal()
    outcomes = []
    for limit in (400, 0):
        with undone() as reading, pytest.MonkeyPatch.context() as patch:
            patch.setattr(marks, "FEW", limit)
            results = [
                write_marks(
                    batch(
                        world,
                        *(MarkChange(enrolments[w], date.fromordinal(start + d), h, c, m) for w, d, h, c, m in one),
                    )
                )
                for one in batches
            ]
            check_caches(reading)
            outcomes.append((results, marks_of(reading), sorted(amendments_of(reading), key=repr)))
    assert outcomes[0] == outcomes[1]


def test_two_hands_at_once_lose_nothing(cloned_db: Database, world: World) -> None:
    """Both write other sessions of the same week, and both the same session: one of them is stale."""
    tom, rounds = world.tom_enrolment, 12
    ready = threading.Barrier(2)
    stale: list[int] = []
    failed: list[BaseException] = []

    def hand(half: int) -> None:
        try:
            for number in range(rounds):
                ready.wait(timeout=30)
                write_marks(batch(world, MarkChange(tom, day(number % 5), half, "I" if number < 5 else "O")))
                ready.wait(timeout=30)
                shared = MarkChange(tom, day(7 + number), 0, ("L", "I")[half])
                stale.append(len(write_marks(batch(world, shared, expected=[None])).stale))
        except BaseException as error:
            failed.append(error)
            ready.abort()

    threads = [threading.Thread(target=hand, args=(half,)) for half in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(stale) == [0] * rounds + [1] * rounds
    with read_door() as reading:
        check_caches(reading)


def test_marks_join_the_caller_s_transaction(cloned_db: Database, world: World) -> None:
    with pytest.raises(RuntimeError, match="undo"), unit_of_work() as tx:
        write_marks_in(tx, batch(world, *changes(world.tom_enrolment, ["/", "\\"])))
        raise RuntimeError("undo")
    with read_door() as reading:
        assert marks_of(reading) == {}
        assert weeks_of(reading) == {}


def test_a_brought_in_year_is_left_alone(db: Database, world: World) -> None:
    figures = {
        "possible": 300, "present": 290, "authorised": 10, "unauthorised": 0, "late": 1, "unresolved": 0, "illness": 9,
    }  # fmt: skip
    with unit_of_work() as tx:
        tx.execute(
            insert(PupilYear).values(
                organisation_id=world.organisation, school_id=world.hill, year=2025,
                enrolment_id=world.tom_enrolment, brought_in=True, **figures,
            )
        )  # fmt: skip
    write_marks(batch(world, *changes(world.tom_enrolment, ["O", "O"])))
    with read_door() as reading:
        row = reading.execute(select(PupilYear.__table__)).one()
        assert {name: getattr(row, name) for name in figures} == figures
