"""A file of staff: who works here, in which roles, with which form.

Whoever is not in the file stays: leavers have a leaving date. The roles that manage Firstbell itself are not taken away
by a file, so that nobody locks everybody out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_, select

from webapp.foundation import ids, trail
from webapp.foundation.trail import Deed
from webapp.people.models import Form, FormStaff, Staff, StaffRole
from webapp.people.rules.files import Counts, Findings, ImportKind, Rejection
from webapp.people.rules.files.rows import Reading
from webapp.people.rules.files.staff import StaffRow, read_staff
from webapp.people.rules.roles import Role
from webapp.people.services.imports.flow import Scope, importer_of
from webapp.people.services.imports.held_pupils import changed_values, chunks
from webapp.people.services.imports.writing import insert_all, take, update_all

_DAY = timedelta(days=1)
_KEPT = frozenset({Role.ADMINISTRATOR, Role.TRUST_LEAD})
_STAFF = (
    Staff.id, Staff.email, Staff.title, Staff.first_name, Staff.last_name, Staff.position, Staff.mobile,
    Staff.starts_on, Staff.ends_on,
)  # fmt: skip


@dataclass(slots=True)
class _Member:
    id: int
    email: str
    title: str
    first_name: str
    last_name: str
    position: str
    mobile: str | None
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class _Tie:
    """A dated row of a member of staff: a role, or a form."""

    staff: int
    what: Any
    starts_on: date


@dataclass(slots=True)
class StaffPlan:
    """What to write. A member who is still to be made has a number below 0: the place in ``new_staff``."""

    findings: Findings = field(default_factory=lambda: Findings(Counts()))
    new_staff: list[dict[str, Any]] = field(default_factory=list)
    changed_staff: dict[int, dict[str, Any]] = field(default_factory=dict)
    begun_roles: list[_Tie] = field(default_factory=list)
    ended_roles: list[_Tie] = field(default_factory=list)
    begun_forms: list[_Tie] = field(default_factory=list)
    ended_forms: list[_Tie] = field(default_factory=list)


def _read(scope: Scope, data: bytes) -> Reading[StaffRow]:
    return read_staff(data, allow_fictional=scope.allow_fictional)


def plan_staff(db: Connection, scope: Scope, reading: Reading[StaffRow]) -> StaffPlan:
    """Compare a file with the organisation's staff, and with their roles and forms at this school."""
    organisation, today = scope.organisation_id, scope.today
    members: dict[str, _Member] = {}
    for some in chunks(row.email for row in reading.rows):
        found = select(*_STAFF).where(Staff.organisation_id == organisation, Staff.email.in_(some))
        members.update({row.email: _Member(*row) for row in db.execute(found)})
    roles: dict[int, dict[str, date]] = defaultdict(dict)
    for role in db.execute(
        select(StaffRole.staff_id, StaffRole.role, StaffRole.starts_on).where(
            StaffRole.organisation_id == organisation, StaffRole.school_id == scope.school_id,
            or_(StaffRole.ends_on.is_(None), StaffRole.ends_on >= today),
        )
    ):  # fmt: skip
        roles[role.staff_id][role.role] = role.starts_on
    form_rows = db.execute(
        select(Form.name, Form.id).where(Form.organisation_id == organisation, Form.school_id == scope.school_id)
    )
    forms = {row.name: row.id for row in form_rows}
    held_forms: dict[int, dict[int, date]] = defaultdict(dict)
    for tie in db.execute(
        select(FormStaff.staff_id, FormStaff.form_id, FormStaff.starts_on).where(
            FormStaff.organisation_id == organisation, FormStaff.form_id.in_(forms.values()),
            or_(FormStaff.ends_on.is_(None), FormStaff.ends_on >= today),
        )
    ):  # fmt: skip
        held_forms[tie.staff_id][tie.form_id] = tie.starts_on
    plan, rejections = StaffPlan(), []
    new = changed = 0
    for row in reading.rows:
        if row.form and row.form not in forms:
            mend = "There is no form of this name here. Bring in the pupils first, or check it."
            rejections.append(Rejection(row.line, "Form", row.form, mend))
            continue
        member = members.get(row.email)
        number, is_changed = _member(plan, row, member, today)
        is_changed |= _roles(plan, row, number, roles.get(number, {}), today)
        is_changed |= _form(plan, number, forms.get(row.form), held_forms.get(number, {}), today)
        new += member is None
        changed += member is not None and is_changed
    unchanged = len(reading.rows) - new - changed - len(rejections)
    counts = Counts(new=new, changed=changed, unchanged=unchanged)
    plan.findings = Findings(counts, tuple(rejections))
    return plan


