"""A submission is acted on once."""

from __future__ import annotations

import pytest

from tests.factories import World
from webapp.foundation.db import Database, unit_of_work
from webapp.foundation.submissions import SubmissionReused, find_result, keep_result


def test_the_same_submission_gives_the_same_result(db: Database, world: World) -> None:
    content = {"child": 1, "words": "ill"}
    with unit_of_work() as tx:
        assert find_result(tx, world.organisation, "contact:1", "k1", content) is None
        keep_result(tx, world.organisation, "contact:1", "k1", content, {"report": "abc"})
    with unit_of_work() as tx:
        assert find_result(tx, world.organisation, "contact:1", "k1", content) == {"report": "abc"}
        assert find_result(tx, world.organisation, "contact:2", "k1", content) is None
        assert find_result(tx, world.other_organisation, "contact:1", "k1", content) is None


def test_the_same_key_with_other_words_is_refused(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        keep_result(tx, world.organisation, "contact:1", "k1", {"words": "ill"}, {})
        with pytest.raises(SubmissionReused):
            find_result(tx, world.organisation, "contact:1", "k1", {"words": "away"})
