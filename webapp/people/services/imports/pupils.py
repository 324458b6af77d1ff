"""Writing a file of pupils: what was planned, a statement for all that is alike."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete

from webapp.foundation import events, ids
from webapp.people.models import Enrolment, Form, Placement, Pupil, PupilGroup
from webapp.people.rules.files import ImportKind
from webapp.people.rules.files.pupils import PupilRow, read_pupils
from webapp.people.rules.files.rows import Reading
from webapp.people.services.imports.flow import Scope, importer_of
from webapp.people.services.imports.planning import DAY
from webapp.people.services.imports.pupil_plan import PupilPlan, plan_pupils
from webapp.people.services.imports.writing import insert_all, take, update_all
from webapp.people.services.rights_events import RollChanged


def _read(scope: Scope, data: bytes) -> Reading[PupilRow]:
    return read_pupils(data, scope.today)


def _write(tx: Connection, scope: Scope, plan: PupilPlan) -> None:
    pupils = _write_pupils(tx, scope, plan)
    enrolments = _write_enrolments(tx, scope, plan, pupils)
    _write_placements(tx, scope, plan, enrolments)
    _write_groups(tx, scope, plan, pupils)
    events.emit(tx, RollChanged(scope.organisation_id))


def _write_pupils(tx: Connection, scope: Scope, plan: PupilPlan) -> dict[int, int]:
    """Returns the ids of new pupils by their numbers below 0."""
    taken = take(tx, Pupil, len(plan.new_pupils))
    rows = zip(taken, plan.new_pupils, strict=True)
    insert_all(tx, Pupil, scope, [{"id": number, "public_id": ids.public_id(), **values} for number, values in rows])
    update_all(tx, Pupil, scope, (({"id": number}, values) for number, values in plan.changed_pupils.items()))
    return {-place: number for place, number in enumerate(taken, start=1)}


def _write_enrolments(tx: Connection, scope: Scope, plan: PupilPlan, pupils: dict[int, int]) -> dict[int, int]:
    """Returns the ids of new enrolments by their numbers below 0."""
    taken = take(tx, Enrolment, len(plan.new_enrolments))
    rows = []
    for number, values in zip(taken, plan.new_enrolments, strict=True):
        pupil = values.pop("pupil")
        rows.append({"id": number, "school_id": scope.school_id, "pupil_id": pupils.get(pupil, pupil), **values})
    insert_all(tx, Enrolment, scope, rows)
    update_all(tx, Enrolment, scope, (({"id": number}, values) for number, values in plan.changed_enrolments.items()))
    return {-place: number for place, number in enumerate(taken, start=1)}


def _write_placements(tx: Connection, scope: Scope, plan: PupilPlan, enrolments: dict[int, int]) -> None:
    forms = {**plan.held_forms, **_make_forms(tx, scope, plan.new_forms)}

    def placed(values: dict[str, Any]) -> dict[str, Any]:
        """The columns of a placement, its form by number."""
        row = dict(values)
        name = row.pop("form", None)
        if name:
            row["form_id"] = forms[name]
        return row

    update_all(
        tx, Placement, scope,
        (
            ({"school_id": scope.school_id, "enrolment_id": enrolment_id, "starts_on": starts_on}, placed(values))
            for enrolment_id, starts_on, values in plan.changed_placements
        ),
    )  # fmt: skip
    rows = []
    for values in plan.new_placements:
        row = placed(values)
        enrolment = row.pop("enrolment")
        rows.append({"school_id": scope.school_id, "enrolment_id": enrolments.get(enrolment, enrolment), **row})
    insert_all(tx, Placement, scope, rows)


def _make_forms(tx: Connection, scope: Scope, names: list[str]) -> dict[str, int]:
    made = dict(zip(names, take(tx, Form, len(names)), strict=True))
    insert_all(
        tx, Form, scope, [{"id": number, "school_id": scope.school_id, "name": name} for name, number in made.items()]
    )
    return made


def _write_groups(tx: Connection, scope: Scope, plan: PupilPlan, pupils: dict[int, int]) -> None:
    every = [
        (each, {"pupil_id": pupils.get(each.pupil, each.pupil), "group": each.group, "starts_on": each.starts_on})
        for each in plan.groups
    ]
    insert_all(tx, PupilGroup, scope, [key for each, key in every if not each.ends])
    # A membership that began today and ends today was never one.
    never = [key for each, key in every if each.ends and each.starts_on >= scope.today]
    if never:
        tx.execute(
            delete(PupilGroup).where(
                PupilGroup.organisation_id == scope.organisation_id, PupilGroup.pupil_id == bindparam("pupil_id"),
                PupilGroup.group == bindparam("group"), PupilGroup.starts_on == bindparam("starts_on"),
            ),
            never,
        )  # fmt: skip
    over = [(key, {"ends_on": scope.today - DAY}) for each, key in every if each.ends and each.starts_on < scope.today]
    update_all(tx, PupilGroup, scope, over)


PUPIL_IMPORTER = importer_of(ImportKind.PUPILS, _read, plan_pupils, _write, Pupil, Enrolment, Placement, PupilGroup)
