"""The component page in a real browser: every way of seeing, no sideways scrolling, nothing that axe finds."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from jinja2 import StrictUndefined
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from blueprints.demo.components import components
from webapp.factory import assets
from webapp.foundation.config import demo_environment, load

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PAGES = ("", "/staff", "/link", "/flow")
POLICY = "; ".join(
    (
        "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self'", "manifest-src 'self'",
        "worker-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'",
    )
)  # fmt: skip
# name, address, width, height, letters twice as large, forced colours
WAYS = [
    ("narrow", "", 320, 640, False, "none"),
    ("phone", "", 390, 844, False, "none"),
    ("phone, dark", "?theme=dark", 390, 844, False, "none"),
    ("phone, Urdu", "?lang=ur", 390, 844, False, "none"),
    ("phone, Punjabi, dark", "?lang=pa&theme=dark", 390, 844, False, "none"),
    ("phone, large letters", "", 390, 844, True, "none"),
    ("narrow, large letters", "", 320, 640, True, "none"),
    ("phone, forced colours", "", 390, 844, False, "active"),
    ("tablet", "", 900, 1000, False, "none"),
    ("desk", "", 1280, 800, False, "none"),
    ("desk, dark", "?theme=dark", 1280, 800, False, "none"),
    ("desk, large letters", "", 1280, 800, True, "none"),
    ("desk, Arabic", "?lang=ar", 1280, 800, False, "none"),
]
# The frames of the other two pages are made of the same pieces.
FEW = ("phone, dark", "phone, Urdu", "narrow, large letters", "phone, forced colours")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = Flask("component page", template_folder=str(ROOT / "templates"), static_folder=None)
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.globals.update(csrf_token=lambda: "token", shared_computer=lambda: None)
    assets.init_app(app, load(demo_environment(ROOT, "k" * 40, 8000)))
    app.register_blueprint(components)
    app.add_url_rule("/sent", "sent", lambda: ("", 204), methods=["POST"])
    app.add_url_rule("/manifest.webmanifest", "manifest", lambda: ("{}", {"Content-Type": "application/manifest+json"}))
    app.add_url_rule("/service-worker.js", "worker", lambda: ("", {"Content-Type": "text/javascript"}))

    @app.after_request
    def policy(response):
        response.headers["Content-Security-Policy"] = POLICY
        return response

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/demo/components"
    server.shutdown()


def open_page(browser: Browser, url: str, width: int, height: int, large: bool = False, forced: str = "none") -> Page:
    size = {"width": width, "height": height}
    context = browser.new_context(viewport=size, forced_colors=forced, reduced_motion="reduce")
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    if large:
        # Chromium's own setting, as a person sets it: media queries in em follow it.
        session = context.new_cdp_session(page)
        page.goto("about:blank")
        session.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    page.goto(url)
    return page


@pytest.mark.parametrize(
    ("which", "way"),
    [
        *(pytest.param(which, way[1:], id=f"{which or 'parent'}, {way[0]}") for which in PAGES[:2] for way in WAYS),
        *(
            pytest.param(which, way[1:], id=f"{which}, {way[0]}")
            for which in PAGES[2:]
            for way in WAYS
            if way[0] in FEW
        ),
    ],
)
def test_each_way_of_seeing(browser, address, which, way):
    query, width, height, large, forced = way
    page = open_page(browser, address + which + query, width, height, large, forced)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
    assert page.complaints == [], "the content security policy, or a file that is not there"
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]][:3]) for each in found] == []
    page.context.close()


def test_what_a_reason_opens_is_hidden_until_it_is_chosen(browser, address):
    page = open_page(browser, f"{address}/flow", 390, 844)
    chip = page.get_by_text("Sick or diarrhoea")
    assert not chip.is_visible()
    page.get_by_label("Ill or unwell").check()
    assert chip.is_visible()
    page.get_by_label("A religious day").check()
    assert not chip.is_visible()
    page.context.close()


def test_the_error_summary_has_the_focus_and_leads_to_the_field(browser, address):
    page = open_page(browser, f"{address}/flow", 390, 844)
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "reason"
    page.context.close()


def test_a_form_is_sent_once_and_its_button_is_never_greyed_out(browser, address):
    page = open_page(browser, f"{address}/flow", 390, 844)
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate("document.forms[0].action = '/sent'")
    button = page.get_by_role("button", name="Tell school")
    for _ in range(3):
        button.click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert len(sent) == 1
    assert button.is_enabled()
    page.context.close()


@pytest.mark.parametrize(
    ("width", "height", "large", "place"),
    [(390, 844, False, "fixed"), (844, 390, False, "static"), (320, 640, True, "static"), (1280, 800, False, "static")],
)
def test_the_tab_bar_stands_below_where_there_is_room(browser, address, width, height, large, place):
    page = open_page(browser, address, width, height, large)
    bar = page.get_by_role("navigation", name="Main")
    assert bar.evaluate("bar => getComputedStyle(bar).position") == place
    if place == "fixed":
        box = bar.bounding_box()
        assert box["y"] + box["height"] == pytest.approx(height, abs=1)
    page.context.close()


def test_tapping_is_easy_on_a_phone(browser, address):
    """48 px for parents: buttons, tabs, radios, chips (ux.md, section 5)."""
    page = open_page(browser, address, 390, 844)
    low = page.evaluate(
        """() => [...document.querySelectorAll('.govuk-button, .tabs a, .govuk-radios__item, .chip, .rows__link')]
            .filter(each => each.getBoundingClientRect().height && each.getBoundingClientRect().height < 47.5)
            .map(each => each.outerHTML.slice(0, 80))"""
    )
    assert low == []
    page.context.close()


def test_a_menu_closes_with_escape_and_gives_the_focus_back(browser, address):
    page = open_page(browser, f"{address}/staff", 1280, 800)
    menu = page.get_by_text("Hill Primary").first
    menu.click()
    assert page.get_by_role("link", name="Vale Academy").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="Vale Academy").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.context.close()


def test_right_to_left_keeps_the_words_of_the_picture(browser, address):
    page = open_page(browser, f"{address}?lang=ur", 390, 844)
    inside = page.evaluate(
        """() => [...document.querySelectorAll('.year__picture text')].map(text => {
            const box = text.getBoundingClientRect(), svg = text.ownerSVGElement.getBoundingClientRect();
            return box.width > 0 && box.right <= svg.right + 1 && box.left > svg.left + svg.width / 2;
        })"""
    )
    assert inside
    assert all(inside)
    page.context.close()


def test_nothing_is_loaded_from_elsewhere_and_little_is_loaded(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address, wait_until="networkidle")
    assert all(url.startswith("http://127.0.0.1:") for url in asked)
    assert len(asked) <= 8
    context.close()
