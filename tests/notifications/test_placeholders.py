"""Words that a school has edited."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.rules.placeholders import PlaceholderRefused, check, fill, placeholders_in

VALUES = {"child": "Tom", "link": "https://x.example/t/1"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Where is {child}?", "Where is Tom?"),
        ("{child}, { child }: {link}", "Tom, Tom: https://x.example/t/1"),
        ("nothing to fill", "nothing to fill"),
        ("", ""),
    ],
)
def test_fill(text: str, filled: str) -> None:
    assert fill(text, VALUES) == filled


@pytest.mark.parametrize(
    "text",
    [
        "{surname}", "{child", "child}", "{{child}}", "{% if child %}", "{child.__class__}", "{child!r}", "{0}", "{}",
        "{Child}",
    ],
)  # fmt: skip
def test_anything_else_in_braces_is_refused(text: str) -> None:
    with pytest.raises(PlaceholderRefused) as refused:
        fill(text, VALUES, field="sms")
    assert refused.value.field == "sms"
    assert "{child}" in refused.value.mend


def test_one_that_is_needed() -> None:
    with pytest.raises(PlaceholderRefused, match=r"\{link\}"):
        check("Where is {child}?", VALUES, needed=["link"])


def test_each_is_named_once() -> None:
    assert placeholders_in("{child} {link} {child}") == ("child", "link")


@given(st.text(max_size=40), st.text(alphabet="{}childnk<>&", max_size=20))
def test_a_value_is_never_read_again_and_always_escaped(before: str, value: str) -> None:
    plain = before.replace("{", "").replace("}", "")
    filled = fill(plain + "{child}", {"child": value, "link": "no"}, escape=html.escape)
    assert filled == html.escape(plain) + html.escape(value)
