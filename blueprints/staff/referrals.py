"""Cases that were referred to a welfare officer: the officer sees these and nobody else; the school refers and ends."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.pictures.year import WeekRow, YearLayout, year_picture
from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.panel import year_tally
from blueprints.staff.pupil import get_pupil
from blueprints.staff.rights_stops import protector
from blueprints.staff.typed import is_number, typed_again
from webapp.access import current_staff, saw
from webapp.first_day.queries.pupil_now import PupilToday, find_pupil_today
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import calendar_of, holders_of, times_of
from webapp.people.queries.referrals import ReferralRow, referrals_of, standing_referrals
from webapp.people.rules import Refused
from webapp.people.rules.ages import age_on
from webapp.people.rules.roles import Permission, Role
from webapp.people.services.referrals import end_referral, refer_pupil
from webapp.record.queries import pupil_weeks
from webapp.record.rules import sessions_words
from webapp.record.rules.weeks import academic_year, academic_year_bounds

Answer = Response | tuple[str, int]
_SAID = {"referred": "The case is referred. The officer is told by e-mail, without the child’s name.",
         "ended": "Ended. The officer sees the case no more."}  # fmt: skip


@blueprint.get("/staff/<school>/referred")
def referred(school: str) -> str:
    at = here()
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        rows = _mine(db, at)
    return show(
        "staff/referrals/referred.html", at, seen, times, "referred", rows=rows, until=_until,
        every=at.may(Permission.REFER_PUPILS),
    )  # fmt: skip


@blueprint.get("/staff/<school>/referred/<referral>")
def referred_case(school: str, referral: str) -> str:
    at = here()
    with read_door() as db:
        row = next((row for row in _mine(db, at) if row.public_id == referral), None)
        if row is None:
            abort(404)
        found = find_pupil_today(db, *at.keys, row.pupil_public_id, at.today, at.half.index)
        if found is None:
            abort(404)
        saw(found.pupil_id)
        return _case_page(db, at, row, found)


@blueprint.get("/staff/<school>/pupils/<pupil>/referrals")
def referrals(school: str, pupil: str) -> str:
    at = here()
    with read_door() as db:
        return _page(db, at, get_pupil(db, at, pupil))


@blueprint.post("/staff/<school>/pupils/<pupil>/referrals")
def refer(school: str, pupil: str) -> Answer:
    at, form = here(), request.form
    found, officer = _get(at, pupil), request.form.get("officer", "")
    try:
        refer_pupil(
            protector(at), found.pupil_id, int(officer) if is_number(officer) else 0, form.get("until", ""),
            form.get("reason", ""),
        )  # fmt: skip
    except Refused as refused:
        return _refused(at, found, refused, 422)
    return redirect(url_for("staff.referrals", school=school, pupil=pupil, said="referred"), 303)


@blueprint.post("/staff/<school>/pupils/<pupil>/referrals/end", endpoint="end_referral")
def end(school: str, pupil: str) -> Answer:
    at, form = here(), request.form
    found = _get(at, pupil)
    try:
        end_referral(protector(at), found.pupil_id, form.get("referral", "").replace("\x00", ""), form.get("why", ""))
    except Refused as refused:
        return _refused(at, found, refused, 409 if refused.field == "referral" else 422)
    return redirect(url_for("staff.referrals", school=school, pupil=pupil, said="ended"), 303)


def _mine(db: Connection, at: Here) -> list[ReferralRow]:
    """What stands today: for a welfare officer their own, for those who refer every one of the school."""
    officer = None if at.may(Permission.REFER_PUPILS) else current_staff().staff_id
    return list(standing_referrals(db, *at.keys, at.today, officer))


def _get(at: Here, pupil: str) -> PupilToday:
    with read_door() as db:
        return get_pupil(db, at, pupil)


def _until(row: ReferralRow) -> str:
    return f"{short_day_words(row.ends_on)} {row.ends_on.year}"


def _case_page(db: Connection, at: Here, row: ReferralRow, found: PupilToday) -> str:
    """The sessions and no more: why a child was away on a day is asked of the school."""
    seen, times, calendar = around(db, at), times_of(db, *at.keys, at.today), calendar_of(db, *at.keys)
    first, last = academic_year_bounds(academic_year(at.today))
    weeks = pupil_weeks(db, at.school.organisation_id, [found.enrolment_id], first, last)
    terms = [term for term in calendar.terms if first <= term.starts_on <= last]
    counts = year_tally(weeks)
    return show(
        "staff/referrals/case.html", at, seen, times, "referred", row=row, pupil=found, until=_until(row),
        age=age_on(found.date_of_birth, at.today), counts=counts,
        says=f"In school {sessions_words(counts)}." if counts else "No sessions yet.",
        picture=year_picture(
            [WeekRow(each.week, each.codes) for each in weeks], terms, calendar, at.today, for_parent=True,
            layout=YearLayout.ROW, year_group=found.year_group, since=found.starts_on, until=found.ends_on,
        ),
    )  # fmt: skip


def _refused(at: Here, found: PupilToday, refused: Refused, status: int) -> tuple[str, int]:
    with read_door() as db:
        return _page(db, at, found, refused), status


def _page(db: Connection, at: Here, found: PupilToday, refused: Refused | None = None) -> str:
    seen, times = around(db, at), times_of(db, *at.keys, at.today)
    officers = holders_of(db, *at.keys, [Role.WELFARE_OFFICER.value], at.today)
    rows = referrals_of(db, *at.keys, found.pupil_id)
    there = {"officer", "until", "reason"} if officers else set()
    return show(
        "staff/referrals/referrals.html", at, seen, times, "find", pupil=found, typed=typed_again(), until=_until,
        standing=[row for row in rows if row.stands(at.today)], over=[row for row in rows if not row.stands(at.today)],
        officers=[("", "Choose"), *((str(person.id), person.name) for _, person in officers)],
        errors=[{"text": refused.mend, "href": f"#{refused.field}" if refused.field in there else "#main"}]
        if refused else [],
        said=_SAID.get(request.args.get("said", "")),
    )  # fmt: skip
