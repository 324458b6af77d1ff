"""Where somebody's day begins: the page of their role."""

from __future__ import annotations

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from webapp.access import current_staff, school_scope
from webapp.accounts.queries.staff import StaffSchool
from webapp.people.rules.roles import Permission, Role

_ON_TASKS = {Role.HEAD, Role.DEPUTY_HEAD, Role.PASTORAL_LEAD, Role.SEN_COORDINATOR}
_ON_BOARD = {Role.DSL, Role.DEPUTY_DSL, Role.ATTENDANCE_OFFICER, Role.ATTENDANCE_LEAD}


@blueprint.get("/staff")
def start() -> Response:
    schools = current_staff().schools
    if not schools:
        abort(403, description="You have no role at a school today. Ask your administrator.")
    return redirect(_first_page(schools[0]))


@blueprint.get("/staff/<school>/")
def school_start(school: str) -> Response:
    return redirect(_first_page(school_scope()))


def _first_page(school: StaffSchool) -> str:
    """Reception starts at reception, whoever works the board on it, a tutor with the registers, the champion with the
    school's figures."""
    code = school.code
    if school.roles == {Role.RECEPTION}:
        return url_for("staff.reception", school=code)
    if Role.MEDICAL_ROOM in school.roles and not school.allows(Permission.VIEW_BOARD):
        return url_for("staff.medical", school=code)
    if Role.ATTENDANCE_CHAMPION in school.roles and not school.roles & (_ON_BOARD | _ON_TASKS):
        return url_for("staff.totals", school=code)
    if school.roles & _ON_TASKS and not school.roles & _ON_BOARD:
        return url_for("staff.tasks", school=code)
    if school.allows(Permission.VIEW_BOARD):
        return url_for("staff.today", school=code)
    if school.allows(Permission.TAKE_OWN_REGISTER):
        return url_for("staff.registers", school=code)
    if Role.GOVERNOR in school.roles:
        return url_for("staff.totals", school=code)
    if Role.WELFARE_OFFICER in school.roles:
        return url_for("staff.referred", school=code)
    if school.allows(Permission.MANAGE_SETTINGS):
        return url_for("admin.imports", school=code)
    return url_for("staff.tasks", school=code)
