"""What staff are sent about their own sign-in, to their address at school and nowhere else."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from notifications import channels
from notifications.rules.message_kinds import MessageName
from notifications.rules.policy import Point
from notifications.services import Outgoing, send_in
from webapp.accounts.queries.staff_logins import LoginRow, places_of

LINK_PATH = "/staff/sign-in/t/"
LOCKED = "Your Firstbell sign-in is locked after too many wrong tries."
PASSWORD_SET = "Your Firstbell password was set."  # noqa: S105 - a sentence
FACTOR_RESET = "Your second Firstbell check was taken away. Set it up anew."
FACTOR_SET = "A second Firstbell check was set up for you."
ACCOUNT_CONNECTED = "You can now sign in to Firstbell with {name}."
ACCOUNT_DISCONNECTED = "You no longer sign in to Firstbell with {name}."
PASSKEY_ADDED = "A passkey was added to your Firstbell sign-in."
PASSKEY_REMOVED = "A passkey was removed from your Firstbell sign-in."
PASSKEY_DOUBTED = "A passkey of yours may have been copied. It opens nothing now."
PIN_SET = "A PIN for shared computers was set for you."
PIN_LOCKED = "Somebody typed wrong PINs for you on a shared computer. It now asks for your whole sign-in."
RECOVERY_USED = "A Firstbell recovery code of yours was used."


def send_link_in(tx: Connection, login: LoginRow, name: MessageName, link_id: int, token: str, on: date) -> None:
    """Queue a link with which a password is set."""
    link = f"{channels.current().public_url}{LINK_PATH}{token}"
    _send_in(tx, login, name, f"staff_link:{link_id}", {"link": link}, on)


def send_news_in(tx: Connection, login: LoginRow, news: str, key: str, on: date) -> None:
    """Queue a line about something that happened to somebody's sign-in; saying it twice under one key is once."""
    _send_in(tx, login, MessageName.SIGN_IN_NEWS, f"sign_in:{login.key.staff_id}:{key}", {"news": news}, on)


def _send_in(tx: Connection, login: LoginRow, name: MessageName, key: str, words: dict[str, str], on: date) -> None:
    places = places_of(tx, login.key, on)
    send_in(
        tx,
        Outgoing(
            organisation_id=login.key.organisation_id, school_id=places[0].id, name=name, key=key,
            staff_id=login.key.staff_id, about_kind="staff", about_id=login.key.staff_id, words=words,
            to=Point("email", login.email),
        ),
    )  # fmt: skip
