"""The QR picture for an authenticator. It is drawn here: the key in it goes to no third party."""

from __future__ import annotations

from dataclasses import dataclass

import segno

_BORDER = 4
"""The quiet zone that the standard asks for, in modules."""


@dataclass(frozen=True, slots=True)
class QrPicture:
    """A square of ``size`` modules, border included; ``path`` draws the dark ones, a run of a row at a time."""

    size: int
    path: str


def qr_picture(text: str) -> QrPicture:
    """The QR code of a text, with the error correction that a phone needs on a scratched screen (M)."""
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix]
    runs = []
    for y, row in enumerate(rows):
        start = 0
        for x in range(len(row) + 1):
            dark = x < len(row) and bool(row[x])
            before = x > 0 and bool(row[x - 1])
            if dark and not before:
                start = x
            if before and not dark:
                runs.append(f"M{start + _BORDER} {y + _BORDER}h{x - start}v1h-{x - start}z")
    return QrPicture(len(rows) + 2 * _BORDER, "".join(runs))
