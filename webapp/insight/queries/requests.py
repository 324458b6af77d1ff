"""Requests for data, the people whom they may be about, and what is to be checked; at one school."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, exists, func, or_, select

from webapp.foundation.work.table import Work
from webapp.insight.models import SubjectLine, SubjectRequest
from webapp.insight.rules.requests import RequestState
from webapp.people.models import Contact, Enrolment, Organisation, Pupil, PupilContact
from webapp.people.queries import family_of
from webapp.people.rules.rights import Right, effective_rights, may

GATHER_WORK = "subject_gather"
MAKE_WORK = "subject_bundle"
PAGE = 50


def work_subject(organisation_id: int, request_id: int) -> str:
    """What the queue calls a request."""
    return f"{organisation_id}:{request_id}"


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request, with the names of whom it is about and who asks."""

    id: int
    public_id: str
    pupil_id: int | None
    contact_id: int | None
    requester_id: int | None
    about: str
    about_public_id: str
    requester: str
    asked_by: str
    basis: str
    words: str
    received_on: date
    starts_clock_on: date | None
    paused_on: date | None
    paused_days: int
    pause_why: str
    extended_why: str
    due_on: date | None
    state: RequestState
    failed_words: str
    gathered_at: datetime | None
    made_at: datetime | None
    gathered_file_id: int | None
    json_file_id: int | None
    html_file_id: int | None
    pdf_file_id: int | None
    expires_on: date | None
    outcome: str
    outcome_words: str
    logged_at: datetime
    logged_by: str
    closed_at: datetime | None
    closed_by: str
    version: int

    @property
    def files(self) -> Mapping[str, int]:
        """The files that can be fetched, by their ending."""
        every = {"pdf": self.pdf_file_id, "json": self.json_file_id, "html": self.html_file_id}
        return {ending: number for ending, number in every.items() if number is not None}


_pupil = Pupil.__table__.alias("about_pupil")
_contact = Contact.__table__.alias("about_contact")
_requester = Contact.__table__.alias("asking")


def _of(table: Any, number: Any) -> Any:
    return and_(table.c.organisation_id == SubjectRequest.organisation_id, table.c.id == number)


_ABOUT = func.coalesce(
    _pupil.c.first_name + " " + _pupil.c.last_name, _contact.c.first_name + " " + _contact.c.last_name
)
_ROWS = (
    select(
        SubjectRequest.id, SubjectRequest.public_id, SubjectRequest.pupil_id, SubjectRequest.contact_id,
        SubjectRequest.requester_id, _ABOUT.label("about"),
        func.coalesce(_pupil.c.public_id, _contact.c.public_id).label("about_public_id"),
        func.coalesce(_requester.c.first_name + " " + _requester.c.last_name, "").label("requester"),
        SubjectRequest.asked_by, SubjectRequest.basis, SubjectRequest.words, SubjectRequest.received_on,
        SubjectRequest.starts_clock_on, SubjectRequest.paused_on, SubjectRequest.paused_days,
        SubjectRequest.pause_why, SubjectRequest.extended_why, SubjectRequest.due_on, SubjectRequest.state,
        SubjectRequest.failed_words, SubjectRequest.gathered_at, SubjectRequest.made_at,
        SubjectRequest.gathered_file_id, SubjectRequest.json_file_id, SubjectRequest.html_file_id,
        SubjectRequest.pdf_file_id, SubjectRequest.expires_on, SubjectRequest.outcome, SubjectRequest.outcome_words,
        SubjectRequest.logged_at, SubjectRequest.logged_by, SubjectRequest.closed_at, SubjectRequest.closed_by,
        SubjectRequest.version,
    )
    .select_from(SubjectRequest)
    .outerjoin(_pupil, _of(_pupil, SubjectRequest.pupil_id))
    .outerjoin(_contact, _of(_contact, SubjectRequest.contact_id))
    .outerjoin(_requester, _of(_requester, SubjectRequest.requester_id))
    .where(
        SubjectRequest.organisation_id == bindparam("organisation_id"),
        SubjectRequest.school_id == bindparam("school_id"),
    )
)  # fmt: skip
_LIST = _ROWS.order_by(
    case((SubjectRequest.state == "closed", 1), else_=0), func.coalesce(SubjectRequest.due_on, date(2999, 1, 1)),
    SubjectRequest.id.desc(),
).limit(200)  # fmt: skip
_ONE = _ROWS.where(SubjectRequest.public_id == bindparam("public_id"))


def _row(row: Any) -> RequestRow:
    values = row._asdict()
    return RequestRow(**{**values, "state": RequestState(values["state"])})


def list_requests(db: Connection, organisation_id: int, school_id: int) -> Sequence[RequestRow]:
    """The school's requests, those that wait first, by the day on which they are due."""
    keys = {"organisation_id": organisation_id, "school_id": school_id}
    return [_row(row) for row in db.execute(_LIST, keys)]


def find_request(db: Connection, organisation_id: int, school_id: int, public_id: str) -> RequestRow | None:
    keys = {"organisation_id": organisation_id, "school_id": school_id, "public_id": public_id}
    row = db.execute(_ONE, keys).one_or_none()
    return _row(row) if row is not None else None


