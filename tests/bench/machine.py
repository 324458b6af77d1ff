"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
import sqlite3
from datetime import UTC, datetime
from typing import Any

import psutil
from sqlalchemy import NullPool, create_engine, text

_SETTINGS = ("server_version", "shared_buffers", "synchronous_commit", "fsync", "full_page_writes")


def describe(server: str | None) -> dict[str, Any]:
    """Cores, memory, versions, load, and the PostgreSQL settings that matter."""
    load = os.getloadavg() if hasattr(os, "getloadavg") else (0.0, 0.0, 0.0)
    machine: dict[str, Any] = {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "load_at_start": round(load[0], 2),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": None,
    }
    if server is not None:
        engine = create_engine(server, poolclass=NullPool)
        with engine.connect() as connection:
            machine["postgresql"] = {
                name: connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one()
                for name in _SETTINGS
            }
    return machine


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:  # noqa: PTH123 - no file of ours
            return next(line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def in_words(machine: dict[str, Any]) -> str:
    """One line above the table."""
    server = machine["postgresql"]
    postgresql = f"PostgreSQL {server['server_version']}" if server else "PostgreSQL NOT MEASURED (no server answers)"
    hardware = f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB"
    software = f"Python {machine['python']}, SQLite {machine['sqlite']}, {postgresql}"
    return f"{hardware}, load {machine['load_at_start']}; {software}; {machine['taken_at']}"
