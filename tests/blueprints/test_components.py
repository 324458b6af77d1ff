"""Components and layouts: valid pages, GOV.UK's markup in the thin twins, colours that can be read, styles in step."""

import gzip
import itertools
import re
from pathlib import Path
from xml.etree import ElementTree

import html5lib
import pytest
from flask import Flask, render_template_string
from jinja2 import (
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
)

from blueprints.demo.components import components
from webapp.factory import assets
from webapp.foundation.config import demo_environment, load

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
PARTS = STATIC / "css" / "parts"
PAGES = ("/demo/components", "/demo/components/staff", "/demo/components/link", "/demo/components/flow")
@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("component page", template_folder=str(ROOT / "templates"), static_folder=None)
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.globals.update(csrf_token=lambda: "token", shared_computer=lambda: None)
    assets.init_app(app, load(demo_environment(ROOT, "k" * 40, 8000)))
    app.register_blueprint(components)
    return app


def read(html: str) -> ElementTree.Element:
    return html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)


def words(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.fixture(params=PAGES)
def seen(request: pytest.FixtureRequest, app: Flask) -> tuple[str, ElementTree.Element]:
    answer = app.test_client().get(request.param)
    assert answer.status_code == 200
    return answer.text, read(answer.text)


def test_a_page_is_valid_html(seen):
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), strict=True)
    parser.parse(seen[0])


def test_the_one_h1_equals_the_title(seen):
    _, tree = seen
    headings = [words(heading) for heading in tree.iter("h1")]
    title = re.sub(r"^(Error: )?(\(\d+\) )?", "", words(next(tree.iter("title"))))
    assert headings == [title]


def test_ids_are_unique_and_every_reference_finds_one(seen):
    _, tree = seen
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert sorted(ids) == sorted(set(ids))
    for element in tree.iter():
        for attribute in ("for", "aria-labelledby", "aria-describedby"):
            assert set((element.get(attribute) or "").split()) <= set(ids), (attribute, element.get(attribute))


def test_each_control_has_a_label(seen):
    _, tree = seen
    labelled = {label.get("for") for label in tree.iter("label")}
    for control in itertools.chain(tree.iter("input"), tree.iter("textarea"), tree.iter("select")):
        if control.get("type") != "hidden":
            assert control.get("id") in labelled or control.get("aria-label"), control.attrib


def test_each_form_that_writes_carries_the_token(seen):
    _, tree = seen
    for form in tree.iter("form"):
        if form.get("method") == "post" and form.find(".//button") is not None:
            assert form.find(".//input[@name='csrf_token']") is not None, form.get("action")


def test_every_class_of_ours_has_a_rule(seen):
    css = "".join(path.read_text() for path in PARTS.iterdir())
    known = set(re.findall(r"\.(-?[a-z][\w-]*)", css))
    used = {name for element in seen[1].iter() for name in (element.get("class") or "").split()}
    bare = {"icon", "chips-group", "child-card", "reasons", "staff", "staff-main", "bar__school", "year__term"}
    bare |= {"step--waiting"}
    assert {name for name in used - known if not name.startswith(("govuk-", "icon--"))} <= bare


def test_an_error_comes_first_and_leads_to_its_field(app: Flask):
    tree = read(app.test_client().get("/demo/components/flow").text)
    main = next(element for element in tree.iter("main"))
    summary = main[0]
    assert "govuk-error-summary" in summary.get("class")
    assert summary.get("tabindex") == "-1"
    link = next(summary.iter("a"))
    field = next(element for element in tree.iter() if element.get("id") == link.get("href")[1:])
    assert field.get("type") == "radio"
    assert words(link) == "Choose why Ella is away"
    assert "Choose why Ella is away" in words(next(e for e in tree.iter() if e.get("id") == "reason-error"))


def test_one_school_is_a_link_and_more_are_a_list(app: Flask):
    source = '{% from "components/ring_school.html" import ring_school %}{{ ring_school(schools) }}'
    with app.test_request_context():
        hill, vale = {"name": "Hill Primary", "phone": "01632 960001"}, {"name": "Vale", "phone": "01632 960002"}
        one = read(render_template_string(source, schools=[hill]))
        two = read(render_template_string(source, schools=[hill, vale]))
        assert render_template_string(source, schools=[]).strip() == ""
    assert [a.get("href") for a in one.iter("a")] == ["tel:01632960001"]
    assert one.find(".//details") is None
    assert [a.get("href") for a in two.iter("a")] == ["tel:01632960001", "tel:01632960002"]
    assert two.find(".//details") is not None


