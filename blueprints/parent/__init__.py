"""What a parent sees and does, on a phone."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("parent", __name__)

from blueprints.parent import (  # noqa: E402, F401
    changes,
    children,
    details,
    everything_told,
    files,
    home,
    messages,
    new_report,
    own_voice,
    passkeys,
    proving,
    quick_report,
    receipts,
    where,
    you,
)
