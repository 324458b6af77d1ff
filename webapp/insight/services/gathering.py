"""What the worker does with a request: gather every row about the person and set aside what may be somebody else's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from webapp.foundation import files, work
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import read_door, take_ids, unit_of_work
from webapp.foundation.work import Job
from webapp.insight.models import SubjectLine, SubjectRequest
from webapp.insight.queries.gathering import Subject, load_person, rows_about
from webapp.insight.queries.requests import GATHER_WORK
from webapp.insight.rules.holdings import CHAPTERS, HOLDINGS
from webapp.insight.rules.requests import RequestEvent, RequestState
from webapp.insight.rules.third_parties import Category, Line, Lines, Person, read_row
from webapp.insight.services.requests import move
from webapp.people.models import Contact, Organisation, Pupil

LEASE_SECONDS = 300.0
JSON_TYPE = "application/json"


def gather_rows(job: Job) -> None:
    """Read all of it with no transaction open, then keep it and its lines with the end of the job."""
    row = load_row(job)
    if row.state != RequestState.GATHERING:
        return
    work.progress(job, 10, "Reading the record")
    subject = Subject(row.organisation_id, row.pupil_id, row.contact_id)
    lines = Lines()
    with read_door() as db:
        person = load_person(db, subject, row.requester_id)
        about = _about(db, row)
        found = dict(rows_about(db, subject))
    work.progress(job, 50, "Setting aside what may be somebody else's")
    chapters = _chapters(found, person, lines)
    data = json.dumps({"about": about, "chapters": chapters}, ensure_ascii=False).encode()
    sha256 = files.digest(data)
    with unit_of_work() as tx:
        number = files.put(tx, row.organisation_id, data, JSON_TYPE, sha256=sha256)
        before = (row.gathered_file_id, row.json_file_id, row.html_file_id, row.pdf_file_id)
        move(
            tx, row, row.version, RequestEvent.GATHERED, gathered_file_id=number, gathered_at=school_now(),
            json_file_id=None, html_file_id=None, pdf_file_id=None, made_at=None, expires_on=None,
        )  # fmt: skip
        keep_lines(tx, row.organisation_id, row.id, list(lines.by_key.values()))
        files.remove_unused(tx, row.organisation_id, [each for each in before if each is not None])
        work.finish(job, tx)


def _about(db: Connection, row: Any) -> dict[str, str]:
    of = row.organisation_id
    organisation = db.scalar(select(Organisation.name).where(Organisation.id == of))
    table, number = (Pupil, row.pupil_id) if row.pupil_id is not None else (Contact, row.contact_id)
    person = db.execute(
        select(table.first_name, table.last_name).where(table.organisation_id == of, table.id == number)
    ).one()
    return {
        "name": f"{person.first_name} {person.last_name}", "kind": "pupil" if row.pupil_id is not None else "contact",
        "organisation": str(organisation), "received_on": row.received_on.isoformat(),
        "gathered_on": london(school_now()).date().isoformat(),
    }  # fmt: skip


def _chapters(
    found: Mapping[str, Sequence[Mapping[str, Any]]], person: Person, lines: Lines
) -> list[dict[str, Any]]:
    chapters: dict[str, list[dict[str, Any]]] = {title: [] for title in CHAPTERS}
    for table, rows in found.items():
        read = [each for row in rows if (each := read_row(table, row, person, lines)) is not None]
        if read:
            listed = [{"line": each.line, "fields": [list(part) for part in each.fields]} for each in read]
            chapters[HOLDINGS[table].chapter].append({"table": table, "title": HOLDINGS[table].title, "rows": listed})
    return [{"title": title, "tables": tables} for title, tables in chapters.items() if tables]


_ORDER = {category: place for place, category in enumerate(Category)}


def keep_lines(tx: Connection, organisation_id: int, request_id: int, lines: list[Line]) -> None:
    """The lines as they are now; one that was decided about stays decided."""
    mine = (SubjectLine.organisation_id == organisation_id, SubjectLine.request_id == request_id)
    decided = {
        row.key: row
        for row in tx.execute(
            select(
                SubjectLine.key, SubjectLine.choice, SubjectLine.exemption, SubjectLine.decided_at,
                SubjectLine.decided_by,
            ).where(*mine, SubjectLine.choice != "")
        )
    }  # fmt: skip
    tx.execute(delete(SubjectLine).where(*mine))
    if not lines:
        return
    taken = take_ids(tx, SubjectLine, len(lines))
    ordered = sorted(lines, key=lambda line: (_ORDER[line.category],))
    rows = []
    for place, (number, line) in enumerate(zip(taken, ordered, strict=True), 1):
        held = decided.get(line.key)
        # Struck out is no choice any more where nobody's name is in it now.
        kept = held is not None and (held.choice != "strike" or line.struck is not None)
        rows.append(
            {"organisation_id": organisation_id, "id": number, "request_id": request_id, "key": line.key,
             "number": place, "category": line.category.value, "chapter": line.chapter, "title": line.title,
             "times": line.times, "words": line.words, "struck": line.struck,
             "choice": held.choice if held is not None and kept else "",
             "exemption": held.exemption if held is not None and kept else "",
             "decided_at": held.decided_at if held is not None and kept else None,
             "decided_by": held.decided_by if held is not None and kept else ""}
        )  # fmt: skip
    tx.execute(insert(SubjectLine), rows)


def load_row(job: Job) -> Any:
    """The request of a job. Raises LookupError."""
    with read_door() as db:
        row = db.execute(
            select(SubjectRequest.__table__).where(
                SubjectRequest.organisation_id == job.organisation_id, SubjectRequest.id == job.payload["request"]
            )
        ).one_or_none()
    if row is None:
        raise LookupError(f"there is no request {job.payload['request']}")
    return row


_FILES = ("gathered_file_id", "json_file_id", "html_file_id", "pdf_file_id")


def on_failed(tx: Connection, job: Job, error: str) -> None:
    """The worker gave up: the request stands where it stood, and says so."""
    row = tx.execute(
        select(SubjectRequest.__table__).where(
            SubjectRequest.organisation_id == job.organisation_id, SubjectRequest.id == job.payload["request"]
        )
    ).one()
    if row.state in (RequestState.GATHERING, RequestState.MAKING):
        words = "The work stopped. Try it again; if it stops again, look at firstbell doctor and the worker's log."
        move(tx, row, row.version, RequestEvent.GAVE_UP, failed_words=words)


def sweep_bundles() -> int:
    """Delete bundles, what was gathered and its lines once their day has passed; returns how many requests."""
    today = london(school_now()).date()
    with unit_of_work() as tx:
        rows = tx.execute(
            select(SubjectRequest.__table__)
            .where(SubjectRequest.expires_on < today)
            .where(SubjectRequest.gathered_file_id.is_not(None))
            .limit(200)
        ).all()
        for row in rows:
            mine = (SubjectRequest.organisation_id == row.organisation_id, SubjectRequest.id == row.id)
            # One that is still open can be gathered anew.
            state = row.state if row.state == RequestState.CLOSED else RequestState.LOGGED.value
            tx.execute(
                update(SubjectRequest)
                .where(*mine)
                .values(**dict.fromkeys(_FILES, None), expires_on=None, state=state, version=row.version + 1)
            )
            tx.execute(
                delete(SubjectLine).where(
                    SubjectLine.organisation_id == row.organisation_id, SubjectLine.request_id == row.id
                )
            )
            going = [number for name in _FILES if (number := getattr(row, name)) is not None]
            files.remove_unused(tx, row.organisation_id, going)
    return len(rows)


def register_gathering(lease_seconds: float = LEASE_SECONDS) -> None:
    """Register the kind of work; again changes nothing."""
    work.handler(
        GATHER_WORK, urgent=True, max_attempts=3, lease_seconds=lease_seconds, concurrency=1, on_failed=on_failed
    )(gather_rows)
