"""Stopping a channel whose account, key or sender was refused, and starting it when one gets through again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from notifications.models import ChannelPause
from webapp.foundation.clock import machine_now
from webapp.foundation.db import unit_of_work

log = logging.getLogger("firstbell.notifications")

PAUSE = timedelta(minutes=2)
"""How long nothing goes out before the next delivery tries again."""

_INSERT = {
    "sqlite": sqlite_insert(ChannelPause)
    .on_conflict_do_nothing(index_elements=["channel"])
    .returning(ChannelPause.channel),
    "postgresql": postgresql_insert(ChannelPause)
    .on_conflict_do_nothing(index_elements=["channel"])
    .returning(ChannelPause.channel),
}


def pause_channel_in(tx: Connection, channel: str, code: str, words: str) -> datetime:
    """Nothing goes out on the channel until the returned instant (machine time). Since when it is down is kept."""
    now = machine_now()
    until = now + PAUSE
    row = {"channel": channel, "since": now, "until": until, "error_code": code[:16], "words": words[:200]}
    added = tx.execute(_INSERT[tx.dialect.name], row).scalar_one_or_none() is not None
    tx.execute(
        update(ChannelPause)
        .where(ChannelPause.channel == channel)
        .values(until=until, error_code=row["error_code"], words=row["words"])
    )
    if added:
        log.error("the channel %s is stopped: %s %s", channel, code, words)
    return until


def pause_channel(channel: str, words: str) -> datetime:
    """Stop a channel by hand, or from outside a transaction."""
    with unit_of_work() as tx:
        return pause_channel_in(tx, channel, "", words)


def resume_channel_in(tx: Connection, channel: str) -> None:
    """The channel works again."""
    if tx.execute(delete(ChannelPause).where(ChannelPause.channel == channel)).rowcount:
        log.warning("the channel %s works again", channel)


def is_paused(db: Connection, channel: str) -> bool:
    """True while nothing goes out on the channel."""
    until = db.scalar(select(ChannelPause.until).where(ChannelPause.channel == channel))
    return until is not None and until > machine_now()
