"""What running processes take: memory with shared pages counted once, and processor time."""

from __future__ import annotations

from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Memory:
    """Megabytes (10⁶ bytes) of some processes together: a page that several share is counted once among them.

    ``own`` is what they wrote; the rest are files (code, libraries, the database as mapped), which the system can drop.
    """

    all: float
    own: float

    def __add__(self, other: Memory) -> Memory:
        return Memory(self.all + other.all, self.own + other.own)

    def __str__(self) -> str:
        return f"{self.all:.0f} MB (own {self.own:.0f})"


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it started."""
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def memory(pid: int) -> Memory:
    """Of a process and all that it started; on Linux the proportional set size, elsewhere what each has to itself."""
    return sum((_memory(each) for each in family(pid)), Memory(0, 0))


def _memory(process: psutil.Process) -> Memory:
    try:
        with open(f"/proc/{process.pid}/smaps_rollup", encoding="ascii") as rollup:  # noqa: PTH123 - no file of ours
            kilobytes = {words[0]: int(words[1]) for words in map(str.split, rollup) if words[0].startswith("Pss")}
    except OSError:
        unshared = process.memory_full_info().uss / 1e6
        return Memory(unshared, unshared)
    return Memory(kilobytes["Pss:"] * 1024 / 1e6, kilobytes["Pss_Anon:"] * 1024 / 1e6)


def processor_seconds(pid: int) -> float:
    """What a process and all that it started have used so far; those that ended count while their parent lives."""
    return sum(_seconds(each) for each in family(pid))


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return sum(getattr(times, name, 0.0) for name in ("user", "system", "children_user", "children_system"))

