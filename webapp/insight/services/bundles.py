"""The bundle that is handed over, made by the worker: JSON, a page to read, and a PDF where one can be made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import select

from webapp.foundation import files, pdf, work
from webapp.foundation.clock import school_now, school_today
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.work import Job
from webapp.insight.models import SubjectLine
from webapp.insight.queries.requests import MAKE_WORK
from webapp.insight.rules.bundles import Decided, resolve
from webapp.insight.rules.requests import KEEP_BUNDLE_DAYS, RequestEvent, RequestState
from webapp.insight.services.gathering import JSON_TYPE, LEASE_SECONDS, load_row, on_failed
from webapp.insight.services.requests import move

FOLDER = Path(__file__).resolve().parents[3] / "templates" / "admin" / "data_requests"
HTML_TYPE, PDF_TYPE = "text/html; charset=utf-8", "application/pdf"


def make(job: Job) -> None:
    """Put together what was decided, write it in three forms, and keep them with the end of the job."""
    row = load_row(job)
    if row.state != RequestState.MAKING:
        return
    of = row.organisation_id
    with read_door() as db:
        gathered = json.loads(files.get(db, of, row.gathered_file_id).data)
        mine = (SubjectLine.organisation_id == of, SubjectLine.request_id == row.id)
        lines = db.execute(select(SubjectLine.key, SubjectLine.choice, SubjectLine.struck).where(*mine))
        decisions = {line.key: Decided(line.choice, line.struck) for line in lines}
    bundle = resolve(gathered, decisions)
    work.progress(job, 30, "Writing the page")
    page = page_of(bundle)
    made = {"json": (_json(bundle), JSON_TYPE), "html": (page.encode(), HTML_TYPE)}
    work.progress(job, 60, "Making the PDF")
    failed = ""
    try:
        made["pdf"] = (pdf.make_pdf(page), PDF_TYPE)
    except pdf.PdfMissing as missing:
        # Whoever asked gets the page and the data; the page of the request says what is missing and the mend.
        failed = f"There is no PDF: {missing}"
    hashes = {ending: files.digest(data) for ending, (data, _) in made.items()}
    with unit_of_work() as tx:
        kept = {
            ending: files.put(tx, of, data, kind, sha256=hashes[ending]) for ending, (data, kind) in made.items()
        }
        before = (row.json_file_id, row.html_file_id, row.pdf_file_id)
        move(
            tx, row, row.version, RequestEvent.MADE, made_at=school_now(), failed_words=failed,
            expires_on=school_today() + timedelta(days=KEEP_BUNDLE_DAYS),
            **{f"{ending}_file_id": kept.get(ending) for ending in ("json", "html", "pdf")},
        )  # fmt: skip
        files.remove_unused(tx, of, [number for number in before if number is not None])
        work.finish(job, tx)


def _json(bundle: Mapping[str, Any]) -> bytes:
    return json.dumps(bundle, ensure_ascii=False, indent=1).encode()


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    # The page stands alone, on whatever machine it is opened: its look goes with it.
    look = Markup((FOLDER / "bundle.css").read_text("utf-8"))  # noqa: S704 - our own file
    made.globals["style"] = Markup("<style>{}</style>").format(look)
    return made


def page_of(bundle: Mapping[str, Any]) -> str:
    """The bundle as one page of HTML that needs nothing else, for reading and for the PDF."""
    return _templates().get_template("bundle.html").render(bundle=bundle)


def register_bundles(lease_seconds: float = LEASE_SECONDS) -> None:
    """Register the kind of work; again changes nothing."""
    work.handler(
        MAKE_WORK, urgent=True, max_attempts=3, lease_seconds=lease_seconds, concurrency=1, on_failed=on_failed
    )(make)
