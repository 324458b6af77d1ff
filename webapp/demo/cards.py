"""Who may be tried on the demo's sign-in page, one card a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from webapp.people.rules.fictional_numbers import fictional_mobile


class Door(StrEnum):
    """Which sign-in page the card belongs to."""

    PARENT = "parent"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class SignInCard:
    """One card. ``key`` names it in an address; ``point`` is what the person signs in with: E.164 or an e-mail address.

    ``role`` and ``school`` are words for the page, ``how`` is one sentence saying what to type and where the code goes,
    ``shows`` what is worth seeing as this person.
    """

    key: str
    door: Door
    name: str
    role: str
    school: str
    point: str
    how: str
    shows: str


_HILL, _VALE, _BOTH = "Hill Primary", "Vale Academy", "Hill Primary and Vale Academy"

# Name, what they are, school, mobile, what it shows.
_PARENTS: tuple[tuple[str, str, str, int, str], ...] = (
    ("Alice Ahmed", "Mum of Tom (3K) and Ella (8B)", _BOTH, 1, "Tell school about two children at two schools"),
    ("Bob Ahmed", "Dad of Tom and Ella, lives elsewhere", _BOTH, 2, "His own view, nothing of Alice's; he speaks Urdu"),
    ("Charlie Shah", "Dad of Ravi (4B) and Noor (9D)", _BOTH, 3, "Another family, with a report already sent"),
    ("Jana Novak", "Mum of Leo (1B)", _HILL, 7, "A report that waits to be read"),
    ("Shirin Begum", "Mum of Aaliyah (6C), Ibrahim (2T) and Yusuf (7A)", _BOTH, 20, "Three children, one report"),
    ("Margaret Doyle", "Foster carer of Jayden (7D)", _VALE, 13, "A carer's rights"),
)
_STAFF: tuple[tuple[str, str, str, str, str], ...] = (
    ("Vera Moss", "Attendance officer", _VALE, "v.moss@vale.example", "The board after register close"),
    ("Saira Khan", "Attendance officer", _HILL, "s.khan@hill.example", "The board while registers are open"),
    ("Jo Reed", "Teacher of 3K", _HILL, "j.reed@hill.example", "A register in under 30 seconds; it waits until 9:24"),
    ("Amy Lockwood", "Tutor of 8B", _VALE, "a.lockwood@vale.example", "Own pupils only"),
    ("Brenda Hirst", "Receptionist", _HILL, "b.hirst@hill.example", "Arrived, leaving, sent home, who is on site"),
    ("Folasade Adeyemi", "School nurse", _HILL, "f.adeyemi@hill.example", "Medical needs, and who was seen"),
    ("Hamza Malik", "Cover supervisor", _HILL, "h.malik@hill.example", "One register, for today alone"),
    ("Ngozi Okafor", "Pastoral lead", _HILL, "n.okafor@hill.example", "Her tasks and pupils"),
    ("Leena Varma", "SEN coordinator", _HILL, "l.varma@hill.example", "Pupils and what is due"),
    ("Paul Ashby", "Attendance lead", _HILL, "p.ashby@hill.example", "The board, totals and settings"),
    ("Gifty Osei", "Headteacher", _HILL, "g.osei@hill.example", "Her board, totals and settings"),
    ("Fiona Kerr", "Deputy headteacher", _VALE, "f.kerr@vale.example", "Decisions when the head is away"),
    ("Eirlys Pugh", "Senior attendance champion", _VALE, "e.pugh@vale.example", "Figures first, every case to read"),
    ("Dina Bell", "Deputy headteacher and DSL", _HILL, "d.bell@hill.example", "Alarms first"),
    ("Sanjay Desai", "DSL", _VALE, "s.desai@vale.example", "A phrase of danger in a family's text"),
    ("Carys Probert", "Deputy safeguarding lead", _VALE, "c.probert@vale.example", "Covers for the DSL"),
    ("Ruth Abrahams", "Chair of governors", _HILL, "r.abrahams@hill.example", "Totals, never a child"),
    ("Joanna Pike", "Education welfare officer", _BOTH, "j.pike@trust.example", "Referred cases only"),
    ("Adil Farooq", "Administrator", _BOTH, "a.farooq@trust.example", "Calendars, imports, settings"),
    ("Yvonne Bond", "Trust lead", _BOTH, "y.bond@trust.example", "Either school’s totals and settings"),
)


def sign_in_cards() -> tuple[SignInCard, ...]:
    """The cards in the order of the page, parents first. All are people of ``cast`` and ``staff``."""
    parents = (
        SignInCard(
            _key(name), Door.PARENT, name, role, school, fictional_mobile(mobile),
            f"Choose this card, or type 07700 900{mobile:03}: the code comes to the demo phone.", shows,
        )
        for name, role, school, mobile, shows in _PARENTS
    )  # fmt: skip
    staff = (
        SignInCard(
            _key(name), Door.STAFF, name, role, school, email,
            f"Choose this card, or type {email}: the code comes to the demo phone.", shows,
        )
        for name, role, school, email, shows in _STAFF
    )  # fmt: skip
    return (*parents, *staff)


def find_card(key: str) -> SignInCard | None:
    """The card of that key ("alice-ahmed"), or None."""
    return next((card for card in sign_in_cards() if card.key == key), None)


def _key(name: str) -> str:
    return name.lower().replace(" ", "-")