def _member(plan: StaffPlan, row: StaffRow, held: _Member | None, today: date) -> tuple[int, bool]:
    if held is None:
        plan.new_staff.append(
            {
                "email": row.email, "title": row.title, "first_name": row.first_name, "last_name": row.last_name,
                "position": row.position, "mobile": row.mobile, "starts_on": row.starts_on or today,
                "ends_on": row.ends_on,
            }
        )  # fmt: skip
        return -len(plan.new_staff), True
    wanted = {
        "title": row.title or held.title, "first_name": row.first_name, "last_name": row.last_name,
        "position": row.position, "mobile": row.mobile or held.mobile, "starts_on": row.starts_on or held.starts_on,
        "ends_on": row.ends_on or held.ends_on,
    }  # fmt: skip
    values = changed_values(held, wanted)
    if values:
        plan.changed_staff[held.id] = values
    return held.id, bool(values)


def _roles(plan: StaffPlan, row: StaffRow, number: int, held: dict[str, date], today: date) -> bool:
    if row.roles is None:
        return False
    begun = [_Tie(number, role.value, today) for role in sorted(row.roles) if role.value not in held]
    kept = {role.value for role in row.roles | _KEPT}
    ended = [_Tie(number, role, since) for role, since in sorted(held.items()) if role not in kept]
    plan.begun_roles += begun
    plan.ended_roles += ended
    return bool(begun or ended)


def _form(plan: StaffPlan, number: int, form: int | None, held: dict[int, date], today: date) -> bool:
    """An empty cell leaves the forms; a named one is the member's only form from today."""
    if form is None:
        return False
    ended = [_Tie(number, other, since) for other, since in sorted(held.items()) if other != form]
    plan.ended_forms += ended
    if form not in held:
        plan.begun_forms.append(_Tie(number, form, today))
    return bool(ended) or form not in held


def _write(tx: Connection, scope: Scope, plan: StaffPlan) -> None:
    taken = take(tx, Staff, len(plan.new_staff))
    rows = zip(taken, plan.new_staff, strict=True)
    insert_all(tx, Staff, scope, [{"id": number, "public_id": ids.public_id(), **values} for number, values in rows])
    update_all(tx, Staff, scope, (({"id": number}, values) for number, values in plan.changed_staff.items()))
    made = {-place: number for place, number in enumerate(taken, start=1)}
    at_school = {"school_id": scope.school_id}
    _begin_and_end(tx, scope, StaffRole, "role", at_school, made, plan.begun_roles, plan.ended_roles)
    _begin_and_end(tx, scope, FormStaff, "form_id", {}, made, plan.begun_forms, plan.ended_forms)
    deeds = [
        Deed(deed, "staff", made.get(tie.staff, tie.staff), scope.school_id, None, {"role": tie.what})
        for deed, ties in (("gave_role", plan.begun_roles), ("ended_role", plan.ended_roles))
        for tie in ties
    ]
    trail.write(tx, scope.organisation_id, scope.actor, *deeds)


def _begin_and_end(
    tx: Connection, scope: Scope, table: type[StaffRole | FormStaff], what: str, common: dict[str, Any],
    made: dict[int, int], begun: list[_Tie], ended: list[_Tie],
) -> None:  # fmt: skip
    """Write dated rows: those that end today's file end yesterday, and one that began today was never one."""

    def key(tie: _Tie) -> dict[str, Any]:
        return {**common, "staff_id": made.get(tie.staff, tie.staff), what: tie.what, "starts_on": tie.starts_on}

    insert_all(tx, table, scope, [key(tie) for tie in begun])
    over = [(key(tie), {"ends_on": scope.today - _DAY}) for tie in ended if tie.starts_on < scope.today]
    update_all(tx, table, scope, over)
    never = [key(tie) for tie in ended if tie.starts_on >= scope.today]
    if never:
        columns = table.__table__.c
        mine = [columns[name] == bindparam(name, type_=columns[name].type) for name in never[0]]
        tx.execute(delete(table).where(columns["organisation_id"] == scope.organisation_id, *mine), never)


STAFF_IMPORTER = importer_of(ImportKind.STAFF, _read, plan_staff, _write)
