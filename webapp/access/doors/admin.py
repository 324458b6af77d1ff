"""Who may enter the endpoints of blueprints/admin."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule, Shows, staff
from webapp.accounts.rules.freshness import Fresh
from webapp.accounts.rules.limits import Deed
from webapp.people.rules.roles import Permission

ENDPOINTS: Mapping[str, Rule] = {
    # Each kind of file asks for its own permission, which the view looks up; who has none of them gets 403 there.
    "admin.imports": staff(),
    "admin.new_import": staff(),
    "admin.stage_file": staff(cost=Deed.IMPORT),
    "admin.import_columns": staff(),
    "admin.sample_file": staff(),
    "admin.run": staff(shows=Shows.MANY),
    "admin.run_progress": staff(by_itself=True, shows=Shows.MANY),
    "admin.apply_run": staff(),
    "admin.give_up_run": staff(),
    "admin.check_again": staff(cost=Deed.IMPORT),
    "admin.rejections_file": staff(cost=Deed.EXPORT, fresh=Fresh.EXPORT, shows=Shows.MANY),
    "admin.changes_file": staff(cost=Deed.EXPORT, fresh=Fresh.EXPORT, shows=Shows.MANY),
    "admin.conflicts": staff(Permission.AMEND_PAST_MARKS, shows=Shows.MANY),
    "admin.settle": staff(Permission.AMEND_PAST_MARKS),
    "admin.settings": staff(Permission.MANAGE_SETTINGS),
    "admin.setting_group": staff(Permission.MANAGE_SETTINGS),
    "admin.change_group": staff(Permission.MANAGE_SETTINGS),
    "admin.withdraw": staff(Permission.MANAGE_SETTINGS),
    "admin.calendar": staff(Permission.MANAGE_CALENDAR),
    "admin.new_entry": staff(Permission.MANAGE_CALENDAR),
    "admin.add_to_calendar": staff(Permission.MANAGE_CALENDAR),
    "admin.calendar_entry": staff(Permission.MANAGE_CALENDAR),
    "admin.take_from_calendar": staff(Permission.MANAGE_CALENDAR),
    "admin.people": staff(Permission.MANAGE_STAFF),
    "admin.person": staff(Permission.MANAGE_STAFF, fresh=Fresh.ACCESS),
    "admin.invite_person": staff(Permission.MANAGE_STAFF, cost=Deed.WRITE, fresh=Fresh.ACCESS),
    "admin.reset_second": staff(Permission.MANAGE_STAFF, fresh=Fresh.ACCESS),
    "admin.disconnect_account": staff(Permission.MANAGE_STAFF, fresh=Fresh.ACCESS),
    "admin.sign_on": staff(Permission.MANAGE_SIGN_IN),
    "admin.sign_on_form": staff(Permission.MANAGE_SIGN_IN, fresh=Fresh.ACCESS),
    "admin.save_sign_on": staff(Permission.MANAGE_SIGN_IN, fresh=Fresh.ACCESS),
    "admin.try_sign_on": staff(Permission.MANAGE_SIGN_IN, fresh=Fresh.ACCESS),
    "admin.remove_sign_on": staff(Permission.MANAGE_SIGN_IN, fresh=Fresh.ACCESS),
    "admin.computers": staff(Permission.MANAGE_SETTINGS),
    "admin.name_computer": staff(Permission.MANAGE_SETTINGS, fresh=Fresh.ACCESS),
    "admin.remove_computer": staff(Permission.MANAGE_SETTINGS, fresh=Fresh.ACCESS),
    "admin.give_role": staff(Permission.MANAGE_STAFF, fresh=Fresh.ACCESS),
    "admin.end_role": staff(Permission.MANAGE_STAFF, fresh=Fresh.ACCESS),
    "admin.trail_address": staff(Permission.VIEW_TRAIL),
    "admin.set_address": staff(Permission.VIEW_TRAIL, fresh=Fresh.ACCESS),
    # Requests for data: who keeps their days need not read them.
    "admin.data_requests": staff(Permission.KEEP_DATA_REQUESTS, shows=Shows.MANY),
    "admin.new_data_request": staff(Permission.KEEP_DATA_REQUESTS, shows=Shows.MANY),
    "admin.log_data_request": staff(Permission.KEEP_DATA_REQUESTS),
    "admin.data_request": staff(Permission.KEEP_DATA_REQUESTS, shows=Shows.MANY),
    "admin.data_request_progress": staff(Permission.KEEP_DATA_REQUESTS, by_itself=True, shows=Shows.MANY),
    "admin.set_data_clock": staff(Permission.KEEP_DATA_REQUESTS),
    "admin.gather_data": staff(Permission.KEEP_DATA_REQUESTS),
    "admin.close_data_request": staff(Permission.KEEP_DATA_REQUESTS),
    "admin.data_lines": staff(Permission.CHECK_DATA_REQUESTS, shows=Shows.MANY, fresh=Fresh.SAFEGUARDING),
    "admin.decide_data_line": staff(Permission.CHECK_DATA_REQUESTS, fresh=Fresh.SAFEGUARDING),
    "admin.decide_data_rest": staff(Permission.CHECK_DATA_REQUESTS, fresh=Fresh.SAFEGUARDING),
    "admin.make_data_bundle": staff(Permission.CHECK_DATA_REQUESTS, fresh=Fresh.EXPORT),
    "admin.data_bundle": staff(
        Permission.CHECK_DATA_REQUESTS, cost=Deed.EXPORT, shows=Shows.KEPT_BY_ITSELF, fresh=Fresh.EXPORT
    ),
    # Keeping and deleting.
    "admin.retention": staff(Permission.DELETE_RECORDS),
    "admin.confirm_retention": staff(Permission.DELETE_RECORDS),
    "admin.delete_records": staff(Permission.DELETE_RECORDS, fresh=Fresh.ACCESS),
    "admin.deletion": staff(Permission.DELETE_RECORDS),
    "admin.deletion_progress": staff(Permission.DELETE_RECORDS, by_itself=True),
    "admin.holds": staff(Permission.HOLD_RECORDS, shows=Shows.MANY, fresh=Fresh.SAFEGUARDING),
    "admin.hold": staff(Permission.HOLD_RECORDS, fresh=Fresh.SAFEGUARDING),
    "admin.release": staff(Permission.HOLD_RECORDS, fresh=Fresh.SAFEGUARDING),
}
