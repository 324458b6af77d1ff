"""One claim, finish, retry and progress for all that waits: deliveries, ladder steps, imports, reports, schedules.

Enqueue in the transaction of the deed; a worker claims the row and commits, the handler acts with no transaction open,
then writes its effect and ``finish`` in one commit. A worker that dies loses nothing: its lease runs out and the row is
done again, so a handler asks before it acts whether its job still needs doing.
"""

from webapp.foundation.work.claims import claim
from webapp.foundation.work.health import Pulse, QueueHealth, WorkStatus, find_status, pulse, queue_health
from webapp.foundation.work.intake import NewWork, enqueue, enqueue_many, redue_for_school_clock
from webapp.foundation.work.registry import Job, fresh_kinds, handler
from webapp.foundation.work.run import run_due, run_job
from webapp.foundation.work.schedules import daily, each_minutes, every
from webapp.foundation.work.settle import (
    LeaseLost,
    TryAgain,
    again,
    cancel,
    extend,
    fail,
    finish,
    give_up,
    progress,
    release,
    revive,
)
from webapp.foundation.work.table import Priority, WorkState

__all__ = [
    "Job", "LeaseLost", "NewWork", "Priority", "Pulse", "QueueHealth", "TryAgain", "WorkState", "WorkStatus", "again",
    "cancel", "claim", "daily", "each_minutes", "enqueue", "enqueue_many", "every", "extend", "fail", "find_status",
    "finish", "fresh_kinds", "give_up", "handler", "progress", "pulse", "queue_health", "redue_for_school_clock",
    "release", "revive", "run_due", "run_job",
]  # fmt: skip
