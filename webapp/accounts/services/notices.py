"""What a parent is told of their own sign-in: that a new phone came in, that somebody guesses at their codes, that a
passkey may have been copied."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from notifications.rules.message_kinds import MessageName
from notifications.rules.policy import Point
from notifications.services import Outgoing, send_many_in
from webapp.accounts.models import Session
from webapp.accounts.queries.points import find_addressee, other_points
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import LONDON
from webapp.foundation.words import time_words
from webapp.people.rules.contact_points import PointKind


def tell_new_device_in(
    tx: Connection, session_id: int, contacts: Collection[ContactKey], proved: str, now: datetime
) -> None:
    """A phone or computer has come in as these contacts: said on each of their numbers and addresses that work, but
    for the one that let it in."""
    device = tx.execute(select(Session.device_words).where(Session.id == session_id)).scalar_one()
    words = {"device": device, "time": time_words(now.astimezone(LONDON).time())}
    told = [
        Outgoing(
            organisation_id=point.organisation_id, school_id=point.school_id, name=MessageName.NEW_DEVICE,
            key=f"new_device:{session_id}:{point.point_id}", contact_id=point.contact_id, about_kind="session",
            about_id=session_id, words=words, to=Point(point.kind, point.value),
        )
        for point in other_points(tx, contacts, proved)
    ]  # fmt: skip
    if told:
        send_many_in(tx, told)


def tell_passkey_doubted_in(tx: Connection, passkey_id: int, contacts: Collection[ContactKey]) -> None:
    """A copy of a passkey may be in use: said once, on each number and address of its owners that works."""
    told = [
        Outgoing(
            organisation_id=point.organisation_id, school_id=point.school_id, name=MessageName.PASSKEY_DOUBTED,
            key=f"passkey_doubted:{passkey_id}:{point.point_id}", contact_id=point.contact_id, about_kind="passkey",
            about_id=passkey_id, to=Point(point.kind, point.value),
        )
        for point in other_points(tx, contacts, "")
    ]  # fmt: skip
    if told:
        send_many_in(tx, told)


def tell_locked_in(tx: Connection, door: Door, kind: PointKind, value: str, code_id: int, now: datetime) -> None:
    """Somebody has guessed at the codes of a number or address until it was locked: its owner is told, once a day."""
    to = find_addressee(tx, door, kind, value, now.date())
    if to is None:
        return
    send_many_in(
        tx,
        [
            Outgoing(
                organisation_id=to.organisation_id, school_id=to.school_id, name=MessageName.SIGN_IN_LOCKED,
                key=f"sign_in_locked:{token_hash(f'{door}:{value}')[:32]}:{now:%Y-%m-%d}", contact_id=to.contact_id,
                staff_id=to.staff_id, about_kind="sign_in_code", about_id=code_id,
                to=Point(kind.value, value),
            )
        ],
    )  # fmt: skip
