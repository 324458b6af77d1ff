"""Every message of first-day contact: where is your child, sorry, thank you, and the alarms for staff."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from notifications import channels
from notifications.compose import said_time
from notifications.rules.message_kinds import MessageName
from notifications.services.outgoing import Outgoing, Queued
from notifications.services.send import send_many_in
from webapp.accounts.services.links import LinkWanted, issue_links_in
from webapp.first_day.rules.answers import WHERE_IS_CHILD
from webapp.first_day.services.school_session import SchoolSession
from webapp.foundation.clock import school_now
from webapp.people.queries import get_school, settings_of
from webapp.people.queries.covering import half_of, load_standing
from webapp.people.rules.roles import Role
from webapp.people.rules.settings import LINK_HOURS

ABOUT = "first_day_case"
_KEYS = {MessageName.MISSING_CHILD: "missing", MessageName.MISSING_CHILD_AGAIN: "again"}
ASKING = frozenset(_KEYS)


@dataclass(frozen=True, slots=True)
class Missing:
    """A case about which families are to be asked."""

    case_id: int
    pupil_id: int
    first_name: str
    version: int = 1


def ask_families_in(
    tx: Connection, session: SchoolSession, by_contact: Mapping[int, Sequence[Missing]],
    name: MessageName = MessageName.MISSING_CHILD,
) -> dict[int, Queued]:  # fmt: skip
    """"Where is your child?", one message an adult for all the children named, each with a link of its own."""
    if not by_contact:
        return {}
    hours = settings_of(tx, session.organisation_id, session.school_id, session.on)[LINK_HOURS]
    wanted = [
        LinkWanted(
            session.organisation_id, session.school_id, contact_id, WHERE_IS_CHILD,
            tuple(one.case_id for one in children), timedelta(hours=hours),
        )
        for contact_id, children in by_contact.items()
    ]  # fmt: skip
    base = channels.current().public_url
    outgoings = [
        Outgoing(
            organisation_id=session.organisation_id, school_id=session.school_id, name=name,
            key=f"{_KEYS[name]}:{contact_id}:" + "-".join(f"{one.case_id}.{one.version}" for one in children[:6]),
            contact_id=contact_id, pupil_ids=tuple(one.pupil_id for one in children), about_kind=ABOUT,
            about_id=children[0].case_id,
            words={"children": [one.first_name for one in children], "link": f"{base}/t/{token}"},
        )
        for (contact_id, children), token in zip(by_contact.items(), issue_links_in(tx, wanted), strict=True)
    ]  # fmt: skip
    return dict(zip(by_contact, send_many_in(tx, outgoings), strict=True))


@dataclass(frozen=True, slots=True)
class Wrong:
    """A text that turned out wrong: to whom, when it went out, and about which child."""

    contact_id: int
    message_id: int
    about_id: int | None
    sent_at: datetime
    case_id: int
    pupil_id: int
    first_name: str


def correct_in(tx: Connection, session: SchoolSession, wrongs: Sequence[Wrong]) -> dict[tuple[int, int], Queued]:
    """"Sorry, our text at 9:17am was wrong", one an adult and text; returns them by (contact, message corrected)."""
    grouped: dict[tuple[int, int], list[Wrong]] = {}
    for wrong in wrongs:
        grouped.setdefault((wrong.contact_id, wrong.message_id), []).append(wrong)
    outgoings = [
        Outgoing(
            organisation_id=session.organisation_id, school_id=session.school_id, name=MessageName.CORRECTION,
            key=f"correction:{contact_id}:{message_id}:{min(one.case_id for one in about)}", contact_id=contact_id,
            pupil_ids=tuple(one.pupil_id for one in about), about_kind=ABOUT, about_id=about[0].about_id,
            words={"children": [one.first_name for one in about], "time": said_time(about[0].sent_at)},
        )
        for (contact_id, message_id), about in grouped.items()
    ]  # fmt: skip
    return dict(zip(grouped, send_many_in(tx, outgoings), strict=True)) if outgoings else {}


def thank_in(tx: Connection, session: SchoolSession, contact_id: int, case_id: int, pupil_id: int, child: str) -> None:
    """The office will ring: to the parent who thought that the child was in school."""
    send_many_in(
        tx,
        [
            Outgoing(
                organisation_id=session.organisation_id, school_id=session.school_id,
                name=MessageName.THOUGHT_IN_THANKS, key=f"thanks:{contact_id}:{case_id}", contact_id=contact_id,
                pupil_ids=(pupil_id,), about_kind=ABOUT, about_id=case_id, words={"children": [child]},
            )
        ],
    )  # fmt: skip


def alarm_staff_in(
    tx: Connection, session: SchoolSession, name: MessageName, roles: Collection[str], *, key: str, case_id: int | None,
    pupil_ids: tuple[int, ...] = (),
) -> int:  # fmt: skip
    """Tell everybody who holds one of the roles today, and whoever covers those who are away; returns how many people
    that is."""
    half = half_of(tx, session.organisation_id, session.school_id, school_now())
    staff = load_standing(tx, session.organisation_id, session.school_id, session.on, half).told(map(Role, roles))
    code = get_school(tx, session.organisation_id, session.school_id).code
    link = f"{channels.current().public_url}/staff/{code}/day/{session.on.isoformat()}"
    outgoings = [
        Outgoing(
            organisation_id=session.organisation_id, school_id=session.school_id, name=name, key=f"{key}:{staff_id}",
            staff_id=staff_id, pupil_ids=pupil_ids, about_kind=ABOUT, about_id=case_id, words={"link": link},
        )
        for staff_id in staff
    ]  # fmt: skip
    if outgoings:
        send_many_in(tx, outgoings)
    return len(staff)
