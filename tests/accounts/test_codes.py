"""Asking for a code and trying it, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import delete, func, insert, select, update

from tests.factories import World, add_contact, add_staff
from webapp.accounts.models import Counter, Session, SessionContact, SignInCode
from webapp.accounts.rules.codes import CodeRefusal, CodeRefused, Door
from webapp.accounts.rules.limits import Per, TooMany
from webapp.accounts.services import codes, endings
from webapp.accounts.services.codes import CodeMessage, ask_code, check_code
from webapp.accounts.services.endings import sweep_sign_in
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.foundation.work import fresh_kinds, run_due, schedules
from webapp.people.models import ContactPoint, CourtOrder, PupilContact, Staff
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.rules.refusals import Refused

ALICE = ReadPoint(PointKind.MOBILE, "+447700900001")
ALICES_MAIL = ReadPoint(PointKind.EMAIL, "alice@family.example")
NOBODY = ReadPoint(PointKind.MOBILE, "+447700900999")
NOBODYS_MAIL = ReadPoint(PointKind.EMAIL, "nobody@family.example")
BROWSER = "b" * 43
HOME = "192.0.2.10"


def ask(letters: Any, point: ReadPoint = ALICE, browser: str = BROWSER, door: Door = Door.PARENT) -> None:
    ask_code(door, point, browser, HOME, send=letters)


def try_code(typed: str, browser: str = BROWSER, door: Door = Door.PARENT, **more: Any) -> Any:
    return check_code(door, browser, typed, HOME, **more)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def rows(table: Any) -> int:
    with read_door() as db:
        return db.execute(select(func.count()).select_from(table)).scalar_one()


pytestmark = pytest.mark.usefixtures("morning")


def test_alice_signs_in(db: Database, world: World, letters: Any) -> None:
    ask(letters)
    message: CodeMessage = letters.messages[0]
    assert message.point == ALICE
    assert (message.to.organisation_id, message.to.contact_id, message.to.staff_id) == (
        world.organisation, world.alice, None
    )  # fmt: skip
    assert message.to.school_id in (world.hill, world.vale)
    signed_in = try_code(message.code, user_agent="Chrome/1 Android")
    assert signed_in.chosen
    with db.reading() as read:
        session = read.execute(select(Session)).one()
        assert session.token_hash == token_hash(signed_in.token)
        assert session.device_words == "Chrome on Android"
        assert session.expires_at - session.created_at == timedelta(days=60)
        assert list(read.execute(select(SessionContact.contact_id, SessionContact.session_id))) == [
            (world.alice, signed_in.session_id)
        ]
        trail = read.execute(select(TrailEntry.action, TrailEntry.actor_kind, TrailEntry.actor_name)).all()
    assert [tuple(entry) for entry in trail] == [("signed_in", "contact", "Alice Ahmed")]


def test_an_officer_signs_in_with_the_address_at_school(db: Database, world: World, letters: Any) -> None:
    email = ReadPoint(PointKind.EMAIL, f"saira.khan.{world.organisation}@school.example")
    ask(letters, email, door=Door.STAFF)
    assert letters.messages[0].to.staff_id == world.officer
    assert letters.messages[0].to.school_id == world.hill
    assert try_code(letters.code, door=Door.STAFF).chosen
    with db.reading() as read:
        session = read.execute(select(Session)).one()
    assert (session.staff_organisation_id, session.staff_id) == (world.organisation, world.officer)
    assert session.expires_at - session.created_at == timedelta(hours=12)


def test_the_doors_are_two(db: Database, world: World, letters: Any) -> None:
    """A parent's address opens nothing at the staff door, nor a code of one door at the other."""
    ask(letters, ALICES_MAIL, door=Door.STAFF)
    assert not letters.messages
    ask(letters, ALICES_MAIL, browser="c" * 43)
    with pytest.raises(CodeRefused) as refused:
        try_code(letters.code, browser="c" * 43, door=Door.STAFF)
    assert refused.value.reason is CodeRefusal.NONE_ASKED


