"""Beginning a session, and saying who one is.

A session is a row; the browser holds a random token of which only the digest is kept.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select, update

from webapp.accounts.models import Session, SessionContact
from webapp.accounts.queries.devices import OpenSession, contacts_of, contacts_of_token
from webapp.accounts.queries.points import actors_of, candidates, find_point_of
from webapp.accounts.queries.staff import StaffKey, find_staff_email, staff_choices
from webapp.accounts.rules.codes import CodeRefusal, CodeRefused, Door
from webapp.accounts.rules.devices import device_words
from webapp.accounts.rules.passkeys import is_fresh
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.rules.sessions import expires_at, shared_until
from webapp.accounts.services.endings import end_token_in
from webapp.accounts.services.notices import tell_new_device_in
from webapp.accounts.services.tokens import new_session_token, token_hash
from webapp.foundation.clock import LONDON, machine_now, school_today
from webapp.foundation.config import Config
from webapp.foundation.db import take_ids, unit_of_work
from webapp.foundation.ids import public_id
from webapp.foundation.trail import Actor, ActorKind, Deed, write
from webapp.people.models import Contact
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.rules.refusals import Refused


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun. ``token`` goes into the cookie and nowhere else.

    ``chosen`` False: the person has yet to say who they are, among several or none.
    """

    token: str
    session_id: int
    door: Door
    chosen: bool


@dataclass(frozen=True, slots=True)
class Sharing:
    """That a session is on a shared computer: it locks itself after so long. ``machine_id`` None: one without a name,
    to which nobody comes back without signing in."""

    machine_id: int | None
    idle_minutes: int


class NotAmongThem(Refused):
    """Somebody said to be a person who does not hold the number or address that was proved."""

    def __init__(self) -> None:
        super().__init__("person", "Choose your name from the list. If it is not there, ring the school office.")


def start_session_in(
    tx: Connection, door: Door, *, now: datetime, user_agent: str = "", point: ReadPoint | None = None,
    staff: StaffKey | None = None, passkey_id: int | None = None, sharing: Sharing | None = None,
    proved_at: datetime | None = None,
) -> tuple[int, str]:  # fmt: skip
    """A new session: (its id, its token). A parent's proves ``point``, a member of staff's is for ``staff``.

    ``sharing``: it is on a computer that others use too. ``proved_at``: when it was proved who is here, else now.
    """
    token, session_id = new_session_token(), take_ids(tx, Session)[0]
    tx.execute(
        insert(Session).values(
            id=session_id, public_id=public_id(), door=door.value, token_hash=token_hash(token),
            point_kind=point.kind.value if point else None, point_value=point.value if point else None,
            staff_organisation_id=staff.organisation_id if staff else None,
            staff_id=staff.staff_id if staff else None, device_words=device_words(user_agent), passkey_id=passkey_id,
            stepped_up_at=proved_at or now, created_at=now, seen_at=now,
            expires_at=shared_until(now, LONDON) if sharing else expires_at(door, now),
            machine_id=sharing.machine_id if sharing else None, idle_minutes=sharing.idle_minutes if sharing else None,
        )
    )  # fmt: skip
    return session_id, token


def sign_in_in(
    tx: Connection, door: Door, point: ReadPoint, *, user_agent: str, now: datetime, today: date,
    old_token: str | None = None,
) -> SignedIn:  # fmt: skip
    """Begin a session for a point that was proved; where one person alone holds it, as that person.

    ``old_token`` is a session of the same browser that ends; of a new browser the person hears elsewhere.
    Raises ``CodeRefused`` for staff who work here no longer.
    """
    before = contacts_of_token(tx, token_hash(old_token), now) if old_token else frozenset()
    if old_token:
        end_token_in(tx, old_token, now)
    if door is Door.STAFF:
        return _staff_in(tx, point, user_agent, now, today)
    session_id, token = start_session_in(tx, door, now=now, user_agent=user_agent, point=point)
    persons = candidates(tx, point.kind, point.value, today)
    if len(persons) == 1:
        act_as_in(tx, session_id, persons[0].contacts)
        if before.isdisjoint(persons[0].contacts):
            tell_new_device_in(tx, session_id, persons[0].contacts, point.value, now)
    return SignedIn(token, session_id, door, chosen=len(persons) == 1)


def _staff_in(tx: Connection, point: ReadPoint, user_agent: str, now: datetime, today: date) -> SignedIn:
    choices = staff_choices(tx, point.value, today)
    if not choices:
        raise CodeRefused(CodeRefusal.EXPIRED)
    only = choices[0] if len(choices) == 1 else None
    # Only the demo lets staff in with a code alone: they hold nothing with which they could prove themselves again.
    session_id, token = start_session_in(
        tx, Door.STAFF, now=now, user_agent=user_agent, point=point, staff=only.key if only else None,
        proved_at=expires_at(Door.STAFF, now),
    )  # fmt: skip
    if only:
        _tell_staff(tx, only.key, only.name, only.position, session_id)
    return SignedIn(token, session_id, Door.STAFF, chosen=only is not None)


