"""What a mark costs on disk."""

from __future__ import annotations

from tests.bench.data import PUPILS, SCHOOL_DAYS, Trust
from tests.bench.env import Env
from tests.bench.table import Row


def measure(env: Env) -> list[Row]:
    """Bytes a mark, table and index, as an import leaves them and as days bring them; how long the data took."""
    count, seconds = _marks(env.trust), env.trust.made["seconds"]
    return [
        _bytes("bytes a mark, table and index", env.trust),
        _bytes("bytes a mark that came day by day", env.one_school()),
        Row(
            f"making the data: {count / 1e6:.1f} million marks and their caches", "-",
            f"{seconds:.0f} s, {count / seconds:,.0f} marks/s", None, {"seconds": seconds, "marks": count},
        ),
    ]  # fmt: skip


def _marks(trust: Trust) -> int:
    return trust.schools * PUPILS * SCHOOL_DAYS * 2


def _bytes(what: str, trust: Trust) -> Row:
    """As they were when the data was made; later deletions leave room that is no mark's."""
    each, caches = trust.made["mark_bytes"] / _marks(trust), trust.made["cache_bytes"] / _marks(trust)
    return Row(
        what, "86 in the trial", f"{each:.1f} (caches {caches:.1f} more)", each <= 100,
        {"bytes": round(each, 2), "cache_bytes": round(caches, 2), "marks": _marks(trust)},
    )  # fmt: skip
