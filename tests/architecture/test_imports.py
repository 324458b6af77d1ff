"""The floors and rooms of the house, as import-linter sees them ([tool.importlinter] in pyproject.toml)."""

import shutil
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import AUDIENCES, CAPABILITIES, MADE, PACKAGES, ROOMS, ROOT, run_tool

CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
}
# contract, the module at fault, what it says, the forbidden end of the import
FAULTS = (
    ("floors", "webapp.foundation.planted", "import webapp.people", "webapp.people"),
    ("floors", "webapp.foundation.planted", "import notifications", "notifications"),
    ("floors", "webapp.people.services", "import webapp.record.rules", "webapp.record"),
    ("floors", "webapp.record.services", "import notifications", "notifications"),
    ("floors", "notifications.planted", "import webapp.accounts.services", "webapp.accounts"),
    ("floors", "webapp.absence.services", "import webapp.first_day.services", "webapp.first_day"),
    ("floors", "webapp.leave.services", "import webapp.meetings.queries", "webapp.meetings"),
    ("floors", "webapp.meetings.services", "import webapp.leave.queries", "webapp.leave"),
    ("floors", "webapp.first_day.services", "import webapp.plans.rules", "webapp.plans"),
    ("floors", "webapp.insight.queries", "import webapp.reactions", "webapp.reactions"),
    ("floors", "webapp.absence.services", "import webapp.access", "webapp.access"),
    ("floors", "webapp.access", "import blueprints.staff", "blueprints"),
    ("floors", "webapp.reactions", "import webapp.demo", "webapp.demo"),
    ("floors", "webapp.demo.planted", "import blueprints.demo", "blueprints"),
    ("floors", "blueprints.parent.planted", "import webapp.factory", "webapp.factory"),
    ("floors", "webapp.factory", "import webapp.worker", "webapp.worker"),
    ("floors", "webapp.wsgi", "import webapp.__main__", "webapp.__main__"),
    ("no-folder-outside-a-floor", "webapp.gadgets", "", "webapp.gadgets"),
    ("rooms", "webapp.people.rules", "import webapp.people.models", "webapp.people.models"),
    ("rooms", "webapp.record.models", "import webapp.record.queries", "webapp.record.queries"),
    ("rooms", "webapp.plans.queries", "import webapp.plans.services", "webapp.plans.services"),
    ("rooms", "webapp.law.rules", "def f():\n    import webapp.law.services", "webapp.law.services"),
    ("rules-are-pure", "webapp.record.rules", "import flask", "flask"),
    ("rules-are-pure", "webapp.people.rules", "from sqlalchemy.orm import Mapped", "sqlalchemy"),
    ("rules-are-pure", "webapp.absence.rules", "import webapp.foundation.db", "webapp.foundation.db"),
    ("rules-are-pure", "webapp.leave.rules", "from webapp.foundation import clock", "webapp.foundation.clock"),
    ("rules-are-pure", "webapp.insight.rules", "import webapp.foundation.flasky", "flask"),
    ("rules-are-pure", "notifications.rules", "import flask", "flask"),
    ("rooms", "notifications.rules", "import notifications.models", "notifications.models"),
    ("pages-never-touch-tables", "blueprints.staff.planted", "import webapp.people.models", "webapp.people.models"),
    ("pages-never-touch-tables", "notifications.planted", "import webapp.people.models", "webapp.people.models"),
    ("only-notifications-write-messages", "blueprints.staff.planted", "import notifications.models", "notifications"),
    ("only-notifications-write-messages", "webapp.first_day.services", "import notifications.models", "notifications"),
    ("pages-never-touch-tables", "webapp.reactions", "import webapp.absence.models", "webapp.absence.models"),
    ("pages-never-touch-tables", "webapp.absence.rules", "import webapp.people.models", "webapp.people.models"),
    ("only-record-writes-marks", "webapp.absence.services", "import webapp.record.models", "webapp.record.models"),
    ("only-record-writes-marks", "webapp.insight.models", "import webapp.record.models", "webapp.record.models"),
    (
        "a-query-never-calls-a-service",
        "webapp.absence.queries",
        "import webapp.people.services",
        "webapp.people.services",
    ),
)


def test_the_house_stands_as_its_contracts_say():
    result = run_tool("lint-imports", "--no-logo", "--no-cache", at=ROOT)
    assert result.returncode == 0, result.stdout


def test_each_contract_has_a_planted_fault():
    assert {fault[0] for fault in FAULTS} == set(CONTRACTS)


@pytest.fixture(scope="module")
def whole_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages in which every floor and room stands, those not built yet as empty modules."""
    house = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", house)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, house / package, ignore=shutil.ignore_patterns(*MADE))
    for name in ("__main__", "wsgi", "cli", "worker", "factory", "access", "errors", "security", "demo", "reactions"):
        stand(house, f"webapp.{name}")
    for capability in CAPABILITIES:
        for room in ROOMS:
            stand(house, f"webapp.{capability}.{room}")
    for room in ROOMS:
        stand(house, f"notifications.{room}")
    for audience in AUDIENCES:
        stand(house, f"blueprints.{audience}.home")
    stand(house, "webapp.foundation.flasky").write_text("import flask\n", "utf-8")
    return house


def stand(house: Path, module: str) -> Path:
    """The file of a module, made empty when it is not there (a folder's is its __init__)."""
    *parents, name = module.split(".")
    place = house
    for parent in parents:
        place /= parent
        place.mkdir(exist_ok=True)
        (place / "__init__.py").touch()
    path = place / name / "__init__.py" if (place / name).is_dir() else place / f"{name}.py"
    path.touch()
    return path


@pytest.mark.parametrize(("contract", "module", "code", "imported"), FAULTS)
def test_a_planted_fault_is_caught(
    whole_house: Path, tmp_path: Path, contract: str, module: str, code: str, imported: str
):
    house = shutil.copytree(whole_house, tmp_path / "house")
    path = stand(house, module)
    path.write_text(f"{path.read_text('utf-8')}\n{code}\n", "utf-8")

    result = run_tool("lint-imports", "--no-logo", "--no-cache", "--contract", contract, at=house)

    assert result.returncode == 1, result.stdout
    assert f"{CONTRACTS[contract]} BROKEN" in result.stdout
    assert module in result.stdout
    assert imported in result.stdout
