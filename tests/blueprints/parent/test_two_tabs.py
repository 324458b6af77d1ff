"""The same thing in two tabs, or again by Back: a clear answer, nothing lost and nothing doubled."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.blueprints.parent.test_report import public_id, reports, send_quick
from tests.factories import World
from tests.pages import Enter, page
from webapp.absence.models import AbsenceReport, ReportMessage
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decider, Decision
from webapp.foundation.db import read_door
from webapp.foundation.trail import Actor, ActorKind


@pytest.fixture
def alice(as_parent: Enter, world: World) -> FlaskClient:
    return as_parent(world.alice)


@pytest.fixture
def receipt(alice: FlaskClient, world: World) -> str:
    return str(send_quick(alice, public_id(world.tom), reason="ill").location.split("?")[0])


def talk() -> list[str]:
    with read_door() as db:
        return list(db.scalars(select(ReportMessage.words)))


def test_the_form_of_two_tabs_is_one_report_and_the_second_is_told_what_came_of_it(
    alice: FlaskClient, world: World
) -> None:
    address = f"/children/{public_id(world.tom)}/away-today"
    first, second = (page(alice.get(address)).fields(address) for _ in range(2))
    assert alice.post(address, data={**first, "reason": "ill"}).status_code == 303
    same = page(alice.get(alice.post(address, data={**second, "reason": "ill"}).location))
    assert "You told school about Tom at 7:40am. School has it." in same.text
    other = {**page(alice.get(address)).fields(address), "reason": "appointment", "words": "Dentist at 10"}
    added = page(alice.get(alice.post(address, data=other).location))
    assert "What you said now was added for school to read." in added.text
    assert "Doctor, dentist or hospital. Dentist at 10" in added.text
    assert len(reports()) == 1
    assert talk() == ["Doctor, dentist or hospital. Dentist at 10"]


def coming(client: FlaskClient, report: str, fields: dict[str, str], at: str) -> Any:
    return client.post(f"{report}/coming-in", data={**fields, "expected_other": at})


def test_taken_back_in_two_tabs_is_taken_back_once(alice: FlaskClient, receipt: str) -> None:
    fields = page(alice.get(f"{receipt}/coming-in")).fields(f"{receipt}/coming-in")
    for typed in ("10am", "10.00"):
        assert coming(alice, receipt, fields, typed).location == receipt
    with read_door() as db:
        assert db.scalar(select(AbsenceReport.version)) == 2
    answer = coming(alice, receipt, fields, "11am")
    found = page(answer)
    assert answer.status_code == 409
    assert "School expects Tom at 10am already. Send this only to change the time" in found.text
    again = found.fields(f"{receipt}/coming-in")
    assert again["expected_other"] == "11am"
    assert alice.post(f"{receipt}/coming-in", data=again).location == receipt
    assert "School expects Tom at 11am" in page(alice.get(receipt)).text


@pytest.mark.parametrize("seen_again", [False, True])
def test_a_change_that_comes_after_the_decision_is_kept_as_a_message(
    alice: FlaskClient, world: World, receipt: str, at: Any, seen_again: bool
) -> None:
    """``seen_again``: the version of the form is that of the decision, as after "Send mine instead"."""
    address = f"{receipt}/change"
    fields = page(alice.get(address)).fields(address)
    (tom,) = reports()
    at.move_to("2026-06-16T08:20:00+00:00")
    by = Decider(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan"))
    assert confirm(by, [Decision(tom.id, tom.version, "I")]).decided
    (tom,) = reports()
    version = {"version": str(tom.version)} if seen_again else {}
    typed = {**fields, **version, "reason": "ill", "symptoms": ["rash"], "words": "And now a rash"}
    answer = alice.post(address, data=typed)
    found = page(answer)
    assert answer.status_code == 409
    assert "School has already dealt with this. Send what you changed as a message" in found.text
    message = found.fields(f"{receipt}/messages")
    assert message["words"] == "Ill or unwell: rash. And now a rash"
    assert alice.post(f"{receipt}/messages", data=message).status_code == 303
    assert talk() == ["Ill or unwell: rash. And now a rash"]


def test_a_change_after_it_was_taken_back_elsewhere_is_kept_too(alice: FlaskClient, receipt: str) -> None:
    address = f"{receipt}/change"
    fields = page(alice.get(address)).fields(address)
    coming(alice, receipt, page(alice.get(f"{receipt}/coming-in")).fields(f"{receipt}/coming-in"), "10am")
    found = page(alice.post(address, data={**fields, "words": "Doctor says stay in"}))
    assert "You took this back. Send what you changed as a message" in found.text
    assert found.fields(f"{receipt}/messages")["words"] == "Doctor says stay in"


def test_a_day_ahead_is_taken_back_once(alice: FlaskClient, world: World, at: Any) -> None:
    sent = send_quick(alice, public_id(world.tom), reason="ill", starts_on="2026-06-17")
    receipt = sent.location.split("?")[0]
    fields = page(alice.get(f"{receipt}/coming-in")).fields(f"{receipt}/coming-in")
    for _ in range(2):
        assert alice.post(f"{receipt}/coming-in", data=fields).location == receipt


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_a_receipt_is_the_senders_alone(as_parent: Enter, world: World, alice: FlaskClient, who: str) -> None:
    """Bob is Tom's father too: he reads that school knows, and neither Alice's words nor her reasons."""
    sent = send_quick(
        alice, public_id(world.tom), reason="ill", symptoms=["sick"], words="Private to Alice",
        also=[public_id(world.ella)],
    )  # fmt: skip
    other = as_parent(getattr(world, who))
    written = [f"/absence-reports/{one.public_id}" for one in reports()]
    assert len(written) == 2
    assert sent.location.split("?")[0] in written
    for report in written:
        for part in ("", "/change", "/coming-in", "/files"):
            assert other.get(report + part).status_code == 404, part
        for part in ("/change", "/coming-in", "/back", "/messages", "/ring-me", "/files"):
            data = {"version": "1", "words": "x", "back_on": "not_sure", "submission_key": "k"}
            assert other.post(report + part, data=data).status_code in (400, 404), part
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(ReportMessage)) == 0
        assert set(db.scalars(select(AbsenceReport.version))) == {1}
    home = page(other.get("/home")).text
    assert ("School knows Tom is away today." in home) is (who == "bob")
    for secret in ("Private to Alice", "sick", "Alice"):
        assert secret not in home


def test_two_parents_of_one_child_have_a_receipt_each(as_parent: Enter, world: World, alice: FlaskClient) -> None:
    send_quick(alice, public_id(world.tom), reason="ill", words="Private to Alice", also=[public_id(world.ella)])
    bob = as_parent(world.bob)
    own = page(bob.get(send_quick(bob, public_id(world.tom), reason="transport", words="Van broke").location))
    assert "Van broke" in own.text
    for secret in ("Private to Alice", "Ella", "Alice", "unwell"):
        assert secret not in own.text
