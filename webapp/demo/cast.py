"""The named families: a table to read. The tour and the browser tests rely on these people, forms and numbers.

A mobile of 1 is 07700 900001, a landline of 11 is 01632 960011. ``rate`` is the share of sessions missed so far this
year; ``away_today`` says that the morning register did not find the child.
"""

from __future__ import annotations

from dataclasses import dataclass

from webapp.demo.names import Faith
from webapp.people.rules.fictional_numbers import fictional_mobile
from webapp.people.rules.groups import Group

WRONG_NUMBER = fictional_mobile(404)
"""Held for Grace Osei and usable as far as school knows; the demo phone answers that no such number exists."""


@dataclass(frozen=True, slots=True)
class Child:
    first: str
    last: str
    school: str
    form: str
    sex: str
    rate: float
    away_today: bool = False
    language: str = "en"
    ethnicity: str = "WBRI"
    legal: str = ""
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """A court order over the children; ``review_in`` is days from today, negative once it has passed."""

    kind: str
    denies: str
    review_in: int


@dataclass(frozen=True, slots=True)
class Adult:
    """``of`` names the children they are linked to, all of them if empty. ``home``: the children live with them."""

    title: str
    first: str
    last: str
    relationship: str
    mobile: int | None = None
    landline: int | None = None
    email: bool = False
    home: bool = True
    responsible: bool = True
    language: str = "en"
    interpreter: bool = False
    voice: bool = False
    your_child: bool = False
    hidden_address: bool = False
    no_contact: bool = False
    order: Limit | None = None
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    children: tuple[Child, ...]
    adults: tuple[Adult, ...]
    faith: Faith = Faith.NONE


