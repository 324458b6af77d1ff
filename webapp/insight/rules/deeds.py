"""Every deed of the trail in plain words, and whose eyes it is for.

A deed that does not stand here is shown to nobody but the safeguarding leads: what is new is hidden until somebody has
said who reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Reach(StrEnum):
    """Who reads a deed with its words."""

    OFFICE = "office"
    """Of no child: sign-in, settings, imports, the calendar. An administrator reads it whole."""
    CHILD = "child"
    """Of a child: whoever reads the trail of a pupil. Others read only that one of the staff worked on a record."""
    SAFEGUARDING = "safeguarding"
    """Withheld entries, court orders, stops, danger: the safeguarding leads alone; for others it is not there."""


@dataclass(frozen=True, slots=True)
class DeedWords:
    """``words`` are a verb in the past: "Jo Reed" + "took a register"."""

    words: str
    reach: Reach


OTHERS = "worked on a pupil’s record"
"""What a deed about a child is to a reader who sees no child."""
UNKNOWN = DeedWords("did something that this page has no words for", Reach.SAFEGUARDING)


def _all(reach: Reach, **words: str) -> dict[str, DeedWords]:
    return {action: DeedWords(said, reach) for action, said in words.items()}


_OFFICE = _all(
    Reach.OFFICE,
    signed_in="signed in",
    signed_out="signed out a device",
    sign_in_locked="locked a sign-in after wrong tries",
    added_passkey="added a passkey",
    renamed_passkey="renamed a passkey",
    removed_passkey="removed a passkey",
    passkey_doubted="doubted a passkey, because a copy of it may be in use",
    invited="invited somebody to sign in",
    asked_for_password_link="asked for a link to set a password",  # noqa: S106 - the name of a deed
    set_password="set a password",  # noqa: S106 - the name of a deed
    set_up_second_factor="set up a second check",
    made_recovery_codes="made new recovery codes",
    used_recovery_code="used a recovery code",
    reset_second_factor="took away somebody’s second check",
    created_administrator="created an administrator",
    gave_role="gave somebody a role",
    ended_role="ended somebody’s role",
    changed_setting="changed a setting",
    withdrew_setting="took back a planned setting",
    added_to_calendar="added to the calendar",
    took_from_calendar="took from the calendar",
    staged_import="brought a file",
    checked_import_again="checked a file again",
    abandoned_import="gave up a file",
    imported_pupils="imported pupils",
    imported_contacts="imported contacts",
    imported_staff="imported staff",
    imported_calendar="imported the calendar",
    imported_marks="imported marks",
    enrolled_device="let a device keep the on-site list",
    removed_device="took the on-site list from a device",
    subscribed="turned notifications on",
    unsubscribed="turned notifications off",
    took_register="took a register",
    chased_register="asked for a register",
    started_head_count="started a head count",
    ran_first_day="ran the first-day texts",
    seeded_demo="made the demo",
    erased_trail_entries="erased what entries of the trail say of people",
    searched_trail="looked at the trail",
    exported_trail="took the trail out as a file",
    sent_trail_head="sent out the day’s proof of the trail",
    trail_head_not_sent="could not send out the day’s proof of the trail",
    set_trail_address="said where the day’s proof of the trail goes",
    connected_account="connected a work account to a sign-in",
    disconnected_account="disconnected a work account from a sign-in",
    saved_provider="saved the settings of single sign-on",
    tried_provider="tried single sign-on",
    removed_provider="removed single sign-on",
    sign_in_refused="refused a sign-in with a work account",
    proved_again="proved again who they are",
    set_pin="set a PIN for shared computers",
    removed_pin="removed a PIN",
    pin_locked="locked a PIN after wrong tries",
    came_back="came back to a shared computer",
    named_machine="named a shared computer",
    removed_machine="took a shared computer away",
    took_keys_of_leaver="took away what somebody who left could sign in with",
    said_away="said that somebody is away",
    said_back="said that somebody is back",
    named_cover="named who covers for somebody",
    gave_register="gave somebody a register for a day",
    took_back_register="took back a register that was given",
    exported_not_reached="took out a file of who was not reached",
    confirmed_deletion="confirmed that old records be deleted",
    deleted_records="deleted old records",
    deleted_records_again="deleted again what a restored backup had brought back",
)
_CHILD = _all(
    Reach.CHILD,
    viewed_list="looked at pupils on",
    viewed_child="looked at",
    was_shown="was shown",
    read_what_was_shown="looked at what a parent was shown",
    reported_absence="told school that a child is away",
    changed_report="changed what they told school",
    withdrawn_report="took back what they told school",
    back_on_report="said when the child is back",
    wrote_on_report="wrote to school on a report",
    file_added="added a photo or file",
    file_removed="removed a photo or file",
    opened_file="opened a family’s photo or file",
    took_down_report="took a report down for a family",
    read_report="read a report",
    released_report="said that a report is the family’s",
    accepted_report="recorded a report as the family gave it",
    not_accepted_report="did not accept a report’s reason",
    undid_decision="undid a decision on a report",
    asked_family="asked the family on a report",
    changed_mark="changed a mark",
    wrote_marks="brought in marks",
    noted_mark="changed the note on a mark",
    settled_mark_conflict="settled which mark holds",
    confirmed_elsewhere="confirmed that the child is at the other place",
    noted_sighting="wrote down that the child came, went or was seen",
    struck_sighting="struck out a sighting",
    opened_case="began to look for a child",
    reopened_case="began to look for a child again",
    closed_case="ended the search for a child",
    claimed_ringing="took on ringing the family",
    logged_call="logged a call",
    skipped_step="passed over a step of the search",
    noted_in_case="wrote a note in a search",
    answered_first_day="answered where the child is",
    noted="wrote a note",
    wrote_to_contact="wrote to a contact",
    named_child="said which child a text is about",
    sent_text="texted or answered school",
    settled_text="dealt with a text",
    changed_child_words="changed how messages name the child",
    changed_rights="changed what a contact may see and do",
    changed_contact_link="changed what a contact is to a child, by import",
    ended_contact_link="ended what a contact is to a child, by import",
    marked_point_bad="marked a number or address as wrong",
    opted_out="stopped texts to a number",
    opted_in="allowed texts to a number again",
    closed_task="closed a task",
    asked_to_leave="asked to leave school",
    moved_sign_out="answered or changed a request to leave",
    changed_own_contact="changed the pupil’s own number or address",
    said_what_parents_see="said what parents see",
    asked_change_of_details="asked school to change their details",
    took_back_change_of_details="took back a change of details",
    answered_change_of_details="answered a change of details",
    noted_reach="noted what was done to reach a contact",
    took_text="took a text to deal with",
    passed_text="passed a text to another school",
    moved_text="moved a text to another child",
    referred_pupil="referred the child to a welfare officer",
    ended_referral="ended a referral",
    logged_data_request="wrote down a request for data",
    confirmed_who_asks="confirmed who asks for data",
    paused_data_request="stopped the clock of a request for data",
    resumed_data_request="started the clock of a request for data again",
    extended_data_request="took more time for a request for data",
    gathered_data="gathered the data that were asked for",
    read_data_lines="read what was gathered for a request for data",
    decided_data_line="decided what of the data is given out",
    decided_data_lines="decided what of the data is given out",
    made_data_bundle="made the files of a request for data",
    downloaded_data_bundle="took out the files of a request for data",
    closed_data_request="closed a request for data",
)
_SAFEGUARDING = _all(
    Reach.SAFEGUARDING,
    viewed_safeguarding="looked at",
    noted_safeguarding="wrote a safeguarding note",
    # A task says who is to look at an order or a withheld entry again.
    opened_task="opened a task",
    began_task="began a task",
    held_records="held records from being deleted",
    released_records="let held records be deleted when they are due",
    stopped_messages="stopped messages",
    gave_reason_of_stop="wrote why messages are stopped",
    lifted_stop="let messages go again",
    withheld_entry="kept an entry from a contact",
    showed_entry_again="let an entry be seen again",
    noted_court_order="noted a court order",
    reviewed_court_order="reviewed a court order",
    ended_court_order="ended a court order",
    heard_danger="heard words of danger and told the safeguarding leads",
    handled_danger="dealt with words of danger",
    raised_alarm="raised an alarm",
    ended_alarm="ended an alarm",
    told_dsl="told the safeguarding lead",
    told_police="noted that police or children’s services were told",
    stopped_collection="stopped somebody from taking a child",
)
DEEDS: Mapping[str, DeedWords] = MappingProxyType({**_OFFICE, **_CHILD, **_SAFEGUARDING})


def words_of(action: str) -> DeedWords:
    return DEEDS.get(action, UNKNOWN)


def actions_of(*reaches: Reach) -> tuple[str, ...]:
    """The deeds of these reaches, in the order of their words."""
    found = [action for action, deed in DEEDS.items() if deed.reach in reaches]
    return tuple(sorted(found, key=lambda action: DEEDS[action].words))
