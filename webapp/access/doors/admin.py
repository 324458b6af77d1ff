"""Who may enter the endpoints of blueprints/admin."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule, Shows, staff
from webapp.people.rules.roles import Permission

ENDPOINTS: Mapping[str, Rule] = {
    # Each kind of file asks for its own permission, which the view looks up; who has none of them gets 403 there.
    "admin.imports": staff(),
    "admin.new_import": staff(),
    "admin.stage_file": staff(),
    "admin.import_columns": staff(),
    "admin.sample_file": staff(),
    "admin.run": staff(shows=Shows.MANY),
    "admin.run_progress": staff(by_itself=True, shows=Shows.MANY),
    "admin.apply_run": staff(),
    "admin.give_up_run": staff(),
    "admin.check_again": staff(),
    "admin.rejections_file": staff(shows=Shows.MANY),
    "admin.changes_file": staff(shows=Shows.MANY),
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
    # The organisation's; only who keeps the settings of every school may change it, which the view looks up.
    "admin.trail_address": staff(Permission.VIEW_TRAIL),
    "admin.set_address": staff(Permission.VIEW_TRAIL),
    "admin.people": staff(Permission.MANAGE_STAFF),
    "admin.person": staff(Permission.MANAGE_STAFF),
    "admin.invite_person": staff(Permission.MANAGE_STAFF),
    "admin.reset_second": staff(Permission.MANAGE_STAFF),
}
