"""How pages speak: times, dates and numbers as this product writes them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined

from webapp.foundation import clock
from webapp.foundation.config import Config
from webapp.foundation.words import day_words, short_day_words, staff_time, time_words

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def init_app(app: Flask, settings: Config) -> None:
    """Set up Jinja: a name that is not defined is an error, and the filters of ``webapp.foundation.words``."""
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    environment = app.jinja_env
    environment.filters.update(
        time=lambda at: time_words(clock.london(at)),
        staff_time=lambda at: staff_time(clock.london(at)),
        day=day_words,
        short_day=short_day_words,
    )
    environment.globals.update(is_demo=settings.is_demo, school_today=_today, school_now=_now)


def _today() -> date:
    return clock.school_today()


def _now() -> datetime:
    return clock.school_now()
