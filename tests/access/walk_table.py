"""Who may enter where, written by hand: each endpoint, the forms that go with it, and what everybody else is told.

Nothing here is asked of the product's own tables. A new endpoint is added by naming its roles and, for a form, what
somebody would send; a new name in addresses is added to ``walk_world``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from werkzeug.routing import Rule as UrlRule

from tests.access.walk_world import PLANNED_FROM, Ids, Walk, photo

ATTENDANCE = frozenset({"attendance_officer", "attendance_lead"})
HEADS = frozenset({"head", "deputy_head"})
SAFEGUARDING = frozenset({"dsl", "deputy_dsl"})
PASTORAL = frozenset({"pastoral_lead", "sen_coordinator"})
CLASSROOM = frozenset({"teacher", "tutor", "cover_teacher"})
CHAMPION = frozenset({"attendance_champion"})
BOARD_DESK = frozenset({"reception"})
DESK = BOARD_DESK | {"medical_room"}
AWAY_FROM_PUPILS = frozenset({"governor", "welfare_officer", "administrator", "trust_lead"})
TRAIL_READERS = HEADS | SAFEGUARDING | {"administrator"}
RIGHTS_KEEPERS = HEADS | SAFEGUARDING | {"attendance_lead"}
STOPPERS = SAFEGUARDING | {"head"}
CASE_WORKERS = ATTENDANCE | HEADS | SAFEGUARDING | PASTORAL | CHAMPION
DECIDERS = ATTENDANCE | HEADS
ON_THE_BOARD = CASE_WORKERS | BOARD_DESK
NOTE_WRITERS = CASE_WORKERS | DESK
WITH_PUPILS = ON_THE_BOARD | DESK | CLASSROOM
EVERYBODY = WITH_PUPILS | AWAY_FROM_PUPILS
BACK_OFFICE = frozenset({"administrator", "trust_lead"})
SETTERS = BACK_OFFICE | CHAMPION | {"head", "attendance_lead"}
CALENDAR_KEEPERS = BACK_OFFICE | HEADS | {"attendance_lead"}
STAFF_KEEPERS = BACK_OFFICE | {"head"}
ROLL_KEEPERS = BACK_OFFICE | ATTENDANCE
ARRANGERS = SETTERS | HEADS
REFERRERS = RIGHTS_KEEPERS | CHAMPION | {"attendance_officer"}
KEEPERS = {
    "pupils": ROLL_KEEPERS, "contacts": ROLL_KEEPERS, "marks": ROLL_KEEPERS, "staff": STAFF_KEEPERS,
    "calendar": CALENDAR_KEEPERS,
}  # fmt: skip
"""Who may bring in each kind of file."""
REQUEST_KEEPERS = SAFEGUARDING | {"head"} | BACK_OFFICE
CHECKERS = SAFEGUARDING | {"head"}
DELETERS = BACK_OFFICE | {"head"}
IMPORTERS = ROLL_KEEPERS | STAFF_KEEPERS | CALENDAR_KEEPERS

Fields = Callable[[Ids], dict[str, Any]]


@dataclass(frozen=True)
class Ask:
    """One request that makes sense.

    ``roles``: of staff who may. ``right``: what a parent needs: "own", what they sent or were sent; "tell", a child
    whom a form names; "some", any child to report. ``status``: for whoever may; ``foreign``: with others' ids;
    ``given``: more of the address. ``instead``: another answer for some of the roles that the gate lets in. ``own``: a
    teacher needs their own form. ``everywhere``: one of these roles at every school of the organisation, else 403.
    ``keeps``: a form that changes nothing; None: nothing that is not so already.
    """

    roles: frozenset[str] = frozenset()
    right: str = ""
    status: int = 0
    foreign: int = 404
    fields: Fields | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[frozenset[str], int] = field(default_factory=dict)
    own: bool = False
    keeps: bool | None = False
    json: bool = False
    everywhere: frozenset[str] = frozenset()


def _session(ids: Ids) -> dict[str, Any]:
    return {"on": ids["on"], "half": "am"}


def _on_board(*names: str, **more: str) -> Fields:
    return lambda ids: {**_session(ids), **{name: ids[name] for name in names}, **more}


def _always(**fields: Any) -> Fields:
    return lambda ids: fields


def _nothing(ids: Ids) -> dict[str, Any]:
    return {}


_KEY = {"submission_key": "key-of-the-walk"}


def _deed(name: str, roles: frozenset[str], status: int = 303, **fields: str) -> Ask:
    others = ON_THE_BOARD - roles
    return Ask(
        ON_THE_BOARD, status=status, given={"deed": name}, fields=_always(**_KEY, **fields), instead={others: 403},
        keeps=status != 303,
    )  # fmt: skip


def _of_each_kind(status: int = 0, fields: Fields | None = None) -> tuple[Ask, ...]:
    """A run, or what is said of a kind of file: of a kind that one may not bring in nobody learns anything."""
    return tuple(
        Ask(
            IMPORTERS, status=status, fields=fields, given={"run": f"run_{kind}", "kind": kind},
            instead={IMPORTERS - keepers: 404},
        )
        for kind, keepers in KEEPERS.items()
    )  # fmt: skip


def _sent_file(kind: str) -> Fields:
    return lambda ids: {**_KEY, "kind": kind, "roll": "part", "file": (BytesIO(b"UPN\n"), "file.csv")}


def _to_settle(ids: Ids) -> dict[str, Any]:
    return {"enrolment": ids["seen_enrolment"], "date": "2026-06-15", "half": "0", "ours": "", "theirs": "I",
            "keep": "ours"}  # fmt: skip


def _settings(ids: Ids) -> dict[str, Any]:
    return {
        **_KEY, "version": ids["settings_version"], "effective_from": ids["on"], "board.confirm_hold_minutes": "4",
        "board.ringing_hold_minutes": "4",
    }  # fmt: skip


def _planned(ids: Ids) -> dict[str, Any]:
    return {"version": ids["settings_version"], "key": "board.confirm_hold_minutes", "from": PLANNED_FROM.isoformat()}


_NOT_THEIRS = {PASTORAL | SAFEGUARDING | CHAMPION: 404}
"""Those who may take a register but have no form of their own."""

STAFF: Mapping[str, tuple[Ask, ...]] = {
    "staff.school_start": (Ask(EVERYBODY, status=302),),
    "staff.today": (Ask(ON_THE_BOARD, status=302),),
    "staff.day": (Ask(ON_THE_BOARD),),
    "staff.day_changes": (Ask(ON_THE_BOARD),),
    "staff.confirm_reports": (
        Ask(
            DECIDERS, foreign=409,
            fields=lambda ids: {**_session(ids), "confirm": f"{ids['report_id']}.{ids['report_version']}.I.N"},
        ),
    ),
    "staff.undo_decision": (
        Ask(DECIDERS, foreign=303, fields=lambda ids: {**_session(ids), "undo": ids["decision"]}),
    ),
    "staff.open_report": (Ask(DECIDERS, fields=lambda ids: {**_session(ids), "report": ids["report_id"]}),),
    "staff.run_first_day": (Ask(DECIDERS | SAFEGUARDING, fields=_session),),
    "staff.here_now": (Ask(DECIDERS | SAFEGUARDING | DESK, fields=_on_board("pupil")),),
    "staff.undo_here_now": (
        # Nobody was seen by the board: refused, and nothing is struck.
        Ask(DECIDERS | SAFEGUARDING | DESK, fields=_on_board("pupil"), status=409, keeps=True),
    ),
    "staff.ring": (Ask(ON_THE_BOARD, fields=_on_board("pupil")),),
    "staff.tell_dsl_now": (Ask(ON_THE_BOARD, fields=_on_board("pupil")),),
    "staff.call": (Ask(ON_THE_BOARD),),
    "staff.log_call_made": (
        Ask(ON_THE_BOARD, fields=lambda ids: {**_KEY, "contact": ids["contact"], "outcome": "no_answer", "words": ""}),
    ),
    "staff.case": (Ask(ON_THE_BOARD),),
    "staff.do_in_case": (
        _deed("note", ON_THE_BOARD, words="Rang the neighbour"),
        _deed("tell-dsl", ON_THE_BOARD, words="Not seen"),
        _deed("skip", ON_THE_BOARD, reason="She is at work"),
        # A head may stop messages; but that the police were called is the safeguarding lead's to record.
        Ask(
            ON_THE_BOARD, given={"deed": "police"}, fields=_always(words="Told at 9:20", **_KEY),
            instead={frozenset({"head"}): 422, ON_THE_BOARD - SAFEGUARDING: 403},
        ),
        _deed("alarm-over", DECIDERS | SAFEGUARDING, words="It was nothing"),
        _deed("close", DECIDERS | SAFEGUARDING, outcome="located", words="With his grandmother"),
        Ask(ON_THE_BOARD, status=404, given={"deed": "no-such-deed"}, fields=_nothing, keeps=True),
    ),
    "staff.take_down": (Ask(ON_THE_BOARD),),
    "staff.took_down": (
        Ask(
            ON_THE_BOARD,
            fields=lambda ids: {**_KEY, "contact": ids["contact"], "kind": "all_day", "reason": "ill", "words": "Ill"},
        ),
    ),
    "staff.report": (Ask(CASE_WORKERS),),
    "staff.read_report": (Ask(DECIDERS, fields=_nothing),),
    "staff.decide_report": (
        Ask(
            DECIDERS,
            fields=lambda ids: {
                **_session(ids), "version": ids["report_version"], "answer": "accept", "code": "M", "seen": "N",
            },
        ),
    ),
    "staff.ask_family": (Ask(CASE_WORKERS, fields=_always(words="How is she now?", **_KEY)),),
    "staff.release_report": (Ask(DECIDERS, fields=_always(version="1"), given={"report": "held"}),),
    "staff.pupil": (Ask(WITH_PUPILS, own=True),),
    "staff.mark": (Ask(DECIDERS),),
    "staff.change_mark": (Ask(DECIDERS, fields=_always(code="M", note="", reason="The dentist rang", seen="N")),),
    "staff.find": (Ask(WITH_PUPILS, query={"q": "ahm"}),),
    # Who did and who saw what: an administrator reads the list, and nothing that is about one pupil.
    "staff.trail": (Ask(TRAIL_READERS), Ask(TRAIL_READERS, query={"who": "a", "pupil": "t", "since": "2026-06-01"})),
    "staff.trail_file": (Ask(TRAIL_READERS),),
    "staff.pupil_trail": (Ask(HEADS | SAFEGUARDING),),
    "staff.told": (Ask(HEADS | SAFEGUARDING), Ask(HEADS | SAFEGUARDING, query={"contact": "their_adult"})),
    "staff.told_page": (
        Ask(HEADS | SAFEGUARDING, given={"adult": "their_adult"}),
        Ask(HEADS | SAFEGUARDING, given={"adult": "their_adult"}, query={"at": "2026-06-16T08:10"}),
    ),
    "staff.registers": (Ask(WITH_PUPILS),),
    "staff.register": (Ask(WITH_PUPILS - DESK, own=True, instead=_NOT_THEIRS),),
    "staff.take": (
        Ask(
            WITH_PUPILS - DESK, own=True, instead=_NOT_THEIRS, given={"form": "open_form"},
            fields=_always(rest="in", version="0"),
        ),
    ),
    "staff.chase": (Ask(DECIDERS | BOARD_DESK, fields=_nothing, given={"form": "open_form"}),),
    "staff.head_count": (Ask(DECIDERS | BOARD_DESK, fields=_nothing, given={"form": "open_form"}),),
    "staff.reception": (Ask(DECIDERS | SAFEGUARDING | DESK, query={"q": "ahm"}),),
    "staff.reception_pupil": (Ask(DECIDERS | SAFEGUARDING | DESK),),
    "staff.arrive": (Ask(DECIDERS | SAFEGUARDING | DESK, fields=_always(code="U", minutes="5", reason="The bus")),),
    "staff.leave": (
        Ask(DECIDERS | SAFEGUARDING | DESK, fields=lambda ids: {"who": ids["contact"], "reason": "Dentist"}),
    ),
    "staff.come_back": (Ask(DECIDERS | SAFEGUARDING | DESK, fields=_nothing, given={"pupil": "gone"}),),
    "staff.seen_in_school": (Ask(DECIDERS | SAFEGUARDING | DESK, fields=_always(place="Medical room")),),
    "staff.strike_sighting": (
        Ask(
            DECIDERS | SAFEGUARDING | DESK, foreign=409,
            fields=lambda ids: {"sighting": ids["sighting"], "reason": "A slip"},
        ),
    ),
    "staff.sign_out_request": (Ask(DECIDERS | SAFEGUARDING | DESK),),
    "staff.answer_leaving": (
        Ask(DECIDERS | SAFEGUARDING | DESK, fields=_always(version="1", agree="yes", answer="Be careful")),
    ),
    # Nobody has agreed to it: refused.
    "staff.saw_leave": (Ask(DECIDERS | SAFEGUARDING | DESK, status=409, fields=_always(version="1"), keeps=True),),
    "staff.own_contact": (Ask(DECIDERS),),
    "staff.save_own_contact": (Ask(DECIDERS, fields=_always(version="0", mobile="07700 900055", email="")),),
    "staff.detail_changes": (Ask(DECIDERS),),
    "staff.reach": (Ask(DECIDERS),),
    "staff.note_reach": (Ask(DECIDERS, fields=_always(**_KEY, kind="rang", words="No answer")),),
    "staff.invite_contact": (Ask(DECIDERS, fields=_always(**_KEY)),),
    "staff.reach_file": (Ask(DECIDERS, status=200, fields=_always(year="", form="")),),
    "staff.detail_change": (Ask(DECIDERS),),
    "staff.decide_change": (Ask(DECIDERS, fields=_always(version="1", accept="yes", answer="")),),
    "staff.on_site": (Ask(WITH_PUPILS),),
    "staff.inbox": (Ask(CASE_WORKERS),),
    "staff.note": (Ask(NOTE_WRITERS),),
    "staff.add_note": (Ask(NOTE_WRITERS, fields=_always(kind="general", words="Rang about the coat", **_KEY)),),
    "staff.write": (Ask(CASE_WORKERS),),
    "staff.totals": (Ask(CASE_WORKERS | {"governor", "administrator", "trust_lead"}),),
    "staff.medical": (Ask(NOTE_WRITERS - BOARD_DESK),),
    "staff.given_registers": (Ask(DECIDERS | BOARD_DESK),),
    "staff.give_register": (
        Ask(
            DECIDERS | BOARD_DESK, foreign=422,
            fields=lambda ids: {
                "form": ids["form_id"], "person": ids["taker_id"], "starts_on": "2026-06-22", "ends_on": "2026-06-23",
            },
        ),
    ),
    "staff.take_back_register": (
        Ask(DECIDERS | BOARD_DESK, foreign=409, fields=lambda ids: {"given": ids["given"]}),
    ),
    # Everybody may look at their own; of others those who arrange cover alone learn that they are there.
    "staff.away": (Ask(EVERYBODY),),
    "staff.away_of": (
        Ask(EVERYBODY, given={"person": "taker"}, instead={EVERYBODY - ARRANGERS: 404}),
    ),
    "staff.be_away": (
        Ask(
            EVERYBODY, given={"person": "taker"}, instead={EVERYBODY - ARRANGERS: 404},
            fields=_always(starts_on="2026-06-22", starts_half="afternoon", ends_on="2026-06-23", ends_half="morning"),
        ),
    ),
    "staff.be_back": (
        Ask(
            EVERYBODY, given={"person": "taker"}, instead={EVERYBODY - ARRANGERS: 404},
            fields=lambda ids: {"away": ids["away_span"]},
        ),
    ),
    "staff.choose_cover": (
        Ask(
            EVERYBODY, given={"person": "taker"}, instead={EVERYBODY - ARRANGERS: 404},
            fields=lambda ids: {"cover": ids["officer_name"]},
        ),
    ),
    "staff.referrals": (Ask(REFERRERS),),
    "staff.refer": (
        # It is referred to the officer already.
        Ask(
            REFERRERS, status=303, keeps=None,
            fields=lambda ids: {"officer": ids["ewo"], "until": "2026-09-01", "reason": "Below 90%"},
        ),
    ),
    "staff.end_referral": (Ask(REFERRERS, fields=lambda ids: {"referral": ids["referral"], "why": "All is well"}),),
    "staff.referred_case": (Ask(REFERRERS | {"welfare_officer"}),),
    "staff.referred": (Ask(HEADS | SAFEGUARDING | ATTENDANCE | CHAMPION | {"welfare_officer"}),),
    "staff.paper": (Ask(CASE_WORKERS),),
    "staff.settle_inbound": (Ask(CASE_WORKERS, fields=_nothing),),
    "staff.take_inbound": (Ask(CASE_WORKERS, fields=_nothing),),
    # One's own school is none to pass it on to; tests/blueprints/staff/test_inbox_passing.py passes them on.
    "staff.pass_inbound": (Ask(CASE_WORKERS, status=422, fields=_always(to="nowhere"), keeps=True),),
    "staff.handle_danger_in_text": (
        # No words of danger stand in this text: refused.
        Ask(DECIDERS | SAFEGUARDING, status=409, fields=_always(words="Rang", **_KEY), keeps=True),
    ),
    "staff.report_of_text": (Ask(DECIDERS, fields=lambda ids: {**_KEY, "reason": "ill", "pupil": ids["pupil"]}),),
    "staff.rights": (Ask(RIGHTS_KEEPERS),),
    "staff.save_rights": (
        Ask(
            RIGHTS_KEEPERS, status=303,
            fields=lambda ids: {"contact": ids["contact"], "version": 1, "sure": "yes", "reason": "They asked"},
        ),
    ),
    "staff.orders": (Ask(HEADS | SAFEGUARDING | ATTENDANCE),),
    "staff.add_court_order": (
        Ask(
            RIGHTS_KEEPERS,
            fields=lambda ids: {
                "contact": ids["contact"], "kind": "Child arrangements order", "denies": "collect",
                "starts_on": "2026-06-01", "review_on": "2026-12-01", "reference": "CAO 12", "reviewer": "",
            },
        ),
    ),
    # No order of that number stands.
    "staff.review_court_order": (
        Ask(
            RIGHTS_KEEPERS, status=409, keeps=True,
            fields=_always(
                order="999999", version="1", kind="Order", denies="collect", starts_on="2026-06-01",
                review_on="2026-12-01", reference="CAO 12",
            ),
        ),
    ),
    "staff.end_court_order": (
        Ask(
            RIGHTS_KEEPERS, status=409, keeps=True,
            fields=_always(order="999999", version="1", ended_on="2026-06-01"),
        ),
    ),
    "staff.stops": (Ask(STOPPERS),),
    "staff.stop": (Ask(STOPPERS, fields=_always(contact="everybody")),),
    # No stop of that name stands.
    "staff.say_why": (Ask(STOPPERS, status=409, fields=_always(stop="none", reason="A worry"), keeps=True),),
    "staff.lift": (Ask(STOPPERS, status=409, fields=_always(stop="none", reason="All is well"), keeps=True),),
    "staff.withheld": (Ask(STOPPERS),),
    "staff.withhold_entry": (
        Ask(
            STOPPERS,
            fields=_always(
                what="mark", on="2026-06-15", half="morning", contact="everybody", review="2026-07-01",
                reason="Interview",
            ),
        ),
    ),
    "staff.show_entry": (Ask(STOPPERS, status=409, fields=_always(entry="none", why="It is over"), keeps=True),),
    "staff.tasks": (Ask(EVERYBODY),),
    "staff.confirm_elsewhere": (
        Ask(
            ON_THE_BOARD,
            fields=lambda ids: {**_session(ids), "pupil": ids["elsewhere"], "told_by": "Mr Lee, the college"},
        ),
        # Nothing was planned at another place: refused.
        Ask(ON_THE_BOARD, status=422, fields=_on_board("pupil", told_by="Mr Lee"), keeps=True),
    ),
    "staff.send": (
        Ask(CASE_WORKERS, fields=lambda ids: {**_KEY, "contact": ids["contact"], "words": "Please ring us"}),
    ),
    "staff.text_about": (
        Ask(CASE_WORKERS, given={"text": "whose_text"}, fields=lambda ids: {"pupil": ids["pupil"]}),
    ),
    "staff.enrol_on_site": (Ask(WITH_PUPILS, fields=_always(name="Hall", **_KEY)),),
    # The device is the attendance officer's: to everybody else it is none, and taking it off takes nothing.
    "staff.remove_on_site": (
        Ask(WITH_PUPILS, foreign=303, fields=_nothing, instead={WITH_PUPILS - {"attendance_officer"}: 303}),
    ),
    "staff.on_site_copy": (
        Ask(
            WITH_PUPILS, status=200, fields=lambda ids: {"device": ids["device"]},
            instead={WITH_PUPILS - {"attendance_officer"}: 404},
        ),
    ),
    "admin.imports": (Ask(IMPORTERS),),
    "admin.new_import": (Ask(IMPORTERS),),
    "admin.stage_file": tuple(
        Ask(IMPORTERS, fields=_sent_file(kind), instead={IMPORTERS - keepers: 422}) for kind, keepers in KEEPERS.items()
    ),
    "admin.import_columns": _of_each_kind(),
    "admin.sample_file": _of_each_kind(),
    "admin.run": _of_each_kind(),
    "admin.run_progress": _of_each_kind(),
    "admin.rejections_file": _of_each_kind(),
    "admin.changes_file": _of_each_kind(),
    "admin.apply_run": _of_each_kind(fields=_always(version="1", looked="1", **_KEY)),
    "admin.give_up_run": _of_each_kind(fields=_always(version="1")),
    "admin.check_again": _of_each_kind(fields=_always(version="1")),
    # Which code stands is a decision about a child: for those who decide, and not for those who keep the lists.
    "admin.conflicts": (Ask(DECIDERS),),
    "admin.settle": (Ask(DECIDERS, fields=_to_settle),),
    "admin.settings": (Ask(SETTERS),),
    "admin.setting_group": (Ask(SETTERS),),
    "admin.change_group": (Ask(SETTERS, fields=_settings),),
    "admin.withdraw": (Ask(SETTERS, fields=_planned),),
    "admin.calendar": (Ask(CALENDAR_KEEPERS),),
    "admin.new_entry": (Ask(CALENDAR_KEEPERS),),
    "admin.add_to_calendar": (
        Ask(CALENDAR_KEEPERS, fields=_always(kind="inset", name="Moderation", starts_on="2026-07-06", **_KEY)),
    ),
    "admin.calendar_entry": (Ask(CALENDAR_KEEPERS),),
    "admin.take_from_calendar": (
        Ask(CALENDAR_KEEPERS, fields=lambda ids: {**_KEY, "sure": "1", "ends_on": ids["ends_on"]}),
    ),
    "admin.trail_address": (Ask(TRAIL_READERS),),
    "admin.set_address": (
        Ask(TRAIL_READERS, fields=_always(email="chair@outside.example"), everywhere=SETTERS),
    ),
    "admin.people": (Ask(STAFF_KEEPERS),),
    "admin.person": (Ask(STAFF_KEEPERS),),
    "admin.give_role": (
        Ask(STAFF_KEEPERS, fields=_always(role="governor", starts_on="2026-07-01", ends_on="2026-07-31")),
    ),
    "admin.end_role": (
        Ask(STAFF_KEEPERS, fields=_always(held="attendance_officer.2020-09-01", last_day="2026-07-31")),
    ),
    "admin.invite_person": (Ask(STAFF_KEEPERS, fields=_nothing),),
    # The person of the walk has set up none, so that there is nothing to take away.
    "admin.reset_second": (Ask(STAFF_KEEPERS, status=422, fields=_always(reason="New phone"), keeps=True),),
    # No account is connected; and a provider is set up by whoever is administrator at every school, with a whole form.
    "admin.disconnect_account": (
        Ask(STAFF_KEEPERS, status=422, fields=_always(why_disconnect="New account"), keeps=True),
    ),
    "admin.sign_on": (Ask(BACK_OFFICE),),
    "admin.sign_on_form": (
        *(Ask(BACK_OFFICE, given={"kind": kind}) for kind in ("entra", "google", "other")),
        Ask(BACK_OFFICE, status=404, given={"kind": "nothing"}),
    ),
    "admin.save_sign_on": tuple(
        Ask(BACK_OFFICE, status=422, given={"kind": kind}, fields=_always(version="0"), keeps=True)
        for kind in ("entra", "google", "other")
    ),
    "admin.try_sign_on": (Ask(BACK_OFFICE, status=422, fields=_nothing, keeps=True),),
    "admin.remove_sign_on": (Ask(BACK_OFFICE, status=409, fields=_always(version="1"), keeps=True),),
    "admin.computers": (Ask(SETTERS),),
    "admin.name_computer": (Ask(SETTERS, fields=_always(name="Reception desk")),),
    "admin.remove_computer": (Ask(SETTERS, fields=_nothing),),
    "staff.begin": (
        Ask(EVERYBODY, fields=_always(version="1"), instead={EVERYBODY - {"attendance_officer"}: 404}),
    ),
    "admin.data_requests": (Ask(REQUEST_KEEPERS, query={"q": "ahm"}),),
    "admin.new_data_request": (
        Ask(REQUEST_KEEPERS, given={"kind": "pupils", "person": "pupil"}),
        Ask(REQUEST_KEEPERS, given={"kind": "contacts", "person": "adult"}),
    ),
    "admin.log_data_request": (
        Ask(
            REQUEST_KEEPERS, given={"kind": "pupils", "person": "pupil"},
            fields=lambda ids: {**_KEY, "asked_by": "pupil", "basis": "access", "identity": "known",
                                "received_on": ids["on"]},
        ),
        Ask(
            REQUEST_KEEPERS, given={"kind": "contacts", "person": "adult"},
            fields=lambda ids: {**_KEY, "basis": "access", "identity": "known", "received_on": ids["on"]},
        ),
    ),
    "admin.data_request": (Ask(REQUEST_KEEPERS),),
    "admin.data_request_progress": (Ask(REQUEST_KEEPERS),),
    "admin.set_data_clock": (
        Ask(REQUEST_KEEPERS, fields=_always(deed="pause", why="Which years do you mean?", version="1")),
    ),
    "admin.gather_data": (Ask(REQUEST_KEEPERS, fields=_always(version="1")),),
    "admin.close_data_request": (
        Ask(REQUEST_KEEPERS, fields=_always(version="1", outcome="withdrawn", outcome_words="They rang")),
    ),
    "admin.data_lines": (Ask(CHECKERS, given={"data_request": "checked_request"}),),
    "admin.decide_data_line": (
        Ask(
            CHECKERS, given={"data_request": "checked_request"},
            fields=lambda ids: {"line": ids["data_line"], "choice": "hold", "exemption": "others"},
        ),
    ),
    "admin.decide_data_rest": (
        Ask(
            CHECKERS, given={"data_request": "checked_request"},
            fields=_always(category="staff", choice="hold", exemption="others"),
        ),
    ),
    # A line is still undecided: refused.
    "admin.make_data_bundle": (
        Ask(CHECKERS, given={"data_request": "checked_request"}, fields=_always(version="1"), status=422, keeps=True),
    ),
    "admin.data_bundle": (Ask(CHECKERS, given={"data_request": "ready_request", "ending": "json"}),),
    "admin.retention": (Ask(DELETERS),),
    "admin.confirm_retention": (Ask(DELETERS, query={"kinds": "register"}),),
    "admin.delete_records": (Ask(DELETERS, fields=_always(**_KEY, kinds="imports", total="1")),),
    "admin.deletion": (Ask(DELETERS),),
    "admin.deletion_progress": (Ask(DELETERS),),
    "admin.holds": (Ask(CHECKERS),),
    "admin.hold": (
        Ask(
            CHECKERS, given={"kind": "pupils", "person": "pupil"}, fields=_always(why="A claim", review="2026-12-01"),
        ),
    ),
    # No hold of that name stands.
    "admin.release": (Ask(CHECKERS, status=409, fields=_always(hold="none"), keeps=True),),
    # The task is the attendance officer's; of others' tasks nobody learns that they are there.
    "staff.finish_task": (
        Ask(EVERYBODY, fields=_always(version="1", note=""), instead={EVERYBODY - {"attendance_officer"}: 404}),
    ),
}  # fmt: skip

NO_SCHOOL: Mapping[str, tuple[Ask, ...]] = {
    "staff.start": (Ask(EVERYBODY, status=302),),
    "auth.staff_account": (Ask(EVERYBODY),),
    # The walk has set up no second check; and has no other session to end.
    "auth.staff_new_recovery": (Ask(EVERYBODY, status=422, fields=_always(code="000000"), keeps=True),),
    "auth.staff_end_others": (Ask(EVERYBODY, fields=_nothing, keeps=None),),
    # The school uses no provider.
    "auth.staff_connect": (Ask(EVERYBODY, status=422, fields=_nothing, keeps=True),),
    "auth.staff_disconnect": (Ask(EVERYBODY, status=422, fields=_nothing, keeps=True),),
    "auth.staff_own_password": (Ask(EVERYBODY, status=422, fields=_nothing, keeps=True),),
    # Showing again who sits there: what proves nothing is refused.
    "auth.staff_proof": (Ask(EVERYBODY),),
    "auth.staff_give_proof": (Ask(EVERYBODY, status=422, fields=_nothing, keeps=True),),
    "auth.staff_proof_options": (Ask(EVERYBODY, status=200, fields=_nothing),),
    "auth.staff_proof_passkey": (Ask(EVERYBODY, status=422, fields=_always(credential="{}"), keeps=True),),
    # One's own passkeys: another's is not there; what no phone has signed is refused.
    "auth.staff_passkeys": (Ask(EVERYBODY),),
    "auth.staff_options_to_add": (Ask(EVERYBODY, status=200, fields=_nothing),),
    "auth.staff_add_passkey": (Ask(EVERYBODY, status=422, fields=_always(credential="{}"), keeps=True),),
    "auth.staff_rename_passkey": (
        Ask(EVERYBODY, status=404, given={"passkey": "anothers"}, fields=_always(name="Mine"), keeps=True),
    ),
    "auth.staff_before_removing": (Ask(EVERYBODY, status=404, given={"passkey": "anothers"}),),
    "auth.staff_remove_passkey": (
        Ask(EVERYBODY, status=404, given={"passkey": "anothers"}, fields=_nothing, keeps=True),
    ),
    "auth.staff_pin": (Ask(EVERYBODY),),
    "auth.staff_set_pin": (Ask(EVERYBODY, fields=_always(pin="739104", again="739104")),),
    "auth.staff_remove_pin": (Ask(EVERYBODY, fields=_nothing, keeps=None),),
    # The walk's computers are shared with nobody.
    "auth.staff_offer_pin": (Ask(EVERYBODY, status=302),),
    "auth.staff_awake": (Ask(EVERYBODY, status=204),),
    "auth.staff_kept": (Ask(EVERYBODY, status=200, fields=_nothing, keeps=True),),
}
"""For staff, with no school in the address: whoever has a role may, and nobody without one."""


def _report_fields(ids: Ids) -> dict[str, Any]:
    return {
        **_KEY, "children": ids["child"], "kind": "days", "starts_on": "2026-06-22", "ends_on": "2026-06-23",
        "reason": "ill", "words": "An operation",
    }  # fmt: skip


def _change_fields(ids: Ids) -> dict[str, Any]:
    day = ids["starts_on"]
    return {
        "version": ids["version"], "span": f"all_day {day} None", "children": ids["child"], "kind": "all_day",
        "starts_on": day, "reason": "ill", "symptoms": "sick", "words": "Worse now",
    }  # fmt: skip


_ANY = "any"
_PUSH = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/walk", "keys": {"p256dh": "BAQEBA", "auth": "BAQEBA"},
}  # fmt: skip
PARENT: Mapping[str, tuple[Ask, ...]] = {
    **{
        f"parent.{name}": (Ask(right=""),)
        for name in (
            "home", "children", "messages", "you", "phones", "notifications", "language", "contact", "passkeys",
            "prove", "proof_code", "before_forgetting", "details", "leaving", "who_sees", "everything_told",
        )
    },
    "parent.ask_change": (Ask(right="seen", fields=_always(**_KEY, detail="language", new_language="so")),),
    "parent.take_back_change": (Ask(right="own", fields=_nothing),),
    # She has asked already; her school signs pupils out at reception; and she is not eighteen.
    "parent.ask_leaving": (
        Ask(right="", status=422, keeps=True, fields=_always(**_KEY, leaves_at="2pm", reason="The dentist")),
    ),
    "parent.take_back_leaving": (Ask(right="", fields=_nothing),),
    "parent.go_now": (Ask(right="", status=422, fields=_nothing, keeps=True),),
    "parent.say_who_sees": (Ask(right="", status=422, fields=_always(see="emergencies"), keeps=True),),
    "parent.child": (Ask(right="view"),),
    "parent.year": (Ask(right="view"),),
    "parent.quick_report": (Ask(right="report"),),
    "parent.send_quick_report": (Ask(right="report", fields=_always(reason="ill", symptoms="sick", **_KEY)),),
    "parent.still_poorly": (Ask(right="report", fields=_always(**_KEY), keeps=None),),
    "parent.new_report": (Ask(right="some"),),
    "parent.when": (Ask(right="tell", query={"children": "child", "kind": "days"}),),
    "parent.why": (Ask(right="tell", query={"children": "child", "kind": "all_day", "starts_on": "2026-06-22"}),),
    "parent.check": (Ask(right="tell", status=200, fields=_report_fields, keeps=True),),
    "parent.send_new_report": (Ask(right="tell", fields=_report_fields),),
    "parent.receipt": (Ask(right="own"),),
    "parent.write": (Ask(right="own", fields=_always(words="Better now", **_KEY)),),
    "parent.ring_me": (Ask(right="own", fields=_always(**_KEY)),),
    "parent.change": (Ask(right="own"),),
    "parent.send_change": (Ask(right="own", fields=_change_fields),),
    "parent.coming_in": (Ask(right="own"),),
    "parent.send_coming_in": (Ask(right="own", fields=lambda ids: {"version": ids["version"], "expected": "10:30am"}),),
    "parent.say_back": (
        Ask(right="own", fields=lambda ids: {"version": ids["version"], "back_on": ids["back_on"]}),
    ),
    "parent.add": (Ask(right="own"),),
    "parent.send": (
        Ask(right="own", fields=lambda ids: {"upload": "walk", "file": (BytesIO(photo()), "letter.jpg")}),
    ),
    "parent.file": (Ask(right="own"),),
    "parent.remove": (Ask(right="own", fields=_nothing),),
    "parent.on_the_way": (Ask(right="report"),),
    "parent.send_on_the_way": (Ask(right="report", fields=_always(arrives_at="10:30am", **_KEY)),),
    "parent.thought_in": (Ask(right="report", fields=_nothing, keeps=None),),
    "parent.told": (Ask(right="report"),),
    "parent.message": (Ask(right="own"),),
    "parent.answer": (Ask(right="own", fields=_always(words="We will come", **_KEY)),),
    # One's own phones only; of another's nothing is said, and nothing happens to it.
    "parent.sign_out_phone": (Ask(right="own", fields=_nothing, foreign=303),),
    "parent.sign_out_others": (Ask(right="", fields=_nothing, keeps=None),),
    "parent.set_words": (Ask(right="", fields=_always(child_words="your_child"), keeps=None),),
    # Passkeys are one's own; what no phone has signed is refused.
    "auth.offer_passkey": (Ask(right=""),),
    "parent.options_to_add": (Ask(right="", fields=_nothing, status=200),),
    "parent.add_passkey": (Ask(right="", fields=_always(credential="{}"), status=422, keeps=True),),
    "parent.rename_passkey": (Ask(right="own", fields=_always(name="My phone")),),
    "parent.before_removing": (Ask(right="own"),),
    "parent.remove_passkey": (Ask(right="own", fields=_nothing),),
    "parent.send_proof": (Ask(right="", fields=_nothing),),
    "parent.enter_proof": (Ask(right="", fields=_always(code="000000"), status=422, keeps=None),),
    "parent.options_to_prove": (Ask(right="", fields=_nothing, status=200),),
    "parent.prove_by_passkey": (Ask(right="", fields=_always(credential="{}"), status=422, keeps=True),),
    "pwa.subscribe": (Ask(right="", status=400, json=True, keeps=True, fields=_always(**_PUSH)),),
    "pwa.send_trial": (Ask(right="", status=409, json=True, keeps=True, fields=_always(submission_key="a-trial-key")),),
    "pwa.unsubscribe": (Ask(right="", status=204, json=True, keeps=True, fields=_always(**_PUSH)),),
}  # fmt: skip

PUPILS = frozenset({"maya"})
"""The visitors who are pupils, for themselves."""
NOT_FOR_PUPILS = frozenset({
    "parent.children", "parent.thought_in", "parent.told", "parent.everything_told", "parent.notifications",
    "parent.set_words",
})  # fmt: skip
PUPILS_ALONE = frozenset({
    "parent.leaving", "parent.ask_leaving", "parent.take_back_leaving", "parent.go_now", "parent.who_sees",
    "parent.say_who_sees",
})  # fmt: skip
"""To whoever is on the wrong side of either they are not there."""

OPEN: Mapping[str, tuple[Ask, ...]] = {
    **{
        name: (Ask(status=status),)
        for name, status in (
            ("auth.start", 302), ("auth.sign_in", 200), ("auth.code", 200), ("auth.signed_out", 200),
            ("auth.staff_sign_in", 200), ("auth.staff_code", 200), ("pwa.manifest", 200), ("pwa.service_worker", 200),
            ("pwa.offline", 200), ("demo.demo_components.parent", 200), ("demo.demo_components.staff", 200),
            ("demo.demo_components.flow", 200), ("demo.demo_components.link", 200), ("demo.phone_list", 200),
            ("demo.school_clock", 200), ("demo.phone", 200), ("parent.help", 200), ("parent.accessibility", 200),
            ("staff.on_site_offline", 200), ("auth.staff_forgotten", 200), ("auth.staff_link_sent", 200),
            ("auth.staff_signed_out", 200),
            # Without a sign-in under way each of its steps leads to the beginning.
            ("auth.staff_post", 303), ("auth.staff_second", 303), ("auth.staff_set_up", 303),
            # A computer that no school has named shows no names.
            ("auth.staff_locked", 303),
        )
    },
    # A device is told to keep its list or to delete it, and nothing more, whoever holds it.
    "staff.on_site_device": (Ask(status=204), Ask(status=410, given={"device": "no-such-device"})),
    "auth.ask": (Ask(status=302, fields=_always(contact_point="07700 900001")),),
    "auth.staff_ask": (Ask(status=302, fields=_always(contact_point="saira.khan.1@school.example")),),
    **{
        f"auth.{name}": (Ask(status=303, fields=_always(code="000000", person="nobody"), keeps=True),)
        for name in ("staff_post_chosen", "staff_prove", "staff_confirm_set_up")
    },
    "auth.staff_ask_link": (Ask(status=303, fields=_always(contact_point="saira.khan.1@school.example")),),
    "auth.staff_link": (Ask(status=410, given={"token": "no-such-link"}),),
    "auth.staff_set_password": (
        Ask(status=410, given={"token": "no-such-link"}, fields=_always(password="x", again="x"), keeps=True),
    ),
    "auth.staff_to_provider": (Ask(status=303, fields=_always(provider="no-such"), keeps=True),),
    "auth.staff_from_provider": (Ask(status=410, given={"provider": "no-such"}),),
    "auth.staff_accept_with_provider": (
        Ask(status=410, given={"token": "no-such-link"}, fields=_nothing, keeps=True),
    ),
    "auth.enter": (Ask(status=422, fields=_always(code="000000"), keeps=None),),
    "auth.staff_enter": (Ask(status=422, fields=_always(code="000000"), keeps=None),),
    "auth.passkey_options": (Ask(status=200, fields=_nothing),),
    "auth.use_passkey": (Ask(status=422, fields=_always(credential="{}"), keeps=True),),
    "auth.staff_passkey_options": (Ask(status=200, fields=_nothing),),
    "auth.staff_use_passkey": (Ask(status=422, fields=_always(credential="{}"), keeps=True),),
    "auth.staff_prove_passkey": (Ask(status=303, fields=_always(credential="{}"), keeps=True),),
    "auth.staff_set_up_passkey_options": (Ask(status=422, fields=_nothing, keeps=True),),
    "auth.staff_set_up_passkey": (Ask(status=303, fields=_always(credential="{}"), keeps=True),),
    "auth.staff_lock": (Ask(status=303, fields=_nothing, keeps=None),),
    "auth.staff_come_back": (Ask(status=303, fields=_always(who="nobody", pin="739104"), keeps=True),),
    "auth.sign_out": (Ask(status=302, fields=_nothing, keeps=None),),
    "auth.staff_sign_out": (Ask(status=302, fields=_nothing, keeps=None),),
    "auth.forget_this_phone": (Ask(status=302, fields=_nothing, keeps=None),),
    "demo.answer_from_phone": (Ask(status=303, fields=_always(words="Tom is poorly", **_KEY)),),
    "demo.sign_in_as": (Ask(status=404, fields=_nothing, keeps=True),),
    "demo.move_school_clock": (Ask(status=303, fields=_always(minutes="5")),),
    # Elsewhere than in the demo a signature is asked for; here Twilio is not set up.
    "webhooks.twilio_status": (Ask(status=404, fields=_nothing, keeps=True),),
    "webhooks.twilio_inbound": (Ask(status=404, fields=_nothing, keeps=True),),
}  # fmt: skip
"""Anybody, signed in or not."""

CHOOSING: Mapping[str, tuple[str, Ask]] = {
    "auth.choose": ("parent", Ask()),
    "auth.chosen": ("parent", Ask(status=422, fields=_always(person="nobody"), keeps=True)),
    "auth.staff_choose": ("staff", Ask()),
    "auth.staff_chosen": ("staff", Ask(status=422, fields=_always(person="nobody"), keeps=True)),
}
"""Whoever has come in at that door."""

LINKS: Mapping[str, tuple[Ask, ...]] = {
    "links.opened": (Ask(),),
    "links.away": (Ask(),),
    "links.answer_away": (Ask(fields=_always(reason="ill", symptom="sick", words="")),),
    "links.on_the_way": (Ask(),),
    "links.answer_on_the_way": (Ask(fields=_always(arrives_at="10:30am")),),
    "links.answer_thought_in": (Ask(fields=_nothing),),
    "links.answer_wrong_number": (Ask(fields=_nothing),),
    "links.told": (Ask(status=302),),
    "links.answer_question": (Ask(fields=_always(words="She is better"), given={"token": "question_token"}),),
}
"""Whoever holds the token. With a child of another link's: not there."""

EVERY = {**STAFF, **NO_SCHOOL, **PARENT, **OPEN, **CHOOSING, **LINKS}


def rules(walk: Walk, table: Any) -> list[UrlRule]:
    return [rule for rule in walk.app.url_map.iter_rules() if rule.endpoint in table]


def address(rule: UrlRule, ask: Ask, ids: Ids) -> str:
    """The address with these ids. A name that nothing is known of is a gap in ``walk_world``."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1).rpartition(":")[2]
        given = ask.given.get(name, name)
        if given in ids:
            return str(ids[given])
        assert name in ask.given, f"{rule.endpoint}: say in walk_world what <{name}> may be"
        return given

    return re.sub(r"<([^>]+)>", value, rule.rule)


def method_of(rule: UrlRule) -> str:
    return "POST" if "POST" in (rule.methods or ()) else "GET"
