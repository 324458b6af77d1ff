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
    "admin.set_address": staff(Permission.VIEW_TRAIL),
}
