"""Which column of a file holds what. Aliases stand in tables, so that a new system's words are a row more.

Headings are compared without regard to case, spaces and signs; their order is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from webapp.people.rules.files.kinds import ImportKind
from webapp.people.rules.files.rejections import FileRefused, shown


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a column may hold. ``label`` is how pages and mends call it; it is an alias too."""

    name: str
    label: str
    aliases: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class Columns:
    """Where each field stands in a row, and what the file's own headings are. ``unused`` headings are not read."""

    places: Mapping[str, int]
    headings: tuple[str, ...]
    unused: tuple[str, ...]

    def heading(self, field: str) -> str:
        """The file's own heading of a field, or the field's name where it has no column."""
        place = self.places.get(field)
        return field if place is None else self.headings[place]

    @cached_property
    def last_place(self) -> int:
        """The last place that is read: a row must reach it."""
        return max(self.places.values())


@dataclass(frozen=True)
class Layout:
    """The fields of one kind of file. Of each tuple in ``one_of`` at least one must have a column."""

    kind: ImportKind
    fields: tuple[Field, ...]
    one_of: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def by_alias(self) -> Mapping[str, str]:
        """Plain heading to field name."""
        return {plain(word): field.name for field in self.fields for word in (field.name, field.label, *field.aliases)}

    def label(self, name: str) -> str:
        return next(field.label for field in self.fields if field.name == name)

    def known(self, cells: Iterable[str]) -> int:
        """How many of these cells are headings of this layout."""
        return sum(plain(cell) in self.by_alias for cell in cells)

    def match(self, headings: Sequence[str]) -> Columns:
        """The columns of a heading row. Raises FileRefused for a needed column that is missing or one that is there
        twice."""
        places: dict[str, int] = {}
        for place, heading in enumerate(headings):
            name = self.by_alias.get(plain(heading))
            if name is None:
                continue
            if name in places:
                raise FileRefused(
                    f"Columns {places[name] + 1} and {place + 1} are both read as “{self.label(name)}”. Keep one of "
                    "them, or give the other a different heading."
                )
            places[name] = place
        self._check_needed(places, headings)
        unused = tuple(
            shown(heading) for place, heading in enumerate(headings)
            if heading.strip() and place not in places.values()
        )  # fmt: skip
        return Columns(places, tuple(shown(heading) for heading in headings), unused)

    def _check_needed(self, places: Mapping[str, int], headings: Sequence[str]) -> None:
        missing = [f"“{field.label}”" for field in self.fields if field.needed and field.name not in places]
        missing += [
            " or ".join(f"“{self.label(name)}”" for name in names)
            for names in self.one_of
            if not any(name in places for name in names)
        ]
        if not missing:
            return
        found = ", ".join(f"“{shown(heading)}”" for heading in headings if heading.strip()) or "none"
        columns = "column" if len(missing) == 1 else "columns"
        raise FileRefused(
            f"A file of {self.kind.value} needs the {columns} {', '.join(missing)}. Headings found: {shown(found)}."
        )


def plain(heading: str) -> str:
    """A heading without case, spaces and signs."""
    return "".join(character for character in heading.casefold() if character.isalnum())
