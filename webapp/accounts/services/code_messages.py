"""The message that carries a sign-in code: a text or an e-mail to what was typed, and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy import Connection

from notifications import channels
from notifications.rules.message_kinds import MessageName
from notifications.rules.policy import Point
from notifications.services import Outgoing, send_in
from webapp.accounts.services.codes import CodeMessage


def send_code_in(tx: Connection, message: CodeMessage) -> None:
    """Queue the code. The host stands in the text, so that a phone offers the code on our page alone."""
    host = urlsplit(channels.current().public_url).hostname or ""
    send_in(
        tx,
        Outgoing(
            organisation_id=message.to.organisation_id, school_id=message.to.school_id,
            name=MessageName.SIGN_IN_CODE, key=f"sign_in_code:{message.sign_in_code_id}",
            contact_id=message.to.contact_id, staff_id=message.to.staff_id, about_kind="sign_in_code",
            about_id=message.sign_in_code_id, words={"code": message.code, "host": host},
            to=Point(message.point.kind.value, message.point.value),
        ),
    )  # fmt: skip
