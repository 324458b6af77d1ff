"""Who asks, for views: what the gate found is handed on, and a child or a school only through the person who asks."""

from __future__ import annotations

from typing import NoReturn

from flask import abort, g

from webapp.accounts.queries.devices import OpenSession
from webapp.accounts.queries.parents import ParentViewer, ViewerChild
from webapp.accounts.queries.staff import StaffSchool, StaffViewer
from webapp.people.rules.rights import Right, refusal


class NobodyHere(RuntimeError):
    """A view asked for a visitor that its rule does not let in: the view and the table disagree."""


def find_parent_here() -> ParentViewer | None:
    """The parent whom the gate let in, if it was one."""
    viewer = g.get("viewer")
    return viewer if isinstance(viewer, ParentViewer) else None


def find_staff_here() -> StaffViewer | None:
    """The member of staff whom the gate let in, if it was one."""
    viewer = g.get("viewer")
    return viewer if isinstance(viewer, StaffViewer) else None


def current_parent() -> ParentViewer:
    """The parent who asks. Raises ``NobodyHere`` at an endpoint that is not theirs."""
    return find_parent_here() or _nobody("parent")


def current_staff() -> StaffViewer:
    """The member of staff who asks. Raises ``NobodyHere`` at an endpoint that is not theirs."""
    return find_staff_here() or _nobody("staff")


def school_scope() -> StaffSchool:
    """The school of the address, at which the permission was checked. Raises ``NobodyHere`` without one."""
    school = g.get("school")
    return school if isinstance(school, StaffSchool) else _nobody("school")


def current_session() -> OpenSession:
    """The session of somebody who has yet to say who they are. Raises ``NobodyHere`` elsewhere."""
    found = g.get("open_session")
    return found if isinstance(found, OpenSession) else _nobody("session")


def child_for(public_id: str, right: Right) -> ViewerChild:
    """The child of an address, for a parent who holds the right.

    404 for a child whom the parent has no right to see at all; 403 with a plain sentence where only this right is
    missing.
    """
    child = current_parent().find_child(public_id)
    if child is None:
        abort(404)
    if not child.may(right):
        abort(403, description=refusal(child.rights, right, child.first_name))
    return child


def saw(pupil_id: int) -> None:
    """This page shows that pupil: the gate keeps in the trail who looked, as the endpoint's rule says."""
    g.setdefault("saw", {})[pupil_id] = True


def _nobody(what: str) -> NoReturn:
    raise NobodyHere(f"no {what} was let in; look at the endpoint's rule in webapp/access/doors")