@dataclass(frozen=True, slots=True)
class AboutPerson:
    """Whom a request is about. ``parents``: a pupil's contacts as (id, name, whether they may see the record)."""

    kind: str
    id: int
    public_id: str
    name: str
    date_of_birth: date | None
    parents: tuple[tuple[int, str, bool], ...] = ()


def find_about(
    db: Connection, organisation_id: int, school_id: int, kind: str, public_id: str, on: date
) -> AboutPerson | None:
    """A pupil who is or was at the school, or a contact of one; None for anybody else."""
    here = exists().where(Enrolment.organisation_id == organisation_id, Enrolment.school_id == school_id)
    if kind == "contact":
        row = db.execute(
            select(Contact.id, Contact.first_name, Contact.last_name).where(
                Contact.organisation_id == organisation_id, Contact.public_id == public_id,
                here.where(
                    PupilContact.organisation_id == organisation_id, PupilContact.contact_id == Contact.id,
                    Enrolment.pupil_id == PupilContact.pupil_id,
                ),
            )
        ).one_or_none()  # fmt: skip
        return row and AboutPerson("contact", row.id, public_id, f"{row.first_name} {row.last_name}", None)
    pupil = db.execute(
        select(Pupil.id, Pupil.first_name, Pupil.last_name, Pupil.date_of_birth).where(
            Pupil.organisation_id == organisation_id, Pupil.public_id == public_id,
            here.where(Enrolment.pupil_id == Pupil.id),
        )
    ).one_or_none()  # fmt: skip
    if pupil is None:
        return None
    parents = parents_of(db, organisation_id, pupil.id, on)
    return AboutPerson(
        "pupil", pupil.id, public_id, f"{pupil.first_name} {pupil.last_name}", pupil.date_of_birth, parents
    )


def parents_of(db: Connection, organisation_id: int, pupil_id: int, on: date) -> tuple[tuple[int, str, bool], ...]:
    """The pupil's contacts with whether each may see the pupil's record that day."""
    family = family_of(db, organisation_id, [pupil_id])
    return tuple(
        (link.contact_id, family.contacts[link.contact_id].name,
         may(effective_rights(link, family.orders, on), Right.VIEW_ATTENDANCE))
        for link in family.links.get(pupil_id, ())
    )  # fmt: skip


def is_maintained(db: Connection, organisation_id: int) -> bool:
    """A maintained school alone; a trust's are academies, whose records the 2005 regulations do not cover."""
    return db.scalar(select(Organisation.kind).where(Organisation.id == organisation_id)) == "school"


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line to decide about."""

    id: int
    category: str
    chapter: str
    title: str
    times: int
    words: str
    struck: str | None
    choice: str
    exemption: str
    decided_by: str


_MINE = and_(SubjectLine.organisation_id == bindparam("organisation_id"),
             SubjectLine.request_id == bindparam("request_id"))  # fmt: skip
_LINES = (
    select(
        SubjectLine.id, SubjectLine.category, SubjectLine.chapter, SubjectLine.title, SubjectLine.times,
        SubjectLine.words, SubjectLine.struck, SubjectLine.choice, SubjectLine.exemption, SubjectLine.decided_by,
    )
    .where(_MINE, or_(bindparam("category") == "", SubjectLine.category == bindparam("category")))
    .order_by(SubjectLine.number)
    .limit(PAGE)
    .offset(bindparam("skip"))
)  # fmt: skip
_COUNTS = (
    select(
        SubjectLine.category, func.count().label("every"),
        func.sum(case((SubjectLine.choice == "", 1), else_=0)).label("left"),
    )
    .where(_MINE)
    .group_by(SubjectLine.category)
)  # fmt: skip


def lines_of(
    db: Connection, organisation_id: int, request_id: int, category: str = "", page: int = 1
) -> Sequence[LineRow]:
    """A page of lines, in the order of the bundle; of one category or of all ("")."""
    keys = {"organisation_id": organisation_id, "request_id": request_id}
    rows = db.execute(_LINES, {**keys, "category": category, "skip": (page - 1) * PAGE})
    return [LineRow(**row) for row in rows.mappings()]


def line_counts(db: Connection, organisation_id: int, request_id: int) -> Mapping[str, tuple[int, int]]:
    """By category: how many lines there are, and how many nobody has decided about."""
    rows = db.execute(_COUNTS, {"organisation_id": organisation_id, "request_id": request_id})
    return {row.category: (row.every, int(row.left or 0)) for row in rows}


_PROGRESS = (
    select(Work.percent, Work.progress_words)
    .where(
        Work.kind.in_((GATHER_WORK, MAKE_WORK)), Work.subject == bindparam("subject"),
        Work.state.in_(("waiting", "running")),
    )
    .order_by(Work.id.desc())
    .limit(1)
)  # fmt: skip


def progress_of(db: Connection, organisation_id: int, request_id: int) -> tuple[int, str]:
    """Percent and words of the work under way; 0 where it has not begun."""
    row = db.execute(_PROGRESS, {"subject": work_subject(organisation_id, request_id)}).one_or_none()
    return (row.percent or 0, row.progress_words) if row is not None else (0, "")
