"""The ways out, all of one shape: a parcel goes in, an outcome comes back; nothing here touches the database.

``channels_from`` chooses them from the settings; the demo phone stands in where a provider is not configured.
"""

from __future__ import annotations

from notifications.channels.sets import Channels, NoChannels, channels_from, current, use
from notifications.channels.shape import (
    Channel,
    Looked,
    LookedUp,
    Outcome,
    Parcel,
    PushKeys,
    Receipt,
    Verdict,
)

__all__ = [
    "Channel", "Channels", "Looked", "LookedUp", "NoChannels", "Outcome", "Parcel", "PushKeys", "Receipt", "Verdict",
    "channels_from", "current", "use",
]  # fmt: skip
