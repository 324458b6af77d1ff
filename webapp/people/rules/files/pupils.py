"""A file of pupils: the whole roll of a school, one row a pupil."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from webapp.people.rules.ages import age_on
from webapp.people.rules.files import words
from webapp.people.rules.files.cells import read_date, read_year_group
from webapp.people.rules.files.columns import Field, Layout
from webapp.people.rules.files.kinds import ImportKind
from webapp.people.rules.files.rows import Reading, RowReader
from webapp.people.rules.files.tables import read_table
from webapp.people.rules.groups import Group
from webapp.people.rules.identifiers import check_upn

UPN = Field("upn", "UPN", ("unique pupil number", "pupil upn", "student upn"))
ADMISSION_NUMBER = Field(
    "admission_number", "Admission number",
    ("adno", "adm no", "adm number", "admission no", "admissions number", "pupil number", "student id", "roll number"),
)  # fmt: skip
GROUP_OF_FIELD: dict[str, Group] = {
    "pupil_premium": Group.PUPIL_PREMIUM,
    "free_school_meals": Group.FREE_SCHOOL_MEALS,
    "eal": Group.EAL,
    "looked_after": Group.LOOKED_AFTER,
    "young_carer": Group.YOUNG_CARER,
    "service_child": Group.SERVICE_CHILD,
}
PUPILS = Layout(
    ImportKind.PUPILS,
    (
        UPN,
        ADMISSION_NUMBER,
        Field("legal_first_name", "Legal first name", ("legal forename", "legal name", "given name")),
        Field(
            "first_name", "First name",
            ("forename", "preferred forename", "preferred first name", "preferred name", "chosen name", "known as"),
        ),
        Field("last_name", "Last name", ("surname", "family name", "preferred surname", "preferred last name")),
        Field("legal_last_name", "Legal last name", ("legal surname", "legal family name")),
        Field("date_of_birth", "Date of birth", ("dob", "birth date", "birthdate", "born"), needed=True),
        Field("sex", "Sex", ("gender", "legal sex"), needed=True),
        Field("year_group", "Year group", ("year", "nc year", "nc year actual", "ncyear", "yr", "actual year"),
              needed=True),
        Field("form", "Form", ("reg", "reg group", "registration group", "registration form", "tutor group", "class",
                               "reg form")),
        Field("starts_on", "Admission date", ("date of admission", "doa", "entry date", "date of entry", "start date",
                                              "on roll from", "enrolment date"), needed=True),
        Field("ends_on", "Leaving date", ("date of leaving", "dol", "leave date", "end date", "on roll until")),
        Field("kind", "Enrolment status", ("enrolment", "enrollment status", "registration status")),
        Field("ethnicity", "Ethnicity code", ("ethnicity", "ethnic code", "ethnic origin code")),
        Field("first_language", "First language", ("language", "home language", "mother tongue",
                                                      "first language code")),
        Field("pupil_premium", "Pupil premium", ("pp", "pupil premium indicator", "pupil premium eligible")),
        Field("free_school_meals", "Free school meals", ("fsm", "fsm eligible", "eligible for free meals")),
        Field("sen", "SEN status", ("sen", "sen provision", "sen code", "send", "sen stage")),
        Field("eal", "EAL", ("english as an additional language",)),
        Field("looked_after", "Looked after", ("in care", "cla", "lac", "in la care", "child looked after")),
        Field("young_carer", "Young carer", ("young carer indicator",)),
        Field("service_child", "Service child", ("service children", "service child in education", "service family")),
    ),
    one_of=(("upn", "admission_number"), ("first_name", "legal_first_name"), ("last_name", "legal_last_name")),
)  # fmt: skip

_SEXES = {"m": "M", "male": "M", "boy": "M", "f": "F", "female": "F", "girl": "F"}
# Single letters are the school census's codes of enrolment status.
_KINDS = {
    "c": "main", "current": "main", "single": "main", "main": "main", "single registration": "main",
    "current (single registration at this school)": "main",
    "m": "dual_main", "dual main": "dual_main", "dual_main": "dual_main", "main - dual registration": "dual_main",
    "current main (dual registration)": "dual_main",
    "s": "dual_subsidiary", "subsidiary": "dual_subsidiary", "dual subsidiary": "dual_subsidiary",
    "dual_subsidiary": "dual_subsidiary", "current subsidiary (dual registration)": "dual_subsidiary",
}  # fmt: skip
# Guests and pupils still to come are on no roll (census codes G and F).
_NOT_ON_ROLL = frozenset({"g", "guest", "f", "fe college", "applicant", "pre-admission"})
_SEN = {
    "n": (False, False), "none": (False, False), "no": (False, False), "no special educational need": (False, False),
    "no sen": (False, False), "k": (True, False), "sen support": (True, False), "support": (True, False),
    "e": (False, True), "ehcp": (False, True), "ehc plan": (False, True), "education, health and care plan":
    (False, True), "education health and care plan": (False, True),
}  # fmt: skip
_AGES = (1, 25)


@dataclass(frozen=True, slots=True)
class PupilRow:
    """One pupil as the file has them; empty where it says nothing. At least one of the two numbers is there."""

    line: int
    upn: str | None
    admission_number: str | None
    legal_first_name: str
    first_name: str
    last_name: str
    date_of_birth: date
    sex: str
    year_group: int
    form: str
    starts_on: date
    ends_on: date | None
    kind: str
    ethnicity: str | None
    first_language: str | None
    groups: Mapping[Group, bool]


def read_pupils(data: bytes, today: date) -> Reading[PupilRow]:
    """The pupils of a file. Raises FileRefused for one that cannot be read at all."""
    table = read_table(data, PUPILS)
    reader = RowReader(table)
    rows: list[PupilRow] = []
    seen: dict[tuple[str, str], int] = {}
    for row in reader.rows():
        if row.text("kind").casefold() in _NOT_ON_ROLL:
            reader.left_out += 1
            continue
        pupil = _read_one(row, today)
        if pupil is not None and not _is_twice(reader, pupil, seen):
            rows.append(pupil)
    return reader.done(rows)


def read_admission_number(raw: str) -> str:
    """An admission number as it is kept."""
    return re.sub(r"\s", "", raw).upper()


def _is_twice(reader: RowReader, pupil: PupilRow, seen: dict[tuple[str, str], int]) -> bool:
    for field, value in (("upn", pupil.upn), ("admission_number", pupil.admission_number)):
        if value is None:
            continue
        before = seen.setdefault((field, value), pupil.line)
        if before != pupil.line:
            reader.reject(field, f"This number is at line {before} too. Each pupil has one row.")
            return True
    return False


def _read_one(row: RowReader, today: date) -> PupilRow | None:
    upn = row.read("upn", check_upn)
    admission_number = read_admission_number(row.text("admission_number", 24)) or None
    legal, first = row.name("legal_first_name"), row.name("first_name")
    last = row.name("last_name") or row.name("legal_last_name")
    if row.is_good and not upn and not admission_number:
        row.reject("upn", "Give the UPN or the admission number: a name alone does not tell pupils apart.")
    if row.is_good and not (legal or first):
        row.reject("first_name", "Enter the first name.")
    if row.is_good and not last:
        row.reject("last_name", "Enter the last name.")
    born, starts_on = row.need_cell("date_of_birth", read_date), row.need_cell("starts_on", read_date)
    ends_on = row.date("ends_on")
    sex = row.word("sex", _SEXES, "Write M or F, as on the admission register.")
    if sex is None and row.is_good:
        row.reject("sex", "Write M or F, as on the admission register.")
    year_group = row.need_cell("year_group", read_year_group)
    form = row.text("form", 24)
    kind = row.word("kind", _KINDS, "Write Main, Dual main or Dual subsidiary (C, M or S).") or "main"
    ethnicity = row.text("ethnicity", 8).upper() or None
    language = row.read("first_language", words.language)
    groups = {group: value for name, group in GROUP_OF_FIELD.items() if (value := row.yes(name)) is not None}
    sen = row.word("sen", _SEN, "Write N, K (SEN support) or E (plan).")
    if sen is not None:
        groups[Group.SEN_SUPPORT], groups[Group.EHCP] = sen
    if born is not None and not _AGES[0] <= (age_on(born, today) if born <= today else -1) <= _AGES[1]:
        row.reject("date_of_birth", "No pupil is of this age. Check the year.")
    if ends_on is not None and starts_on is not None and ends_on < starts_on:
        row.reject("ends_on", "The leaving date is before the admission date. Check both.")
    if not row.is_good or born is None or starts_on is None or sex is None or year_group is None:
        return None
    return PupilRow(
        row.line, upn, admission_number, legal, first, last, born, sex, year_group, form, starts_on, ends_on, kind,
        ethnicity, language, groups,
    )  # fmt: skip
