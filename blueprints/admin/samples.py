"""One made-up row of each kind of file, by the heading of its column."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.people.rules.files import ImportKind
from webapp.people.rules.files.calendar import CALENDAR
from webapp.people.rules.files.columns import Layout
from webapp.people.rules.files.contacts import CONTACTS
from webapp.people.rules.files.pupils import PUPILS
from webapp.people.rules.files.staff import STAFF
from webapp.record.rules.imports import MARKS

LAYOUTS: Mapping[ImportKind, Layout] = {
    ImportKind.PUPILS: PUPILS, ImportKind.CONTACTS: CONTACTS, ImportKind.STAFF: STAFF, ImportKind.CALENDAR: CALENDAR,
    ImportKind.MARKS: MARKS,
}  # fmt: skip
_UPN = "T823400020001"
SAMPLES: Mapping[ImportKind, Mapping[str, str]] = {
    ImportKind.PUPILS: {
        "UPN": _UPN, "Admission number": "001234", "Legal first name": "Thomas", "First name": "Tom",
        "Last name": "Sample", "Legal last name": "Sample", "Date of birth": "15/01/2018", "Sex": "M",
        "Year group": "3", "Form": "3K", "Admission date": "02/09/2025", "Enrolment status": "Main",
        "First language": "English", "Pupil premium": "No", "Free school meals": "No", "SEN status": "N", "EAL": "No",
        "Looked after": "No", "Young carer": "No", "Service child": "No",
    },
    ImportKind.CONTACTS: {
        "UPN": _UPN, "Admission number": "001234", "Contact reference": "C-1", "Title": "Ms", "First name": "Sam",
        "Last name": "Sample", "Relationship": "Mother", "Priority": "1", "Parental responsibility": "Yes",
        "Lives with": "Yes", "Mobile": "07700 900123", "E-mail": "sam@family.example", "Language": "English",
        "Interpreter": "No", "Confidential": "No", "Do not contact": "No", "Court order": "No", "May collect": "Yes",
    },
    ImportKind.STAFF: {
        "E-mail": "jo@school.example", "Title": "Mr", "First name": "Jo", "Last name": "Sample",
        "Position": "Teacher of 3K", "Roles": "Teacher; Tutor", "Form": "3K", "Start date": "01/09/2025",
    },
    ImportKind.CALENDAR: {
        "Type": "Term", "Name": "Autumn", "First day": "02/09/2025", "Last day": "19/12/2025",
    },
    ImportKind.MARKS: {
        "UPN": _UPN, "Admission number": "001234", "Date": "15/09/2025", "Session": "AM", "Code": "L",
        "Minutes late": "10", "Comment": "Bus broke down",
    },
}  # fmt: skip
