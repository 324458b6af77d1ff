"""Tables of people."""

from webapp.people.models.contacts import Contact, ContactPoint, CourtOrder, PupilContact
from webapp.people.models.details import DetailChange, ReachNote
from webapp.people.models.imports import ImportRejection, ImportRun
from webapp.people.models.organisations import (
    CalendarEvent,
    Organisation,
    OrganisationSetting,
    School,
    SchoolClock,
    SchoolSetting,
    Term,
)
from webapp.people.models.protections import MessageStop, WithheldEntry
from webapp.people.models.pupils import Enrolment, Form, Placement, Pupil, PupilGroup
from webapp.people.models.referrals import Referral
from webapp.people.models.staff import FormStaff, Staff, StaffAway, StaffCover, StaffRole, Task

__all__ = [
    "CalendarEvent", "Contact", "ContactPoint", "CourtOrder", "DetailChange", "Enrolment", "Form", "FormStaff",
    "ImportRejection", "ImportRun", "MessageStop", "Organisation", "OrganisationSetting", "Placement", "Pupil",
    "PupilContact", "PupilGroup", "ReachNote", "Referral", "School", "SchoolClock", "SchoolSetting", "Staff",
    "StaffAway", "StaffCover", "StaffRole", "Task", "Term", "WithheldEntry",
]  # fmt: skip
