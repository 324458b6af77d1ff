"""What is due is counted each night; a person looks, confirms, and the worker deletes it in batches.

A certificate of what was destroyed stays: tables and counts, nobody's name. Nothing is deleted that nobody confirmed,
and nothing that is held: each batch asks anew.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from webapp.foundation import ids, trail, work
from webapp.foundation.clock import school_now, school_today
from webapp.foundation.db import insert_row, read_door, unit_of_work
from webapp.foundation.submissions import SubmissionReused, find_result, keep_result
from webapp.foundation.trail import FIRSTBELL, Actor, ActorKind, Deed
from webapp.foundation.work import Job, NewWork
from webapp.insight.models import RetentionCount, RetentionRun
from webapp.insight.queries.keeping import count_due, due_rows
from webapp.insight.rules.keeping import (
    KEEPINGS,
    DeletionRefused,
    RecordKind,
    Schedule,
    check_count,
    schedule_of,
)
from webapp.insight.services.forgetting import forget_units
from webapp.insight.services.forgetting_along import forget_along
from webapp.insight.services.requests import Keeper
from webapp.people.models import School
from webapp.people.queries import settings_of

DELETE_WORK = "retention_run"
COUNT_WORK = "retention_count"
LEASE_SECONDS = 600.0
BATCH = {RecordKind.REGISTER: 100, RecordKind.PUPILS: 5, RecordKind.TRAIL: 500}
"""Units that one transaction deletes; 200 of what is not named."""


def confirm_deletion(
    by: Keeper, kinds: tuple[RecordKind, ...], typed_total: str, *, submission_key: str
) -> str:
    """Have what is due of these kinds deleted; returns the run's public id, the first's where the form came twice.

    ``typed_total`` is how many there are, typed by the person who has looked. Raises DeletionRefused: another number,
    or a deletion of the school under way.
    """
    content = {"delete": [kind.value for kind in kinds], "total": typed_total}
    sender = f"{by.actor.kind.value}:{by.actor.id}"
    today = school_today()
    with unit_of_work() as tx:
        try:
            held = find_result(tx, by.organisation_id, sender, submission_key, content)
        except SubmissionReused:
            raise DeletionRefused("total", "This page was used before for something else. Open it again.") from None
        if held is not None:
            return str(held)
        tx.execute(
            select(School.id)
            .where(School.organisation_id == by.organisation_id, School.id == by.school_id)
            .with_for_update(key_share=True)
        )
        if _is_running(tx, by):
            raise DeletionRefused("kinds", "Something is being deleted at this school now. Wait until it is done.")
        schedule = schedule_of(settings_of(tx, by.organisation_id, by.school_id, today), today)
        counts = [count_due(tx, kind, by.organisation_id, by.school_id, schedule) for kind in kinds]
        total = sum(each.due for each in counts)
        plan = {
            "kinds": {each.kind.value: {"before": each.before.isoformat(), "due": each.due} for each in counts},
            "sen_born": schedule.sen_born.isoformat(), "left_before": schedule.left_before.isoformat(),
        }  # fmt: skip
        if not total:
            raise DeletionRefused("kinds", "Nothing of this is due.")
        check_count(typed_total, total)
        public_id = ids.public_id()
        number = insert_row(
            tx, RetentionRun, organisation_id=by.organisation_id, public_id=public_id, school_id=by.school_id,
            state="running", plan=plan, result={}, confirmed_at=school_now(), confirmed_by=by.actor.name,
            confirmed_position=by.actor.position,
        )  # fmt: skip
        trail.write(
            tx, by.organisation_id, by.actor,
            Deed("confirmed_deletion", "retention_run", number, by.school_id, detail={"plan": plan}),
        )  # fmt: skip
        work.enqueue(
            tx,
            NewWork(
                kind=DELETE_WORK, subject=f"{by.organisation_id}:{number}", organisation_id=by.organisation_id,
                school_id=by.school_id,
                payload={"run": number, "by": by.actor.id},
            ),
        )  # fmt: skip
        keep_result(tx, by.organisation_id, sender, submission_key, content, public_id)
    return public_id


def delete_due(job: Job) -> None:
    """Delete kind by kind, a batch a transaction; a worker that dies goes on where it was, because what is gone is not
    due any more and the certificate is written with each batch."""
    run = _load(job)
    if run.state != "running":
        return
    of, school = run.organisation_id, run.school_id
    schedule = _confirmed(run.plan)
    for place, kind in enumerate(schedule.before):
        done, due = 0, max(run.plan["kinds"][kind.value]["due"], 1)
        while count := _batch(run, kind, schedule):
            done += count
            work.progress(job, int(100 * (place + min(done / due, 1)) / len(schedule.before)), KEEPINGS[kind].title)
    with unit_of_work() as tx:
        row = _row(tx, of, run.id)
        tx.execute(_of(run).values(state="done", finished_at=school_now()))
        actor = Actor(ActorKind.STAFF, job.payload["by"], row.confirmed_by, row.confirmed_position)
        trail.write(tx, of, actor, Deed("deleted_records", "retention_run", run.id, school, detail=row.result))
        work.finish(job, tx)
    count_school(of, school)


def delete_again(certificate: dict[str, Any]) -> int:
    """After a restore: delete what this certificate, kept elsewhere, says was deleted; returns how many units.

    It is written down as a deletion of its own where the restored database does not know it. What is held stays.
    """
    of, school = certificate["organisation"], certificate["school"]
    with unit_of_work() as tx:
        known = tx.execute(
            select(RetentionRun.__table__).where(
                RetentionRun.organisation_id == of, RetentionRun.public_id == certificate["certificate"]
            )
        ).one_or_none()
        if known is None:
            number = insert_row(
                tx, RetentionRun, organisation_id=of, public_id=certificate["certificate"], school_id=school,
                state="running", plan=certificate["plan"], result={},
                confirmed_at=datetime.fromisoformat(certificate["confirmed_at"]),
                confirmed_by=certificate["confirmed_by"], confirmed_position=certificate["confirmed_position"],
            )  # fmt: skip
        run = known if known is not None else _row(tx, of, number)
    schedule, count = _confirmed(run.plan), 0
    for kind in schedule.before:
        while batch := _batch(run, kind, schedule):
            count += batch
    with unit_of_work() as tx:
        tx.execute(_of(run).values(state="done", finished_at=school_now()))
        deed = Deed("deleted_records_again", "retention_run", run.id, school, detail={"units": count})
        trail.write(tx, of, FIRSTBELL, deed)
    return count


def _confirmed(plan: Any) -> Schedule:
    """The days as they were confirmed, whatever the settings say since then; only of the kinds that were."""
    before = {
        kind: date.fromisoformat(plan["kinds"][kind.value]["before"])
        for kind in RecordKind
        if kind.value in plan["kinds"]
    }
    return Schedule(before, date.fromisoformat(plan["sen_born"]), date.fromisoformat(plan["left_before"]))


def _batch(run: Any, kind: RecordKind, schedule: Schedule) -> int:
    """One batch in one transaction, with its line in the certificate; how many units, 0 when none is left."""
    of, school = run.organisation_id, run.school_id
    with unit_of_work() as tx:
        units = list(tx.scalars(due_rows(kind, of, school, schedule).units(BATCH.get(kind, 200))))
        if units:
            gone = Counter(forget_units(tx, kind, of, school, schedule, units))
        else:
            gone = Counter(forget_along(tx, kind, of, school, schedule))
        result = dict(_row(tx, of, run.id).result)
        kept: Counter[str] = Counter(result.get(kind.value, {}))
        kept.update(gone)
        result[kind.value] = {table: number for table, number in sorted(kept.items()) if number}
        tx.execute(_of(run).values(result=result))
    return len(units)


def count_school(organisation_id: int, school_id: int) -> None:
    """Count what is due at a school anew and keep it for its page. Deletes nothing."""
    today = school_today()
    with read_door() as db:
        schedule = schedule_of(settings_of(db, organisation_id, school_id, today), today)
        counts = [count_due(db, kind, organisation_id, school_id, schedule) for kind in RecordKind]
    with unit_of_work() as tx:
        tx.execute(
            delete(RetentionCount).where(
                RetentionCount.organisation_id == organisation_id, RetentionCount.school_id == school_id
            )
        )
        tx.execute(
            insert(RetentionCount),
            [
                {"organisation_id": organisation_id, "school_id": school_id, "kind": each.kind.value,
                 "counted_at": school_now(), "before": each.before, "due": each.due, "oldest": each.oldest}
                for each in counts
            ],
        )  # fmt: skip


def count_all(job: Job) -> None:
    """Each school of the service, one after another."""
    with read_door() as db:
        every = select(School.organisation_id, School.id).order_by(School.organisation_id, School.id)
        schools = db.execute(every).all()
    for school in schools:
        count_school(*school)
        work.extend(job)


def on_failed(tx: Connection, job: Job, _error: str) -> None:
    """The worker gave up: what was deleted is in the certificate, the rest is still due and can be confirmed again."""
    tx.execute(
        update(RetentionRun)
        .where(
            RetentionRun.organisation_id == job.organisation_id, RetentionRun.id == job.payload["run"],
            RetentionRun.state == "running",
        )
        .values(state="failed", finished_at=school_now())
    )  # fmt: skip


def _is_running(tx: Connection, by: Keeper) -> bool:
    running = select(RetentionRun.id).where(
        RetentionRun.organisation_id == by.organisation_id, RetentionRun.school_id == by.school_id,
        RetentionRun.state == "running",
    )  # fmt: skip
    return tx.execute(running.limit(1)).first() is not None


def _load(job: Job) -> Any:
    with read_door() as db:
        return _row(db, job.organisation_id, job.payload["run"])


def _row(db: Connection, organisation_id: int | None, run_id: int) -> Any:
    return db.execute(
        select(RetentionRun.__table__).where(
            RetentionRun.organisation_id == organisation_id, RetentionRun.id == run_id
        )
    ).one()


def _of(run: Any) -> Any:
    return update(RetentionRun).where(
        RetentionRun.organisation_id == run.organisation_id, RetentionRun.id == run.id
    )


def register_keeping(lease_seconds: float = LEASE_SECONDS) -> None:
    """Register the kinds of work; again changes nothing."""
    work.handler(DELETE_WORK, max_attempts=5, lease_seconds=lease_seconds, concurrency=1, on_failed=on_failed)(
        delete_due
    )
    work.handler(COUNT_WORK, max_attempts=3, lease_seconds=lease_seconds, concurrency=1)(count_all)
