"""Every deed that the code writes into the trail has words for its readers, and says who they are."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, modules, plant
from webapp.insight.rules.deeds import DEEDS
from webapp.people.rules.files import ImportKind

_OTHER_DEEDS = "webapp/accounts/rules/"
"""The limits of sign-in count deeds of another kind."""


class Source:
    """The functions of the product and who calls them: a deed whose name is handed in is found at the caller."""

    def __init__(self, root: Path) -> None:
        self.trees = list(modules(root, PACKAGES))
        self.calls: dict[str, list[tuple[str, ast.AST, ast.Call]]] = defaultdict(list)
        self.constants: dict[str, ast.expr] = {}
        for name, tree in self.trees:
            for owner, call in _calls(tree):
                self.calls[ast.unparse(call.func).rpartition(".")[2]].append((name, owner, call))
            for node in tree.body:
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    self.constants.setdefault(node.targets[0].id, node.value)

    def deeds(self) -> Iterator[tuple[str, str]]:
        """(place, name) of each deed; a name that is put together has ``.+`` where the parts go."""
        for name, owner, call in self.calls["Deed"]:
            if call.args and not name.startswith(_OTHER_DEEDS):
                yield from self._names(name, owner, call.args[0], set())

    def _names(self, name: str, owner: ast.AST, said: ast.expr, seen: set[str]) -> Iterator[tuple[str, str]]:
        place = f"{name}:{said.lineno}"
        match said:
            case ast.Constant(value=str(text)):
                yield place, text
            case ast.IfExp():
                yield from self._names(name, owner, said.body, seen)
                yield from self._names(name, owner, said.orelse, seen)
            case ast.JoinedStr(values=parts):
                for middle in self._middles(name, owner, parts, seen):
                    said_all = (str(part.value) if isinstance(part, ast.Constant) else middle for part in parts)
                    yield place, "".join(said_all)
            case ast.Name(id=local):
                yield from self._local(name, owner, local, place, seen)
            case ast.Attribute(attr=field):
                yield from self._field(field, place, seen)
            case _:
                yield place, f"?{ast.unparse(said)}"

    def _local(self, name: str, owner: ast.AST, local: str, place: str, seen: set[str]) -> Iterator[tuple[str, str]]:
        """A parameter, a variable of the function, one of a loop, or a constant of a module."""
        if isinstance(owner, ast.FunctionDef) and f"{owner.name}.{local}" not in seen:
            parameters = [arg.arg for arg in (*owner.args.posonlyargs, *owner.args.args)]
            if local in [*parameters, *(arg.arg for arg in owner.args.kwonlyargs)]:
                seen = {*seen, f"{owner.name}.{local}"}
                for where, caller, call in self.calls[owner.name]:
                    if owner.name.startswith("_") and where != name:
                        continue
                    handed = [word.value for word in call.keywords if word.arg == local]
                    if not handed and local in parameters:
                        shift = 1 if parameters[0] == "self" else 0
                        handed = call.args[parameters.index(local) - shift :][:1]
                    for said in handed:
                        yield from self._names(where, caller, said, seen)
                return
            for node in ast.walk(owner):
                if isinstance(node, ast.Assign) and local in _bound(node.targets[0]):
                    for said in _parts(node.targets[0], node.value, local):
                        yield from self._names(name, owner, said, {*seen, f"{owner.name}.{local}"})
                    return
                if isinstance(node, ast.comprehension) and local in _bound(node.target):
                    for text in ast.walk(node.iter):
                        if isinstance(text, ast.Constant) and isinstance(text.value, str):
                            yield place, text.value
                    return
        if local in self.constants:
            yield from self._names(name, ast.Module([], []), self.constants[local], seen)
        else:
            yield place, f"?{local}"

    def _middles(self, name: str, owner: ast.AST, parts: list[ast.expr], seen: set[str]) -> list[str]:
        """What goes between the fixed parts of a name that is put together; anything, where nobody can tell."""
        asked = [part.value for part in parts if isinstance(part, ast.FormattedValue)]
        if len(asked) != 1 or not isinstance(asked[0], ast.Name):
            return [".+"]
        return [text for _, text in self._names(name, owner, asked[0], seen)]

    def _field(self, field: str, place: str, seen: set[str]) -> Iterator[tuple[str, str]]:
        """A field of a small class: what stands in it where one is made."""
        found = False
        for name, tree in self.trees:
            if name.startswith(_OTHER_DEEDS):
                continue
            for kind in ast.walk(tree):
                fields = [each.target.id for each in kind.body if isinstance(each, ast.AnnAssign)
                          and isinstance(each.target, ast.Name)] if isinstance(kind, ast.ClassDef) else []  # fmt: skip
                if field not in fields:
                    continue
                for where, owner, call in self.calls[kind.name]:
                    handed = [word.value for word in call.keywords if word.arg == field]
                    for said in handed or call.args[fields.index(field) :][:1]:
                        found = True
                        yield from self._names(where, owner, said, seen)
        if not found:
            yield place, f"?{field}"


def _parts(target: ast.expr, value: ast.expr, local: str) -> list[ast.expr]:
    """What a name is given by ``a, b = (x, y) if c else (z, w)``."""
    if isinstance(value, ast.IfExp):
        return [*_parts(target, value.body, local), *_parts(target, value.orelse, local)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return [part for name, part in zip(target.elts, value.elts, strict=True) if ast.unparse(name) == local]
    return [value]


def _bound(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def _calls(tree: ast.AST, owner: ast.AST | None = None) -> Iterator[tuple[ast.AST, ast.Call]]:
    for node in ast.iter_child_nodes(tree):
        here = node if isinstance(node, ast.FunctionDef) else owner or tree
        if isinstance(node, ast.Call):
            yield here, node
        yield from _calls(node, here)


def without_words(root: Path) -> list[str]:
    found = []
    for place, name in Source(root).deeds():
        if name.startswith("?"):
            found.append(f"{place}: this wall cannot tell what deed {name[1:]} is; name it at the call")
        elif not any(re.fullmatch(name, known) for known in DEEDS):
            found.append(f"{place}: {name} has no words in webapp/insight/rules/deeds.py")
    return found


def test_every_deed_has_words() -> None:
    assert without_words(ROOT) == []


def test_every_kind_of_file_has_words() -> None:
    assert {f"imported_{kind.value}" for kind in ImportKind} <= set(DEEDS)


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("def do():\n    write(Deed('signed_in', 'session'))\n", False),
        ("def do():\n    write(Deed('took_the_biscuits', 'tin'))\n", True),
        ("def do():\n    tell('took_the_biscuits')\ndef tell(action):\n    write(Deed(action, 'tin'))\n", True),
        ("def do():\n    tell('signed_in')\ndef tell(action):\n    write(Deed(action, 'tin'))\n", False),
        ("def do(a):\n    d = 'signed_in' if a else 'took_the_biscuits'\n    write(Deed(d, 'tin'))\n", True),
        ("def do():\n    kind = 'changed'\n    write(Deed(f'{kind}_report', 'report'))\n", False),
        ("def do():\n    kind = 'eaten'\n    write(Deed(f'{kind}_report', 'report'))\n", True),
        ("def do():\n    write(Deed(look_up('x'), 'tin'))\n", True),
    ],
)
def test_a_deed_without_words_is_caught(tmp_path: Path, code: str, caught: bool) -> None:
    found = without_words(plant(tmp_path, {"webapp/people/services/biscuits.py": code}))
    assert bool(found) is caught
