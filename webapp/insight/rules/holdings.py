"""The map of every table: by which path a row belongs to a pupil or to a contact, and what each column is.

A table that is in neither list, or a column that nobody has named, is a fault that a test finds; until then such a
column stays out of every bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Path(StrEnum):
    """How a row belongs to a person."""

    SELF = "self"
    """The person's own row: ``id``."""
    PUPIL = "pupil_id"
    CONTACT = "contact_id"
    ENROLMENT = "enrolment_id"
    REPORT = "report_id"
    CASE = "case_id"
    MESSAGE = "message_id"
    OF_MESSAGE = "message.id"
    """The message itself, which is about a pupil or was written to a contact."""
    DELIVERY = "delivery_id"
    COLLECTED = "collected_by_id"
    ACTED = "actor"
    """What the contact did, by the trail."""
    SESSION = "session.id"
    PASSKEY = "passkey.id"


class Treat(StrEnum):
    """What a column is to the person who asks."""

    OMIT = "omit"
    """Numbers of our own, versions, secrets."""
    SHOW = "show"
    STAFF = "staff"
    """The name of somebody who works at school."""
    PERSON = "person"
    """The name of somebody, a parent or staff."""
    CONTACT = "contact"
    """The number of a contact, given as their name."""
    POINT = "point"
    """A telephone number or an address."""
    TEXT = "text"
    """Words that somebody wrote, in which anybody may be named."""
    JSON = "json"
    """The same, in several parts."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One table of the map. An empty path: its rows are not that kind of person's. ``order`` sorts them."""

    chapter: str
    title: str
    pupil: Path | None = None
    contact: Path | None = None
    order: str = ""


_WHO, _SCHOOL, _FAMILY, _REGISTER, _REPORTS, _FIRST_DAY, _MESSAGES, _SITE, _NOTES, _DOOR, _TRAIL = (
    "Who", "School and classes", "Family and rights", "The register", "Absence reports", "First-day contact",
    "Messages", "On site", "Notes and protection", "Signing in", "Who did and saw what",
)  # fmt: skip
CHAPTERS = (_WHO, _SCHOOL, _FAMILY, _REGISTER, _REPORTS, _FIRST_DAY, _MESSAGES, _SITE, _NOTES, _DOOR, _TRAIL)

