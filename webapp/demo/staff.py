"""Who works at Hill and Vale: every role, and a tutor for every form."""

from __future__ import annotations

import random
from collections.abc import Iterable

from webapp.demo.letters import plain_letters
from webapp.demo.names import BACKGROUNDS
from webapp.demo.shapes import Form, StaffMember
from webapp.people.rules.roles import Role

_H, _V = "hill", "vale"

# Title, first name, last name, position, roles, own form.
_NAMED: tuple[tuple[str, str, str, str, tuple[tuple[str, Role], ...], tuple[str, str] | None], ...] = (
    ("Mrs", "Gifty", "Osei", "Headteacher", ((_H, Role.HEAD),), None),
    ("Mrs", "Dina", "Bell", "Deputy headteacher and DSL", ((_H, Role.DEPUTY_HEAD), (_H, Role.DSL)), None),
    ("Ms", "Saira", "Khan", "Attendance officer", ((_H, Role.ATTENDANCE_OFFICER),), None),
    ("Mr", "Jo", "Reed", "Teacher of 3K", ((_H, Role.TEACHER), (_H, Role.TUTOR)), (_H, "3K")),
    ("Mrs", "Ngozi", "Okafor", "Pastoral lead", ((_H, Role.PASTORAL_LEAD),), None),
    ("Mrs", "Brenda", "Hirst", "Receptionist", ((_H, Role.RECEPTION),), None),
    ("Ms", "Leena", "Varma", "SEN coordinator", ((_H, Role.SEN_COORDINATOR),), None),
    (
        "Mr", "Paul", "Ashby", "Assistant head, attendance lead and deputy DSL",
        ((_H, Role.ATTENDANCE_LEAD), (_H, Role.DEPUTY_DSL)), None,
    ),
    ("Ms", "Ruth", "Abrahams", "Chair of governors", ((_H, Role.GOVERNOR),), None),
    ("Dr", "Marcus", "Grant", "Headteacher", ((_V, Role.HEAD),), None),
    ("Ms", "Fiona", "Kerr", "Deputy headteacher", ((_V, Role.DEPUTY_HEAD), (_V, Role.TUTOR)), (_V, "13A")),
    ("Mr", "Sanjay", "Desai", "Designated safeguarding lead", ((_V, Role.DSL),), None),
    ("Ms", "Carys", "Probert", "Pastoral lead and deputy DSL", ((_V, Role.PASTORAL_LEAD), (_V, Role.DEPUTY_DSL)), None),
    ("Mrs", "Vera", "Moss", "Attendance officer", ((_V, Role.ATTENDANCE_OFFICER),), None),
    (
        "Mr", "Tom", "Akers", "Assistant head and attendance lead",
        ((_V, Role.ATTENDANCE_LEAD), (_V, Role.TEACHER), (_V, Role.TUTOR)), (_V, "13B"),
    ),
    ("Ms", "Iman", "Yusuf", "Receptionist", ((_V, Role.RECEPTION),), None),
    (
        "Mr", "Piotr", "Zieliński", "SEN coordinator",
        ((_V, Role.SEN_COORDINATOR), (_V, Role.TEACHER), (_V, Role.TUTOR)), (_V, "12A"),
    ),
    ("Miss", "Amy", "Lockwood", "Teacher and tutor of 8B", ((_V, Role.TEACHER), (_V, Role.TUTOR)), (_V, "8B")),
    ("Mr", "Colin", "Baxter", "Governor", ((_V, Role.GOVERNOR),), None),
    (
        "Ms", "Joanna", "Pike", "Education welfare officer",
        ((_H, Role.WELFARE_OFFICER), (_V, Role.WELFARE_OFFICER)), None,
    ),
    ("Mrs", "Folasade", "Adeyemi", "School nurse", ((_H, Role.MEDICAL_ROOM),), None),
    ("Mr", "Hamza", "Malik", "Cover supervisor", ((_H, Role.COVER_TEACHER),), None),
    ("Ms", "Eirlys", "Pugh", "Assistant head and senior attendance champion", ((_V, Role.ATTENDANCE_CHAMPION),), None),
    ("Mr", "Adil", "Farooq", "Data manager", ((_H, Role.ADMINISTRATOR), (_V, Role.ADMINISTRATOR)), None),
    ("Dr", "Yvonne", "Bond", "Chief executive", ((_H, Role.TRUST_LEAD), (_V, Role.TRUST_LEAD)), None),
)  # fmt: skip
_TITLES = {"F": ("Miss", "Mrs", "Ms", "Dr"), "M": ("Mr", "Mr", "Mr", "Dr")}


def build_staff(rng: random.Random, forms: Iterable[Form]) -> tuple[StaffMember, ...]:
    """The named staff first, then a teacher for each form that has none."""
    staff = [
        StaffMember(number, title, first, last, _address(first, last, roles), position, roles, form)
        for number, (title, first, last, position, roles, form) in enumerate(_NAMED)
    ]
    names = {(member.first_name[0], member.last_name) for member in staff}
    led = {member.form for member in staff}
    for form in forms:
        if (form.school, form.name) not in led:
            title, first, last = _new_name(rng, names)
            names.add((first[0], last))
            roles = ((form.school, Role.TEACHER), (form.school, Role.TUTOR))
            position = f"Teacher of {form.name}" if form.school == _H else f"Teacher and tutor of {form.name}"
            staff.append(
                StaffMember(
                    len(staff), title, first, last, _address(first, last, roles), position, roles,
                    (form.school, form.name),
                )
            )  # fmt: skip
    return tuple(staff)


def _new_name(rng: random.Random, used: set[tuple[str, str]]) -> tuple[str, str, str]:
    """Nobody shares an initial and a surname, so that "S Khan" is one person."""
    while True:
        background = rng.choices(BACKGROUNDS, [each.share for each in BACKGROUNDS])[0]
        sex = rng.choice("FFM")
        first = rng.choice(background.women if sex == "F" else background.men)
        man, _, woman = rng.choice(background.surnames).partition("/")
        last = woman or man if sex == "F" else man
        if (first[0], last) not in used:
            return rng.choices(_TITLES[sex], (5, 4, 3, 1))[0], first, last


def _address(first: str, last: str, roles: tuple[tuple[str, Role], ...]) -> str:
    schools = {school for school, _ in roles}
    return f"{plain_letters(first)[0]}.{plain_letters(last)}@{schools.pop() if len(schools) == 1 else 'trust'}.example"