def test_who_has_left_gets_no_code(db: Database, world: World, letters: Any) -> None:
    with unit_of_work() as tx:
        tx.execute(update(Staff).where(Staff.id == world.officer).values(ends_on=date(2026, 6, 15)))
    ask(letters, ReadPoint(PointKind.EMAIL, f"saira.khan.{world.organisation}@school.example"), door=Door.STAFF)
    assert not letters.messages


@pytest.mark.parametrize("state", ["bad", "opted_out"])
def test_a_number_that_cannot_be_texted_gets_no_code(db: Database, world: World, letters: Any, state: str) -> None:
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).where(ContactPoint.value == ALICE.value).values(state=state))
    ask(letters)
    assert not letters.messages
    assert rows(SignInCode) == 1


@pytest.mark.parametrize(("held", "unheld"), [(ALICE, NOBODY), (ALICES_MAIL, NOBODYS_MAIL)])
def test_an_unknown_number_costs_the_same_and_says_the_same(
    db: Database, letters: Any, counting: Any, monkeypatch: pytest.MonkeyPatch, held: ReadPoint, unheld: ReadPoint
) -> None:
    hashes: list[str] = []
    hash_code = codes.hash_code
    monkeypatch.setattr(codes, "hash_code", lambda code: hashes.append(code) or hash_code(code))
    work = []
    for point, browser in ((held, "x" * 43), (unheld, "y" * 43)):
        before = len(hashes), rows(SignInCode), rows(Counter)
        with counting() as statements:
            said = ask_code(Door.PARENT, point, browser, HOME, send=letters)
        after = len(hashes), rows(SignInCode), rows(Counter)
        grown = [now - then for now, then in zip(after, before, strict=True)]
        work.append((statements, grown[:2], said.expires_at))
    assert work[0] == work[1]
    assert work[0][1] == [1, 1]
    assert [message.point for message in letters.messages] == [held]


