"""A new phone is told of elsewhere; guessing locks a number and its owner hears of it once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from notifications.models import Delivery, Message
from tests.factories import World, add_contact
from webapp.accounts.queries.devices import find_session
from webapp.accounts.queries.points import candidates
from webapp.accounts.rules import limits
from webapp.accounts.rules.codes import CodeRefused, Door
from webapp.accounts.rules.limits import TooMany
from webapp.accounts.rules.sessions import idle_since
from webapp.accounts.services.codes import ask_code, check_code
from webapp.accounts.services.sessions import SignedIn, choose_contacts
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.people.models import ContactPoint
from webapp.people.rules.contact_points import PointKind, ReadPoint

MOBILE = ReadPoint(PointKind.MOBILE, "+447700900001")
MAIL = ReadPoint(PointKind.EMAIL, "alice@family.example")

pytestmark = pytest.mark.usefixtures("morning", "db")


def sent(name: str = "new_device") -> list[tuple[str, str]]:
    with read_door() as db:
        rows = db.execute(
            select(Delivery.address, Delivery.body)
            .join(Message, (Message.organisation_id == Delivery.organisation_id) & (Message.id == Delivery.message_id))
            .where(Message.name == name)
            .order_by(Delivery.id)
        )
        return [(row.address, row.body) for row in rows]


def come_in(letters: Any, browser: str, point: ReadPoint = MOBILE, **more: Any) -> SignedIn:
    ask_code(Door.PARENT, point, browser * 43, "192.0.2.1", send=letters)
    agent = "Chrome/1 (Android)"
    return check_code(Door.PARENT, browser * 43, letters.code, "192.0.2.1", user_agent=agent, **more)


def test_a_new_phone_is_told_of_on_the_other_channels(
    world: World, letters: Any, morning: time_machine.Traveller
) -> None:
    first = come_in(letters, "a")
    (told,) = sent()
    assert told[0] == MAIL.value
    assert "someone signed in to Firstbell as you at 7:40am, on Chrome on Android" in told[1]
    assert "Please ring" in told[1]
    morning.shift(timedelta(minutes=2))
    # The same browser again is no new phone; another is, and the text goes where its code did not.
    again = come_in(letters, "a", old_token=first.token)
    assert len(sent()) == 1
    morning.shift(timedelta(minutes=2))
    come_in(letters, "b", MAIL)
    assert [address for address, _ in sent()] == [MAIL.value, MOBILE.value]
    # Somebody else's session in the browser does not make it hers.
    morning.shift(timedelta(minutes=2))
    charlies = come_in(letters, "c", ReadPoint(PointKind.MOBILE, "+447700900003"))
    before = len(sent())
    morning.shift(timedelta(minutes=2))
    come_in(letters, "c", old_token=charlies.token)
    assert len(sent()) == before + 1
    assert again.chosen


def test_a_channel_that_does_not_work_is_left_alone(world: World, letters: Any) -> None:
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).where(ContactPoint.value == MAIL.value).values(state="opted_out"))
    come_in(letters, "a")
    assert sent() == []


def guess(browser: str, code: str) -> None:
    check_code(Door.PARENT, browser * 43, f"{(int(code) + 1) % 1_000_000:06}", f"192.0.2.{ord(browser)}")


@pytest.mark.parametrize("value", [MOBILE.value, "+447700900999"], ids=["held", "unknown"])
def test_guessing_locks_the_number_and_its_owner_hears_of_it_once(
    world: World, letters: Any, morning: time_machine.Traveller, value: str
) -> None:
    """From ever new browsers and addresses: what is locked is the number, and whether anybody holds it is not told."""
    point = ReadPoint(PointKind.MOBILE, value)
    known = value == MOBILE.value
    for browser in "ab":
        ask_code(Door.PARENT, point, browser * 43, f"192.0.2.{ord(browser)}", send=letters)
        for _ in range(5):
            with pytest.raises(CodeRefused):
                guess(browser, letters.code if known else "123456")
        morning.shift(timedelta(minutes=2))
    with pytest.raises(TooMany) as locked:
        ask_code(Door.PARENT, point, "c" * 43, "192.0.2.99", send=letters)
    assert locked.value.mend.startswith("Too many wrong codes were typed for this number or address.")
    told = sent("sign_in_locked")
    assert [address for address, _ in told] == ([value] if known else [])
    morning.shift(timedelta(hours=1, minutes=2))
    ask_code(Door.PARENT, point, "c" * 43, "192.0.2.99", send=letters)
    for browser in "cd":
        if browser == "d":
            morning.shift(timedelta(minutes=2))
            ask_code(Door.PARENT, point, "d" * 43, "192.0.2.99", send=letters)
        for _ in range(5):
            with pytest.raises(CodeRefused):
                guess(browser, letters.code if known else "123456")
    assert len(sent("sign_in_locked")) == len(told)


def test_the_right_code_of_a_locked_number_opens_nothing(world: World, db: Database, letters: Any) -> None:
    """A code that was on its way before is of no use to who guesses in another browser, nor to anybody for an hour."""
    with pytest.MonkeyPatch.context() as patch:
        few = [
            limits.Limit(one.deed, one.per, 3, one.within) if one.deed is limits.Deed.WRONG_CODE else one
            for one in limits.LIMITS
        ]
        patch.setattr(limits, "LIMITS", tuple(few))
        ask_code(Door.PARENT, MOBILE, "a" * 43, "192.0.2.1", send=letters)
        for _ in range(3):
            with pytest.raises(CodeRefused):
                guess("a", letters.code)
        with pytest.raises(TooMany):
            check_code(Door.PARENT, "a" * 43, letters.code, "192.0.2.1")


def test_right_codes_lock_nobody_out(world: World, letters: Any, morning: time_machine.Traveller) -> None:
    for number in range(14):
        come_in(letters, "abcdefghijklmn"[number])
        morning.shift(timedelta(minutes=13))
    assert sent("sign_in_locked") == []


def test_each_of_two_who_share_a_number_is_told_on_their_own(world: World, db: Database, letters: Any) -> None:
    """Who has chosen to be Alice is told of to Alice, and to nobody who shares her number."""
    with unit_of_work() as tx:
        add_contact(tx, world.organisation, "Nani", "Begum", mobile=MOBILE.value)
    signed_in = come_in(letters, "a")
    assert not signed_in.chosen
    assert sent() == []
    with read_door() as read:
        session = find_session(read, token_hash(signed_in.token), machine_now(), idle_since(machine_now()))
        people = candidates(read, "mobile", MOBILE.value, school_today())
    assert session is not None
    choose_contacts(session, next(one for one in people if one.name == "Alice Ahmed").contacts)
    assert [address for address, _ in sent()] == [MAIL.value]
