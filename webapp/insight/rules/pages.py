"""The pages whose reading the trail keeps, in words. Which door keeps it: ``shows`` in ``webapp/access/doors``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PAGES: Mapping[str, str] = MappingProxyType(
    {
        # Pages of many pupils.
        "staff.day": "the board",
        "staff.day_changes": "the board",
        "staff.find": "the search for a pupil",
        "staff.registers": "the registers",
        "staff.register": "a register",
        "staff.reception": "the reception desk",
        "staff.on_site": "the on-site list",
        "staff.on_site_copy": "the on-site list",
        "staff.inbox": "the inbox",
        "staff.tasks": "their tasks",
        "admin.run": "an import",
        "admin.run_progress": "an import",
        "admin.rejections_file": "an import’s lines to mend",
        "admin.changes_file": "an import’s changes",
        "admin.conflicts": "the marks that differ",
        "staff.medical": "the medical room",
        "staff.reach": "who was not reached",
        "staff.reach_file": "the file of who was not reached",
        "staff.detail_changes": "what contacts ask to have changed",
        "staff.referred": "the cases that were referred",
        "staff.detail_change": "what a contact asks to have changed",
        "admin.data_requests": "the requests for data",
        "admin.new_data_request": "the form for a request for data",
        "admin.data_request": "a request for data",
        "admin.data_request_progress": "a request for data",
        "admin.data_lines": "what was gathered for a request for data",
        "admin.holds": "the records that are held",
        # Pages of one pupil.
        "staff.pupil": "the pupil’s page",
        "staff.mark": "a mark",
        "staff.note": "the form for a note",
        "staff.write": "the form for a message",
        "staff.call": "the form for a call",
        "staff.take_down": "the form for a report",
        "staff.reception_pupil": "the pupil at reception",
        "staff.report": "a report",
        "staff.rights": "the contacts’ rights",
        "staff.sign_out_request": "a request to leave",
        "staff.own_contact": "the pupil’s own number",
        "staff.referrals": "the pupil’s referrals",
        "staff.referred_case": "a case that was referred",
        # Pages of one pupil that are about safeguarding.
        "staff.case": "the search for the child",
        "staff.orders": "the court orders",
        "staff.stops": "the stops on messages",
        "staff.withheld": "the withheld entries",
        # Pages of a parent.
        "home": "Today",
        "child": "the child’s page",
        "year": "the year as a list",
        "receipt": "what they told school",
        "messages": "Messages",
        "message": "a message",
        "told": "what school told them",
        "link": "the page behind a text",
    }
)


def page_words(name: str) -> str:
    """The page in words; nothing for one that is not listed."""
    return PAGES.get(name, "")
