"""A module is read in one sitting, a view in one look."""

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, files, modules, plant

MODULE_LINES = 300
VIEW_LINES = 25
ROUTE_DECORATORS = {"route", "get", "post", "put", "patch", "delete"}


def long_modules(root: Path) -> list[str]:
    found = []
    for path in files(root, PACKAGES, (".py",)):
        lines = len(path.read_text("utf-8").splitlines())
        if lines > MODULE_LINES:
            name = path.relative_to(root).as_posix()
            found.append(f"{name}: {lines} lines, at most {MODULE_LINES}: make it a folder of the same name")
    return found


def long_views(root: Path) -> list[str]:
    found = []
    for name, tree in modules(root, ("blueprints",)):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_view(node):
                lines = view_lines(node)
                if lines > VIEW_LINES:
                    found.append(
                        f"{name}:{node.lineno}: {node.name} has {lines} lines, at most {VIEW_LINES}: "
                        "a view loads, checks, calls one service and answers"
                    )
    return found


def is_view(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    targets = (item.func if isinstance(item, ast.Call) else item for item in node.decorator_list)
    return any(isinstance(target, ast.Attribute) and target.attr in ROUTE_DECORATORS for target in targets)


def view_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end; decorators and docstring cost nothing."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is not None:
        lines -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
    return lines


def test_no_module_is_too_long():
    assert long_modules(ROOT) == []


def test_no_view_is_too_long():
    assert long_views(ROOT) == []


@pytest.mark.parametrize(
    ("path", "lines", "caught"),
    [
        ("webapp/record/rules.py", 300, False),
        ("webapp/record/rules.py", 301, True),
        ("webapp/record/rules/arithmetic.py", 301, True),
        ("notifications/policy.py", 301, True),
        ("blueprints/parent/leave.py", 301, True),
        ("migrations/versions/0001_first.py", 900, False),
        ("tests/record/test_rules.py", 900, False),
    ],
)
def test_a_long_module_is_caught(tmp_path: Path, path: str, lines: int, caught: bool):
    found = long_modules(plant(tmp_path, {path: "x = 1\n" * lines}))
    assert [item.split(":")[0] for item in found] == ([path] if caught else [])


def view(lines: int, decorator: str = "@pages.get('/today')", docstring: str = "") -> str:
    body = "    x = 1\n" * (lines - 1)
    return f"{decorator}\ndef today():\n{docstring}{body}"


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        (view(25), False),
        (view(26), True),
        (view(26, "@pages.route('/today', methods=['GET', 'POST'])"), True),
        (view(26, "@pages.post('/today')\n@login_required"), True),
        (view(26).replace("def", "async def"), True),
        (view(26).replace("\n", "\n    ").replace("@", "def make():\n    @", 1), True),
        (view(25, docstring='    """Why this view is\n    as it is.\n    """\n'), False),
        (view(60, "@cached"), False),
    ],
)
def test_a_long_view_is_caught(tmp_path: Path, code: str, caught: bool):
    found = long_views(plant(tmp_path, {"blueprints/parent/home.py": code}))
    assert bool(found) is caught
    assert all("today has" in item for item in found)
