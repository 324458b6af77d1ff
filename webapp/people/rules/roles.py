"""Staff roles, what each one may do, and at which schools.

One table says it all: a permission and the roles that have it. A page, a button and a service ask for a permission,
never for a role.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is employed to do at a school; the value is what is stored."""

    TEACHER = "teacher"
    TUTOR = "tutor"
    COVER_TEACHER = "cover_teacher"
    ATTENDANCE_OFFICER = "attendance_officer"
    RECEPTION = "reception"
    MEDICAL_ROOM = "medical_room"
    PASTORAL_LEAD = "pastoral_lead"
    SEN_COORDINATOR = "sen_coordinator"
    ATTENDANCE_LEAD = "attendance_lead"
    ATTENDANCE_CHAMPION = "attendance_champion"
    HEAD = "head"
    DEPUTY_HEAD = "deputy_head"
    DSL = "dsl"
    DEPUTY_DSL = "deputy_dsl"
    GOVERNOR = "governor"
    WELFARE_OFFICER = "welfare_officer"
    ADMINISTRATOR = "administrator"
    TRUST_LEAD = "trust_lead"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Role.TEACHER: "Teacher",
    Role.TUTOR: "Tutor",
    Role.COVER_TEACHER: "Cover teacher",
    Role.ATTENDANCE_OFFICER: "Attendance officer",
    Role.RECEPTION: "Reception",
    Role.MEDICAL_ROOM: "Medical room",
    Role.PASTORAL_LEAD: "Pastoral lead",
    Role.SEN_COORDINATOR: "SEN coordinator",
    Role.ATTENDANCE_LEAD: "Attendance lead",
    Role.ATTENDANCE_CHAMPION: "Senior attendance champion",
    Role.HEAD: "Headteacher",
    Role.DEPUTY_HEAD: "Deputy headteacher",
    Role.DSL: "Designated safeguarding lead",
    Role.DEPUTY_DSL: "Deputy safeguarding lead",
    Role.GOVERNOR: "Governor",
    Role.WELFARE_OFFICER: "Education welfare officer",
    Role.ADMINISTRATOR: "Administrator",
    Role.TRUST_LEAD: "Trust lead",
}


class Permission(StrEnum):
    """Something that a member of staff may do at a school."""

    VIEW_BOARD = "view_board"
    CONFIRM_CODES = "confirm_codes"
    AMEND_PAST_MARKS = "amend_past_marks"
    TAKE_OWN_REGISTER = "take_own_register"
    TAKE_ANY_REGISTER = "take_any_register"
    CHASE_REGISTERS = "chase_registers"
    GIVE_REGISTERS = "give_registers"
    USE_RECEPTION = "use_reception"
    VIEW_WHO_IS_ON_SITE = "view_who_is_on_site"
    VIEW_OWN_PUPILS = "view_own_pupils"
    VIEW_ANY_PUPIL = "view_any_pupil"
    SEE_HEALTH_REASONS = "see_health_reasons"
    SEE_MEDICAL_NOTES = "see_medical_notes"
    SEE_SAFEGUARDING_FLAGS = "see_safeguarding_flags"
    SEE_CONTACTS = "see_contacts"
    SEE_WHO_MAY_COLLECT = "see_who_may_collect"
    SEE_COURT_ORDERS = "see_court_orders"
    MANAGE_RIGHTS = "manage_rights"
    KEEP_CONTACTS = "keep_contacts"
    WRITE_TO_FAMILIES = "write_to_families"
    LOG_CALLS = "log_calls"
    ADD_NOTES = "add_notes"
    TELL_DSL = "tell_dsl"
    GET_ALARMS = "get_alarms"
    STOP_MESSAGES = "stop_messages"
    WITHHOLD_ENTRIES = "withhold_entries"
    RUN_FIRST_DAY = "run_first_day"
    CLOSE_CASES = "close_cases"
    IMPORT = "import"
    MANAGE_CALENDAR = "manage_calendar"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_MESSAGE_TEXTS = "manage_message_texts"
    MANAGE_STAFF = "manage_staff"
    MANAGE_SIGN_IN = "manage_sign_in"
    ARRANGE_COVER = "arrange_cover"
    VIEW_TRAIL = "view_trail"
    VIEW_PUPIL_TRAIL = "view_pupil_trail"
    VIEW_SAFEGUARDING_TRAIL = "view_safeguarding_trail"
    VIEW_TOTALS = "view_totals"
    COMPARE_SCHOOLS = "compare_schools"
    VIEW_REFERRED_CASES = "view_referred_cases"
    REFER_PUPILS = "refer_pupils"
    KEEP_DATA_REQUESTS = "keep_data_requests"
    CHECK_DATA_REQUESTS = "check_data_requests"
    DELETE_RECORDS = "delete_records"
    HOLD_RECORDS = "hold_records"


