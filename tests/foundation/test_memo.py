"""What the memo keeps and forgets."""

from __future__ import annotations

import weakref

from webapp.foundation.memo import Memo


def test_a_value_is_made_once_until_forgotten() -> None:
    made: list[int] = []
    memo = Memo(seconds=1000)

    def make() -> int:
        made.append(1)
        return len(made)

    assert (memo.get("a", make), memo.get("a", make), memo.get("b", make)) == (1, 1, 2)
    memo.forget()
    assert memo.get("a", make) == 3


def test_a_value_is_made_again_after_its_seconds() -> None:
    at = [100.0]
    memo = Memo(seconds=5, now=lambda: at[0])
    assert memo.get("a", lambda: 1) == 1
    at[0] = 104.0
    assert memo.get("a", lambda: 2) == 1
    at[0] = 106.0
    assert memo.get("a", lambda: 3) == 3


def test_what_nobody_asks_for_any_more_is_dropped() -> None:
    class Calendar:
        pass

    at = [100.0]
    memo = Memo(seconds=5, now=lambda: at[0])
    seen = weakref.ref(memo.get("a school", Calendar))
    at[0] = 106.0
    memo.get("another school", Calendar)
    assert seen() is None
