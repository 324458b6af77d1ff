"""docs/security/asvs.md: every requirement of levels 1 and 2 once, and each test that it names is one that runs."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass

import pytest

from tests.architecture.tree import ROOT

PAPER = ROOT / "docs" / "security" / "asvs.md"
ANSWERS = ("met", "not applicable", "open")
# The level of each requirement of ASVS 5.0.0, in order, section by section.
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3", "3.7": "22333",
    "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333", "6.6": "2223",
    "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "9.1": "111", "9.2": "1222",
    "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222", "10.6": "22",
    "10.7": "222",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23", "11.7": "33",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
    "17.1": "23", "17.2": "22223333", "17.3": "22",
}  # fmt: skip
_ROW = re.compile(r"\| v5\.0\.0-([\d.]+) \| (\d) \| (.+?) \| (.+?) \| (.+?) \|")
_NODE = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
# Each way in which a test can be there and not count.
_SET_ASIDE = {"skip", "skipif", "xfail", "long"}


@dataclass(frozen=True)
class Line:
    """One requirement and our answer."""

    id: str
    level: str
    answer: str
    why: str

    @property
    def nodes(self) -> list[tuple[str, str]]:
        return _NODE.findall(self.why)


def lines() -> list[Line]:
    found = []
    for text in PAPER.read_text("utf-8").splitlines():
        if text.startswith("| v5"):
            row = _ROW.fullmatch(text)
            assert row, f"not a row: {text}"
            found.append(Line(row[1], row[2], row[4], row[5]))
    return found


def wanted() -> list[tuple[str, str]]:
    return [
        (f"{section}.{place}", level)
        for section, levels in LEVELS.items()
        for place, level in enumerate(levels, 1)
        if level in "12"
    ]


def test_every_requirement_of_both_levels_is_there_once() -> None:
    assert (len(wanted()), Counter(level for _, level in wanted())) == (253, {"1": 70, "2": 183})
    assert [(line.id, line.level) for line in lines()] == wanted()


def test_every_answer_is_one_of_three_and_says_enough() -> None:
    for line in lines():
        assert line.answer in ANSWERS, line.id
        # What is met is proved by a test, what is not says why in words.
        assert bool(line.nodes) == (line.answer == "met"), line.id
        assert line.answer == "met" or len(line.why) >= 12, line.id


def test_the_numbers_at_the_top_are_right() -> None:
    count = Counter(line.answer for line in lines())
    said = re.search(r"Of (\d+) lines (\d+) are met, (\d+) not applicable, (\d+) open", PAPER.read_text("utf-8"))
    assert said is not None
    assert [int(number) for number in said.groups()] == [len(lines()), *(count[answer] for answer in ANSWERS)]


def marks_of(nodes: list[ast.expr]) -> set[str]:
    found = {each.attr for node in nodes for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    return found & _SET_ASIDE


def fault_of(source: str, name: str) -> str:
    """Why the test of that name does not count in this module; "" when it does."""
    module = ast.parse(source)
    for node in module.body:
        is_mark = isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        )
        if is_mark and marks_of([node.value]):  # type: ignore[attr-defined]
            return "its module is set aside"
    named = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == name]
    if len(named) != 1 or not name.startswith("test_"):
        return f"there are {len(named)} of that name"
    if marks_of(named[0].decorator_list):
        return "it is set aside"
    if not any(isinstance(each, ast.Assert | ast.Raise | ast.With) for each in ast.walk(named[0])) and not any(
        isinstance(each, ast.Call) for each in ast.walk(named[0])
    ):
        return "it asserts nothing"
    return ""


def test_every_test_that_is_named_is_one_that_runs() -> None:
    faults = {}
    for file, name in sorted({node for line in lines() for node in line.nodes}):
        path = ROOT / file
        fault = fault_of(path.read_text("utf-8"), name) if path.exists() else "there is no such file"
        if fault:
            faults[f"{file}::{name}"] = fault
    assert faults == {}


def test_every_test_that_is_named_is_collected(request: pytest.FixtureRequest) -> None:
    """Of the files that this run has collected; the whole suite collects them all."""
    collected = {item.nodeid.partition("[")[0] for item in request.session.items}
    files = {node.partition("::")[0] for node in collected}
    named = {f"{file}::{name}" for line in lines() for file, name in line.nodes if file in files}
    assert named - collected == set()
    if len(files) > 150:
        assert {file for line in lines() for file, _ in line.nodes} <= files


@pytest.mark.parametrize(
    ("source", "caught"),
    [
        ("def test_x():\n    assert 1", False),
        ("def test_y():\n    assert 1", True),
        ("@pytest.mark.skip\ndef test_x():\n    assert 1", True),
        ("@pytest.mark.xfail(reason='x')\ndef test_x():\n    assert 1", True),
        ("@pytest.mark.long\ndef test_x():\n    assert 1", True),
        ("@pytest.mark.parametrize('a', [1])\ndef test_x(a):\n    assert a", False),
        ("pytestmark = pytest.mark.skipif(True, reason='x')\ndef test_x():\n    assert 1", True),
        ("class TestIt:\n    def test_x(self):\n        assert 1", True),
        ("def test_x():\n    pass", True),
    ],
)
def test_a_test_that_does_not_count_is_caught(source: str, caught: bool) -> None:
    assert bool(fault_of(source, "test_x")) == caught