_HEADS = {Role.HEAD, Role.DEPUTY_HEAD}
_SAFEGUARDING = {Role.DSL, Role.DEPUTY_DSL}
_ATTENDANCE = {Role.ATTENDANCE_OFFICER, Role.ATTENDANCE_LEAD}
_PASTORAL = {Role.PASTORAL_LEAD, Role.SEN_COORDINATOR}
_CLASSROOM = {Role.TEACHER, Role.TUTOR, Role.COVER_TEACHER}
_DESK = {Role.RECEPTION, Role.MEDICAL_ROOM}
_OFFICE = _ATTENDANCE | {Role.RECEPTION}
_LEADERS = _HEADS | _SAFEGUARDING | {Role.ATTENDANCE_LEAD}
# The champion answers for attendance among the school's leaders: the cases are theirs to read, the codes are not.
_CASE_WORKERS = _ATTENDANCE | _PASTORAL | _HEADS | _SAFEGUARDING | {Role.ATTENDANCE_CHAMPION}
_WITH_PUPILS = _CASE_WORKERS | _CLASSROOM | _DESK
_BACK_OFFICE = {Role.ADMINISTRATOR, Role.TRUST_LEAD}
_SETTERS = _BACK_OFFICE | {Role.HEAD, Role.ATTENDANCE_LEAD, Role.ATTENDANCE_CHAMPION}

PERMISSIONS: Mapping[Permission, frozenset[Role]] = MappingProxyType(
    {
        Permission.VIEW_BOARD: frozenset(_CASE_WORKERS | {Role.RECEPTION}),
        Permission.CONFIRM_CODES: frozenset(_ATTENDANCE | _HEADS),
        Permission.AMEND_PAST_MARKS: frozenset(_ATTENDANCE | _HEADS),
        Permission.TAKE_OWN_REGISTER: frozenset(_CLASSROOM | _CASE_WORKERS),
        Permission.TAKE_ANY_REGISTER: frozenset(_ATTENDANCE | _HEADS),
        Permission.CHASE_REGISTERS: frozenset(_OFFICE | _HEADS),
        Permission.GIVE_REGISTERS: frozenset(_OFFICE | _HEADS),
        Permission.USE_RECEPTION: frozenset(_ATTENDANCE | _DESK | _HEADS | _SAFEGUARDING),
        # In a fire everybody in the building counts.
        Permission.VIEW_WHO_IS_ON_SITE: frozenset(_WITH_PUPILS),
        Permission.VIEW_OWN_PUPILS: frozenset(_WITH_PUPILS),
        Permission.VIEW_ANY_PUPIL: frozenset(_CASE_WORKERS | _DESK),
        # Reception takes the call and writes the reason down; the stored record is not for a screen in a lobby.
        Permission.SEE_HEALTH_REASONS: frozenset(_CASE_WORKERS),
        # Who treats a child knows what the child needs; why one was away is more than that.
        Permission.SEE_MEDICAL_NOTES: frozenset(_CASE_WORKERS | {Role.MEDICAL_ROOM}),
        Permission.SEE_SAFEGUARDING_FLAGS: frozenset(_ATTENDANCE | _HEADS | _SAFEGUARDING),
        Permission.SEE_CONTACTS: frozenset(_CASE_WORKERS | _DESK),
        Permission.SEE_WHO_MAY_COLLECT: frozenset(_CASE_WORKERS | _DESK),
        Permission.SEE_COURT_ORDERS: frozenset(_ATTENDANCE | _HEADS | _SAFEGUARDING),
        Permission.MANAGE_RIGHTS: frozenset(_LEADERS),
        # Whose number it is opens Firstbell, so that a lobby does not change it.
        Permission.KEEP_CONTACTS: frozenset(_ATTENDANCE | _HEADS),
        Permission.WRITE_TO_FAMILIES: frozenset(_CASE_WORKERS),
        Permission.LOG_CALLS: frozenset(_CASE_WORKERS | {Role.RECEPTION}),
        Permission.ADD_NOTES: frozenset(_CASE_WORKERS | _DESK),
        Permission.TELL_DSL: frozenset(_WITH_PUPILS),
        Permission.GET_ALARMS: frozenset(_SAFEGUARDING | _ATTENDANCE | _HEADS),
        Permission.STOP_MESSAGES: frozenset(_SAFEGUARDING | {Role.HEAD}),
        Permission.WITHHOLD_ENTRIES: frozenset(_SAFEGUARDING | {Role.HEAD}),
        Permission.RUN_FIRST_DAY: frozenset(_ATTENDANCE | _HEADS | _SAFEGUARDING),
        Permission.CLOSE_CASES: frozenset(_ATTENDANCE | _HEADS | _SAFEGUARDING),
        Permission.IMPORT: frozenset(_ATTENDANCE | _BACK_OFFICE),
        Permission.MANAGE_CALENDAR: frozenset(_BACK_OFFICE | _HEADS | {Role.ATTENDANCE_LEAD}),
        Permission.MANAGE_SETTINGS: frozenset(_SETTERS),
        Permission.MANAGE_MESSAGE_TEXTS: frozenset(_SETTERS),
        Permission.MANAGE_STAFF: frozenset(_BACK_OFFICE | {Role.HEAD}),
        # Whose accounts a whole trust relies on; asked of them at every school of it.
        Permission.MANAGE_SIGN_IN: frozenset(_BACK_OFFICE),
        Permission.ARRANGE_COVER: frozenset(_SETTERS | _HEADS),
        # The administrator reads who did what for the school, and of a child only that somebody worked on a record.
        Permission.VIEW_TRAIL: frozenset(_HEADS | _SAFEGUARDING | {Role.ADMINISTRATOR}),
        Permission.VIEW_PUPIL_TRAIL: frozenset(_HEADS | _SAFEGUARDING),
        Permission.VIEW_SAFEGUARDING_TRAIL: frozenset(_SAFEGUARDING),
        Permission.VIEW_TOTALS: frozenset(_CASE_WORKERS | _BACK_OFFICE | {Role.GOVERNOR}),
        Permission.COMPARE_SCHOOLS: frozenset({Role.TRUST_LEAD}),
        Permission.VIEW_REFERRED_CASES: frozenset(
            _LEADERS | {Role.ATTENDANCE_OFFICER, Role.ATTENDANCE_CHAMPION, Role.WELFARE_OFFICER}
        ),
        Permission.REFER_PUPILS: frozenset(_LEADERS | {Role.ATTENDANCE_OFFICER, Role.ATTENDANCE_CHAMPION}),
        # Whoever keeps the list of requests and its days need not read what is in them (decision 0018).
        Permission.KEEP_DATA_REQUESTS: frozenset(_SAFEGUARDING | {Role.HEAD} | _BACK_OFFICE),
        Permission.CHECK_DATA_REQUESTS: frozenset(_SAFEGUARDING | {Role.HEAD}),
        Permission.DELETE_RECORDS: frozenset(_BACK_OFFICE | {Role.HEAD}),
        Permission.HOLD_RECORDS: frozenset(_SAFEGUARDING | {Role.HEAD}),
    }
)

