"""The demo phone: takes every text, push and e-mail, and sends none. Its page reads the rows of deliveries.

It goes the way of the real thing: taken at once, and for a text a report a moment later.
"""

from __future__ import annotations

from datetime import timedelta

from notifications.channels.shape import Looked, LookedUp, Outcome, Parcel, Receipt

WRONG_NUMBER = "+447700900404"
"""The documented wrong number of the demo: what is sent to it fails with 30005."""

_A_MOMENT = timedelta(seconds=2)


class DemoPhone:
    """``reports``: a moment later it says that the text arrived, as a network does; push and mail say nothing."""

    provider = "demo"

    def __init__(self, *, reports: bool, after: timedelta = _A_MOMENT) -> None:
        self._reports, self._after = reports, after

    def send(self, parcel: Parcel) -> Outcome:
        """Always taken."""
        if not self._reports:
            return Outcome.accepted(_id(parcel))
        wrong = parcel.address == WRONG_NUMBER
        receipt = Receipt("undelivered", "30005", self._after) if wrong else Receipt("delivered", "", self._after)
        return Outcome.accepted(_id(parcel), receipt)

    def find(self, parcel: Parcel) -> LookedUp:
        """What was sent stands in our own rows; a second time shows the same text there."""
        return LookedUp(Looked.NOT_THERE)


def _id(parcel: Parcel) -> str:
    return f"demo-{parcel.token}"