def test_words_of_people_are_escaped(app: Flask):
    source = (
        '{% from "components/child_card.html" import child_card %}'
        '{% from "components/controls.html" import text_area %}'
        '{{ child_card("c", name, says=name) }}{{ text_area("words", name, value=name) }}'
    )
    with app.test_request_context():
        html = render_template_string(source, name="<script>alert(1)</script>")
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 4


def test_the_sum_on_the_board_adds_up(app: Flask):
    tree = read(app.test_client().get("/demo/components/staff").text)
    number = {b.get("data-sum"): int(words(b)) for b in tree.iter("b") if b.get("data-sum")}
    assert number.pop("due") == sum(number.values())
    bar = next(svg for svg in tree.iter() if svg.tag.endswith("svg") and svg.get("class") == "sum")
    rects = [rect for rect in bar.iter() if rect.tag.endswith("rect")]
    assert sum(float(rect.get("width")[:-1]) for rect in rects) == pytest.approx(100, abs=0.1)


# The thin twins. The library's own macros read names that are not given, so they need a lenient environment.


@pytest.fixture(scope="module")
def library() -> Environment:
    loader = ChoiceLoader(
        [
            FileSystemLoader(ROOT / "templates"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    return Environment(loader=loader, undefined=ChainableUndefined, autoescape=True)


def shape(element: ElementTree.Element) -> tuple:
    """What a browser makes of it: tags, attributes, words; spaces and the order of attributes do not count."""
    return (
        element.tag,
        dict(element.attrib),
        " ".join((element.text or "").split()),
        [(shape(child), " ".join((child.tail or "").split())) for child in element],
    )


TWINS = [
    ("button", 'button("Tell school")', "button", "govukButton", {"text": "Tell school"}),
    (
        "button",
        'button("Not now", "secondary", name="answer", value="no", id="no")',
        "button",
        "govukButton",
        {"text": "Not now", "classes": "govuk-button--secondary", "name": "answer", "value": "no", "id": "no"},
    ),
    (
        "button",
        'button("Stop <all>", "warning")',
        "button",
        "govukButton",
        {"text": "Stop <all>", "classes": "govuk-button--warning"},
    ),
    ("tag", 'tag("Draft")', "tag", "govukTag", {"text": "Draft"}),
    ("tag", 'tag("Late", "red")', "tag", "govukTag", {"text": "Late", "classes": "govuk-tag--red"}),
]


@pytest.mark.parametrize(("name", "ours", "component", "macro", "params"), TWINS)
def test_a_thin_twin_writes_what_the_library_writes(library, name, ours, component, macro, params):
    thin = library.from_string(f'{{% from "components/controls.html" import {name} %}}{{{{ {ours} }}}}').render()
    theirs = library.from_string(
        f'{{% from "govuk_frontend_jinja/components/{component}/macro.html" import {macro} %}}{{{{ {macro}(params) }}}}'
    ).render(params=params)
    assert shape(read(thin)) == shape(read(theirs))


@pytest.mark.parametrize(
    ("row", "component", "macro"), [("radio", "radios", "govukRadios"), ("checkbox", "checkboxes", "govukCheckboxes")]
)
@pytest.mark.parametrize("hint", [None, "We ask about what time."])
@pytest.mark.parametrize("checked", [False, True])
def test_a_thin_row_writes_what_the_library_writes(library, row, component, macro, hint, checked):
    thin = library.from_string(
        f'{{% from "components/controls.html" import {row} %}}'
        f'{{{{ {row}("when", "when", "late", "Late", checked, hint) }}}}'
    ).render(checked=checked, hint=hint)
    item = {"value": "late", "text": "Late", "checked": checked, **({"hint": {"text": hint}} if hint else {})}
    theirs = library.from_string(
        f'{{% from "govuk_frontend_jinja/components/{component}/macro.html" import {macro} %}}{{{{ {macro}(params) }}}}'
    ).render(params={"name": "when", "items": [item]})

    def found(html: str) -> ElementTree.Element:
        return next(element for element in read(html).iter("div") if element.get("class") == f"govuk-{component}__item")

    assert shape(found(thin)) == shape(found(theirs))


# Styles.


def blocks() -> dict[str, dict[str, str]]:
    css = re.sub(r"/\*.*?\*/", "", (PARTS / "tokens.css").read_text(), flags=re.S)
    found: dict[str, dict[str, str]] = {}
    for selector, body in re.findall(r"(:root[^{]*?)\s*\{([^{}]*)\}", css):
        found.setdefault(selector, {}).update(re.findall(r"(--[\w-]+):\s*([^;]+);", body))
    return found


TOKENS = blocks()
LIGHT, DARK = TOKENS[":root"], {**TOKENS[":root"], **TOKENS[":root[data-theme=dark]"]}


def test_dark_is_the_same_whether_asked_for_by_the_device_or_the_person():
    assert TOKENS[":root[data-theme=dark]"] == TOKENS[":root:not([data-theme=light])"]


def luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT = [
    *((ink, on) for ink in ("ink", "ink-2", "link", "missing", "in", "wait") for on in ("paper", "card", "sunk")),
    *((status, f"{status}-tint") for status in ("in", "agreed", "wait", "missing", "quiet")),
    ("on-brand", "brand"), ("on-brand", "brand-hover"), ("on-alarm", "alarm"), ("on-alarm", "alarm-hover"),
    ("focus-text", "focus-block"), ("on-count", "count"), ("link-hover", "paper"),
]  # fmt: skip
SHAPES = [
    *((shape, ground) for shape in ("edge", "focus-ring", "alarm", "brand") for ground in ("paper", "card")),
    *((f"year-{look}", "card") for look in ("in", "accepted", "not", "open", "none")),
]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3)], ids=["text", "shapes"])
def test_colours_can_be_told_apart(scheme: dict[str, str], pairs: list[tuple[str, str]], least: float):
    low = {pair: round(contrast(scheme[f"--{pair[0]}"], scheme[f"--{pair[1]}"]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in low.items() if ratio < least} == {}


def test_white_reads_well_on_each_school():
    schools = re.findall(r"\.school-(\d) \{ --school: (#\w{6}); \}", (PARTS / "tokens.css").read_text())
    assert [number for number, _ in schools] == [str(number) for number in range(8)]
    assert min(contrast("#FFFFFF", colour) for _, colour in schools) >= 9.9


@pytest.mark.parametrize("part", sorted(path.name for path in PARTS.iterdir()))
def test_a_part_mirrors_and_takes_its_colours_from_the_tokens(part: str):
    css = (PARTS / part).read_text()
    assert (
        re.findall(r"(?:margin|padding|border)-(?:left|right)\b|[;{\s](?:left|right):|text-align: (?:left|right)", css)
        == []
    )
    if part not in ("tokens.css", "modes.css"):
        assert re.findall(r"#[0-9A-Fa-f]{3,8}\b(?![^{]*\{)", css) == []


def test_the_vendor_subset_asks_for_nothing_and_wears_no_crest():
    css = (STATIC / "vendor" / "govuk-frontend-6.3.0.subset.min.css").read_text()
    assert "url(" not in css
    assert "@import" not in css
    assert "GDS Transport" not in css
    assert re.findall(r"(?:margin|padding|border)-(?:left|right)\b", css) == []
    for component in ("radios", "checkboxes", "date-input", "error-summary", "summary-list", "details", "skip-link",
                      "back-link", "textarea", "file-upload", "inset-text", "warning-text", "table", "pagination",
                      "notification-banner", "task-list", "service-navigation", "label", "fieldset"):  # fmt: skip
        assert f".govuk-{component}" in css, component


def test_functional_colours_of_govuk_are_all_ours():
    css = (STATIC / "vendor" / "govuk-frontend-6.3.0.subset.min.css").read_text()
    assert set(re.findall(r"var\((--govuk-[\w-]+-colour)", css)) <= set(LIGHT)
    assert len([name for name in LIGHT if re.fullmatch(r"--govuk-[\w-]+-colour", name)]) == 20


@pytest.mark.parametrize(("address", "most_bytes", "most_requests"), [(PAGES[0], 60_000, 8), (PAGES[1], 120_000, 12)])
def test_a_page_is_light(app: Flask, address: str, most_bytes: int, most_requests: int):
    client = app.test_client()
    html = client.get(address).text
    loaded = {match for match in re.findall(r'(?:src|href)="(/static/[^"]+)"', html) if "apple" not in match}
    files = [client.get(each, headers={"Accept-Encoding": "gzip"}) for each in loaded]
    assert {file.status_code for file in files} == {200}
    size = len(gzip.compress(html.encode(), 6)) + sum(len(file.data) for file in files)
    assert 1 + len(loaded) <= most_requests
    assert size <= most_bytes / 2, "half the budget is left to a page's own script and pictures"
