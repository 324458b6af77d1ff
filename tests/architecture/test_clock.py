"""One clock, one reader of the environment, one place that commits."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, modules, plant

WHERE = (*PACKAGES, "migrations")
CLOCK = "webapp/foundation/clock"
CONFIG = "webapp/foundation/config"
DATABASE = "webapp/foundation/db"

WALL_CLOCK = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "time.ctime",
    "time.gmtime",
    "time.localtime",
    "time.time",
    "time.time_ns",
}
SQL_CLOCK = re.compile(
    r"\bcurrent_(?:timestamp|date|time)\b|\b(?:now|clock_timestamp|statement_timestamp)\(\)"
    r"|\b(?:date|time|datetime|julianday|unixepoch|strftime)\([^()]*'now'",
    re.IGNORECASE,
)
SQL_FUNCTIONS = {
    "clock_timestamp",
    "current_date",
    "current_time",
    "current_timestamp",
    "localtimestamp",
    "now",
    "statement_timestamp",
    "transaction_timestamp",
}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv"}


def reads_the_clock(root: Path) -> list[str]:
    return [
        f"{name}:{line}: {word}: the time comes from webapp.foundation.clock"
        for name, tree in outside(root, CLOCK)
        for line, word in dotted_names(tree)
        if word in WALL_CLOCK
    ]


def asks_the_database_for_the_time(root: Path) -> list[str]:
    found = []
    for name, tree in modules(root, WHERE):
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in SQL_FUNCTIONS:
                word = ast.unparse(node)
                if word.split(".")[-2] != "func":
                    continue
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                match = SQL_CLOCK.search(node.value)
                if match is None:
                    continue
                word = match.group()
            else:
                continue
            found.append(f"{name}:{node.lineno}: {word}: the time is a value that the program gives")
    return found


def reads_the_environment(root: Path) -> list[str]:
    return [
        f"{name}:{line}: {word}: a setting is read in webapp.foundation.config"
        for name, tree in outside(root, CONFIG)
        for line, word in dotted_names(tree)
        if word in ENVIRONMENT
    ]


def commits(root: Path) -> list[str]:
    return [
        f"{name}:{node.lineno}: .commit(): only the doors of webapp.foundation.db commit"
        for name, tree in outside(root, DATABASE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]


def outside(root: Path, module: str) -> Iterator[tuple[str, ast.Module]]:
    """The modules of the house, but for one (which may be a folder)."""
    for name, tree in modules(root, WHERE):
        if name != f"{module}.py" and not name.startswith(f"{module}/"):
            yield name, tree


def dotted_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, full name) of each name and attribute, with imported names written out: dt.now → datetime.datetime.now."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield node.lineno, f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            first, _, rest = ast.unparse(node).partition(".")
            if first in known:
                yield node.lineno, f"{known[first]}.{rest}"


WALLS = (reads_the_clock, asks_the_database_for_the_time, reads_the_environment, commits)


@pytest.mark.parametrize("wall", WALLS)
def test_the_house_keeps_it(wall):
    assert wall(ROOT) == []


@pytest.mark.parametrize(
    ("wall", "path", "code", "caught"),
    [
        (reads_the_clock, "webapp/record/rules.py", "import datetime\nx = datetime.datetime.now()", True),
        (reads_the_clock, "webapp/record/rules.py", "import datetime as dt\nx = dt.date.today()", True),
        (reads_the_clock, "notifications/policy.py", "from datetime import datetime as d\nx = d.utcnow()", True),
        (reads_the_clock, "blueprints/parent/home.py", "from datetime import date\nx = date.today", True),
        (reads_the_clock, "webapp/worker.py", "import time\nx = time.time()", True),
        (reads_the_clock, "webapp/worker.py", "from time import time_ns", True),
        (reads_the_clock, "migrations/versions/1.py", "import time\nx = time.time()", True),
        (reads_the_clock, "webapp/foundation/clock.py", "import time\nx = time.time()", False),
        (reads_the_clock, "webapp/foundation/clock/school.py", "import time\nx = time.time()", False),
        (reads_the_clock, "webapp/worker.py", "import time\nx = time.monotonic()\ntime.sleep(1)", False),
        (reads_the_clock, "webapp/worker.py", "from webapp.foundation import clock\nx = clock.school_now()", False),
        (asks_the_database_for_the_time, "webapp/record/models.py", "x = sa.func.now()", True),
        (asks_the_database_for_the_time, "webapp/record/models.py", "x = func.current_timestamp()", True),
        (asks_the_database_for_the_time, "migrations/versions/1.py", "x = sa.text('CURRENT_TIMESTAMP')", True),
        (asks_the_database_for_the_time, "webapp/record/queries.py", "x = 'select * where due < now()'", True),
        (asks_the_database_for_the_time, "webapp/record/queries.py", "x = \"select date('now')\"", True),
        (asks_the_database_for_the_time, "webapp/record/queries.py", "x = f\"{a} strftime('%s', 'now')\"", True),
        (asks_the_database_for_the_time, "webapp/record/queries.py", 'def f():\n    """No now() in SQL."""', False),
        (asks_the_database_for_the_time, "webapp/record/queries.py", "x = 'where due < :now'\ny = clock.now", False),
        (reads_the_environment, "webapp/factory.py", "import os\nx = os.environ['A']", True),
        (reads_the_environment, "webapp/factory.py", "from os import environ, path", True),
        (reads_the_environment, "notifications/channels/smtp.py", "import os\nx = os.getenv('A')", True),
        (reads_the_environment, "webapp/foundation/config.py", "import os\nx = os.environ['A']", False),
        (
            reads_the_environment,
            "webapp/factory.py",
            "import os\nx = os.path.join('a', 'b')\ny = request.environ",
            False,
        ),
        (commits, "webapp/absence/services.py", "session.commit()", True),
        (commits, "webapp/worker.py", "connection.connection.commit()", True),
        (commits, "webapp/foundation/db.py", "connection.commit()", False),
        (commits, "webapp/foundation/db/doors.py", "connection.commit()", False),
        (commits, "webapp/foundation/work.py", "after_commit(wake)", False),
    ],
)
def test_a_breach_is_caught(tmp_path: Path, wall, path: str, code: str, caught: bool):
    found = wall(plant(tmp_path, {path: code}))
    assert bool(found) is caught
    assert all(item.startswith(f"{path}:") for item in found)
