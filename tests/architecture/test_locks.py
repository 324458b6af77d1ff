"""The locks name every dependency of pyproject.toml, each version with its hashes, and no place to fetch it from."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import ROOT

RUN = (ROOT / "requirements.lock").read_text("utf-8")
PDF = (ROOT / "requirements-pdf.lock").read_text("utf-8")
TEST = (ROOT / "requirements-test.lock").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^ ;\\]+)[^\\\n]*(?P<hashes>(?:\\\n +--hash=\S+ ?)*)", re.M
)
A_PLACE = re.compile(r"\w+://|^-|(?:^|\s)--(?!hash=)[a-z]|@ |#.*/[a-z]+/", re.M)


@dataclass(frozen=True, slots=True)
class Pinned:
    version: str
    hashes: int


def pinned(lock: str) -> dict[str, Pinned]:
    return {
        canonicalize_name(match["name"]): Pinned(match["version"], match["hashes"].count("--hash=sha256:"))
        for match in PINNED.finditer(lock)
    }


def faults(lock: str, wanted: list[str]) -> list[str]:
    """What is wrong with a lock that should serve the requirements `wanted`."""
    pins = pinned(lock)
    found = [f"{name}: no hash" for name, pin in pins.items() if not pin.hashes]
    # The comment "via -c requirements.lock" is uv's, and names a file of this folder.
    text = re.sub(r"^ +#.*-c requirements\.lock$", "", lock, flags=re.M)
    found += [f"names a place: {match.group()}" for match in A_PLACE.finditer(text)]
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        if name not in pins:
            found.append(f"{name}: not locked: make lock")
        elif not requirement.specifier.contains(pins[name].version, prereleases=True):
            found.append(f"{name}: locked at {pins[name].version}, wanted {requirement.specifier}: make lock")
    return found


def needed_to_run() -> list[str]:
    return PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"]


def needed_to_test() -> list[str]:
    return needed_to_run() + PROJECT["project"]["optional-dependencies"]["test"]


def test_the_run_lock_is_whole():
    assert faults(RUN, needed_to_run()) == []


def test_the_test_lock_is_whole():
    assert faults(TEST, needed_to_test()) == []


def test_the_pdf_lock_is_whole():
    assert faults(PDF, needed_to_run() + PROJECT["project"]["optional-dependencies"]["pdf"]) == []


@pytest.mark.parametrize("lock", [RUN, PDF], ids=["run", "pdf"])
def test_what_is_tested_is_what_runs(lock: str):
    tests = pinned(TEST)
    assert {name: tests.get(name) for name in pinned(lock)} == pinned(lock)


def test_what_makes_pdf_files_is_what_runs_and_more():
    assert {name: pinned(PDF).get(name) for name in pinned(RUN)} == pinned(RUN)
    assert "weasyprint" not in pinned(RUN)


def test_the_build_is_locked():
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]


FLASK = "flask==3.1.3 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via firstbell (pyproject.toml)\n"
COLORAMA = "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:cc\n    # via\n    #   click\n"


@pytest.mark.parametrize(
    ("lock", "wanted", "caught"),
    [
        (FLASK + COLORAMA, ["Flask>=3.1", "colorama"], None),
        (FLASK, ["flask>=3.1", "alembic"], "alembic: not locked"),
        (FLASK, ["flask>=3.2"], "flask: locked at 3.1.3"),
        (FLASK + "click==8.5.1\n", ["flask"], "click: no hash"),
        (FLASK + "click @ https://example.org/click.whl\n", ["flask"], "names a place"),
        ("--index-url https://example.org/wheels\n" + FLASK, ["flask"], "names a place"),
        ("-f wheels\n" + FLASK, ["flask"], "names a place"),
        ("#    uv compile /srv/firstbell/pyproject.toml\n" + FLASK, ["flask"], "names a place"),
    ],
)
def test_a_fault_in_a_lock_is_caught(lock: str, wanted: list[str], caught: str | None):
    found = faults(lock, wanted)
    assert (found == []) if caught is None else any(caught in item for item in found)


def test_the_locks_are_read_to_the_end():
    assert len(pinned(RUN)) == len(re.findall(r"^\w", RUN, re.M)) > 50
    assert len(pinned(TEST)) == len(re.findall(r"^\w", TEST, re.M)) > len(pinned(RUN))


def test_the_locks_stand_beside_the_project():
    locks = ["requirements-pdf.lock", "requirements-test.lock", "requirements.lock"]
    assert sorted(path.name for path in Path(ROOT).glob("*.lock")) == locks
