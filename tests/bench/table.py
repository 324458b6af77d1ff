"""Rows of the bench, and the table they make."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

ENGINES = ("sqlite", "postgresql")
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Row:
    """One figure on one engine. ``holds`` None: no budget stands for it; ``figures`` are the raw numbers."""

    what: str
    budget: str
    measured: str
    holds: bool | None
    figures: dict[str, Any]


@dataclass(frozen=True)
class Times:
    """How long something took, in milliseconds, run after run."""

    runs: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    @property
    def best(self) -> float:
        return min(self.runs)

    @property
    def p99(self) -> float:
        return sorted(self.runs)[min(len(self.runs) - 1, int(len(self.runs) * 0.99))]

    def figures(self) -> dict[str, Any]:
        """For the JSON."""
        return {
            "runs": len(self.runs), "best_ms": round(self.best, 3), "median_ms": round(self.median, 3),
            "p99_ms": round(self.p99, 3), "worst_ms": round(max(self.runs), 3),
        }  # fmt: skip

    def __str__(self) -> str:
        return f"p50 {spelt(self.median)}, p99 {spelt(self.p99)}"


def spelt(milliseconds: float) -> str:
    """Milliseconds as a person reads them."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.2f} s"
    return f"{milliseconds:.1f} ms" if milliseconds < 100 else f"{milliseconds:.0f} ms"


def timed(calls: Iterable[Callable[[], Any]], *, warm_up: int = 0) -> Times:
    """Run each call once and keep how long it took, after ``warm_up`` that are not counted."""
    runs = []
    for number, call in enumerate(calls):
        start = time.perf_counter()
        call()
        if number >= warm_up:
            runs.append((time.perf_counter() - start) * 1000)
    return Times(runs)


def printed(by_engine: dict[str, list[Row]]) -> str:
    """The table as text: what, budget, each engine, and whether the budget holds on every engine measured."""
    names = list(dict.fromkeys(row.what for rows in by_engine.values() for row in rows))
    found = {(engine, row.what): row for engine, rows in by_engine.items() for row in rows}
    lines = [["what", "budget", *(TITLES[engine] for engine in ENGINES), "holds"]]
    for name in names:
        rows = [found.get((engine, name)) for engine in ENGINES]
        present = [row for row in rows if row is not None]
        verdicts = [row.holds for row in present if row.holds is not None]
        lines.append(
            [name, present[0].budget, *("not measured" if row is None else row.measured for row in rows),
             ("yes" if all(verdicts) else "NO") if verdicts else ""]
        )  # fmt: skip
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in [lines[0], rule, *lines[1:]]
    )


def as_json(by_engine: dict[str, list[Row]]) -> dict[str, list[dict[str, Any]]]:
    """The rows by engine, for the file."""
    return {engine: [asdict(row) for row in rows] for engine, rows in by_engine.items()}