MAY_SPAN_SCHOOLS: frozenset[Role] = frozenset({Role.TRUST_LEAD, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role at one school, or at every school of the organisation (``school_id`` None).

    Raises ``ValueError`` for a role that cannot span schools: a teacher of one school sees no child of another.
    """

    role: Role
    school_id: int | None

    def __post_init__(self) -> None:
        if self.school_id is None and self.role not in MAY_SPAN_SCHOOLS:
            raise ValueError(f"{self.role.label} is a role at one school: name the school")

    def covers(self, school_id: int) -> bool:
        return self.school_id is None or self.school_id == school_id


def allowed(roles: Iterable[Role], permission: Permission) -> bool:
    """True if one of the roles, all held at the school in question, has the permission."""
    return not PERMISSIONS[permission].isdisjoint(roles)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that the roles together may do."""
    held = frozenset(roles)
    return frozenset(permission for permission, having in PERMISSIONS.items() if having & held)


def roles_at(grants: Iterable[RoleGrant], school_id: int) -> frozenset[Role]:
    """The roles that somebody holds at one school."""
    return frozenset(grant.role for grant in grants if grant.covers(school_id))


def allowed_at(grants: Iterable[RoleGrant], permission: Permission, school_id: int) -> bool:
    """True if somebody may do this at that school."""
    return allowed(roles_at(grants, school_id), permission)


def schools_where(grants: Iterable[RoleGrant], permission: Permission, schools: Iterable[int]) -> tuple[int, ...]:
    """Those of the organisation's ``schools`` at which somebody may do this, in the order given."""
    held = tuple(grants)
    return tuple(school_id for school_id in schools if allowed_at(held, permission, school_id))
