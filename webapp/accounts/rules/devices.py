"""What to call somebody's phone or computer in the list of devices: "Chrome on Android"."""

from __future__ import annotations

# The order matters: Edge and Samsung say Chrome too, Chrome says Safari, an iPhone says Mac OS X.
_BROWSERS = (
    ("Firefox", ("FxiOS/", "Firefox/")),
    ("Edge", ("EdgiOS/", "EdgA/", "Edg/")),
    ("Samsung Internet", ("SamsungBrowser/",)),
    ("Opera", ("OPR/", "OPT/", "OPiOS/")),
    ("DuckDuckGo", ("DuckDuckGo/", "Ddg/")),
    ("Chrome", ("CriOS/", "Chrome/", "Chromium/")),
    ("Safari", ("Safari/",)),
)
_SYSTEMS = (
    ("iPhone", ("iPhone", "iPod")),
    ("iPad", ("iPad",)),
    ("Android", ("Android",)),
    ("Chromebook", ("CrOS",)),
    ("Windows", ("Windows",)),
    ("Mac", ("Macintosh", "Mac OS X")),
    ("Linux", ("Linux", "X11")),
)


def device_words(user_agent: str) -> str:
    """Browser and system of a User-Agent header; "A browser" and "an unknown device" where it does not say."""
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    # An app that wraps a page on an iPhone names no browser.
    if browser is None and system in {"iPhone", "iPad"}:
        browser = "Safari"
    return f"{browser or 'A browser'} on {system or 'an unknown device'}"


def _first(table: tuple[tuple[str, tuple[str, ...]], ...], user_agent: str) -> str | None:
    return next((name for name, signs in table if any(sign in user_agent for sign in signs)), None)
