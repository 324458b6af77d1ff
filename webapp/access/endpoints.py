"""The one table of who may enter where, role by role, and where to send those who are not signed in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from webapp.access.doors import ENDPOINTS
from webapp.accounts.rules.codes import Door

SIGN_IN: Mapping[Door, str] = MappingProxyType({Door.PARENT: "auth.sign_in", Door.STAFF: "auth.staff_sign_in"})
"""Where somebody is sent who is not signed in at a door."""
CHOOSE: Mapping[Door, str] = MappingProxyType({Door.PARENT: "auth.choose", Door.STAFF: "auth.staff_choose"})
"""Where somebody is sent who has yet to say who they are."""

LOCKED = "auth.staff_locked"
"""Where staff are sent on a shared computer: whoever has signed in there today comes back, everybody else signs in."""

__all__ = ["CHOOSE", "ENDPOINTS", "LOCKED", "SIGN_IN"]
