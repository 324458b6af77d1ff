"""Every folder and module stands where the house says, under a name that says what it holds."""

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import AUDIENCES, CAPABILITIES, MADE, PACKAGES, ROOMS, ROOT, files, modules, plant

NAMES_THAT_SAY_NOTHING = {"util", "utils", "helper", "helpers", "misc", "common"}
TEMPLATE_FOLDERS = {"layouts", "components", "messages", "errors", *AUDIENCES}
DRAWN = "pictures"
"""Server-made SVG, shared by the audiences; it opens no door."""
TEST_FOLDERS = {"architecture", "browser", "oracles", "bench", "long", "factories"}


def names_that_say_nothing(root: Path) -> list[str]:
    found = []
    for path in files(root, (*PACKAGES, "migrations", "scripts", "templates", "tests")):
        name = path.relative_to(root)
        if {*name.parts[:-1], name.stem} & NAMES_THAT_SAY_NOTHING:
            found.append(f"{name.as_posix()}: the name does not say what it holds")
    return found


def folders_not_packages(root: Path) -> list[str]:
    """import-linter does not see a folder without __init__.py, and so no wall would stand in it."""
    folders = {path.parent for path in files(root, PACKAGES, (".py",))}
    return [
        f"{folder.relative_to(root).as_posix()}: __init__.py is missing"
        for folder in sorted(folders)
        if not (folder / "__init__.py").exists()
    ]


def wrong_rooms(root: Path) -> list[str]:
    found = []
    for capability in CAPABILITIES:
        place = root / "webapp" / capability
        if not place.is_dir():
            continue
        stems = [child.stem for child in children(place) if child.name != "__init__.py"]
        found += [
            f"webapp/{capability}/{stem}: a capability holds {', '.join(ROOMS)} and nothing else"
            for stem in sorted(set(stems) - set(ROOMS))
        ]
        found += [
            f"webapp/{capability}/{stem}: both a module and a folder"
            for stem in sorted({stem for stem in stems if stems.count(stem) > 1})
        ]
    return found


def children(place: Path) -> list[Path]:
    """Modules and folders with modules; a folder that a tool left behind is not one."""
    return [
        child
        for child in sorted(place.iterdir())
        if child.suffix == ".py" or (child.is_dir() and child.name not in MADE and any(files(child, suffixes=(".py",))))
    ]


def strange_audiences(root: Path) -> list[str]:
    place = root / "blueprints"
    found = [
        f"blueprints/{child.name}: no audience; one of {', '.join(AUDIENCES)}"
        for child in (children(place) if place.is_dir() else [])
        if child.is_dir() and child.name not in {*AUDIENCES, DRAWN}
    ]
    for name, tree in modules(root):
        parts = Path(name).parts
        if parts[0] == "blueprints" and len(parts) > 2:
            continue
        found += [
            f"{name}:{node.lineno}: a Blueprint is made in blueprints/<audience>/ only"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Blueprint"
        ]
    return found


def strange_template_folders(root: Path) -> list[str]:
    found = set()
    for path in files(root, ("templates",)):
        folder, *below = path.relative_to(root / "templates").parts[:-1] or ("",)
        if folder not in TEMPLATE_FOLDERS:
            found.add(f"templates/{folder or path.name}: stands in one of {', '.join(sorted(TEMPLATE_FOLDERS))}")
        elif folder in AUDIENCES and below:
            pages = {child.stem for child in (root / "blueprints" / folder).glob("*.py")}
            if below[0] not in pages | set(CAPABILITIES):
                found.add(f"templates/{folder}/{below[0]}: neither a capability nor a module of blueprints/{folder}")
    return sorted(found)


def strange_test_folders(root: Path) -> list[str]:
    words = {path.stem for path in (root / "webapp").glob("*")} | {*PACKAGES, *AUDIENCES, *TEST_FOLDERS}
    folders = {
        path.relative_to(root / "tests").parts[0] for path in files(root, ("tests",)) if path.parent.name != "tests"
    }
    return [f"tests/{folder}: no folder of the house has this name" for folder in sorted(folders - words)]


WALLS = (
    names_that_say_nothing,
    folders_not_packages,
    wrong_rooms,
    strange_audiences,
    strange_template_folders,
    strange_test_folders,
)


@pytest.mark.parametrize("wall", WALLS)
def test_the_house_is_as_it_says(wall):
    assert wall(ROOT) == []


PACKAGE = {"webapp/__init__.py": "", "webapp/record/__init__.py": ""}


@pytest.mark.parametrize(
    ("wall", "planted", "caught"),
    [
        (names_that_say_nothing, {"webapp/utils.py": ""}, "webapp/utils.py"),
        (names_that_say_nothing, {"notifications/helpers/text.py": ""}, "notifications/helpers/text.py"),
        (names_that_say_nothing, {"tests/common/people.py": ""}, "tests/common/people.py"),
        (names_that_say_nothing, {"templates/components/misc.html": ""}, "misc.html"),
        (names_that_say_nothing, {"webapp/foundation/commons.py": ""}, None),
        (folders_not_packages, {"webapp/record/rules/codes.py": ""}, "webapp/record/rules: __init__"),
        (folders_not_packages, {"webapp/record/rules/codes.py": "", "webapp/record/rules/__init__.py": ""}, None),
        (wrong_rooms, {"webapp/record/rules.py": "", "webapp/record/queries/__init__.py": ""}, None),
        (wrong_rooms, {"webapp/record/forms.py": ""}, "webapp/record/forms"),
        (wrong_rooms, {"webapp/plans/pictures/year.py": ""}, "webapp/plans/pictures"),
        (wrong_rooms, {"webapp/record/rules.py": "", "webapp/record/rules/codes.py": ""}, "both a module and a folder"),
        (wrong_rooms, {"webapp/foundation/work.py": ""}, None),
        (strange_audiences, {"blueprints/parent/leave.py": "pages = Blueprint('leave', __name__)"}, None),
        (strange_audiences, {"blueprints/governor/totals.py": ""}, "blueprints/governor"),
        (strange_audiences, {"blueprints/leave.py": "pages = Blueprint('leave', __name__)"}, "blueprints/leave.py:1"),
        (strange_audiences, {"webapp/errors.py": "import flask\nx = flask.Blueprint('x', 'x')"}, "webapp/errors.py:2"),
        (strange_template_folders, {"templates/parent/home.html": "", "templates/layouts/page.html": ""}, None),
        (strange_template_folders, {"templates/messages/absence_today/sms.txt": ""}, None),
        (strange_template_folders, {"templates/home.html": ""}, "templates/home.html"),
        (strange_template_folders, {"templates/office/board.html": ""}, "templates/office"),
        (strange_template_folders, {"templates/parent/leave/ask.html": ""}, None),
        (strange_template_folders, {"templates/staff/board/day.html": ""}, "templates/staff/board"),
        (
            strange_template_folders,
            {"templates/staff/board/day.html": "", "blueprints/staff/board.py": ""},
            None,
        ),
        (strange_test_folders, {"tests/record/test_codes.py": "", "tests/browser/test_tour.py": ""}, None),
        (strange_test_folders, {"tests/unit/test_codes.py": ""}, "tests/unit"),
    ],
)
def test_a_strange_name_is_caught(tmp_path: Path, wall, planted: dict[str, str], caught: str | None):
    found = wall(plant(tmp_path, {**PACKAGE, **planted}))
    if caught is None:
        assert found == []
    else:
        assert len(found) == 1
        assert caught in found[0]
