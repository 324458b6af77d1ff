"""Photos and papers follow the report, one by one, each once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import IntegrityError

from webapp.absence.models import ReportFile
from webapp.absence.queries.families import OwnReport, find_own_report
from webapp.absence.rules.papers import MOST_FILES, Paper, PaperRefused, prepare_paper
from webapp.absence.rules.states import ReportRefused
from webapp.absence.rules.times import local_day
from webapp.absence.services.change import ReportNotThere
from webapp.absence.services.rows import add_events, add_rows
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation import files, ids, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import Actor, Deed
from webapp.people.models import Enrolment

LONGEST_UPLOAD = 40


@dataclass(frozen=True, slots=True)
class AddedFile:
    """A file on a report, under its name in URLs. ``size`` in bytes, as kept."""

    public_id: str
    name: str
    content_type: str
    size: int


def add_file(adults: Collection[ContactKey], public_id: str, upload: str, name: str, data: bytes) -> AddedFile:
    """Add a photo or paper; the same ``upload`` (the phone's key) again is the same file.

    Raises ReportNotThere, PaperRefused (too big, not readable, or five are there), ReportRefused for a bad key.
    """
    if not 0 < len(upload) <= LONGEST_UPLOAD or not upload.isascii() or not upload.isprintable():
        raise ReportRefused("upload", "Choose the file once more.")
    # A retry is answered before its picture is worked through again.
    with read_door() as db:
        report = find_own_report(db, adults, public_id, local_day(school_now()))
        if report is None:
            raise ReportNotThere("no such report")
        held = _find(db, report, upload)
    if held is not None:
        return held
    paper = prepare_paper(data, name)
    sha256 = files.digest(paper.data)
    try:
        with unit_of_work() as tx:
            return _add(tx, adults, public_id, upload, paper, sha256)
    except IntegrityError:
        with read_door() as db:
            held = _find(db, report, upload)
        if held is None:
            raise
        return held


def _add(
    tx: Connection, adults: Collection[ContactKey], public_id: str, upload: str, paper: Paper, sha256: str
) -> AddedFile:
    now = school_now()
    report = find_own_report(tx, adults, public_id, local_day(now), lock=True)
    if report is None:
        raise ReportNotThere("no such report")
    held = _find(tx, report, upload)
    if held is not None:
        return held
    mine = (ReportFile.organisation_id == report.organisation_id, ReportFile.report_id == report.id)
    count = tx.scalar(select(func.count()).select_from(ReportFile).where(*mine, ReportFile.removed_at.is_(None))) or 0
    if count >= MOST_FILES:
        raise PaperRefused(f"There are {MOST_FILES} files already. Remove one first")
    file_id = files.put(tx, report.organisation_id, paper.data, paper.content_type, sha256=sha256)
    row = {
        "organisation_id": report.organisation_id, "public_id": ids.public_id(), "report_id": report.id,
        "upload": upload, "file_id": file_id, "name": paper.name, "added_at": now,
    }  # fmt: skip
    (number,) = add_rows(tx, ReportFile, [row], ("public_id",))
    _say(tx, report, "file_added", number)
    return AddedFile(str(row["public_id"]), paper.name, paper.content_type, len(paper.data))


def remove_file(adults: Collection[ContactKey], public_id: str, file: str) -> None:
    """Take a file off the report; one that is off already stays so. Raises ReportNotThere."""
    with unit_of_work() as tx:
        now = school_now()
        report = find_own_report(tx, adults, public_id, local_day(now), lock=True)
        if report is None:
            raise ReportNotThere("no such report")
        removed = tx.execute(
            update(ReportFile)
            .where(
                ReportFile.organisation_id == report.organisation_id, ReportFile.report_id == report.id,
                ReportFile.public_id == file, ReportFile.removed_at.is_(None),
            )
            .values(removed_at=now)
            .returning(ReportFile.id)
        ).scalar_one_or_none()  # fmt: skip
        if removed is not None:
            _say(tx, report, "file_removed", removed)


def _say(tx: Connection, report: OwnReport, kind: str, number: int) -> None:
    add_events(tx, report.organisation_id, school_now(), kind, report.told_by, [(report.id, {"file": number})])
    actor = report.by
    deed = Deed(kind, "absence_report", report.id, report.school_id, report.pupil_id, {"file": number})
    trail.write(tx, report.organisation_id, actor, deed)


def _find(db: Connection, report: OwnReport, upload: str) -> AddedFile | None:
    row = db.execute(
        select(ReportFile.public_id, ReportFile.name, ReportFile.file_id).where(
            ReportFile.organisation_id == report.organisation_id, ReportFile.report_id == report.id,
            ReportFile.upload == upload,
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    facts = files.get_facts(db, report.organisation_id, row.file_id)
    return AddedFile(row.public_id, row.name, facts.content_type, facts.size)


def note_file_opened(
    organisation_id: int, school_id: int, enrolment_id: int, report_id: int, file: str, by: Actor
) -> None:
    """A member of staff opens a file of a report that the caller has found: the trail says so before they see it."""
    with unit_of_work() as tx:
        pupil_id = tx.scalar(
            select(Enrolment.pupil_id).where(Enrolment.organisation_id == organisation_id, Enrolment.id == enrolment_id)
        )
        deed = Deed("opened_file", "absence_report", report_id, school_id, pupil_id, {"file": file})
        trail.write(tx, organisation_id, by, deed)