HOLDINGS: Mapping[str, Holding] = MappingProxyType(
    {
        "pupil": Holding(_WHO, "Pupil", pupil=Path.SELF),
        "contact": Holding(_WHO, "Contact", contact=Path.SELF),
        "contact_point": Holding(_WHO, "Numbers and addresses", contact=Path.CONTACT),
        "detail_change": Holding(_WHO, "Changes that were asked for", contact=Path.CONTACT, order="asked_at"),
        "enrolment": Holding(_SCHOOL, "On the roll", pupil=Path.PUPIL, order="starts_on"),
        "placement": Holding(_SCHOOL, "Year and class", pupil=Path.ENROLMENT, order="starts_on"),
        "pupil_group": Holding(_SCHOOL, "Groups", pupil=Path.PUPIL, order="starts_on"),
        "pupil_contact": Holding(_FAMILY, "Contacts and their rights", pupil=Path.PUPIL, contact=Path.CONTACT),
        "court_order": Holding(_FAMILY, "Court orders", pupil=Path.PUPIL, contact=Path.CONTACT, order="starts_on"),
        "mark": Holding(_REGISTER, "Marks", pupil=Path.ENROLMENT, order="date"),
        "mark_amendment": Holding(_REGISTER, "Marks that were changed", pupil=Path.ENROLMENT, order="amended_at"),
        "mark_note": Holding(_REGISTER, "Notes beside marks", pupil=Path.ENROLMENT, order="date"),
        "mark_conflict": Holding(_REGISTER, "Marks in conflict", pupil=Path.ENROLMENT, order="date"),
        "pupil_week": Holding(_REGISTER, "Sums of weeks", pupil=Path.ENROLMENT, order="week"),
        "pupil_year": Holding(_REGISTER, "Sums of years", pupil=Path.ENROLMENT, order="year"),
        "expectation": Holding(_REGISTER, "Sessions planned otherwise", pupil=Path.ENROLMENT, order="date"),
        "absence_report": Holding(
            _REPORTS, "What school was told", pupil=Path.ENROLMENT, contact=Path.CONTACT, order="sent_at"
        ),
        "report_decision": Holding(_REPORTS, "What school decided", pupil=Path.REPORT, order="decided_at"),
        "report_event": Holding(
            _REPORTS, "What happened to a report", pupil=Path.REPORT, contact=Path.REPORT, order="at"
        ),
        "report_message": Holding(
            _REPORTS, "Talk about a report", pupil=Path.REPORT, contact=Path.REPORT, order="at"
        ),
        "report_file": Holding(_REPORTS, "Papers", pupil=Path.REPORT, contact=Path.REPORT, order="added_at"),
        "first_day_case": Holding(
            _FIRST_DAY, "Looked for", pupil=Path.ENROLMENT, order="opened_at"
        ),
        "case_event": Holding(
            _FIRST_DAY, "Calls, texts and answers", pupil=Path.CASE, contact=Path.CONTACT, order="at"
        ),
        "message": Holding(
            _MESSAGES, "Messages sent", pupil=Path.OF_MESSAGE, contact=Path.CONTACT, order="created_at"
        ),
        "message_pupil": Holding(_MESSAGES, "Whom a message is about", pupil=Path.PUPIL, contact=Path.MESSAGE),
        "delivery": Holding(_MESSAGES, "How each went", pupil=Path.MESSAGE, contact=Path.MESSAGE, order="created_at"),
        "provider_event": Holding(
            _MESSAGES, "What the network said", pupil=Path.DELIVERY, contact=Path.DELIVERY, order="received_at"
        ),
        "inbound_message": Holding(
            _MESSAGES, "Texts that came in", pupil=Path.ENROLMENT, contact=Path.CONTACT, order="received_at"
        ),
        "push_subscription": Holding(
            _MESSAGES, "Phones that take app messages", contact=Path.CONTACT, order="created_at"
        ),
        "reach_note": Holding(_MESSAGES, "What was done to reach them", contact=Path.CONTACT, order="at"),
        "sighting": Holding(
            _SITE, "Seen, signed in and out", pupil=Path.ENROLMENT, contact=Path.COLLECTED, order="at"
        ),
        "sign_out_request": Holding(
            _SITE, "Asked to leave", pupil=Path.ENROLMENT, contact=Path.CONTACT, order="asked_at"
        ),
        "pupil_note": Holding(_NOTES, "Notes", pupil=Path.PUPIL, contact=Path.CONTACT, order="at"),
        "message_stop": Holding(
            _NOTES, "Messages stopped", pupil=Path.PUPIL, contact=Path.CONTACT, order="stopped_at"
        ),
        "withheld_entry": Holding(
            _NOTES, "Entries withheld", pupil=Path.PUPIL, contact=Path.CONTACT, order="withheld_at"
        ),
        "record_hold": Holding(_NOTES, "Kept from deletion", pupil=Path.PUPIL, contact=Path.CONTACT, order="held_at"),
        "referral": Holding(_NOTES, "Shown to a welfare officer", pupil=Path.PUPIL, order="starts_on"),
        "task": Holding(_NOTES, "Tasks about the pupil", pupil=Path.PUPIL, order="due_at"),
        "subject_request": Holding(
            _NOTES, "Requests for data", pupil=Path.PUPIL, contact=Path.CONTACT, order="received_on"
        ),
        "session_contact": Holding(_DOOR, "Signed in as", contact=Path.CONTACT),
        "session": Holding(_DOOR, "Phones and browsers", contact=Path.SESSION, order="created_at"),
        "passkey_contact": Holding(_DOOR, "Whose passkeys", contact=Path.CONTACT),
        "passkey": Holding(_DOOR, "Passkeys", contact=Path.PASSKEY, order="created_at"),
        "single_task_link": Holding(_DOOR, "Links in messages", contact=Path.CONTACT, order="created_at"),
        "trail_entry": Holding(_TRAIL, "The trail", pupil=Path.PUPIL, contact=Path.ACTED, order="at"),
        "shown_page": Holding(
            _TRAIL, "What pages said to contacts", pupil=Path.PUPIL, contact=Path.CONTACT, order="at"
        ),
    }
)  # fmt: skip

