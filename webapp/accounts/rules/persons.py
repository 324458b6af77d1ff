"""From a number to a person: sign-in proves the number, then the person says who of its holders they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from webapp.people.rules.names import PersonName


@dataclass(frozen=True, slots=True)
class ContactKey:
    """A contact of one organisation."""

    organisation_id: int
    contact_id: int


@dataclass(frozen=True, slots=True)
class Holder:
    """A contact whose number or address was proved. ``restricted``: an order or a note limits them for some child."""

    key: ContactKey
    public_id: str
    first_name: str
    last_name: str
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """One human being as far as the records tell: at most one contact an organisation. ``key`` stands in the form."""

    key: str
    name: str
    contacts: tuple[ContactKey, ...]


def persons(holders: Iterable[Holder]) -> tuple[Person, ...]:
    """The holders of one number as the persons to choose from, in the order of their names.

    The same name in several organisations is one person, so that a parent with children in two trusts chooses once. The
    same name twice in one organisation (a father and his son) is two, and then nothing is joined across organisations.

    Nobody may enter (the answer is empty) where several persons hold the number and one of them is restricted: whoever
    is kept away from a child must not come in under the other's name.
    """
    by_name: dict[tuple[str, str], list[Holder]] = {}
    for holder in holders:
        by_name.setdefault(PersonName(holder.first_name, holder.last_name).sort_key, []).append(holder)
    groups: list[list[Holder]] = []
    for _, alike in sorted(by_name.items()):
        alike.sort(key=lambda holder: (holder.key.organisation_id, holder.key.contact_id))
        if len({holder.key.organisation_id for holder in alike}) == len(alike):
            groups.append(alike)
        else:
            groups += [[holder] for holder in alike]
    if len(groups) > 1 and any(holder.restricted for group in groups for holder in group):
        return ()
    return tuple(_person(group) for group in groups)


def _person(group: list[Holder]) -> Person:
    first = group[0]
    return Person(
        key=first.public_id,
        name=PersonName(first.first_name, first.last_name).display,
        contacts=tuple(holder.key for holder in group),
    )
