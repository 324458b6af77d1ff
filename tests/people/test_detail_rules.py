"""What a contact may ask to have changed, field by field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.people.rules.contact_points import ContactPointRefused
from webapp.people.rules.details import AskedDetail, Detail, DetailRefused, read_change

OLD, NEW = "+447700900001", "+447700900061"
MAIL = "alice@family.example"
HELD = [("mobile", OLD), ("email", MAIL)]


def typed(**values: str) -> dict[str, str]:
    return {"detail": "mobile", "old": "", "new": "", "words": "", **values}


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ({"old": OLD, "new": "07700 900061"}, AskedDetail(Detail.MOBILE, OLD, NEW, "")),
        ({"new": "07700 900061", "words": " New phone "}, AskedDetail(Detail.MOBILE, "", NEW, "New phone")),
        ({"old": OLD}, AskedDetail(Detail.MOBILE, OLD, "", "")),
        ({"detail": "language", "new": "pl"}, AskedDetail(Detail.LANGUAGE, "en", "pl", "")),
        ({"detail": "address", "new": " 1 High Street "}, AskedDetail(Detail.ADDRESS, "", "1 High Street", "")),
    ],
)
def test_what_may_be_asked(form: dict[str, str], asked: AskedDetail) -> None:
    assert read_change(typed(**form), HELD, "en", allow_fictional=True) == asked


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"detail": "name"}, "detail"), ({}, "new"), ({"old": "+447700900002", "new": "07700 900061"}, "old"),
        # An e-mail is not exchanged for a mobile.
        ({"old": MAIL, "new": "07700 900061"}, "old"), ({"new": "07700 900001"}, "new"), ({"new": "banana"}, "new"),
        ({"new": "01632 960001"}, "new"), ({"detail": "landline", "new": "07700 900061"}, "new"),
        ({"detail": "email", "new": "nobody"}, "new"), ({"detail": "language", "new": "xx"}, "new_language"),
        ({"detail": "language", "new": "en"}, "new_language"), ({"detail": "address", "new": " "}, "new"),
    ],
)  # fmt: skip
def test_what_may_not_names_its_field(form: dict[str, str], field: str) -> None:
    with pytest.raises((DetailRefused, ContactPointRefused)) as refused:
        read_change(typed(**form), HELD, "en", allow_fictional=True)
    assert refused.value.field == field


def test_the_last_way_to_reach_somebody_is_not_taken_off() -> None:
    with pytest.raises(DetailRefused):
        read_change(typed(old=OLD), [("mobile", OLD)], "en", allow_fictional=True)


@given(st.dictionaries(st.sampled_from(["detail", "old", "new", "words"]), st.text(max_size=30)))
def test_whatever_is_typed_is_read_or_refused(form: dict[str, str]) -> None:
    try:
        asked = read_change(form, HELD, "en", allow_fictional=True)
    except Exception as refused:
        assert getattr(refused, "field", ""), refused
    else:
        assert asked.old or asked.new