FAMILIES: tuple[Family, ...] = (
    # Separated parents; Bob needs an interpreter. The family of the tour.
    Family(
        (
            Child("Tom", "Ahmed", "hill", "3K", "M", 0.072, True, legal="Thomas", ethnicity="MWAS"),
            Child("Ella", "Ahmed", "vale", "8B", "F", 0.037, True, ethnicity="MWAS"),
        ),
        (
            Adult("Mrs", "Alice", "Ahmed", "mother", mobile=1, email=True),
            Adult("Mr", "Bob", "Ahmed", "father", mobile=2, home=False, language="ur", interpreter=True),
            Adult("Mrs", "Sheila", "Turner", "grandmother", landline=11, home=False, responsible=False),
        ),
    ),
    # The wrong number: Grace's text fails, Daniel has to be rung.
    Family(
        (Child("Maya", "Osei", "hill", "6R", "F", 0.058, True, ethnicity="BAFR", groups=(Group.TRAVELS_ALONE,)),),
        (
            Adult("Ms", "Grace", "Osei", "mother", mobile=404),
            Adult("Mr", "Daniel", "Osei", "father", mobile=6, home=False),
        ),
    ),
    Family(
        (
            Child("Leo", "Novak", "hill", "1B", "M", 0.061, True, "cs", "WOTH", groups=(Group.EAL,)),
        ),
        (
            Adult("Mrs", "Jana", "Novak", "mother", mobile=7, email=True, language="cs"),
            Adult("Mr", "Petr", "Novak", "father", mobile=8, language="cs", interpreter=True),
        ),
    ),
    # Charlie is the other family: nothing of his may ever be seen by Alice or Bob, nor theirs by him.
    Family(
        (
            Child("Ravi", "Shah", "hill", "4B", "M", 0.142, True, "gu", "AIND", groups=(Group.EAL, Group.SEN_SUPPORT)),
            Child("Noor", "Shah", "vale", "9D", "F", 0.044, True, "gu", "AIND", groups=(Group.EAL,)),
        ),
        (
            Adult("Mr", "Charlie", "Shah", "father", mobile=3, email=True),
            Adult("Mrs", "Meera", "Shah", "mother", mobile=4, language="gu"),
        ),
        Faith.HINDU,
    ),
    Family(
        (Child("Nadia", "Bell", "hill", "5J", "F", 0.031, True),),
        (Adult("Miss", "Karen", "Bell", "mother", mobile=9, email=True),),
    ),
    Family(
        (Child("Zoë", "Martin", "hill", "2M", "F", 0.026, True),),
        (
            Adult("Dr", "Claire", "Martin", "mother", mobile=10, email=True),
            Adult("Ms", "Hélène", "Martin", "mother", mobile=11),
        ),
    ),
    Family(
        (Child("Ivy", "Clarke", "hill", "5J", "F", 0.049, True, groups=(Group.MEDICAL,)),),
        (Adult("Mr", "Simon", "Clarke", "father", mobile=12),),
    ),
    # A foster carer, the child's social worker, and a mother who may have letters from the DSL only.
    Family(
        (
            Child(
                "Jayden", "Pearce", "vale", "7D", "M", 0.094, True,
                groups=(Group.LOOKED_AFTER, Group.PUPIL_PREMIUM, Group.FREE_SCHOOL_MEALS, Group.SEN_SUPPORT),
            ),
        ),
        (
            Adult("Mrs", "Margaret", "Doyle", "foster carer", mobile=13, responsible=False),
            Adult("Mr", "Tunde", "Adeyemi", "social worker", landline=12, email=True, home=False, responsible=False),
            Adult(
                "Ms", "Tracey", "Pearce", "mother", mobile=14, home=False, no_contact=True,
                order=Limit("Care order", "report,leave,collect,contact", 120),
            ),
        ),
    ),
    # No smartphone: a landline, and a voice.
    Family(
        (
            Child(
                "Lily", "Briggs", "hill", "2T", "F", 0.055, True,
                groups=(Group.PUPIL_PREMIUM, Group.FREE_SCHOOL_MEALS),
            ),
        ),
        (Adult("Mr", "Stanley", "Briggs", "grandfather", landline=13, voice=True),),
    ),
    # A court order in force: the father is not told, does not collect, and must not learn the address.
    Family(
        (
            Child(
                "Kayden", "Marsh", "hill", "4S", "M", 0.083,
                groups=(Group.DOMESTIC_ABUSE, Group.CHILD_IN_NEED, Group.PUPIL_PREMIUM, Group.FREE_SCHOOL_MEALS),
            ),
            Child("Skye", "Marsh", "vale", "7B", "F", 0.117, groups=(Group.DOMESTIC_ABUSE, Group.CHILD_IN_NEED)),
        ),
        (
            Adult("Ms", "Stacey", "Marsh", "mother", mobile=15, hidden_address=True, your_child=True),
            Adult(
                "Mr", "Dean", "Marsh", "father", mobile=16, home=False, no_contact=True,
                order=Limit("Non-molestation order", "view,report,leave,collect,contact", 90),
            ),
        ),
    ),
    # An order whose review date has passed: nothing goes to the father until a person has looked.
    Family(
        (Child("Amira", "Haddad", "vale", "10C", "F", 0.068, True, "ar", "OOTH", groups=(Group.EAL,)),),
        (
            Adult("Mrs", "Rana", "Haddad", "mother", mobile=17, language="ar", interpreter=True),
            Adult(
                "Mr", "Samir", "Haddad", "father", mobile=18, home=False, language="ar",
                order=Limit("Child arrangements order", "collect", -41),
            ),
        ),
        Faith.MUSLIM,
    ),
    # Words of danger: "He left at 8".
    Family(
        (Child("Callum", "Reid", "vale", "9B", "M", 0.079, True, groups=(Group.TRAVELS_ALONE, Group.PUPIL_PREMIUM)),),
        (Adult("Ms", "Donna", "Reid", "mother", mobile=19),),
    ),
    # One message for three children at two schools.
    Family(
        (
            Child("Aaliyah", "Miah", "hill", "6C", "F", 0.041, True, "bn", "ABAN", groups=(Group.EAL,)),
            Child("Ibrahim", "Miah", "hill", "2T", "M", 0.066, True, "bn", "ABAN", groups=(Group.EAL,)),
            Child(
                "Yusuf", "Miah", "vale", "7A", "M", 0.052, True, "bn", "ABAN",
                groups=(Group.EAL, Group.PUPIL_PREMIUM),
            ),
        ),
        (
            Adult("Mrs", "Shirin", "Begum", "mother", mobile=20, language="bn", interpreter=True),
            Adult("Mr", "Abdul", "Miah", "father", mobile=21, language="bn"),
        ),
        Faith.MUSLIM,
    ),
    # Reported away, and marked in all the same.
    Family(
        (Child("Temi", "Adeyemi", "vale", "10B", "F", 0.033, ethnicity="BAFR"),),
        (Adult("Dr", "Folake", "Adeyemi", "mother", mobile=22, email=True),),
    ),
    Family(
        (Child("Oscar", "Lindqvist", "hill", "5W", "M", 0.028, ethnicity="WOTH"),),
        (Adult("Mr", "Erik", "Lindqvist", "father", mobile=23, email=True),),
    ),
    Family(
        (Child("Siân", "Evans", "vale", "11D", "F", 0.128, True),),
        (Adult("Mrs", "Angharad", "Evans", "mother", mobile=24),),
    ),
    Family(
        (
            Child(
                "José", "Fernández", "vale", "10D", "M", 0.097, True, "es", "WOTH",
                groups=(Group.YOUNG_CARER, Group.EAL),
            ),
        ),
        (Adult("Ms", "Rocío", "Fernández", "mother", mobile=25, language="es"),),
    ),
    Family(
        (Child("Łukasz", "Wiśniewski", "vale", "11B", "M", 0.024, True, "pl", "WOTH", groups=(Group.EAL,)),),
        (
            Adult("Mrs", "Agnieszka", "Wiśniewska", "mother", mobile=26, email=True, language="pl"),
            Adult("Mr", "Paweł", "Wiśniewski", "father", mobile=27, language="pl"),
        ),
    ),
    Family(
        (
            Child(
                "Deniz", "Yılmaz", "vale", "9E", "M", 0.236, True, "tr", "WOTH",
                groups=(Group.EAL, Group.SEN_SUPPORT),
            ),
        ),
        (Adult("Mrs", "Ayşe", "Yılmaz", "mother", mobile=28, language="tr", interpreter=True),),
        Faith.MUSLIM,
    ),
    Family(
        (Child("Olena", "Kovalenko", "vale", "7E", "F", 0.063, True, "uk", "WOTH", groups=(Group.EAL,)),),
        (Adult("Mrs", "Iryna", "Kovalenko", "mother", mobile=29, language="uk", interpreter=True),),
    ),
    Family(
        (Child("Simran", "Kaur Gill", "vale", "9D", "F", 0.019, True, "pa", "AIND", groups=(Group.EAL,)),),
        (
            Adult("Mrs", "Harpreet", "Kaur Gill", "mother", mobile=30, language="pa"),
            Adult("Mr", "Gurdeep", "Singh Gill", "father", mobile=31),
        ),
        Faith.SIKH,
    ),
    Family(
        (Child("Minh Anh", "Nguyễn", "vale", "8D", "F", 0.022, True, "vi", "AOTH", groups=(Group.EAL,)),),
        (Adult("Ms", "Hương", "Nguyễn", "mother", mobile=32, email=True, language="vi"),),
    ),
    Family(
        (
            Child(
                "Ionela", "Căldărar", "hill", "3D", "F", 0.212, True, "ro", "WROM",
                groups=(Group.EAL, Group.PUPIL_PREMIUM),
            ),
        ),
        (
            Adult("Mrs", "Mirela", "Căldărar", "mother", mobile=33, language="ro", interpreter=True),
            Adult("Mr", "Costel", "Căldărar", "father", mobile=34, language="ro", interpreter=True),
        ),
    ),
    Family(
        (Child("Harry", "Collins", "hill", "4S", "M", 0.047, groups=(Group.SERVICE_CHILD,)),),
        (
            Adult("Mrs", "Gemma", "Collins", "mother", mobile=35),
            Adult("Sgt", "Luke", "Collins", "father", mobile=36, email=True),
        ),
    ),
    Family(
        (Child("Hannah", "Whitfield", "vale", "13B", "F", 0.052),),
        (Adult("Mrs", "Ruth", "Whitfield", "mother", mobile=37, email=True),),
    ),
    Family(
        (Child("Wei", "Chen", "vale", "12C", "M", 0.018, False, "zh", "CHNE", groups=(Group.EAL,)),),
        (Adult("Mrs", "Li Na", "Chen", "mother", mobile=38, email=True, language="zh"),),
    ),
)

CAST_SURNAMES = frozenset(child.last for family in FAMILIES for child in family.children)
CAST_ADULTS = frozenset(f"{adult.first} {adult.last}" for family in FAMILIES for adult in family.adults)
