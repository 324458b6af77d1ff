"""A text that is too long is refused with its own length, not with that of a part of it."""

from __future__ import annotations

from tests.blueprints.parent.test_report import public_id, reports, send_quick
from tests.factories import World
from tests.pages import Enter, page


def test_the_refusal_says_how_long_the_words_are(as_parent: Enter, world: World) -> None:
    answer = send_quick(as_parent(world.alice), public_id(world.ella), reason="ill", words="x" * 100_000)
    assert answer.status_code == 422
    assert "This has 100,000." in page(answer).text
    assert reports() == []
