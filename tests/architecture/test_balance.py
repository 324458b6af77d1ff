"""How the tests are dealt out: the heaviest file goes first, the browser's stay together, and the table is no relic."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.balance import A_TEST, BROWSER, SECONDS, HeaviestFirst, scope_of, weight

ROOT = Path(__file__).parents[2]


class Node:
    """A worker that keeps what it is told to run."""

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.shutting_down = False
        self.told: list[list[int]] = []

    def send_runtest_some(self, places: list[int]) -> None:
        self.told.append(places)

    def shutdown(self) -> None:
        self.shutting_down = True


def dealt(tests: list[str], monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """For each of two workers the scopes that it was given, in order, where both take equally long for a test."""
    monkeypatch.setattr("xdist.scheduler.loadscope.parse_tx_spec_config", lambda _config: ["popen", "popen"])
    config: Any = SimpleNamespace(option=SimpleNamespace(loadscopereorder=True))
    found = HeaviestFirst(config)
    nodes: Any = [Node("gw0"), Node("gw1")]
    for node in nodes:
        found.add_node(node)
        found.add_node_collection(node, tests)
    found.schedule()
    done = [0, 0]
    while not all(node.shutting_down or sum(map(len, node.told)) <= done[at] for at, node in enumerate(nodes)):
        for at, node in enumerate(nodes):
            places = [place for some in node.told for place in some]
            if done[at] < len(places):
                found.mark_test_complete(node, places[done[at]])
                done[at] += 1
    return [list(dict.fromkeys(scope_of(tests[place]) for some in node.told for place in some)) for node in nodes]


def test_the_heaviest_goes_first_however_few_its_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [f"tests/many.py::test_{n}" for n in range(50)]
    some = [f"tests/some.py::test_{n}" for n in range(9)]
    few = [f"{BROWSER}/test_{n}.py::test_it" for n in range(3)]
    one, other = dealt([*some, *many, *few], monkeypatch)
    assert one[0] == BROWSER
    assert other[0] == "tests/many.py"
    assert {*one, *other} == {BROWSER, "tests/many.py", "tests/some.py"}


def test_each_test_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tests = [f"tests/file_{n % 7}.py::test_{n}[a::b]" for n in range(60)]
    one, other = dealt(tests, monkeypatch)
    assert sorted([*one, *other]) == sorted({scope_of(test) for test in tests})


def test_the_table_speaks_of_files_that_are_there() -> None:
    assert [scope for scope in SECONDS if not (ROOT / scope).exists()] == []
    assert weight("tests/no_such.py", 10) == 10 * A_TEST
    assert weight(BROWSER, 1) == SECONDS[BROWSER]
