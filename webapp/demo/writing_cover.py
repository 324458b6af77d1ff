"""Who covers for whom at the demo's schools, who is away today, a register given for the day, and a referred case."""

from __future__ import annotations

from datetime import timedelta

from webapp.demo.trust import Trust
from webapp.demo.writing import Writer
from webapp.demo.writing_people import Ids
from webapp.people.rules.roles import Role

# School, who, and their cover; all are people of ``staff``.
_COVERS = (
    ("hill", "S Khan", "P Ashby"), ("hill", "P Ashby", "S Khan"), ("hill", "D Bell", "P Ashby"),
    ("hill", "G Osei", "D Bell"), ("hill", "J Reed", "H Malik"), ("hill", "L Varma", "N Okafor"),
    ("vale", "V Moss", "T Akers"), ("vale", "T Akers", "V Moss"), ("vale", "S Desai", "C Probert"),
    ("vale", "M Grant", "F Kerr"), ("vale", "A Lockwood", "P Zieliński"),
)  # fmt: skip
_AWAY = (("hill", "L Varma"),)
_GIVEN = ("hill", "H Malik")
_REFERRED = ("vale", "J Pike", "Jayden Pearce")
_REASON = "Away often on Mondays since Easter. We have met the carer twice."


def write_cover(writer: Writer, trust: Trust, ids: Ids) -> None:
    """After ``write_people``."""
    org, people = ids.organisation, trust.people
    staff = {member.display: ids.staff[member.number] for member in people.staff}
    since = trust.at - timedelta(days=30)
    writer.rows(
        "staff_cover",
        [
            {"organisation_id": org, "school_id": ids.schools[school], "staff_id": staff[who], "cover_id": staff[cover],
             "set_by": "Adil Farooq", "set_at": since}
            for school, who, cover in _COVERS
        ],
    )  # fmt: skip
    writer.rows(
        "staff_away",
        [
            {"organisation_id": org, "id": number, "public_id": name, "school_id": ids.schools[school],
             "staff_id": staff[who], "starts_on": trust.day, "starts_half": 0, "ends_on": trust.day, "ends_half": 1,
             "said_by": "Leena Varma", "said_at": since}
            for number, name, (school, who) in zip(
                writer.ids("staff_away", len(_AWAY)), writer.public_ids("staff_away"), _AWAY, strict=False
            )
        ],
    )  # fmt: skip
    school, who = _GIVEN
    led = {member.form: member for member in people.staff if (school, Role.TUTOR) in member.roles}
    form = next(form for form in people.forms if form.school == school and (school, form.name) in led)
    writer.rows(
        "form_staff",
        [{"organisation_id": org, "form_id": ids.forms[form.number], "staff_id": staff[who],
          "starts_on": trust.day, "ends_on": trust.day}],
    )  # fmt: skip
    school, officer, child = _REFERRED
    pupil = next(pupil for pupil in people.pupils if pupil.key == child)
    writer.rows(
        "referral",
        [
            {"organisation_id": org, "id": writer.ids("referral", 1)[0],
             "public_id": next(writer.public_ids("referral")), "school_id": ids.schools[school],
             "pupil_id": ids.pupils[pupil.number], "officer_id": staff[officer],
             "reason": _REASON, "starts_on": since.date(), "ends_on": trust.day + timedelta(days=60),
             "referred_at": since, "referred_by": "Vera Moss"}
        ],
    )  # fmt: skip
