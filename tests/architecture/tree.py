"""What the walls share: where the files are, the words of the house, and how to plant a fault."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("webapp", "notifications", "blueprints")
ROOMS = ("rules", "models", "queries", "services")
CAPABILITIES = (
    "people",
    "record",
    "accounts",
    "absence",
    "first_day",
    "leave",
    "meetings",
    "plans",
    "law",
    "insight",
)
AUDIENCES = ("auth", "parent", "staff", "admin", "links", "api", "webhooks", "pwa", "demo")

# Made by tools or by the running program, never written by a person.
MADE = {
    ".git",
    ".grimp_cache",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
    "build",
    "node_modules",
    "var",
}


def files(root: Path, folders: Iterable[str] = (".",), suffixes: tuple[str, ...] = ()) -> Iterator[Path]:
    """Every file that people wrote below `folders` of `root`, in a fixed order."""
    for folder in folders:
        for place, names, found in os.walk(root / folder):
            names[:] = sorted(name for name in names if name not in MADE and not name.endswith(".egg-info"))
            for name in sorted(found):
                if not suffixes or name.endswith(suffixes):
                    yield Path(place, name)


def modules(root: Path, folders: Iterable[str] = PACKAGES) -> Iterator[tuple[str, ast.Module]]:
    """(path from root, syntax tree) of every Python module below `folders`."""
    for path in files(root, folders, (".py",)):
        yield path.relative_to(root).as_posix(), ast.parse(path.read_text("utf-8"), str(path))


def plant(root: Path, planted: Mapping[str, str]) -> Path:
    """Write path → text below `root`, with the folders that they need."""
    for name, text in planted.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def run_tool(tool: str, *arguments: str, at: Path) -> subprocess.CompletedProcess[str]:
    """Run a tool of .venv in the folder `at`, with that folder's packages before the installed ones."""
    return subprocess.run(
        [Path(sys.executable).with_name(tool), *arguments],
        cwd=at,
        env={**os.environ, "PYTHONPATH": str(at), "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
