"""Each day's head leaves the system, and who kept it finds a history that was made anew from the beginning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner
from sqlalchemy import delete, func, select, update

from notifications import channels
from notifications.channels import Outcome, Parcel
from notifications.channels.demo import DemoPhone
from notifications.queries.trail_heads import address_of, heads_out
from notifications.services.trail_heads import HeadNotSent, body_of, send_heads, set_trail_address, tell_old_address
from tests.factories import World, add_staff
from webapp.cli.trail import _heads_of
from webapp.foundation import db as doors
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, Deed, TrailEntry, TrailHead, TrailSeal, write
from webapp.foundation.trail.digests import digest_of, personal_digest
from webapp.foundation.trail.seals import seal_new
from webapp.foundation.trail.verify import find_head, has_been, verify
from webapp.foundation.work.table import Work
from webapp.people.models import Task

FIVE = datetime(2026, 6, 16, 16, 0, tzinfo=UTC)
ADIL = Actor(ActorKind.STAFF, 1, "Adil Farooq", "Administrator")
CHAIR = "chair@governors.example"


class Mailbox(DemoPhone):
    """A mail server that keeps what it takes, and takes nothing while it is ``down``."""

    def __init__(self) -> None:
        super().__init__(reports=False)
        self.held: list[Parcel] = []
        self.down = False

    def send(self, parcel: Parcel) -> Outcome:
        if self.down:
            return Outcome.retry("no connection")
        self.held.append(parcel)
        return super().send(parcel)


@pytest.fixture
def mailbox(db: Database, world: World, tmp_path: Path) -> Iterator[Mailbox]:
    doors.use(db)
    box = Mailbox()
    made = channels.channels_from(load(demo_environment(tmp_path, "k" * 40, 8000)))
    channels.use(replace(made, email=box))
    with time_machine.travel(FIVE, tick=False):
        yield box
    channels.use(None)


def deed(world: World, action: str = "changed_mark") -> None:
    with unit_of_work() as tx:
        write(tx, world.organisation, ADIL, Deed(action, "mark", 1, world.hill, world.tom))


def kept(statement: Any) -> list[Any]:
    with read_door() as db:
        return list(db.execute(statement))


def test_the_head_of_the_day_goes_out_once(mailbox: Mailbox, world: World) -> None:
    deed(world)
    seal_new()
    assert send_heads() == 0, "nobody outside keeps it yet"
    assert set_trail_address(world.organisation, world.hill, CHAIR, ADIL)
    assert not set_trail_address(world.organisation, world.hill, CHAIR, ADIL)
    assert send_heads() == 1
    assert send_heads() == 0
    (mail,) = mailbox.held
    with read_door() as db:
        head = find_head(db, world.organisation)
        (row,) = heads_out(db, world.organisation)
        assert address_of(db, world.organisation)[:1] == (CHAIR,)
        assert heads_out(db, world.other_organisation) == []
    assert mail.address == CHAIR
    assert f"\n{head}\n" in mail.body
    assert (row.state, row.email, row.position, row.link, row.at) == ("sent", CHAIR, head.position, head.link, FIVE)
    assert "Tom" not in mail.body
    for each in ("Ahmed", "Adil", "mark"):
        assert each not in mail.body
    actions = [row.action for row in kept(select(TrailEntry.action).order_by(TrailEntry.id))]
    assert actions == ["changed_mark", "set_trail_address", "sent_trail_head"]


def test_the_next_day_it_goes_again(mailbox: Mailbox, world: World) -> None:
    deed(world)
    seal_new()
    set_trail_address(world.organisation, world.hill, CHAIR, ADIL)
    send_heads()
    with time_machine.travel(FIVE + timedelta(days=1), tick=False):
        seal_new()
        assert send_heads() == 1
    assert len({mail.body for mail in mailbox.held}) == 2


def test_a_mail_server_that_is_down_is_a_task_until_it_is_not(mailbox: Mailbox, world: World) -> None:
    with unit_of_work() as tx:
        add_staff(tx, world.organisation, world.vale, "Adil", "Farooq", "Administrator", "administrator")
    deed(world)
    seal_new()
    set_trail_address(world.organisation, world.hill, CHAIR, ADIL)
    mailbox.down = True
    for _ in range(2):
        with pytest.raises(HeadNotSent):
            send_heads()
    (task,) = kept(select(Task.school_id, Task.owner_role, Task.state, Task.title))
    assert task[:3] == (world.vale, "administrator", "open")
    with read_door() as db:
        (row,) = heads_out(db, world.organisation)
    assert (row.state, row.why, row.tries) == ("failed", "no connection", 2)
    mailbox.down = False
    assert send_heads() == 1
    assert [row.state for row in kept(select(Task.state))] == ["done"]
    with read_door() as db:
        (row,) = heads_out(db, world.organisation)
    assert (row.state, row.why, row.tries) == ("sent", "", 3)


def test_one_organisation_does_not_hold_up_another(mailbox: Mailbox, world: World) -> None:
    deed(world)
    with unit_of_work() as tx:
        write(tx, world.other_organisation, ADIL, Deed("changed_mark", "mark", 1, world.other_school))
    seal_new()
    set_trail_address(world.organisation, world.hill, "bad@governors.example", ADIL)
    set_trail_address(world.other_organisation, world.other_school, CHAIR, ADIL)
    taken = mailbox.send

    def refuse_one(parcel: Parcel) -> Outcome:
        return Outcome.retry("refused") if parcel.address.startswith("bad") else taken(parcel)

    mailbox.send = refuse_one  # type: ignore[method-assign]
    with pytest.raises(HeadNotSent):
        send_heads()
    assert [mail.address for mail in mailbox.held] == [CHAIR]
    assert "Dale School" in mailbox.held[0].subject


def test_who_kept_it_before_is_told(mailbox: Mailbox, world: World) -> None:
    deed(world)
    seal_new()
    set_trail_address(world.organisation, world.hill, CHAIR, ADIL)
    set_trail_address(world.organisation, world.hill, "my-own@mailbox.example", ADIL)
    (row,) = kept(select(Work.organisation_id, Work.payload, Work.id).where(Work.kind == "trail_address_moved"))

    class Given:
        organisation_id, payload, id = row.organisation_id, row.payload, row.id

    tell_old_address(Given())  # type: ignore[arg-type]
    (mail,) = mailbox.held
    assert mail.address == CHAIR
    assert "Adil Farooq has chosen another address" in mail.body


def remake(world: World) -> None:
    """Somebody with the whole database changes one entry and makes everything that proves it anew."""
    with unit_of_work() as tx:
        row = tx.execute(select(TrailEntry.__table__).order_by(TrailEntry.id).limit(1)).mappings().one()
        changed = {**row, "actor_name": "Somebody Else"}
        digest = digest_of(personal_digest(row["salt"], changed), changed)
        mine = update(TrailEntry).where(TrailEntry.id == row["id"])
        tx.execute(mine.values(actor_name="Somebody Else", digest=digest))
        tx.execute(delete(TrailSeal))
        tx.execute(delete(TrailHead))
    seal_new(since=datetime(2000, 1, 1, tzinfo=UTC))


def test_a_history_made_anew_is_found_by_a_head_kept_outside(
    mailbox: Mailbox, world: World, tmp_path: Path
) -> None:
    for action in ("changed_mark", "withheld_entry", "reported_absence"):
        deed(world, action)
        seal_new()
    set_trail_address(world.organisation, world.hill, CHAIR, ADIL)
    send_heads()
    saved = tmp_path / "proof.eml"
    saved.write_text(f"From: firstbell\n\n{mailbox.held[0].body}", "utf-8")
    (head,) = _heads_of(str(saved))
    later = FIVE + timedelta(hours=1)
    with read_door() as db:
        assert has_been(db, head)
    remake(world)
    with read_door() as db:
        assert [str(each) for each in verify(db, world.organisation, later)] == [], "by itself it looks whole"
        assert not has_been(db, head), "and the head that left says that it is not"


def test_heads_are_read_from_files_and_from_what_was_typed(tmp_path: Path) -> None:
    link = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    first, second = f"1:42:{link}", f"2:7:{link[::-1]}"
    folded = tmp_path / "folded.eml"
    folded.write_text(f"> {first[:60]}=\n{first[60:]}\nand {second}.\nagain {second}\n", "utf-8")
    assert _heads_of(str(folded)) == [first, second]
    assert _heads_of(first) == [first]
    for nothing in ("", "1:42:abc", str(tmp_path / "not-there"), f"{first}0"):
        result = CliRunner().invoke(_probe(nothing))
        assert result.exit_code == 2
        assert "neither a head nor a file" in result.output


def _probe(text: str) -> Any:
    import click

    return click.command()(lambda: print(_heads_of(text)))


def test_the_mail_says_what_to_do(mailbox: Mailbox, world: World) -> None:
    with read_door() as db:
        body = body_of(find_head(db, world.organisation), "Firsthill Trust", FIVE)
        assert db.scalar(select(func.count()).select_from(TrailSeal)) == 0
    assert "firstbell trail verify --against FILE" in body
    assert max(len(line) for line in body.splitlines()) < 120
