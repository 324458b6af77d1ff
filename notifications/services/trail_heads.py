"""Each day's head of the trail goes to somebody outside, by e-mail: who changes the past afterwards is found out.

The heads are kept where nobody who can change the database can change them: in the mailbox of a school's governor, a
trust's auditor, a council. ``firstbell trail verify --against`` reads them back.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from notifications import channels
from notifications.channels import Parcel, Verdict
from webapp.foundation import work
from webapp.foundation.clock import london, machine_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import FIRSTBELL, Actor, Deed, write
from webapp.foundation.trail.outgoing import TrailAddress, TrailHeadOut
from webapp.foundation.trail.verify import Head, find_head
from webapp.foundation.work import Job, daily, every, handler
from webapp.people.models import Organisation, School, StaffRole, Task
from webapp.people.rules.roles import Role
from webapp.people.rules.school_times import in_london
from webapp.people.services.tasks import open_task_in

log = logging.getLogger("firstbell.trail")

DAILY, MOVED = "trail_head_out", "trail_address_moved"
AT = time(17)
_WORTH = timedelta(days=1)
_TASK = "trail_head_not_sent"
_LONGEST_WHY = 200


class HeadNotSent(RuntimeError):
    """The mail server did not take a head; the work is tried again."""


def schedule() -> None:
    """Register the sending: once a day, at five in the afternoon; and the word to an address that is given up."""
    handler(DAILY)(_daily)
    handler(MOVED)(tell_old_address)
    every(DAILY, daily(AT))


def _daily(job: Job) -> None:
    send_heads(job)


def send_heads(job: Job | None = None) -> int:
    """Send today's head of every organisation that has an address and a trail; returns how many went out.

    What went out today already is left alone. Raises HeadNotSent when one was not taken, after all were tried.
    """
    on = london(machine_now()).date()
    with read_door() as db:
        wanted = db.execute(
            select(TrailAddress.organisation_id, TrailAddress.email, Organisation.name)
            .join(Organisation, Organisation.id == TrailAddress.organisation_id)
            .order_by(TrailAddress.organisation_id)
        ).all()
        done = set(db.scalars(select(TrailHeadOut.organisation_id).where(
            TrailHeadOut.day == on, TrailHeadOut.state == "sent"
        )))  # fmt: skip
    sent, failed = 0, 0
    for row in wanted:
        if row.organisation_id in done:
            continue
        if _send_one(row.organisation_id, row.email, row.name, on):
            sent += 1
        else:
            failed += 1
        if job is not None:
            work.extend(job)
    if failed:
        raise HeadNotSent(f"{failed} heads of the trail were not taken")
    return sent


def _send_one(organisation_id: int, email: str, name: str, on: date) -> bool:
    with read_door() as db:
        head = find_head(db, organisation_id)
    if head.position == 0:
        return True
    now = machine_now()
    outcome = channels.current().email.send(Parcel(
        token=f"trail-{organisation_id}-{on:%Y%m%d}", address=email, subject=f"Proof of the trail, {name}, {on}",
        body=body_of(head, name, now), worth=_WORTH, first_called_at=now,
    ))  # fmt: skip
    taken = outcome.verdict is Verdict.ACCEPTED
    with unit_of_work() as tx:
        _keep(tx, head, email, on, now, "" if taken else (outcome.words or outcome.verdict.value))
        (_close_task if taken else _open_task)(tx, organisation_id, on, now)
    if not taken:
        log.error("the head of the trail of organisation %s was not taken: %s", organisation_id, outcome.words)
    return taken


def body_of(head: Head, name: str, now: datetime) -> str:
    """What is sent. The head stands on a line of its own, so that the mail as a file can be given to ``verify``."""
    return (
        f"This is today's proof of the record of who did and who saw what at {name}.\n\n{head}\n\n"
        f"Written {now:%Y-%m-%d %H:%M} UTC. Please keep this e-mail. You need not do anything with it.\n\n"
        "If somebody ever asks whether that record was changed afterwards, whoever runs Firstbell saves this e-mail\n"
        "as a file and runs:\n\n    firstbell trail verify --against FILE\n"
    )


def _keep(tx: Connection, head: Head, email: str, on: date, now: datetime, why: str) -> None:
    mine = (TrailHeadOut.organisation_id == head.organisation_id, TrailHeadOut.day == on)
    tries = tx.scalar(select(TrailHeadOut.tries).where(*mine)) or 0
    tx.execute(delete(TrailHeadOut).where(*mine))
    tx.execute(insert(TrailHeadOut).values(
        organisation_id=head.organisation_id, day=on, position=head.position, link=head.link, email=email,
        state="failed" if why else "sent", why=why[:_LONGEST_WHY], tries=tries + 1, at=now,
    ))  # fmt: skip
    deed = Deed(
        "trail_head_not_sent" if why else "sent_trail_head", "trail_head", head.position,
        detail={"to": email, "day": on.isoformat(), "link": head.link},
    )  # fmt: skip
    write(tx, head.organisation_id, FIRSTBELL, deed)


def _open_task(tx: Connection, organisation_id: int, on: date, now: datetime) -> None:
    """A task for the administrator of each school that has one; for the first school's where none has."""
    held = select(StaffRole.school_id).where(
        StaffRole.organisation_id == organisation_id, StaffRole.role == Role.ADMINISTRATOR.value,
        StaffRole.ends_on.is_(None),
    )  # fmt: skip
    schools = select(School.id).where(School.organisation_id == organisation_id).order_by(School.id)
    school = tx.scalar(schools.where(School.id.in_(held)).limit(1)) or tx.scalar(schools.limit(1))
    if school is None:
        return
    open_task_in(
        tx, organisation_id, school, kind=_TASK, subject_kind="trail_head_out", subject_id=_number(on),
        title="The day's proof of the trail could not be sent: look at its address",
        due_at=max(now, in_london(on + timedelta(days=1), time(9))), actor=FIRSTBELL,
        owner_role=Role.ADMINISTRATOR.value,
    )  # fmt: skip


