"""Who may enter the endpoints of blueprints/staff."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule, Shows, opened, staff
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
    "staff.ask_family": staff(Permission.WRITE_TO_FAMILIES),
    "staff.release_report": staff(Permission.CONFIRM_CODES),
    "staff.paper": staff(Permission.SEE_HEALTH_REASONS, shows=Shows.KEPT_BY_ITSELF),
    # One pupil.
    "staff.pupil": staff(Permission.VIEW_OWN_PUPILS, shows=Shows.CHILD),
    "staff.mark": staff(Permission.CONFIRM_CODES, shows=Shows.CHILD),
    "staff.change_mark": staff(Permission.CONFIRM_CODES),
    "staff.note": staff(Permission.LOG_CALLS, shows=Shows.CHILD),
    "staff.add_note": staff(Permission.LOG_CALLS),
    "staff.write": staff(Permission.WRITE_TO_FAMILIES, shows=Shows.CHILD),
    "staff.send": staff(Permission.WRITE_TO_FAMILIES),
    # Who did and who saw what, and what each parent was shown.
    "staff.trail": staff(Permission.VIEW_TRAIL, shows=Shows.KEPT_BY_ITSELF),
    "staff.trail_file": staff(Permission.VIEW_TRAIL, shows=Shows.KEPT_BY_ITSELF),
    "staff.pupil_trail": staff(Permission.VIEW_PUPIL_TRAIL, shows=Shows.KEPT_BY_ITSELF),
    "staff.told": staff(Permission.VIEW_PUPIL_TRAIL, shows=Shows.KEPT_BY_ITSELF),
    "staff.told_page": staff(Permission.VIEW_PUPIL_TRAIL, shows=Shows.KEPT_BY_ITSELF),
    "staff.find": staff(Permission.VIEW_OWN_PUPILS, shows=Shows.MANY),
    # Registers.
    "staff.registers": staff(Permission.VIEW_OWN_PUPILS, shows=Shows.MANY),
    "staff.register": staff(Permission.TAKE_OWN_REGISTER, shows=Shows.MANY),
    "staff.take": staff(Permission.TAKE_OWN_REGISTER),
    "staff.chase": staff(Permission.CHASE_REGISTERS),
    "staff.head_count": staff(Permission.CHASE_REGISTERS),
    # Reception.
    "staff.reception": staff(Permission.USE_RECEPTION, shows=Shows.MANY),
    "staff.reception_pupil": staff(Permission.USE_RECEPTION, shows=Shows.CHILD),
    "staff.arrive": staff(Permission.USE_RECEPTION),
    "staff.leave": staff(Permission.USE_RECEPTION),
    "staff.come_back": staff(Permission.USE_RECEPTION),
    "staff.seen_in_school": staff(Permission.USE_RECEPTION),
    "staff.strike_sighting": staff(Permission.USE_RECEPTION),
    # Who is on site, and the devices that keep it for when the network is down.
    "staff.on_site": staff(Permission.VIEW_WHO_IS_ON_SITE, shows=Shows.MANY),
    "staff.enrol_on_site": staff(Permission.VIEW_WHO_IS_ON_SITE),
    "staff.remove_on_site": staff(Permission.VIEW_WHO_IS_ON_SITE),
    "staff.on_site_copy": staff(Permission.VIEW_WHO_IS_ON_SITE, by_itself=True, shows=Shows.MANY),
    "staff.on_site_device": opened(),
    "staff.on_site_offline": opened(),
    # Mine to read and do.
    "staff.inbox": staff(Permission.WRITE_TO_FAMILIES, shows=Shows.MANY),
    "staff.settle_inbound": staff(Permission.WRITE_TO_FAMILIES),
    "staff.handle_danger_in_text": staff(Permission.SEE_SAFEGUARDING_FLAGS),
    "staff.text_about": staff(Permission.WRITE_TO_FAMILIES),
    "staff.report_of_text": staff(Permission.CONFIRM_CODES),
    # What those see who see no child, or only those who were referred to them.
    "staff.totals": staff(Permission.VIEW_TOTALS),
    "staff.referred": staff(Permission.VIEW_REFERRED_CASES),
    # Who may see and do what about a child: rights, court orders, the DSL's stop, and what is kept from a contact.
    "staff.rights": staff(Permission.MANAGE_RIGHTS, shows=Shows.CHILD),
    "staff.save_rights": staff(Permission.MANAGE_RIGHTS),
    "staff.orders": staff(Permission.SEE_COURT_ORDERS, shows=Shows.SAFEGUARDING),
    "staff.add_court_order": staff(Permission.MANAGE_RIGHTS),
    "staff.review_court_order": staff(Permission.MANAGE_RIGHTS),
    "staff.end_court_order": staff(Permission.MANAGE_RIGHTS),
    "staff.stops": staff(Permission.STOP_MESSAGES, shows=Shows.SAFEGUARDING),
    "staff.stop": staff(Permission.STOP_MESSAGES),
    "staff.say_why": staff(Permission.STOP_MESSAGES),
    "staff.lift": staff(Permission.STOP_MESSAGES),
    "staff.withheld": staff(Permission.WITHHOLD_ENTRIES, shows=Shows.SAFEGUARDING),
    "staff.withhold_entry": staff(Permission.WITHHOLD_ENTRIES),
    "staff.show_entry": staff(Permission.WITHHOLD_ENTRIES),
    "staff.tasks": staff(shows=Shows.MANY),
    "staff.finish_task": staff(),
}
