"""A parent sends themselves one push, to see whether pushes come."""

from __future__ import annotations

from collections.abc import Sequence

from notifications.queries.subscriptions import subscriptions_of
from notifications.services.trial import send_push_trial_in
from webapp.accounts.queries.parents import ParentViewer
from webapp.accounts.rules.limits import Deed, Per, check, tallies
from webapp.accounts.services import counters
from webapp.foundation.clock import machine_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.submissions import find_result, keep_result


def try_push(viewer: ParentViewer, key: str) -> bool:
    """Queue one push to the phones of whoever is signed in, in the name of a child's school; the same ``key`` again is
    the same push. Whether it arrives nobody here can know.

    False where none of their phones takes pushes. Raises TooMany, SubmissionReused.
    """
    return any(_try(organisation_id, school_id, contact_id, key) for organisation_id, school_id, contact_id in
               _senders(viewer))  # fmt: skip


def _senders(viewer: ParentViewer) -> Sequence[tuple[int, int, int]]:
    """Each contact as whom the viewer acts, with a school that may write to them."""
    found: dict[int, tuple[int, int, int]] = {}
    for child in viewer.children:
        for place in child.enrolments:
            found.setdefault(child.contact.id, (child.organisation_id, place.school.id, child.contact.id))
    return list(found.values())


def _try(organisation_id: int, school_id: int, contact_id: int, key: str) -> bool:
    sender, content, now = f"push-trial:{contact_id}", {"push_trial": contact_id}, machine_now()
    with unit_of_work() as tx:
        held = find_result(tx, organisation_id, sender, key, content)
        if held is not None:
            return bool(held)
        if not subscriptions_of(tx, organisation_id, contact_id=contact_id):
            return False
        asked = tallies(Deed.TRIAL, {Per.POINT: f"{organisation_id}:{contact_id}"})
        counters.count_in(tx, asked, now)
        check(counters.counted(tx, asked, now))
        sent = send_push_trial_in(tx, organisation_id, school_id, contact_id, key)
        keep_result(tx, organisation_id, sender, key, content, sent)
        return sent
