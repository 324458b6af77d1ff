"""A stage that a file is packed into directly, and tables that learn."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from datetime import date
from typing import Any

from webapp.record.services.stage import SESSION_SHIFT, MarkStage, unpack_session


class FileStage(MarkStage):
    """A stage that a reader fills with packed marks itself."""

    def bits(self, on: date, half: int, code: str) -> int:
        """A packed mark without its enrolment and minutes. Raises CodeRefused or SessionRefused."""
        return self._learn(on, half, code)

    @property
    def packed(self) -> array[int]:
        """Where the reader appends; complete before the stage is first sorted."""
        return self._keys


class Learned(dict[Any, int]):
    """What was worked out for a key once. A key that cannot be worked out is not kept."""

    def __init__(self, learn: Callable[[Any], int]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, key: Any) -> int:
        value = self[key] = self._learn(key)
        return value


def day_in(packed: int) -> date:
    """The date of a packed mark."""
    return unpack_session(packed >> SESSION_SHIFT)[1]
