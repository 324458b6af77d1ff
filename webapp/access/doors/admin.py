"""Who may enter the endpoints of blueprints/admin."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule, staff
from webapp.people.rules.roles import Permission

ENDPOINTS: Mapping[str, Rule] = {
    # Each kind of file asks for its own permission, which the view looks up; who has none of them gets 403 there.
    "admin.imports": staff(),
    "admin.new_import": staff(),
    "admin.stage_file": staff(),
    "admin.import_columns": staff(),
    "admin.sample_file": staff(),
    "admin.run": staff(),
    "admin.run_progress": staff(by_itself=True),
    "admin.apply_run": staff(),
    "admin.give_up_run": staff(),
    "admin.check_again": staff(),
    "admin.rejections_file": staff(),
    "admin.changes_file": staff(),
    "admin.conflicts": staff(Permission.AMEND_PAST_MARKS),
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
    "admin.person": staff(Permission.MANAGE_STAFF),
    "admin.invite_person": staff(Permission.MANAGE_STAFF),
    "admin.reset_second": staff(Permission.MANAGE_STAFF),
    # Requests for data: who keeps their days need not read them.
    "admin.data_requests": staff(Permission.KEEP_DATA_REQUESTS),
    "admin.new_data_request": staff(Permission.KEEP_DATA_REQUESTS),
    "admin.log_data_request": staff(Permission.KEEP_DATA_REQUESTS),
    "admin.data_request": staff(Permission.KEEP_DATA_REQUESTS),
    "admin.data_request_progress": staff(Permission.KEEP_DATA_REQUESTS, by_itself=True),
    "admin.set_data_clock": staff(Permission.KEEP_DATA_REQUESTS),
    "admin.gather_data": staff(Permission.KEEP_DATA_REQUESTS),
    "admin.close_data_request": staff(Permission.KEEP_DATA_REQUESTS),
    "admin.data_lines": staff(Permission.CHECK_DATA_REQUESTS),
    "admin.decide_data_line": staff(Permission.CHECK_DATA_REQUESTS),
    "admin.decide_data_rest": staff(Permission.CHECK_DATA_REQUESTS),
    "admin.make_data_bundle": staff(Permission.CHECK_DATA_REQUESTS),
    "admin.data_bundle": staff(Permission.CHECK_DATA_REQUESTS),
    # Keeping and deleting.
    "admin.retention": staff(Permission.DELETE_RECORDS),
    "admin.confirm_retention": staff(Permission.DELETE_RECORDS),
    "admin.delete_records": staff(Permission.DELETE_RECORDS),
    "admin.deletion": staff(Permission.DELETE_RECORDS),
    "admin.deletion_progress": staff(Permission.DELETE_RECORDS, by_itself=True),
    "admin.holds": staff(Permission.HOLD_RECORDS),
    "admin.hold": staff(Permission.HOLD_RECORDS),
    "admin.release": staff(Permission.HOLD_RECORDS),
}
