"""The words of the table of endpoints, and what is wrong with one that does not fit the application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask import Flask
from werkzeug.routing import Rule as UrlRule

from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.freshness import Fresh
from webapp.accounts.rules.limits import Deed
from webapp.people.rules.roles import Permission


class Audience(StrEnum):
    """For whom an endpoint is."""

    OPEN = "open"
    CHOOSING = "choosing"
    """Signed in at a door, but has yet to say who they are."""
    PARENT = "parent"
    STAFF = "staff"
    LINK = "link"
    """Whoever holds a single-task link: the token in the address is the key, and no cookie is asked for."""
    WEBHOOK = "webhook"
    """Another machine, which proves itself by a signature that the view checks."""
    DEMO = "demo"
    """Anybody, in the demo; elsewhere it is not there."""


class Pupils(StrEnum):
    """Whether pupils who answer for themselves enter where parents do."""

    NO = "no"
    TOO = "too"
    ALONE = "alone"


class Shows(StrEnum):
    """What of children a page of staff shows, and so what the trail keeps of who looked."""

    CHILD = "child"
    """One child, whom the view names (``saw``); kept within a second."""
    MANY = "many"
    """A list of children: the page is kept, and each child of whom it shows more (``saw``)."""
    SAFEGUARDING = "safeguarding"
    """One child, and what is for few: kept before the page is answered, or there is no page."""
    KEPT_BY_ITSELF = "kept_by_itself"
    """What the page does keeps a deed of its own: a file that was opened, a search of the trail."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may enter one endpoint.

    ``in_school``: the address carries the code of a school, which must be one of the viewer's own, and the permission
    is asked for there; else at one of their schools. ``version`` names what the sign-in query brings along.
    ``by_itself``: a page asks for it without a hand on the machine, so that it keeps no session awake. ``cost``: what
    is counted each time that somebody enters; ``wrong``: each time that somebody tries with a wrong key. ``fresh``: for
    what a proof must be fresh, else it is asked for again; None where a session is enough. ``pupils``: of a parents'
    endpoint, whether a pupil who answers for themselves may enter as well, or alone. ``shows``: what of children staff
    see there, None for nothing; every page says so (tests/access/test_views.py).
    """

    audience: Audience
    permission: Permission | None = None
    in_school: bool = False
    door: Door | None = None
    version: str = ""
    by_itself: bool = False
    cost: Deed | None = None
    wrong: Deed | None = None
    fresh: Fresh | None = None
    pupils: Pupils = Pupils.NO
    shows: Shows | None = None


def opened(*, knowing: Door | None = None) -> Rule:
    """Anybody. ``knowing``: whoever is signed in at that door is known to the page all the same."""
    return Rule(Audience.OPEN, door=knowing)


def choosing(door: Door) -> Rule:
    """Whoever has proved a number or address at the door, chosen or not."""
    return Rule(Audience.CHOOSING, door=door)


def parent(pupils: Pupils = Pupils.NO, *, cost: Deed | None = None) -> Rule:
    """A signed-in parent; what they may see and do is asked child by child (``child_for``)."""
    return Rule(Audience.PARENT, cost=cost, pupils=pupils)


def staff(
    permission: Permission | None = None, *, in_school: bool = True, version: str = "", by_itself: bool = False,
    cost: Deed | None = None, fresh: Fresh | None = None, shows: Shows | None = None,
) -> Rule:  # fmt: skip
    """Staff with the permission (None: with any role) at the school of the address, or with ``in_school`` False at one
    of their schools; with ``fresh`` only while their proof is."""
    return Rule(
        Audience.STAFF, permission, in_school, version=version, by_itself=by_itself, cost=cost, fresh=fresh, shows=shows
    )


def link() -> Rule:
    return Rule(Audience.LINK, wrong=Deed.WRONG_LINK)


def webhook() -> Rule:
    return Rule(Audience.WEBHOOK, wrong=Deed.WRONG_SIGNATURE)


def demo() -> Rule:
    return Rule(Audience.DEMO)


class UndeclaredEndpoint(RuntimeError):
    """The application has an endpoint that the table does not name, so nobody has said who may enter."""


def faults(app: Flask, endpoints: Mapping[str, Rule]) -> list[str]:
    """Everything in which the table and the application do not fit, each as a sentence; empty when they do."""
    there = {rule.endpoint for rule in app.url_map.iter_rules()}
    found = [f"{name}: stands in the table and not in the application" for name in sorted(set(endpoints) - there)]
    return [*undeclared(app, endpoints), *_misfits(app, endpoints), *found]


def undeclared(app: Flask, endpoints: Mapping[str, Rule]) -> list[str]:
    """The endpoints that the table does not name."""
    there = sorted({rule.endpoint for rule in app.url_map.iter_rules()})
    return [f"{name}: say in webapp/access/doors who may enter" for name in there if name not in endpoints]


def _misfits(app: Flask, endpoints: Mapping[str, Rule]) -> Iterator[str]:
    for url in app.url_map.iter_rules():
        rule = endpoints.get(url.endpoint)
        if rule is not None:
            yield from (f"{url.endpoint} {url.rule}: {fault}" for fault in _misfit(url, rule))


def _misfit(url: UrlRule, rule: Rule) -> Iterator[str]:
    of_school = url.rule.startswith("/staff/<school>")
    if rule.audience is Audience.STAFF and rule.in_school != of_school:
        yield "what is asked for at one school stands under /staff/<school>/, and nothing else does"
    if rule.audience is not Audience.STAFF and of_school:
        yield "only staff enter under /staff/<school>/"
    if rule.audience is Audience.LINK and "token" not in url.arguments:
        yield "a single-task link carries its <token>"
    if rule.permission is not None and rule.audience is not Audience.STAFF:
        yield "only staff have permissions"
    if rule.fresh is not None and rule.audience is not Audience.STAFF:
        yield "only staff are asked for a fresh proof here"
