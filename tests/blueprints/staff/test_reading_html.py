"""Our reader of HTML says what html5lib says, of good pages and of bad ones."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import html
from tests.blueprints.staff.conftest import BOARD, HillMorning
from tests.factories import World
from tests.pages import Enter

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Day &amp; night</title><script src="/a.js" defer></script></head>
<body class="x"><h1>Day &amp; night</h1>
<p>One <b>bold</b> &lt;word&gt;<br>two</p>
<form method="post"><p><label for="a">A</label> <input id="a" name="a" value="&#34;x&#34; < y"></p>
<textarea name="t" aria-label="T">
first <b> line</textarea><select aria-label="S"><option value="1" selected>One</option></select>
<button>Go</button></form>
<table><caption>C</caption><tbody> <tr><td><a href="/a?b=1&amp;c=2">x</a></td></tr> </tbody></table>
<svg viewBox="0 0 8 8" aria-hidden="true"><path d="M0 0"/><title>T</title></svg>
</body>
</html>
"""


def judged(text: str) -> tuple[Element, list[str]]:
    tree, faults = html._judge(text)
    return tree, [code for _, code, _ in faults]


@pytest.fixture(autouse=True)
def knows_a_good_page() -> None:
    """Every place of the good page is known, so that what is read next is read by our own reader where it can be."""
    html.read(PAGE)


def test_a_good_page_is_read_by_our_own_reader_and_html5lib_agrees() -> None:
    tree, places = html._read_plain(PAGE)
    assert places <= html._known
    assert html.same(tree, judged(PAGE)[0])
    assert judged(PAGE)[1] == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("</b>", ""),
        ("<p>One", "<div><p>One"),
        ("<b>bold</b>", "<b>bold</p>"),
        ("<b>bold</b>", "<div>a block in a paragraph</div>"),
        ("<button>Go</button>", "<button>Go<button>on</button></button>"),
        ("<button>Go</button>", "<form><b>a form in a form</b></form>"),
        ('<a href="/a?b=1&amp;c=2">x</a>', '<a href="/a">x<a href="/b">y</a></a>'),
        ("<tbody> <tr>", "<tbody> <b>words</b> <tr>"),
        ("<td>", '<td id="a" id="b">'),
        ("<td>", "<td/>"),
        ("&lt;", "&lt"),
        ("&lt;", "&nonsense;"),
        ("two</p>", "two\x00</p>"),
        ("two</p>", "two\x80</p>"),
        ("</body>", "</body><p>after the end</p>"),
        ("<head>", "<head><p>in the head</p>"),
        ("<!doctype html>", ""),
        ("<!doctype html>", '<!doctype html SYSTEM "x">'),
        ("<option ", "<option><p>no paragraph here</p></option><option "),
        ("</form>", "</form></form>"),
        ("<h1>", "<h1><h2>a heading in a heading</h2>"),
        ("<br>", "</br>"),
        ("</textarea>", ""),
    ],
)
def test_what_is_wrong_is_found_after_a_good_page(good: str, bad: str) -> None:
    assert good in PAGE
    text = PAGE.replace(good, bad, 1)
    tree, faults = html.read(text)
    assert [code for _, code, _ in faults] == judged(text)[1] != []
    assert html.same(tree, judged(text)[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>One", "<p>One &mdash; one"),
        ("<br>", "<br/>"),
        ('lang="en"', "lang=en"),
        ("<tbody> <tr><td>", "<tbody> <tr><td><!-- a note -->"),
        ("</tbody>", "</tbody><tbody><tr><td>more</td></tr></tbody>"),
        ("<tbody> ", "\r\n<tbody>"),
        ("<tbody> <tr>", "<tbody> words <tr>"),
        ("two</p>", "two</P>"),
        ("<p>One", "<P>One"),
    ],
)
def test_what_is_right_but_not_plain_is_read_as_html5lib_reads_it(one: str, other: str) -> None:
    assert one in PAGE
    text = PAGE.replace(one, other, 1)
    tree, faults = html.read(text)
    assert (faults, judged(text)[1]) == ([], [])
    assert html.same(tree, judged(text)[0])


PIECES = ["<p>", "</p>", "<b>", "</b>", "<div>", "</div>", "<tr>", "</tr>", "<td>", "</td>", "<table>", "</table>",
          "<form>", "</form>", "<a>", "</a>", "<select>", "</select>", "<option>", "</option>", "<svg>", "</svg>",
          "<path/>", "<br>", "<input>", "<title>", "</title>", "<textarea>", "</textarea>", "words", " ", "\n", "&amp;",
          "&", "<", "<body>", "</body>", "</html>", "<head>", "<script>", "</script>", "<tbody>", "</tbody>", "<li>",
          "</li>", "<ul>", "</ul>", "<h1>", "</h1>", "<button>", "</button>"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=9),
    st.sampled_from(["</h1>", "<td>", "</form>", "<p>One", "</body>"]),
)
def test_anything_put_into_a_page_is_read_as_html5lib_reads_it(pieces: list[str], where: str) -> None:
    text = PAGE.replace(where, f"{where}{''.join(pieces)}", 1)
    tree, faults = html.read(text)
    assert [code for _, code, _ in faults] == judged(text)[1]
    assert html.same(tree, judged(text)[0])


def test_the_board_is_read_by_our_own_reader_once_it_is_known(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.report(world.noor, world.charlie)
    client: FlaskClient = as_staff(world.officer)
    text = client.get(BOARD).text
    html.read(text)
    tree, places = html._read_plain(text)
    assert places <= html._known
    assert html.same(tree, judged(text)[0])
