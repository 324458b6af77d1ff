"""Who may enter the endpoints of blueprints/staff."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule, Shows, opened, staff
from webapp.accounts.rules.freshness import Fresh
from webapp.accounts.rules.limits import Deed
from webapp.people.rules.roles import Permission

ENDPOINTS: Mapping[str, Rule] = {
    "staff.start": staff(in_school=False),
    "staff.school_start": staff(),
    # The board and what is done on it.
    "staff.today": staff(Permission.VIEW_BOARD),
    "staff.day": staff(Permission.VIEW_BOARD, version="day", shows=Shows.MANY),
    "staff.day_changes": staff(Permission.VIEW_BOARD, version="day", by_itself=True, shows=Shows.MANY),
    "staff.confirm_reports": staff(Permission.CONFIRM_CODES, version="day"),
    "staff.undo_decision": staff(Permission.CONFIRM_CODES, version="day"),
    "staff.open_report": staff(Permission.CONFIRM_CODES, version="day"),
    "staff.run_first_day": staff(Permission.RUN_FIRST_DAY, version="day"),
    "staff.here_now": staff(Permission.USE_RECEPTION, version="day"),
    "staff.undo_here_now": staff(Permission.USE_RECEPTION, version="day"),
    "staff.confirm_elsewhere": staff(Permission.LOG_CALLS, version="day"),
    "staff.ring": staff(Permission.LOG_CALLS, version="day"),
    "staff.tell_dsl_now": staff(Permission.LOG_CALLS, version="day"),
    "staff.call": staff(Permission.LOG_CALLS, shows=Shows.CHILD),
    "staff.log_call_made": staff(Permission.LOG_CALLS),
    "staff.case": staff(Permission.VIEW_BOARD, shows=Shows.CHILD),
    "staff.do_in_case": staff(Permission.VIEW_BOARD),
    "staff.take_down": staff(Permission.LOG_CALLS, shows=Shows.CHILD),
    "staff.took_down": staff(Permission.LOG_CALLS),
    # One report.
    "staff.report": staff(Permission.SEE_HEALTH_REASONS, shows=Shows.CHILD),
    "staff.read_report": staff(Permission.CONFIRM_CODES),
    "staff.decide_report": staff(Permission.CONFIRM_CODES),
    "staff.ask_family": staff(Permission.WRITE_TO_FAMILIES, cost=Deed.TEXT_FAMILY),
    "staff.release_report": staff(Permission.CONFIRM_CODES),
    "staff.paper": staff(Permission.SEE_HEALTH_REASONS, shows=Shows.KEPT_BY_ITSELF),
    # One pupil.
    "staff.pupil": staff(Permission.VIEW_OWN_PUPILS, shows=Shows.CHILD),
    "staff.mark": staff(Permission.CONFIRM_CODES, shows=Shows.CHILD),
    "staff.change_mark": staff(Permission.CONFIRM_CODES),
    "staff.note": staff(Permission.ADD_NOTES, shows=Shows.CHILD),
    "staff.add_note": staff(Permission.ADD_NOTES),
    "staff.write": staff(Permission.WRITE_TO_FAMILIES, shows=Shows.CHILD),
    "staff.send": staff(Permission.WRITE_TO_FAMILIES, cost=Deed.TEXT_FAMILY),
    "staff.find": staff(Permission.VIEW_OWN_PUPILS, cost=Deed.SEARCH, shows=Shows.MANY),
    # Registers.
    "staff.registers": staff(Permission.VIEW_OWN_PUPILS, shows=Shows.MANY),
    "staff.register": staff(Permission.TAKE_OWN_REGISTER, shows=Shows.MANY),
    "staff.take": staff(Permission.TAKE_OWN_REGISTER),
    "staff.chase": staff(Permission.CHASE_REGISTERS),
    "staff.head_count": staff(Permission.CHASE_REGISTERS),
    "staff.given_registers": staff(Permission.GIVE_REGISTERS),
    "staff.give_register": staff(Permission.GIVE_REGISTERS),
    "staff.take_back_register": staff(Permission.GIVE_REGISTERS),
    # Reception.
    "staff.reception": staff(Permission.USE_RECEPTION, cost=Deed.SEARCH, shows=Shows.MANY),
    "staff.reception_pupil": staff(Permission.USE_RECEPTION, shows=Shows.CHILD),
    "staff.arrive": staff(Permission.USE_RECEPTION),
    "staff.leave": staff(Permission.USE_RECEPTION),
    "staff.come_back": staff(Permission.USE_RECEPTION),
    "staff.seen_in_school": staff(Permission.USE_RECEPTION),
    "staff.strike_sighting": staff(Permission.USE_RECEPTION),
    "staff.medical": staff(Permission.SEE_MEDICAL_NOTES, shows=Shows.MANY),
    # Pupils who answer for themselves.
    "staff.sign_out_request": staff(Permission.USE_RECEPTION, shows=Shows.CHILD),
    "staff.answer_leaving": staff(Permission.USE_RECEPTION),
    "staff.saw_leave": staff(Permission.USE_RECEPTION),
    # What contacts ask to have changed about themselves.
    "staff.detail_changes": staff(Permission.KEEP_CONTACTS, shows=Shows.MANY),
    "staff.detail_change": staff(Permission.KEEP_CONTACTS, shows=Shows.MANY),
    "staff.decide_change": staff(Permission.KEEP_CONTACTS),
    # Whom messages do not reach.
    "staff.reach": staff(Permission.KEEP_CONTACTS, shows=Shows.MANY),
    "staff.note_reach": staff(Permission.KEEP_CONTACTS),
    "staff.invite_contact": staff(Permission.KEEP_CONTACTS),
    "staff.reach_file": staff(Permission.KEEP_CONTACTS, cost=Deed.EXPORT, fresh=Fresh.EXPORT, shows=Shows.MANY),
    "staff.own_contact": staff(Permission.KEEP_CONTACTS, shows=Shows.CHILD),
    "staff.save_own_contact": staff(Permission.KEEP_CONTACTS),
    # Who is on site, and the devices that keep it for when the network is down.
    "staff.on_site": staff(Permission.VIEW_WHO_IS_ON_SITE, shows=Shows.MANY),
    "staff.enrol_on_site": staff(Permission.VIEW_WHO_IS_ON_SITE, fresh=Fresh.EXPORT),
    "staff.remove_on_site": staff(Permission.VIEW_WHO_IS_ON_SITE),
    "staff.on_site_copy": staff(Permission.VIEW_WHO_IS_ON_SITE, by_itself=True, shows=Shows.MANY),
    "staff.on_site_device": opened(),
    "staff.on_site_offline": opened(),
    # Mine to read and do.
    "staff.inbox": staff(Permission.WRITE_TO_FAMILIES, cost=Deed.SEARCH, shows=Shows.MANY),
    "staff.settle_inbound": staff(Permission.WRITE_TO_FAMILIES),
    "staff.take_inbound": staff(Permission.WRITE_TO_FAMILIES),
    "staff.pass_inbound": staff(Permission.WRITE_TO_FAMILIES),
    "staff.handle_danger_in_text": staff(Permission.SEE_SAFEGUARDING_FLAGS),
    "staff.text_about": staff(Permission.WRITE_TO_FAMILIES),
    "staff.report_of_text": staff(Permission.CONFIRM_CODES),
    # What those see who see no child, or only those who were referred to them.
    "staff.totals": staff(Permission.VIEW_TOTALS),
    "staff.referred": staff(Permission.VIEW_REFERRED_CASES, shows=Shows.MANY),
    "staff.referred_case": staff(Permission.VIEW_REFERRED_CASES, shows=Shows.CHILD),
    "staff.referrals": staff(Permission.REFER_PUPILS, shows=Shows.CHILD),
    "staff.refer": staff(Permission.REFER_PUPILS),
    "staff.end_referral": staff(Permission.REFER_PUPILS),
    # Who may see and do what about a child: rights, court orders, the DSL's stop, and what is kept from a contact.
    "staff.rights": staff(Permission.MANAGE_RIGHTS, fresh=Fresh.SAFEGUARDING, shows=Shows.CHILD),
    "staff.save_rights": staff(Permission.MANAGE_RIGHTS, fresh=Fresh.SAFEGUARDING),
    "staff.orders": staff(Permission.SEE_COURT_ORDERS, fresh=Fresh.SAFEGUARDING, shows=Shows.SAFEGUARDING),
    "staff.add_court_order": staff(Permission.MANAGE_RIGHTS, fresh=Fresh.SAFEGUARDING),
    "staff.review_court_order": staff(Permission.MANAGE_RIGHTS, fresh=Fresh.SAFEGUARDING),
    "staff.end_court_order": staff(Permission.MANAGE_RIGHTS, fresh=Fresh.SAFEGUARDING),
    # A stop asks for no proof: one tap when a child may be in danger. Why it stands, and lifting it, can wait for one.
    "staff.stops": staff(Permission.STOP_MESSAGES, fresh=Fresh.SAFEGUARDING, shows=Shows.SAFEGUARDING),
    "staff.stop": staff(Permission.STOP_MESSAGES),
    "staff.say_why": staff(Permission.STOP_MESSAGES, fresh=Fresh.SAFEGUARDING),
    "staff.lift": staff(Permission.STOP_MESSAGES, fresh=Fresh.SAFEGUARDING),
    "staff.withheld": staff(Permission.WITHHOLD_ENTRIES, fresh=Fresh.SAFEGUARDING, shows=Shows.SAFEGUARDING),
    "staff.withhold_entry": staff(Permission.WITHHOLD_ENTRIES, fresh=Fresh.SAFEGUARDING),
    "staff.show_entry": staff(Permission.WITHHOLD_ENTRIES, fresh=Fresh.SAFEGUARDING),
    "staff.tasks": staff(shows=Shows.MANY),
    "staff.finish_task": staff(),
    "staff.begin": staff(),
    # Everybody says when they are away themselves; of somebody else those who arrange cover, which the view looks up.
    "staff.away": staff(),
    "staff.away_of": staff(),
    "staff.be_away": staff(),
    "staff.be_back": staff(),
    "staff.choose_cover": staff(),
    "staff.trail": staff(Permission.VIEW_TRAIL, shows=Shows.KEPT_BY_ITSELF),
    "staff.trail_file": staff(Permission.VIEW_TRAIL, cost=Deed.EXPORT, fresh=Fresh.EXPORT, shows=Shows.KEPT_BY_ITSELF),
    "staff.pupil_trail": staff(Permission.VIEW_PUPIL_TRAIL, shows=Shows.KEPT_BY_ITSELF),
    "staff.told": staff(Permission.VIEW_PUPIL_TRAIL, fresh=Fresh.SAFEGUARDING, shows=Shows.KEPT_BY_ITSELF),
    "staff.told_page": staff(Permission.VIEW_PUPIL_TRAIL, fresh=Fresh.SAFEGUARDING, shows=Shows.KEPT_BY_ITSELF),
}
