"""The system's own Chromium, and the demo as ``make demo`` starts it."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium was found")
    return {**browser_type_launch_args, "executable_path": chromium, "args": ["--no-sandbox"]}


@dataclass(frozen=True)
class Demo:
    """A running demo. ``address`` has no slash at its end; ``said`` is what it printed."""

    address: str
    said: str
    folder: Path


def start_demo(folder: Path, *arguments: str) -> tuple[subprocess.Popen[str], Demo]:
    """Start ``firstbell demo`` in a folder and wait until it says that it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "webapp", "demo", "--port", str(port), "--folder", str(folder), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    said: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if "Stop with Ctrl-C" in line:
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return process, Demo(f"http://localhost:{port}", "".join(said), folder)
    raise AssertionError("the demo did not start:\n" + "".join(said))


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for the run of browser tests; each test signs in for itself."""
    process, started = start_demo(tmp_path_factory.mktemp("demo"))
    yield started
    process.send_signal(signal.SIGTERM)
    # Web and worker each may take their time over what they have in hand.
    process.wait(timeout=90)


@pytest.fixture
def visitors(browser: Browser, demo: Demo) -> Iterator[Visit]:
    """``visitors("Alice Ahmed", PHONE)``: a browser of its own, signed in by that card; without a name, nobody."""
    contexts: list[BrowserContext] = []

    def visit(name: str = "", size: dict[str, int] = PHONE, **more: Any) -> Page:
        context = browser.new_context(viewport=size, base_url=demo.address, reduced_motion="reduce", **more)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        if name:
            page.goto("/sign-in")
            page.get_by_role("button", name=name).click()
            page.wait_for_url(re.compile(r"/(home|staff/)"))
        return page

    yield visit
    for context in contexts:
        context.close()
