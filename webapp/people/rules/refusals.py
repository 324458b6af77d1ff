"""How a rule says no to what somebody typed."""

from __future__ import annotations


class Refused(ValueError):
    """Bad input: ``field`` names where it was typed, ``mend`` is a whole sentence saying what to do instead.

    The sentence never repeats the value, so that it may be logged.
    """

    def __init__(self, field: str, mend: str) -> None:
        super().__init__(f"{field}: {mend}")
        self.field = field
        self.mend = mend
