"""The trail: who did and who saw what, when. Written in the transaction of the deed, never changed.

Each entry carries a salted digest of its contents. A few seconds later the worker seals the digests of an organisation
into a chain (``seals``): an entry that is altered, missing or slipped in later is then named by ``verify``, while the
contents of one can still be erased as the law asks (``erase``).
"""

from webapp.foundation.trail.entries import FIRSTBELL, Actor, ActorKind, Deed, TrailEntry, write, write_all
from webapp.foundation.trail.seals import TrailHead, TrailSeal, schedule

__all__ = [
    "FIRSTBELL", "Actor", "ActorKind", "Deed", "TrailEntry", "TrailHead", "TrailSeal", "schedule", "write", "write_all",
]  # fmt: skip