NOBODYS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("organisation", "school", "organisation_setting", "school_setting", "term", "calendar_event", "form",
             "school_clock", "identity_provider", "shared_machine"),
            "says how the school is set up, and names no pupil or contact",
        ),
        **dict.fromkeys(
            ("id_sequence", "channel_pause", "worker_beat", "counter"), "the service's own, with no person in it",
        ),
        **dict.fromkeys(
            ("staff", "staff_role", "staff_login", "staff_link", "staff_entry", "recovery_code", "form_staff",
             "on_site_device", "staff_away", "staff_cover", "staff_identity"),
            "about staff, whose requests the employer's personnel file answers",
        ),
        **dict.fromkeys(
            ("register", "first_day_run"),
            "says which form's register was taken by whom; each pupil's marks are in mark",
        ),
        **dict.fromkeys(("trail_head", "trail_seal"), "digests of the trail, from which nobody is read"),
        **dict.fromkeys(
            ("trail_address", "trail_head_out"), "digests that go out each day, and the address that keeps them"
        ),
        "provider_trip": "belongs to a browser in which a member of staff signs in, sealed, gone in a day",
        "kept_form": "what staff left half written on a shared computer, encrypted; gone with the session",
        **dict.fromkeys(
            ("sign_in_code", "passkey_challenge"),
            "belongs to a browser, proves a number and not a person, gone in a day",
        ),
        "submission": "a digest of a form, so that it counts once",
        "work": "the queue: numbers of rows that are in the map themselves; swept after a month",
        "file": "bytes; whose they are says report_file, with which papers are given",
        **dict.fromkeys(
            ("import_run", "import_rejection"),
            "a list of the whole school as it came; what it says of one person stands in that person's own rows",
        ),
        "subject_line": "copies of rows in the map, for the person who checks a bundle; gone with it",
        **dict.fromkeys(("retention_count", "retention_run"), "counts of what is deleted, with nobody's name"),
    }
)  # fmt: skip
"""Every other table, and why nothing of it is in a bundle."""


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_OMITTED = _words(
    "organisation_id id public_id version school_id pupil_id enrolment_id report_id case_id message_id delivery_id",
    "file_id form_id owner_id reviewer_id ringing_by_id decided_by_id by_id author_id staff_id actor_id subject_id",
    "about_id source_id answers_message_id session_id passkey_id key token token_hash salt digest erased_digest",
    "endpoint p256dh auth credential_id public_key sign_count provider_id event_key upload content_hash",
    "staff_organisation_id subjects candidates detail html turn gathered_file_id json_file_id html_file_id pdf_file_id",
    "requester_id next_contact_id ringing_by ringing_until segments tries repeats unless_seen reference",
    "officer_id begun_by_id machine_id pin_tries held_elsewhere",
)
_STAFF = _words(
    "taken_by decided_by undone_by read_by closed_by settled_by stopped_by lifted_by withheld_by shown_by verified_by",
    "changed_by seen_by confirmed_by logged_by held_by released_by answered_by referred_by ended_by",
)
_PERSONS = _words("by told_by author actor_name collected_by_name")
_POINTS = _words("address sender value point_value")
_TEXTS = _words(
    "words reason symptoms note body struck_reason outcome_words last_words state_reason changed_why lifted_why",
    "shown_why title subject why extended_why pause_why failed_words place name device_words review_words",
    "answer ended_why old_value new_value",
)
_SHOWN = _words(
    "upn legal_first_name first_name last_name date_of_birth sex ethnicity first_language language needs_interpreter",
    "child_words prefers_voice address_confidential kind priority state state_changed_at relationship is_parent",
    "parental_responsibility lives_with may_view_attendance may_view_plans may_view_messages may_report",
    "may_request_leave may_collect do_not_contact starts_on ends_on changed_at denies review_on document_reference",
    "admission_number year_group group date half minutes_late code imported_code original_code original_minutes_late",
    "amended_code amended_minutes_late amended_at actor_kind actor_position source ours theirs found_at week possible",
    "present authorised unauthorised late unresolved illness codes year brought_in starts_at ends_at confirmed_at",
    "source_kind channel leaves_at arrives_at wants_call back_on suggested_code read_first not_sure danger",
    "after_close expected_at sent_at phone_time read_at previous_code previous_minutes_late accepted decided_at",
    "told_due_at told_at undone_at at side added_at",
    "removed_at alarm opened_at owner_role next_step next_due_at outcome",
    "closed_at urgency about_kind created_at deadline kept",
    "provider error_code error_words due_at delivered_at failed_at",
    "status received_at reading settled_at checked_at gone_at collector_known back_by struck_at position stopped_at",
    "lifted_at withheld_at shown_at subject_kind door point_kind seen_at expires_at ended_at stepped_up_at used_at",
    "doubted_at transports device_type backed_up purpose action erased_at",
    "asked_by basis received_on starts_clock_on paused_on paused_days due_on gathered_at made_at expires_on logged_at",
    "held_at released_at parents_see is_pupil begun_at idle_minutes locked_at field asked_at answered_at back_at page",
    "referred_at",
)
_OVERRIDES: Mapping[str, Treat] = MappingProxyType(
    {
        "contact.title": Treat.SHOW,
        "contact.reference": Treat.OMIT,
        "message.name": Treat.SHOW,
        "message.words": Treat.JSON,
        "delivery.subject": Treat.TEXT,
        "inbound_message.suggestion": Treat.JSON,
        "shown_page.facts": Treat.JSON,
        "detail_change.asked_by": Treat.PERSON,
        "report_event.before": Treat.JSON,
        "report_event.by": Treat.PERSON,
        "pupil_note.by": Treat.STAFF,
        "first_day_case.state": Treat.SHOW,
        "court_order.document_reference": Treat.TEXT,
        "contact_point.value": Treat.POINT,
        # What a person's own phone calls itself, and the name that they gave it.
        "session.device_words": Treat.SHOW,
        "push_subscription.device_words": Treat.SHOW,
        "passkey.name": Treat.SHOW,
    }
)


