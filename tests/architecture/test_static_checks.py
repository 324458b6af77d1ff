"""ruff, mypy and djlint find nothing, with the settings of pyproject.toml, and those settings bite."""

import shutil
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, files, plant, run_tool


def test_ruff_finds_nothing():
    result = run_tool("ruff", "check", "--output-format", "concise", ".", at=ROOT)
    assert result.returncode == 0, result.stdout


def test_mypy_finds_nothing():
    result = run_tool("mypy", at=ROOT)
    assert result.returncode == 0, result.stdout


def test_djlint_finds_nothing():
    if not any(files(ROOT, ("templates",), (".html",))):
        pytest.skip("no templates yet")
    result = run_tool("djlint", "templates", "--lint", "--quiet", at=ROOT)
    assert result.returncode == 0, result.stdout


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return plant(tmp_path, {f"{package}/__init__.py": "" for package in PACKAGES})


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import os", "F401"),
        ("from datetime import datetime\nx = datetime(2026, 9, 1)", "DTZ001"),
        ("print('hello')", "T201"),
        (f"x = '{'a' * 130}'", "E501"),
        ("def Late():\n    pass", "N802"),
    ],
)
def test_a_breach_of_style_is_caught(planted: Path, code: str, rule: str):
    plant(planted, {"webapp/planted.py": f"{code}\n"})
    result = run_tool("ruff", "check", "--no-cache", ".", at=planted)
    assert result.returncode == 1, result.stdout
    assert rule in result.stdout


UNTYPED = "def late(minutes):\n    return minutes\n"


@pytest.mark.parametrize(
    ("path", "code", "caught"),
    [
        ("webapp/record/rules.py", UNTYPED, "no-untyped-def"),
        ("webapp/record/rules/codes.py", UNTYPED, "no-untyped-def"),
        ("webapp/record/services.py", UNTYPED, "no-untyped-def"),
        ("webapp/absence/services/reports.py", UNTYPED, "no-untyped-def"),
        ("webapp/foundation/clock.py", UNTYPED, "no-untyped-def"),
        ("notifications/policy.py", UNTYPED, "no-untyped-def"),
        ("notifications/channels/smtp.py", "x: list = []\n", "type-arg"),
        # The strict settings stay in the rooms they are meant for.
        ("blueprints/parent/home.py", UNTYPED, None),
        ("blueprints/parent/home.py", "x: int = 'one'\n", "assignment"),
        ("webapp/record/queries.py", "def f():\n    x: int = 'one'\n", "assignment"),
    ],
)
def test_a_breach_of_types_is_caught(planted: Path, path: str, code: str, caught: str | None):
    packages = {f"{parent.as_posix()}/__init__.py": "" for parent in Path(path).parents if parent.name}
    plant(planted, {**packages, path: code})
    result = run_tool("mypy", at=planted)
    assert result.returncode == (0 if caught is None else 1), result.stdout
    assert caught is None or f"[{caught}]" in result.stdout


@pytest.mark.parametrize(
    ("path", "html", "caught"),
    [
        ("templates/parent/home.html", '<img src="{{ picture }}" height="9" width="9">', "H013"),
        ("templates/parent/home.html", "<p><b>Hill Primary</p></b>", "H025"),
        ("templates/parent/home.html", '<p style="color: red">Late</p>', "H021"),
        ("templates/messages/absence/email.html", '<p style="color: red">Late</p>', None),
        ("templates/parent/home.html", "<p>{{ pupil.first_name }} is in school.</p>", None),
    ],
)
def test_a_breach_in_a_template_is_caught(planted: Path, path: str, html: str, caught: str | None):
    plant(planted, {path: f"{html}\n"})
    result = run_tool("djlint", "templates", "--lint", at=planted)
    assert result.returncode == (0 if caught is None else 1), result.stdout
    assert caught is None or caught in result.stdout