def test_the_right_code_of_an_unknown_number_opens_nothing(
    db: Database, letters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    new_code = codes.new_code
    monkeypatch.setattr(codes, "new_code", lambda: made.append(new_code()) or made[-1])
    ask(letters, NOBODY)
    with pytest.raises(CodeRefused) as refused:
        try_code(made[-1])
    assert (refused.value.reason, refused.value.tries_left) == (CodeRefusal.WRONG, 4)
    assert rows(Session) == 0


def test_five_tries_and_no_sixth(db: Database, letters: Any) -> None:
    ask(letters)
    heard = []
    for _ in range(5):
        with pytest.raises(CodeRefused) as refused:
            try_code(wrong(letters.code))
        heard.append((refused.value.reason, refused.value.tries_left))
    assert heard == [
        (CodeRefusal.WRONG, 4), (CodeRefusal.WRONG, 3), (CodeRefusal.WRONG, 2), (CodeRefusal.WRONG, 1),
        (CodeRefusal.NO_TRIES_LEFT, 0),
    ]  # fmt: skip
    with pytest.raises(CodeRefused) as refused:
        try_code(letters.code)
    assert refused.value.reason is CodeRefusal.NO_TRIES_LEFT
    assert rows(Session) == 0


def test_the_fifth_try_may_be_the_right_one(db: Database, letters: Any) -> None:
    ask(letters)
    for _ in range(4):
        with pytest.raises(CodeRefused):
            try_code(wrong(letters.code))
    assert try_code(letters.code).chosen


def test_what_is_no_code_costs_no_try(db: Database, letters: Any) -> None:
    ask(letters)
    with pytest.raises(Refused):
        try_code("42 81 6")
    with db.reading() as read:
        assert read.execute(select(SignInCode.tries_left)).scalar_one() == 5


@pytest.mark.parametrize(("seconds", "works"), [(599, True), (600, False)])
def test_a_code_lives_ten_minutes(
    db: Database, letters: Any, morning: time_machine.Traveller, seconds: int, works: bool
) -> None:
    ask(letters)
    morning.shift(timedelta(seconds=seconds))
    if works:
        assert try_code(letters.code).chosen
    else:
        with pytest.raises(CodeRefused) as refused:
            try_code(letters.code)
        assert refused.value.reason is CodeRefusal.EXPIRED


def test_a_code_works_once(db: Database, letters: Any) -> None:
    ask(letters)
    try_code(letters.code)
    with pytest.raises(CodeRefused) as refused:
        try_code(letters.code)
    assert refused.value.reason is CodeRefusal.USED


def test_a_code_works_only_in_the_browser_that_asked(db: Database, letters: Any) -> None:
    ask(letters)
    with pytest.raises(CodeRefused) as refused:
        try_code(letters.code, browser="z" * 43)
    assert refused.value.reason is CodeRefusal.NONE_ASKED


def test_the_earlier_text_may_come_last(db: Database, letters: Any, morning: time_machine.Traveller) -> None:
    """Both codes of one browser work until one is used; then neither does."""
    ask(letters)
    morning.shift(timedelta(seconds=62))
    ask(letters)
    first, second = (message.code for message in letters.messages)
    assert try_code(first).chosen
    with pytest.raises(CodeRefused) as refused:
        try_code(second)
    assert refused.value.reason is CodeRefusal.USED


def test_signing_in_ends_the_session_that_the_browser_had(
    db: Database, letters: Any, morning: time_machine.Traveller
) -> None:
    ask(letters)
    old = try_code(letters.code)
    morning.shift(timedelta(minutes=2))
    ask(letters)
    new = try_code(letters.code, old_token=old.token)
    with db.reading() as read:
        open_ones = read.scalars(select(Session.id).where(Session.ended_at.is_(None))).all()
    assert open_ones == [new.session_id]


def test_one_a_minute_and_five_an_hour_a_number(db: Database, letters: Any, morning: time_machine.Traveller) -> None:
    """Each time from another browser and another network: it is the number that is protected."""
    def ask_anew(n: int) -> None:
        ask_code(Door.PARENT, ALICE, f"{n}" * 43, f"192.0.2.{n}", send=letters)

    ask_anew(1)
    with pytest.raises(TooMany) as refused:
        ask_anew(2)
    assert (refused.value.limit.per, refused.value.retry_after) == (Per.POINT, timedelta(minutes=1))
    for n in range(3, 7):
        morning.shift(timedelta(seconds=62))
        ask_anew(n)
    morning.shift(timedelta(seconds=62))
    with pytest.raises(TooMany) as refused:
        ask_anew(7)
    assert refused.value.retry_after == timedelta(hours=1)
    assert len(letters.messages) == 5
    morning.shift(timedelta(minutes=61))
    ask_anew(8)
    assert len(letters.messages) == 6


def test_a_number_that_nobody_holds_meets_the_same_limits(db: Database, letters: Any) -> None:
    ask(letters, NOBODY)
    with pytest.raises(TooMany) as refused:
        ask(letters, NOBODY, browser="c" * 43)
    assert refused.value.limit.per is Per.POINT


def test_a_browser_that_goes_through_numbers_is_stopped(db: Database, letters: Any) -> None:
    ask(letters, NOBODY)
    with pytest.raises(TooMany) as refused:
        ask(letters, ALICE)
    assert refused.value.limit.per is Per.BROWSER


def test_what_is_refused_is_not_counted(db: Database, letters: Any, counting: Any) -> None:
    ask(letters)
    before = rows(Counter), rows(SignInCode)
    with counting() as statements, pytest.raises(TooMany):
        ask(letters)
    assert (rows(Counter), rows(SignInCode)) == before
    assert len(statements) == 1


def test_the_cap_on_texts_counts_what_went_out_and_leaves_mail_alone(
    db: Database, letters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.accounts.rules import limits

    low = tuple(
        limits.Limit(limit.deed, limit.per, 1, limit.within) if limit.per is Per.SERVICE else limit
        for limit in limits.LIMITS
    )
    monkeypatch.setattr(limits, "LIMITS", low)
    ask(letters, NOBODY, browser="1" * 43)
    ask(letters, ALICE, browser="2" * 43)
    for point in (ReadPoint(PointKind.MOBILE, "+447700900002"), ReadPoint(PointKind.MOBILE, "+447700900998")):
        with pytest.raises(TooMany) as refused:
            ask(letters, point, browser="3" * 43)
        assert refused.value.limit.per is Per.SERVICE
    ask(letters, ALICES_MAIL, browser="4" * 43)
    assert [message.point for message in letters.messages] == [ALICE, ALICES_MAIL]


def test_wrong_tries_are_counted_by_address_and_right_ones_are_not(
    db: Database, letters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.accounts.rules import limits

    low = tuple(
        limits.Limit(limit.deed, limit.per, 2, limit.within) if limit.deed is limits.Deed.WRONG_TRY else limit
        for limit in limits.LIMITS
    )
    monkeypatch.setattr(limits, "LIMITS", low)
    for n, mobile in enumerate(("+447700900001", "+447700900002", "+447700900003")):
        ask(letters, ReadPoint(PointKind.MOBILE, mobile), browser=str(n) * 43)
        assert try_code(letters.code, browser=str(n) * 43).chosen
    ask(letters, ALICES_MAIL)
    for _ in range(2):
        with pytest.raises(CodeRefused):
            try_code(wrong(letters.code))
    with pytest.raises(TooMany) as refused:
        try_code(letters.code)
    assert refused.value.limit.per is Per.ADDRESS


def test_two_contacts_with_one_number_choose(db: Database, world: World, letters: Any) -> None:
    with unit_of_work() as tx:
        add_contact(tx, world.organisation, "Nani", "Ahmed", mobile=ALICE.value)
    ask(letters)
    signed_in = try_code(letters.code)
    assert not signed_in.chosen
    assert rows(SessionContact) == 0


def test_nobody_enters_with_a_number_shared_with_somebody_who_is_kept_away(
    db: Database, world: World, letters: Any
) -> None:
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).where(ContactPoint.contact_id == world.bob).values(value=ALICE.value))
        tx.execute(
            insert(CourtOrder).values(
                organisation_id=world.organisation, id=1, pupil_id=world.tom, contact_id=world.bob, kind="order",
                denies="contact", starts_on=date(2026, 1, 1),
            )
        )  # fmt: skip
    ask(letters)
    assert not try_code(letters.code).chosen
    assert rows(SessionContact) == 0


def test_one_person_in_two_organisations_enters_both(db: Database, world: World, letters: Any) -> None:
    with unit_of_work() as tx:
        there = add_contact(tx, world.other_organisation, "alice", "AHMED", mobile=ALICE.value)
    ask(letters)
    assert len(letters.messages) == 1
    assert try_code(letters.code).chosen
    with db.reading() as read:
        acting = read.execute(select(SessionContact.organisation_id, SessionContact.contact_id)).all()
        trail = read.execute(select(TrailEntry.organisation_id)).all()
    assert {tuple(row) for row in acting} == {(world.organisation, world.alice), (world.other_organisation, there)}
    assert sorted(row.organisation_id for row in trail) == [world.organisation, world.other_organisation]


def test_one_address_with_two_posts_chooses(db: Database, world: World, letters: Any) -> None:
    email = f"saira.khan.{world.organisation}@school.example"
    with unit_of_work() as tx:
        there = add_staff(tx, world.other_organisation, world.other_school, "Saira", "Khan", "Head", "head")
        tx.execute(update(Staff).where(Staff.id == there).values(email=email))
    ask(letters, ReadPoint(PointKind.EMAIL, email), door=Door.STAFF)
    assert not try_code(letters.code, door=Door.STAFF).chosen


def test_a_contact_without_a_child_is_written_to_in_the_name_of_some_school(
    db: Database, world: World, letters: Any
) -> None:
    with unit_of_work() as tx:
        tx.execute(delete(PupilContact).where(PupilContact.contact_id == world.alice))
    ask(letters)
    assert letters.messages[0].to.school_id == world.hill


def test_codes_and_tokens_are_never_stored_as_they_are(db: Database, letters: Any) -> None:
    ask(letters)
    signed_in = try_code(letters.code)
    stored = []
    with db.reading() as read:
        for table in (SignInCode, Session, Counter):
            stored += [str(value) for row in read.execute(select(table.__table__)) for value in row]
    for secret in (letters.code, signed_in.token, BROWSER):
        assert secret not in stored
        assert not any(secret in value for value in stored if len(secret) > 6)
    code_hash = next(value for value in stored if value.startswith("$argon2id$"))
    assert "m=19456,t=2,p=1" in code_hash


def test_what_has_served_is_swept(db: Database, letters: Any, morning: time_machine.Traveller) -> None:
    ask(letters)
    try_code(letters.code)
    morning.shift(timedelta(days=3))
    sweep_sign_in()
    assert (rows(SignInCode), rows(Counter), rows(Session)) == (0, 0, 1)
    morning.shift(timedelta(days=160))
    sweep_sign_in()
    assert (rows(Session), rows(SessionContact)) == (0, 0)


def test_sign_in_is_swept_each_night(db: Database, letters: Any, morning: time_machine.Traveller) -> None:
    with fresh_kinds(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(schedules, "_schedules", {})
        endings.schedule()
        ask(letters)
        morning.shift(timedelta(days=1, hours=20, minutes=4))
        timetable = schedules.Timetable()
        assert timetable.fire() == 0
        assert rows(SignInCode) == 1
        morning.shift(timedelta(minutes=1))
        assert timetable.fire() == 1
        assert run_due([endings.SWEEP_WORK]) == 1
        assert rows(SignInCode) == 0
        assert schedules.Timetable().fire() == 0


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What each of ``count`` threads came to: a value, or the exception."""
    came: list[Any] = [None] * count
    gate = threading.Barrier(count)

    def run(number: int) -> None:
        gate.wait()
        try:
            came[number] = act(number)
        except Exception as error:
            came[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_of_several_who_use_one_code_at_once_one_gets_in(cloned_db: Database, letters: Any) -> None:
    ask(letters)
    came = at_once(4, lambda _n: try_code(letters.code))
    refused = [getattr(one, "reason", one) for one in came if isinstance(one, Exception)]
    assert refused == [CodeRefusal.USED] * 3
    assert rows(Session) == 1


def test_of_several_who_use_two_codes_of_one_browser_from_anywhere_one_gets_in(
    cloned_db: Database, letters: Any, morning: time_machine.Traveller
) -> None:
    ask(letters)
    morning.shift(timedelta(seconds=62))
    ask(letters)
    sent = [message.code for message in letters.messages]
    came = at_once(4, lambda n: check_code(Door.PARENT, BROWSER, sent[n % 2], f"192.0.2.{n}"))
    refused = [getattr(one, "reason", one) for one in came if isinstance(one, Exception)]
    assert refused == [CodeRefusal.USED] * 3
    assert rows(Session) == 1


def test_twenty_guesses_at_once_are_five(
    cloned_db: Database, letters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(letters)
    looked: list[str] = []
    matches = codes.code_matches
    monkeypatch.setattr(codes, "code_matches", lambda kept, code: looked.append(code) or matches(kept, code))
    guesses = [f"{(int(letters.code) + 1 + n) % 1_000_000:06}" for n in range(20)]
    came = at_once(20, lambda n: try_code(guesses[n]))
    assert len(looked) == 5
    assert sorted(one.reason for one in came) == [CodeRefusal.NO_TRIES_LEFT] * 16 + [CodeRefusal.WRONG] * 4


def test_of_many_who_ask_at_once_for_one_number_one_is_heard(cloned_db: Database, letters: Any) -> None:
    came = at_once(6, lambda n: ask_code(Door.PARENT, ALICE, f"{n}" * 43, HOME, send=letters))
    assert sum(isinstance(one, TooMany) for one in came) == 5
    assert len(letters.messages) == 1
    assert rows(SignInCode) == 1
