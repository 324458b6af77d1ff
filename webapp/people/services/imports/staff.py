"""A file of staff: who works here, in which roles, with which form.

Whoever is not in the file stays: leavers have a leaving date. The roles that manage Firstbell itself are not taken away
by a file, so that nobody locks everybody out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_, select

from webapp.foundation import events, ids, trail
from webapp.foundation.trail import ActorKind, Deed
from webapp.people.models import Form, FormStaff, Staff, StaffRole
from webapp.people.queries.staff_roles import roles_held
from webapp.people.rules.files import Counts, Findings, ImportKind
from webapp.people.rules.files.rows import Reading
from webapp.people.rules.files.staff import STAFF, StaffRow, read_staff
from webapp.people.rules.roles import Role
from webapp.people.services.imports.flow import Scope, importer_of
from webapp.people.services.imports.held_pupils import chunks
from webapp.people.services.imports.last_of_role import LastOfRole
from webapp.people.services.imports.planning import DAY, Planner
from webapp.people.services.imports.writing import insert_all, take, update_all
from webapp.people.services.rights_events import RollChanged

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
    ends_on: date | None = None


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
    return _StaffPlanner(db, scope, reading).plan()


class _StaffPlanner(Planner):
    def __init__(self, db: Connection, scope: Scope, reading: Reading[StaffRow]) -> None:
        super().__init__(STAFF, {})
        self.today, self.reading, self.result = scope.today, reading, StaffPlan()
        self.importer = scope.actor.id if scope.actor.kind is ActorKind.STAFF else None
        self.guard = LastOfRole(roles_held(db, scope.organisation_id, scope.school_id, scope.today), scope.today)
        self.members: dict[str, _Member] = {}
        self.roles: dict[int, dict[str, date]] = defaultdict(dict)
        self.held_forms: dict[int, dict[int, date]] = defaultdict(dict)
        self._load(db, scope)

    def _load(self, db: Connection, scope: Scope) -> None:
        organisation = scope.organisation_id
        for some in chunks(row.email for row in self.reading.rows):
            found = select(*_STAFF).where(Staff.organisation_id == organisation, Staff.email.in_(some))
            self.members.update({row.email: _Member(*row) for row in db.execute(found)})
        roles = select(StaffRole.staff_id, StaffRole.role, StaffRole.starts_on).where(
            StaffRole.organisation_id == organisation, StaffRole.school_id == scope.school_id,
            or_(StaffRole.ends_on.is_(None), StaffRole.ends_on >= self.today),
        )  # fmt: skip
        for role in db.execute(roles):
            self.roles[role.staff_id][role.role] = role.starts_on
        here = (Form.organisation_id == organisation, Form.school_id == scope.school_id)
        forms = select(Form.name, Form.id).where(*here)
        self.forms = {row.name: row.id for row in db.execute(forms)}
        ties = select(FormStaff.staff_id, FormStaff.form_id, FormStaff.starts_on).where(
            FormStaff.organisation_id == organisation, FormStaff.form_id.in_(self.forms.values()),
            or_(FormStaff.ends_on.is_(None), FormStaff.ends_on >= self.today),
        )  # fmt: skip
        for tie in db.execute(ties):
            self.held_forms[tie.staff_id][tie.form_id] = tie.starts_on

    def plan(self) -> StaffPlan:
        for row in self.reading.rows:
            if row.form and row.form not in self.forms:
                mend = "There is no form of this name here. Bring in the pupils first, or check it."
                self.reject(row.line, "Form", row.form, mend)
                continue
            held = self.members.get(row.email)
            who = "" if held is None else f"{held.first_name} {held.last_name}"
            number, is_changed = self._member(row, held, who)
            is_changed |= self._roles(row, number, who)
            is_changed |= self._form(row, number, who)
            self.count(new=held is None, changed=is_changed)
            self.guard.note(row, number, self.result.begun_roles, self.result.ended_roles)
        for line, field_name, mend in self.guard.refusals():
            self.reject(line, field_name, "", mend)
        self.result.findings = self.findings()
        return self.result

    def _member(self, row: StaffRow, held: _Member | None, who: str) -> tuple[int, bool]:
        if held is None:
            self.result.new_staff.append(
                {
                    "email": row.email, "title": row.title, "first_name": row.first_name, "last_name": row.last_name,
                    "position": row.position, "mobile": row.mobile, "starts_on": row.starts_on or self.today,
                    "ends_on": row.ends_on,
                }
            )  # fmt: skip
            return -len(self.result.new_staff), True
        wanted = {
            "title": row.title or held.title, "first_name": row.first_name, "last_name": row.last_name,
            "position": row.position, "mobile": row.mobile or held.mobile,
            "starts_on": row.starts_on or held.starts_on, "ends_on": row.ends_on or held.ends_on,
        }  # fmt: skip
        values = self.changed_values(who, held, wanted)
        if values:
            self.result.changed_staff[held.id] = values
        return held.id, bool(values)

    def _roles(self, row: StaffRow, number: int, who: str) -> bool:
        if row.roles is None:
            return False
        held = self.roles.get(number, {})
        begun = [_Tie(number, role.value, self.today) for role in sorted(row.roles) if role.value not in held]
        if begun and number == self.importer:
            mend = "Nobody gives themselves a role. Leave your own row out, and ask somebody else who keeps staff."
            self.reject(row.line, "Roles", ", ".join(sorted(Role(tie.what).label for tie in begun)), mend)
            return False
        kept = {role.value for role in row.roles | _KEPT}
        ended = [_Tie(number, role, since) for role, since in sorted(held.items()) if role not in kept]
        self.result.begun_roles += begun
        self.result.ended_roles += ended
        if who and (begun or ended):
            after = ({*held} - {tie.what for tie in ended}) | {tie.what for tie in begun}
            self.note(who, "roles", *(", ".join(sorted(Role(role).label for role in roles)) for roles in (held, after)))
        return bool(begun or ended)

    def _form(self, row: StaffRow, number: int, who: str) -> bool:
        """An empty cell leaves the forms; a named one is the member's only form from today."""
        form = self.forms.get(row.form)
        if form is None:
            return False
        held = self.held_forms.get(number, {})
        ended = [_Tie(number, other, since) for other, since in sorted(held.items()) if other != form]
        self.result.ended_forms += ended
        if form not in held:
            self.result.begun_forms.append(self._tie(row, number, form))
        is_changed = bool(ended) or form not in held
        if who and is_changed:
            self.note(who, "form", ", ".join(name for name, each in self.forms.items() if each in held), row.form)
        return is_changed


    def _tie(self, row: StaffRow, number: int, form: int) -> _Tie:
        """A form that a cover teacher is given lapses by itself: on the leaving date, else at the end of its day."""
        roles = row.roles if row.roles is not None else self.roles.get(number, {})
        if {str(role) for role in roles} & {Role.TEACHER, Role.TUTOR} or Role.COVER_TEACHER not in roles:
            return _Tie(number, form, self.today)
        since = max(row.starts_on or self.today, self.today)
        return _Tie(number, form, since, row.ends_on or since)


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
    events.emit(tx, RollChanged(scope.organisation_id))


def _begin_and_end(
    tx: Connection, scope: Scope, table: type[StaffRole | FormStaff], what: str, common: dict[str, Any],
    made: dict[int, int], begun: list[_Tie], ended: list[_Tie],
) -> None:  # fmt: skip
    """Write dated rows: those that end today's file end yesterday, and one that began today was never one."""

    def key(tie: _Tie) -> dict[str, Any]:
        return {**common, "staff_id": made.get(tie.staff, tie.staff), what: tie.what, "starts_on": tie.starts_on}

    insert_all(tx, table, scope, [{**key(tie), "ends_on": tie.ends_on} for tie in begun])
    over = [(key(tie), {"ends_on": scope.today - DAY}) for tie in ended if tie.starts_on < scope.today]
    update_all(tx, table, scope, over)
    never = [key(tie) for tie in ended if tie.starts_on >= scope.today]
    if never:
        columns = table.__table__.c
        mine = [columns[name] == bindparam(name, type_=columns[name].type) for name in never[0]]
        tx.execute(delete(table).where(columns["organisation_id"] == scope.organisation_id, *mine), never)


STAFF_IMPORTER = importer_of(ImportKind.STAFF, _read, plan_staff, _write)
