"""What a person is answered when something breaks: tried once more where the database asks for it, else said so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests.factories import World
from tests.pages import Enter, page
from webapp.errors.words import WORDS


class _Ended(Exception):
    sqlstate = "40P01"


class _Down(Exception):
    sqlstate = "57P01"


def deadlock() -> OperationalError:
    return OperationalError("UPDATE mark", {}, _Ended())


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, app: Flask) -> Callable[..., list[int]]:
    """``failing(error, times)``: a parent's home raises so often before it does what it does."""

    def fail(error: Exception, times: int) -> list[int]:
        asked: list[int] = []
        view = app.view_functions["parent.home"]

        def again() -> object:
            asked.append(1)
            if len(asked) <= times:
                raise error
            return view()

        monkeypatch.setitem(app.view_functions, "parent.home", again)
        return asked

    monkeypatch.setattr(app, "testing", False)
    return fail


def test_a_view_that_met_another_transaction_runs_once_more(
    failing: Callable[..., list[int]], as_parent: Enter, world: World
) -> None:
    asked = failing(deadlock(), 1)
    answer = as_parent(world.alice).get("/home")
    assert (answer.status_code, len(asked)) == (200, 2)
    assert "Tom" in page(answer).text


def test_not_a_third_time_and_not_for_anything_else(
    failing: Callable[..., list[int]], as_parent: Enter, world: World
) -> None:
    client = as_parent(world.alice)
    asked = failing(deadlock(), 9)
    answer = client.get("/home")
    assert (answer.status_code, len(asked)) == (500, 2)
    asked = failing(OperationalError("SELECT", {}, _Down()), 9)
    assert (client.get("/home").status_code, len(asked)) == (503, 1)


def test_errors_have_words_for_every_status_that_is_raised() -> None:
    assert {400, 401, 403, 404, 409, 410, 413, 429, 500, 503} <= set(WORDS)
