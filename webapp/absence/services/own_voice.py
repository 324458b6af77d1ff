"""A pupil says something for themselves: who else hears of it.

Parents hear as the school (from eighteen the pupil) says. About a pupil whom the school looks for first they always
hear, and so does the DSL; of words of danger parents hear nothing by themselves: the DSL has been written to and
decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from notifications import channels
from notifications.rules.message_kinds import MessageName
from notifications.services import Outgoing, send_many_in
from webapp.accounts.queries.own_voice import own_choice
from webapp.foundation.trail import Actor
from webapp.people.queries import family_of, settings_of
from webapp.people.rules.own_voice import ParentsSee, parents_see
from webapp.people.rules.rights import Right, effective_rights, may
from webapp.people.rules.roles import Role
from webapp.people.services.tasks import open_task_in

LOOK_TASK = "flagged_pupil_spoke"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a pupil said: about which row, on which school day, and whether it is of today."""

    organisation_id: int
    school_id: int
    pupil_id: int
    first_name: str
    born: date
    about_kind: str
    about_id: int
    about_today: bool
    flagged: bool
    danger: bool
    actor: Actor


def tell_others_in(tx: Connection, said: Spoken, now: datetime, today: date) -> None:
    """Write to the parents who may see the pupil's days; of a pupil who is looked for first the DSL has a task."""
    if said.flagged:
        open_task_in(
            tx, said.organisation_id, said.school_id, kind=LOOK_TASK, subject_kind=said.about_kind,
            subject_id=said.about_id, title=f"{said.first_name} told school for themselves: look at it", due_at=now,
            actor=said.actor, owner_role=Role.DSL.value, pupil_id=said.pupil_id,
        )  # fmt: skip
    if said.danger:
        return
    settings = settings_of(tx, said.organisation_id, said.school_id, today)
    choice = own_choice(tx, said.organisation_id, said.pupil_id)
    see = parents_see(said.born, today, settings, choice)
    if see is ParentsSee.EMERGENCIES and not said.flagged:
        return
    family = family_of(tx, said.organisation_id, [said.pupil_id])
    words: dict[str, object] = {"today": said.about_today, "link": f"{channels.current().public_url}/home"}
    words |= {"children": [said.first_name]} if said.about_today else {"child": "your child"}
    parents = [
        link.contact_id
        for link in family.links.get(said.pupil_id, ())
        if link.is_parent and (said.pupil_id, link.contact_id) not in family.stopped
        and may(effective_rights(link, family.orders, today), Right.VIEW_ATTENDANCE)
    ]  # fmt: skip
    send_many_in(
        tx,
        [
            Outgoing(
                organisation_id=said.organisation_id, school_id=said.school_id, name=MessageName.PUPIL_TOLD,
                key=f"pupil_told:{said.about_kind}:{said.about_id}:{contact_id}", contact_id=contact_id,
                pupil_ids=(said.pupil_id,), about_kind=said.about_kind, about_id=said.about_id, words=words,
            )
            for contact_id in parents
        ],
    )  # fmt: skip
