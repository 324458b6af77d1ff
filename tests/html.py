"""HTML read as a browser reads it: html5lib judges, and is asked only about what it has not seen.

A page whose every tag is closed in its order is read by a small reader of our own, many times as fast. What html5lib
makes of such a tag depends only on the elements that it stands in: the first page that has a tag somewhere new goes
through html5lib too; where that finds no fault and builds the same tree, the places of the page are known from then on.
Whatever the small reader does not know for certain (an odd character, an entity, a tag left open) html5lib reads.
"""

from __future__ import annotations

import html
import re
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder

import html5lib
from html5lib.constants import adjustSVGAttributes

Fault = tuple[Any, str, dict[str, Any]]
"""Position, html5lib's code, and what it is about."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z_][-a-zA-Z0-9_]*(?:=\"[^\"]*\")?)*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([a-zA-Z_][-a-zA-Z0-9_]*)(?:=\"([^\"]*)\")?")
_DOCTYPE = re.compile(r"\s*<!doctype html>\s*", re.I)
_NOT_PLAIN = re.compile("[^\\n\\t\\f\\x20-\\x7e\\xa0-\\ud7ff\\ue000-\\ufdcf\\ufdf0-\\ufffd\\U00010000-\\U0001fffd]")
"""NUL, controls, carriage returns and what stands for no character: html5lib says what becomes of them."""
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|nbsp|#39|#34);)")
_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_RAW = frozenset({"script", "style", "textarea", "title"})
_SHAPES = frozenset({"circle", "ellipse", "g", "line", "path", "polygon", "polyline", "rect", "stop", "text", "use"})
_SVG = "{http://www.w3.org/2000/svg}"

Place = tuple[str, ...]
"""The elements around a tag and the tag itself, from the root; ``#text`` for words."""
_known: set[Place] = set()


class _NotSure(Exception):
    """Html5lib must read it."""


def read(text: str) -> tuple[Element, list[Fault]]:
    """The tree of a page, as html5lib builds it for ElementTree without namespaces, and what is wrong with the page."""
    try:
        tree, places = _read_plain(text)
    except _NotSure:
        return _judge(text)
    if places <= _known:
        return tree, []
    judged, faults = _judge(text)
    if not faults and same(tree, judged):
        _known.update(places)
    return judged, faults


def _judge(text: str) -> tuple[Element, list[Fault]]:
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), strict=False, namespaceHTMLElements=False)
    tree = parser.parse(text)
    return tree, [fault for fault in parser.errors if not _is_svg_noise(*fault[1:])]


def _is_svg_noise(code: str, about: dict[str, Any]) -> bool:
    # html5lib counts a self-closing foreign element as an error of the HTML syntax; browsers and the standard do not.
    return code == "non-void-element-with-trailing-solidus" and about["name"] in _SHAPES


def same(one: Element, other: Element) -> bool:
    """Whether two trees are alike in tags, attributes and words."""
    if (one.tag, one.text, one.tail, len(one)) != (other.tag, other.text, other.tail, len(other)):
        return False
    return dict(one.attrib) == dict(other.attrib) and all(map(same, one, other))


def _read_plain(text: str) -> tuple[Element, set[Place]]:
    """A page in which every tag is closed in its order. Raises _NotSure for any other."""
    start = _DOCTYPE.match(text)
    if start is None or _NOT_PLAIN.search(text) or _ENTITY.search(text):
        raise _NotSure
    page, at = _Plain(), start.end()
    while at < len(text):
        if text[at] != "<":
            end = text.find("<", at)
            end = len(text) if end < 0 else end
            page.words(text[at:end])
        elif (tag := _TAG.match(text, at)) is None:
            raise _NotSure
        elif tag[1]:
            end = tag.end()
            page.close(tag[2], bare=not (tag[3] or tag[4]))
        else:
            end = page.open(text, tag.end(), tag[2], tag[3], solidus=bool(tag[4]))
        at = end
    return page.whole(), page.places


class _Plain:
    """Builds the tree tag by tag. ``places``: where its tags and words stand."""

    def __init__(self) -> None:
        self.places: set[Place] = set()
        self._tree = TreeBuilder()
        self._around: Place = ()
        self._in_svg = 0
        self._parts = 0
        """0 before the head, 1 from its beginning, 2 from the body's beginning, 3 after its end."""

    def words(self, words: str) -> None:
        if words.strip("\n\t\f "):
            if self._around in ((), ("html",)):
                raise _NotSure
            self.places.add((*self._around, "#text"))
        # White space before the head is none; what follows the body is the body's.
        if self._parts:
            self._tree.data(html.unescape(words) if "&" in words else words)

    def open(self, text: str, at: int, name: str, given: str, *, solidus: bool) -> int:
        """Begin an element; returns where what follows it begins."""
        self._in_order(name)
        svg = bool(self._in_svg) or name == "svg"
        attributes = _attributes(given, svg) if given else {}
        self.places.add((*self._around, f"input {attributes.get('type', '')}" if name == "input" else name))
        if svg:
            tag, empty = _SVG + name, solidus
        elif name != name.lower():
            raise _NotSure
        else:
            tag, empty = name, name in _VOID
            if solidus and not empty:
                raise _NotSure
        self._tree.start(tag, attributes)
        if empty:
            self._tree.end(tag)
            return at
        self._around = (*self._around, name)
        self._in_svg += svg
        return self._raw(text, at, name) if name in _RAW and not svg else at

    def _in_order(self, name: str) -> None:
        """Html, head and body stand in their places, once."""
        if self._around == ():
            right = name == "html" and self._parts == 0 and not self.places
        elif self._around == ("html",):
            right = (name, self._parts) in (("head", 0), ("body", 1))
            self._parts += 1
        else:
            right = name not in ("html", "head", "body")
        if not right:
            raise _NotSure

    def _raw(self, text: str, at: int, name: str) -> int:
        """The words of an element that holds no tags."""
        end = text.find("</", at)
        if end < 0 or not text.startswith(f"{name}>", end + 2):
            raise _NotSure
        words = text[at:end]
        if name in ("textarea", "title"):
            words = html.unescape(words)
            if name == "textarea":
                words = words.removeprefix("\n")
        elif "<" in words:
            raise _NotSure
        if words:
            self._tree.data(words)
        return end

    def close(self, name: str, *, bare: bool) -> None:
        if not bare or not self._around or self._around[-1] != name:
            raise _NotSure
        self._around = self._around[:-1]
        if name == "body":
            self._parts = 3
        elif name != "html":
            self._tree.end(_SVG + name if self._in_svg else name)
            self._in_svg -= bool(self._in_svg)

    def whole(self) -> Element:
        if self._around or self._parts != 3:
            raise _NotSure
        self._tree.end("body")
        self._tree.end("html")
        return self._tree.close()


def _attributes(given: str, svg: bool) -> dict[str, str]:
    pairs = _ATTRIBUTE.findall(given)
    found = {name: html.unescape(value) if "&" in value else value for name, value in pairs}
    if len(found) != len(pairs):
        raise _NotSure
    for name in found:
        if name != (adjustSVGAttributes.get(name.lower(), name.lower()) if svg else name.lower()) or name == "xmlns":
            raise _NotSure
    return found
