"""The post room stands ready: messages wait for the demo phone. And staff's door in production."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask

from notifications import channels
from notifications.channels import channels_from
from tests.pages import page
from webapp.accounts.services import tokens
from webapp.factory import create_app
from webapp.foundation import clock, events
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database

BASE = "https://attend.hill.example"


@pytest.fixture(autouse=True)
def post_room(tmp_path) -> Iterator[None]:
    channels.use(channels_from(load(demo_environment(tmp_path, "k" * 40, 8000))))
    yield
    channels.use(None)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash costs little here."""
    monkeypatch.setattr(tokens, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def earnest(db: Database, tmp_path: Any, at: time_machine.Traveller) -> Iterator[Flask]:
    """The application in production."""
    given = {**demo_environment(tmp_path, "k" * 40, 8000), "FIRSTBELL_MODE": "production",
             "FIRSTBELL_PUBLIC_URL": BASE}  # fmt: skip
    app = create_app(load(given), db)
    app.testing = True
    yield app
    clock.use_school_offset(None)
    events.forget_all()
    channels.use(None)


class Browser:
    """A browser at the production door."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str) -> Any:
        return self.client.get(path, base_url=BASE)

    def send(self, path: str, where: str = "", **typed: str) -> Any:
        """Fill in the form of a page and send it, to where it says or elsewhere."""
        form = page(self.get(path)).fields(where or path)
        return self.client.post(where or path, base_url=BASE, data={**form, **typed}, headers={"Referer": BASE})

    @property
    def entered(self) -> bool:
        return "/staff/sign-in" not in (self.get("/staff").location or "")


@pytest.fixture
def visitor(earnest: Flask) -> Browser:
    return Browser(earnest)
