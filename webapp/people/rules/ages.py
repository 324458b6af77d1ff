"""Ages that the law counts by: compulsory school age and the age of sixteen."""

from __future__ import annotations

from datetime import date, timedelta

_FRIDAY = 4
_SCHOOL_YEAR_STARTS_IN = 9


def birthday(date_of_birth: date, age: int) -> date:
    """The day on which ``age`` is attained (Family Law Reform Act 1969 s.9: at the start of that day).

    Someone born on 29 February attains an age on 1 March in a year without one.
    """
    year = date_of_birth.year + age
    try:
        return date_of_birth.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def age_on(date_of_birth: date, on: date) -> int:
    """Age in whole years on a day. Raises ``ValueError`` before the day of birth."""
    if on < date_of_birth:
        raise ValueError("The day is before the date of birth")
    years = on.year - date_of_birth.year
    return years if birthday(date_of_birth, years) <= on else years - 1


def compulsory_school_age_begins(date_of_birth: date) -> date:
    """The first day of compulsory school age.

    It is the fifth birthday if that is a prescribed day, else the prescribed day that follows (Education Act 1996
    s.8(2); prescribed days 31 March, 31 August, 31 December: Education (Start of Compulsory School Age) Order 1998).
    Attendance is due from the start of the term after it.
    """
    fifth = birthday(date_of_birth, 5)
    prescribed = (date(fifth.year, 3, 31), date(fifth.year, 8, 31), date(fifth.year, 12, 31))
    return next(day for day in prescribed if day >= fifth)


def school_leaving_date(date_of_birth: date) -> date:
    """The last day of compulsory school age: the last Friday of June of the school year of the sixteenth birthday.

    Education Act 1996 s.8(3) and Education (School Leaving Date) Order 1997. A school year is counted from
    1 September, so a birthday in July or August belongs to the June before it.
    """
    sixteenth = birthday(date_of_birth, 16)
    year = sixteenth.year if sixteenth.month < _SCHOOL_YEAR_STARTS_IN else sixteenth.year + 1
    end_of_june = date(year, 6, 30)
    return end_of_june - timedelta(days=(end_of_june.weekday() - _FRIDAY) % 7)


def compulsory_school_age(date_of_birth: date, on: date) -> bool:
    """True from the prescribed day of the fifth year to the school leaving date, both included."""
    return compulsory_school_age_begins(date_of_birth) <= on <= school_leaving_date(date_of_birth)
