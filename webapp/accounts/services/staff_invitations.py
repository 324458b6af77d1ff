"""Inviting somebody who works at the school to set a password, or to connect their account at the provider."""

from __future__ import annotations

from datetime import timedelta

from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.queries.staff_entries import invited_until
from webapp.accounts.queries.staff_logins import find_login
from webapp.accounts.services.staff_passwords import INVITATION_LIFETIME, issue_link_in
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Actor
from webapp.people.rules.refusals import Refused


def invite(key: StaffKey, by: Actor) -> None:
    """Send an invitation for 7 days; one sent before no longer works.

    Raises ``Refused`` for somebody who has a way in, or works here no longer.
    """
    with unit_of_work() as tx:
        login = find_login(tx, key, school_today())
        if login is None:
            raise Refused("person", "This person does not work here today.")
        if login.password_hash is not None:
            raise Refused("person", f"{login.first_name} has a password already, and can ask for a new one.")
        if login.linked_to is not None:
            raise Refused("person", f"{login.first_name} signs in with {login.linked_to} already.")
        # A double tap is one invitation.
        until = invited_until(tx, key.organisation_id, machine_now()).get(key.staff_id)
        if until is None or until < machine_now() + INVITATION_LIFETIME - timedelta(minutes=1):
            issue_link_in(tx, login, "invitation", by)