def choose_contacts(session: OpenSession, contacts: Collection[ContactKey]) -> None:
    """Act as these contacts: one whole person among those who hold the point that the session proved.

    Raises ``NotAmongThem`` for anybody else, where nobody may enter with the point, and where the code that proved it
    is no longer fresh: the number may since have gone to somebody else.
    """
    today = school_today()
    with unit_of_work() as tx:
        wanted = frozenset(contacts)
        kind, value = _proved(tx, session, Door.PARENT)
        if not may_choose(session, machine_now()):
            raise NotAmongThem()
        persons = candidates(tx, kind, value, today)
        person = next((person for person in persons if frozenset(person.contacts) == wanted), None)
        if person is None:
            raise NotAmongThem()
        if frozenset(contacts_of(tx, session.id)) == wanted:
            return
        tx.execute(delete(SessionContact).where(SessionContact.session_id == session.id))
        act_as_in(tx, session.id, person.contacts)
        tell_new_device_in(tx, session.id, person.contacts, value, machine_now())


def may_choose(session: OpenSession, now: datetime) -> bool:
    """Whether the session may still say who of the holders of its number it is: a code has just proved the number.

    A passkey says who somebody is, and proves no number.
    """
    return session.passkey_id is None and is_fresh(session.begun_at, now)


def choose_staff(session: OpenSession, key: StaffKey) -> None:
    """Act as this member of staff, one of those whose address the session proved.

    Raises ``NotAmongThem``, also for a session that is somebody's already: it proved that post and no other of the
    address, which another organisation may have written down.
    """
    today = school_today()
    with unit_of_work() as tx:
        _, email = _proved(tx, session, Door.STAFF)
        choice = next((choice for choice in staff_choices(tx, email, today) if choice.key == key), None)
        if choice is None:
            raise NotAmongThem()
        chosen = tx.execute(
            update(Session)
            .where(Session.id == session.id, Session.staff_id.is_(None))
            .values(staff_organisation_id=key.organisation_id, staff_id=key.staff_id)
        )
        if chosen.rowcount != 1:
            raise NotAmongThem()
        _tell_staff(tx, key, choice.name, choice.position, session.id)


def _proved(tx: Connection, session: OpenSession, door: Door) -> tuple[str, str]:
    """What the session proved, from its row, which is held until the transaction ends. Raises ``NotAmongThem``."""
    row = tx.execute(
        select(Session.point_kind, Session.point_value)
        .where(Session.id == session.id, Session.door == door.value, Session.ended_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if row is None or row.point_kind is None or row.point_value is None:
        raise NotAmongThem()
    return row.point_kind, row.point_value


def act_as_in(tx: Connection, session_id: int, contacts: Collection[ContactKey]) -> None:
    """From here on the session acts as these contacts, all of one person."""
    tx.execute(
        insert(SessionContact),
        [
            {"organisation_id": key.organisation_id, "contact_id": key.contact_id, "session_id": session_id}
            for key in contacts
        ],
    )
    for key in contacts:
        first = Contact.organisation_id == key.organisation_id, Contact.id == key.contact_id
        tx.execute(update(Contact).where(*first, Contact.opened_at.is_(None)).values(opened_at=machine_now()))
    for key, actor in actors_of(tx, tuple(contacts)).items():
        write(tx, key.organisation_id, actor, Deed("signed_in", "session", session_id))


def _tell_staff(tx: Connection, key: StaffKey, name: str, position: str, session_id: int) -> None:
    actor = Actor(ActorKind.STAFF, key.staff_id, name, position)
    write(tx, key.organisation_id, actor, Deed("signed_in", "session", session_id))


class DemoOnly(PermissionError):
    """Signing in without a code, outside the demo."""

    def __init__(self) -> None:
        super().__init__("only the demo signs people in without a code")


def demo_sign_in(config: Config, who: ContactKey | StaffKey, *, user_agent: str = "") -> SignedIn:
    """Sign somebody in by name, in the demo. Raises ``DemoOnly`` elsewhere, ``Refused`` for who cannot sign in."""
    if not config.is_demo:
        raise DemoOnly()
    now = machine_now()
    with unit_of_work() as tx:
        if isinstance(who, StaffKey):
            email = find_staff_email(tx, who)
            if email is None:
                raise NotAmongThem()
            session_id, token = start_session_in(
                tx, Door.STAFF, now=now, user_agent=user_agent, point=ReadPoint(PointKind.EMAIL, email), staff=who,
                # Whoever came in by a card holds nothing to prove themselves with.
                proved_at=expires_at(Door.STAFF, now),
            )  # fmt: skip
            return SignedIn(token, session_id, Door.STAFF, chosen=True)
        found = find_point_of(tx, who)
        if found is None:
            raise Refused("person", "School holds no number or address for this person. Choose somebody else.")
        point = ReadPoint(PointKind(found[0]), found[1])
        session_id, token = start_session_in(tx, Door.PARENT, now=now, user_agent=user_agent, point=point)
        act_as_in(tx, session_id, (who,))
        return SignedIn(token, session_id, Door.PARENT, chosen=True)
