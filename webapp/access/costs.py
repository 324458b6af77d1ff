"""Limits at costly doors: a property of the endpoint's rule, counted in the database by person or by address.

Counted are only doors that say so, so that hot pages ask the database nothing more. At doors that anybody may try
(single-task links, webhooks) only a wrong key is counted, and only a wrong one is then turned away with 429: a right
one is opened all the same, because a whole school or mobile network may stand behind one address.
"""

from __future__ import annotations

import logging

from flask import Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import TooManyRequests

from webapp.access.table import Rule
from webapp.access.visitors import find_parent_here, find_staff_here
from webapp.accounts.rules.limits import Deed, Per, TooMany, network
from webapp.accounts.services.costs import spend
from webapp.security import client_address

log = logging.getLogger("firstbell.access")

_EXTENSION = "access"
_WRONG = frozenset({403, 404})


def count_cost() -> None:
    """Raises ``TooManyRequests`` with the wait at a door that costs, for a person who has used it up."""
    rule = _rule()
    if rule is None or rule.cost is None or (rule.cost is Deed.SEARCH and not request.args.get("q", "").strip()):
        return
    try:
        spend(rule.cost, {Per.PERSON: _person(), Per.ADDRESS: network(client_address())})
    except TooMany as refused:
        raise TooManyRequests(refused.mend, retry_after=int(refused.retry_after.total_seconds())) from None


def count_wrong(response: Response) -> Response:
    """Count a key that was wrong at a door that anybody may try; one too many is answered with 429 instead."""
    rule = _rule()
    if rule is None or rule.wrong is None or response.status_code not in _WRONG:
        return response
    try:
        spend(rule.wrong, {Per.ADDRESS: network(client_address())})
    except TooMany as refused:
        error = TooManyRequests(retry_after=int(refused.retry_after.total_seconds()))
        return current_app.make_response(current_app.handle_user_exception(error))
    except SQLAlchemyError:
        # The refusal stands without its count.
        log.warning("a wrong key was not counted", exc_info=True)
    return response


def _rule() -> Rule | None:
    rule: Rule | None = current_app.extensions[_EXTENSION].get(request.endpoint)
    return rule


def _person() -> str:
    staff, parent = find_staff_here(), find_parent_here()
    if staff is not None:
        return f"staff:{staff.organisation_id}:{staff.staff_id}"
    if parent is not None:
        contact = parent.contacts[0]
        return f"contact:{contact.organisation_id}:{contact.id}"
    return f"address:{network(client_address())}"