def _close_task(tx: Connection, organisation_id: int, on: date, now: datetime) -> None:
    tx.execute(
        update(Task)
        .where(
            Task.organisation_id == organisation_id, Task.kind == _TASK, Task.subject_kind == "trail_head_out",
            Task.subject_id <= _number(on), Task.state == "open",
        )
        .values(state="done", closed_at=now, closed_by=FIRSTBELL.name, version=Task.version + 1)
    )  # fmt: skip


def _number(on: date) -> int:
    return int(f"{on:%Y%m%d}")


def set_trail_address(organisation_id: int, school_id: int, email: str, by: Actor) -> bool:
    """Say who outside keeps the heads; False where it is so already. An address that is given up is told so.

    ``email`` as ``read_email`` made it; the caller has checked that ``by`` may.
    """
    now = machine_now()
    with unit_of_work() as tx:
        mine = TrailAddress.organisation_id == organisation_id
        before = tx.scalar(select(TrailAddress.email).where(mine))
        if before == email:
            return False
        tx.execute(delete(TrailAddress).where(mine))
        values = {"organisation_id": organisation_id, "email": email, "set_at": now, "set_by": by.name}
        tx.execute(insert(TrailAddress).values(**values))
        write(tx, organisation_id, by, Deed(
            "set_trail_address", "trail_address", organisation_id, school_id,
            detail={"key": "trail address", "before": before or "", "value": email},
        ))  # fmt: skip
        if before:
            work.enqueue(tx, work.NewWork(
                kind=MOVED, subject=str(organisation_id), slot=now.isoformat(), organisation_id=organisation_id,
                payload={"to": before, "by": by.name},
            ))  # fmt: skip
        return True


def tell_old_address(job: Job) -> None:
    """Who kept the heads so far hears that they come no more, and what the last one is: it is theirs to ask why."""
    organisation_id = job.organisation_id or 0
    with read_door() as db:
        head = find_head(db, organisation_id)
        name = db.scalar(select(Organisation.name).where(Organisation.id == organisation_id)) or ""
    now = machine_now()
    outcome = channels.current().email.send(Parcel(
        token=f"trail-moved-{organisation_id}-{job.id}", address=job.payload["to"],
        subject=f"The proof of the trail goes elsewhere, {name}",
        body=f"{job.payload['by']} has chosen another address for the daily proof of the record at {name}.\n"
        f"If you did not expect this, ask the school why. Please keep what you have, and this:\n\n{head}\n",
        worth=_WORTH, first_called_at=now,
    ))  # fmt: skip
    if outcome.verdict is not Verdict.ACCEPTED:
        raise HeadNotSent(outcome.words or outcome.verdict.value)