def treatment_of(table: str, column: str) -> Treat | None:
    """What a column is; None for one that nobody has named."""
    named = _OVERRIDES.get(f"{table}.{column}")
    if named is not None:
        return named
    if column in ("contact_id", "collected_by_id"):
        return Treat.CONTACT
    for names, treat in (
        (_OMITTED, Treat.OMIT), (_STAFF, Treat.STAFF), (_PERSONS, Treat.PERSON), (_POINTS, Treat.POINT),
        (_TEXTS, Treat.TEXT), (_SHOWN, Treat.SHOW),
    ):  # fmt: skip
        if column in names:
            return treat
    return None


_LABELS = {
    "upn": "UPN", "at": "When", "by": "Who", "words": "Words", "told_by": "Told by", "half": "Half day",
    "actor_name": "Who", "actor_position": "Their position", "actor_kind": "What kind of hand", "code": "Code",
    "imported_code": "Code in the school's system", "seen_by": "Seen by", "denies": "Takes away",
    "contact_id": "Contact", "collected_by_id": "Collected by", "body": "As sent", "danger": "Words of danger",
    "starts_clock_on": "Clock began",
}  # fmt: skip


def label_of(column: str) -> str:
    """A column in words."""
    return _LABELS.get(column, column.replace("_", " ").capitalize())
