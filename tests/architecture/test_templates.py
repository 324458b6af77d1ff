"""Templates and static files keep the content security policy, and ask nobody else for anything."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, files, plant

# Templates that may say |safe or turn escaping off, each with the reason why no person's text gets there.
MAY_SAY_SAFE: dict[str, str] = {}
# Hosts that a person may be led to. A link is followed by choice; nothing is loaded from them.
MAY_LINK_TO = ("gov.uk", "nhs.uk", "childline.org.uk", "nspcc.org.uk")
# An e-mail has no style sheet to link to, so its parts carry their look.
MAY_CARRY_STYLE = "templates/messages/"

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.S)
COMMENT = re.compile(r"<!--.*?-->", re.S)
TAG = re.compile(r"<([a-zA-Z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.S)
ATTRIBUTE = re.compile(r"([^\s=\"'/]+)\s*(?:=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?", re.S)
LOADED = {"src", "srcset", "poster", "data", "action", "formaction", "background", "ping", "manifest"}
ELSEWHERE = re.compile(r"(?:https?:)?//([^/\s\"'?#,)]+)", re.I)
IN_MACRO = re.compile(r"[\"'](style|on[a-z]+)[\"']\s*:")
UNESCAPED = re.compile(r"\|\s*safe\b|\bMarkup\s*\(|autoescape\s+false")
LOADED_BY_STATIC = re.compile(r"(?:https?:)?//(?:[\w-]+\.)+[a-z]{2,}|@import\b", re.I)
STATIC_COMMENT = re.compile(r"/\*.*?\*/|^\s*//.*?$", re.S | re.M)
NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/1999/xhtml")


def template_faults(root: Path) -> list[str]:
    found = []
    for path in files(root, ("templates",), (".html", ".svg", ".xml", ".jinja")):
        name = path.relative_to(root).as_posix()
        text = path.read_text("utf-8")
        for offset, fault in [*faults_in_jinja(name, text), *faults_in_html(name, text)]:
            found.append(f"{name}:{text.count(chr(10), 0, offset) + 1}: {fault}")
    return found


def faults_in_jinja(name: str, text: str) -> Iterator[tuple[int, str]]:
    for block in JINJA.finditer(text):
        if block.group().startswith("{#"):
            continue
        if UNESCAPED.search(block.group()) and name not in MAY_SAY_SAFE:
            yield block.start(), "text that is not escaped: add it to MAY_SAY_SAFE with a reason, or build it escaped"
        for match in IN_MACRO.finditer(block.group()):
            if match[1] != "style" or not name.startswith(MAY_CARRY_STYLE):
                yield block.start() + match.start(), f"{match[1]} given to a macro: no script or style in a page"


def faults_in_html(name: str, text: str) -> Iterator[tuple[int, str]]:
    # Blanked, not cut out, so that places stay; a word stays in the place of a value, so that it is still a value.
    html = JINJA.sub(lambda match: blank(match.group(), "x" if match.group().startswith("{{") else " "), text)
    html = COMMENT.sub(lambda match: blank(match.group(), " "), html)
    for tag in TAG.finditer(html):
        element = tag[1].lower()
        attributes = {match[1].lower(): (match[2] or "").strip("\"'") for match in ATTRIBUTE.finditer(tag[2])}
        if element == "script" and "src" not in attributes and attributes.get("type") != "application/json":
            yield tag.start(), "a script in the page: put it into static/js"
        if element == "style" and not name.startswith(MAY_CARRY_STYLE):
            yield tag.start(), "a style in the page: put it into static/css"
        if element == "base":
            yield tag.start(), "base changes where every link leads"
        for attribute, value in attributes.items():
            fault = fault_in_attribute(name, element, attribute, value)
            if fault:
                yield tag.start(), fault


def fault_in_attribute(name: str, element: str, attribute: str, value: str) -> str | None:
    if attribute.startswith("on"):
        return f"{attribute}: put the script into static/js"
    if attribute == "style" and not name.startswith(MAY_CARRY_STYLE):
        return "style: put it into static/css"
    if value.lower().startswith("javascript:"):
        return f"{attribute} runs a script"
    hosts = ELSEWHERE.findall(value)
    link = attribute == "href" and element in {"a", "area"}
    if hosts and (attribute in LOADED or (attribute.endswith("href") and not link)):
        return f"{attribute} asks {hosts[0]}: everything comes from our own address"
    if hosts and link and not all(is_one_of(host, MAY_LINK_TO) for host in hosts):
        return f"href leads to {hosts[0]}: add it to MAY_LINK_TO if people should be led there"
    return None


def is_one_of(host: str, known: tuple[str, ...]) -> bool:
    return any(host == each or host.endswith(f".{each}") for each in known)


def blank(text: str, by: str) -> str:
    return re.sub(r"[^\n]", by, text)


def static_faults(root: Path) -> list[str]:
    found = []
    for path in files(root, ("static",), (".css", ".js", ".svg", ".json", ".webmanifest")):
        name = path.relative_to(root).as_posix()
        text = path.read_text("utf-8")
        if name.startswith("static/vendor/"):
            continue
        text = STATIC_COMMENT.sub(lambda match: blank(match.group(), " "), text)
        for namespace in NAMESPACES:
            text = text.replace(namespace, blank(namespace, " "))
        for match in LOADED_BY_STATIC.finditer(text):
            found.append(
                f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}: nothing comes from elsewhere"
            )
    return found


def test_templates_keep_the_policy():
    assert template_faults(ROOT) == []


def test_static_files_ask_nobody_else():
    assert static_faults(ROOT) == []


def test_each_exception_still_stands():
    assert [name for name in MAY_SAY_SAFE if not UNESCAPED.search((ROOT / name).read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("html", "caught"),
    [
        ("<script>let x = 1</script>", "a script in the page"),
        ("<SCRIPT type='module'>\n</SCRIPT>", "a script in the page"),
        ("<script nonce='{{ nonce }}'>x</script>", "a script in the page"),
        ("<script src='{{ url_for('static', filename='js/board.js') }}' defer></script>", None),
        ("<script type='application/json' id='figures'>{}</script>", None),
        ("<style>p { color: red }</style>", "a style in the page"),
        ('<p class="late"\n   style="color: red">', "style: put it"),
        ('<p {% if a > b %}style="color: red"{% endif %}>', "style: put it"),
        ('<button onclick="go()">', "onclick"),
        ("<body ONLOAD=go()>", "onload"),
        ('<a href="javascript:go()">', "runs a script"),
        ("{{ govukButton({'attributes': {'onclick': 'go()'}}) }}", "onclick given to a macro"),
        ('{{ tag({"style": "color: red"}) }}', "style given to a macro"),
        ("<p>{{ words | safe }}</p>", "not escaped"),
        ("<p>{{ Markup(words) }}</p>", "not escaped"),
        ("{% autoescape false %}{{ words }}{% endautoescape %}", "not escaped"),
        ("<p>{{ words | safely }} {# |safe is never said #}</p>", None),
        ('<img src="https://cdn.example/x.png" alt="">', "src asks cdn.example"),
        ('<img src="//cdn.example/x.png" alt="">', "src asks cdn.example"),
        ('<link rel="stylesheet" href="https://cdn.example/x.css">', "href asks cdn.example"),
        ('<use xlink:href="//cdn.example/x.svg#y">', "xlink:href asks"),
        ('<form action="https://example.net/collect" method="post">', "action asks"),
        ('<a href="https://www.nhs.uk/live-well/is-my-child-too-ill-for-school/">', None),
        ('<a href="https://www.gov.uk.example/">', "leads to www.gov.uk.example"),
        ('<a href="https://example.net/">', "leads to example.net"),
        ("<a href=\"{{ url_for('parent.today') }}\">Today</a>", None),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9"/></svg>', None),
        ('<p data-only="once" aria-describedby="on-time">On time = "in school by 08:45"</p>', None),
        ("<!-- onclick=\"go()\" <style> -->\n<base href='/'>", "base changes"),
    ],
)
def test_a_breach_in_a_template_is_caught(tmp_path: Path, html: str, caught: str | None):
    found = template_faults(plant(tmp_path, {"templates/parent/home.html": f"<p>{{# first line #}}</p>\n{html}\n"}))
    if caught is None:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0].startswith("templates/parent/home.html:")
        assert caught in found[0]


@pytest.mark.parametrize(
    ("html", "caught"),
    [
        ('<p style="color: red">Late</p>', False),
        ("<style>p { color: red }</style>", False),
        ("<script>x</script>", True),
        ('<img src="https://cdn.example/x.png" alt="">', True),
        ("{{ words | safe }}", True),
    ],
)
def test_an_e_mail_may_carry_style_and_nothing_more(tmp_path: Path, html: str, caught: bool):
    assert bool(template_faults(plant(tmp_path, {"templates/messages/absence/email.html": html}))) is caught


@pytest.mark.parametrize(
    ("path", "text", "caught"),
    [
        ("static/css/page.css", "p { background: url(https://cdn.example/x.png) }", True),
        ("static/css/page.css", "p { background: url('//cdn.example/x.png') }", True),
        ("static/css/page.css", '@import "other.css";', True),
        ("static/css/page.css", "/* two // strokes */ p { background: url('icons/x.svg') }", False),
        ("static/js/board.js", "fetch('https://cdn.example/x')", True),
        ("static/css/page.css", "/* from https://www.gov.uk/x */ p { color: red }", False),
        ("static/js/board.js", "  // see https://www.gov.uk/x\nfetch('/staff/board')", False),
        ("static/js/board.js", "document.createElementNS('http://www.w3.org/2000/svg', 'path')", False),
        ("static/vendor/idb.js", "// https://github.com/jakearchibald/idb", False),
    ],
)
def test_a_breach_in_a_static_file_is_caught(tmp_path: Path, path: str, text: str, caught: bool):
    assert bool(static_faults(plant(tmp_path, {path: text}))) is caught
