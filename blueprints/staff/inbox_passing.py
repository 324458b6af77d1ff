"""A text in the inbox is taken by one of the office, or passed on to another school's."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.frame import here
from blueprints.staff.inbox import inbox_page, refuse_first, text_in_inbox
from blueprints.staff.typed import is_number
from notifications.services.inbound import InboundRefused
from notifications.services.inbound_passing import pass_text, take_text
from webapp.access import current_staff
from webapp.foundation.db import read_door
from webapp.people.queries import schools_of


@blueprint.post("/staff/<school>/inbox/<text>/take")
def take_inbound(school: str, text: str) -> Response | tuple[str, int]:
    """I deal with it: whoever else sees the text sees that too."""
    at = here()
    found, seen = text_in_inbox(at, text), request.form.get("held", "")
    deed = int(seen) if is_number(seen, 18) else None
    try:
        take_text(at.school.organisation_id, found.id, deed, actor=current_staff().actor, school_id=at.school.id)
    except InboundRefused as refused:
        return inbox_page(at, [{"text": refused.mend, "href": "#texts"}]), 409
    return redirect(url_for("staff.inbox", school=school), 303)


@blueprint.post("/staff/<school>/inbox/<text>/pass")
def pass_inbound(school: str, text: str) -> Response | tuple[str, int]:
    """It is for another school of ours: it stands in that inbox, and no more in this one."""
    at = here()
    found = text_in_inbox(at, text)
    if first := refuse_first(at, found):
        return first
    with read_door() as db:
        others = [one for one in schools_of(db, at.school.organisation_id) if one.id != at.school.id]
    to = next((one for one in others if one.code == request.form.get("to", "")), None)
    if to is None:
        return inbox_page(at, [{"text": "Choose the school it is for", "href": f"#to-{found.public_id}"}]), 422
    try:
        pass_text(at.school.organisation_id, found.id, to.id, actor=current_staff().actor, school_id=at.school.id)
    except InboundRefused as refused:
        return inbox_page(at, [{"text": refused.mend, "href": "#texts"}]), 409
    return redirect(url_for("staff.inbox", school=school), 303)
