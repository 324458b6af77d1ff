"""Lines of the log: what stands in them, and what never does."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.factories import World
from webapp.foundation import logs
from webapp.foundation.db import Database, unit_of_work
from webapp.foundation.logs import Lines, scrub, told


@pytest.fixture(autouse=True)
def nobody_before() -> Iterator[None]:
    logs.speak_of()
    yield
    logs.speak_of()


def line(message: str, *args: Any, error: BaseException | None = None, **fields: Any) -> dict[str, Any]:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("firstbell.test", logging.WARNING, "x.py", 1, message, args, info)
    if fields:
        record.fields = fields
    written = Lines().format(record)
    assert "\n" not in written
    return dict(json.loads(written))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("a text to +447700900123 failed", "a text to <number> failed"),
        ("07700 900 123 rang", "<number> rang"),
        ("(0161) 496 0123", "(<number>"),
        ("alice.o'neil+x@hill.example.org wrote", "<e-mail> wrote"),
        ("GET /t/k3Jx9mPqRs2tUv4w/question", "GET /t/<token>/question"),
        ("GET /sign-in?next=/children/abc", "GET /sign-in?<query>"),
        ("cookie 8fGh2kLmNpQrStUvWx34yZ_-aB", "cookie <token>"),
        ("work 123456 (message) has failed", "work 123456 (message) has failed"),
        ("took 12.5 ms at 2026-06-16", "took 12.5 ms at 2026-06-16"),
        ("webapp.first_day.services.clockwork", "webapp.first_day.services.clockwork"),
    ],
)
def test_what_is_left_in_a_message_is_masked(said: str, kept: str) -> None:
    assert scrub(said) == kept


def test_a_line_is_one_object_whatever_is_in_it() -> None:
    found = line("said %s", 'two\nlines "quoted" \x1b[31m {"level":"error"}')
    assert (found["level"], found["log"]) == ("warning", "firstbell.test")
    assert found["said"].startswith("said two\nlines")
    assert found["at"].endswith("+00:00")


def test_every_line_of_a_request_carries_its_id() -> None:
    logs.speak_of(request="0f8a2c4e6b1d")
    assert line("one")["request"] == logs.request_id() == "0f8a2c4e6b1d"
    logs.speak_of(work=7, kind="message")
    assert (line("two")["work"], logs.request_id()) == (7, "")


def test_an_exception_is_its_type_and_its_places() -> None:
    def inner(number: str) -> int:
        secret = f"Kowalski {number}"
        return int(secret)

    try:
        try:
            inner("+447700900123")
        except ValueError as wrong:
            raise KeyError("Tom Ahmed") from wrong
    except KeyError as error:
        found = line("it broke", error=error)
    newest, cause = found["error"]
    assert (newest["type"], cause["type"]) == ("KeyError", "ValueError")
    assert cause["at"][-1].endswith("in inner")
    assert "words" not in newest
    for personal in ("Kowalski", "447700900123", "Tom", "Ahmed", "secret"):
        assert personal not in json.dumps(found)


def test_words_about_the_code_are_kept() -> None:
    try:
        None.missing  # type: ignore[attr-defined]  # noqa: B018
    except AttributeError as error:
        assert told(error)[0]["words"] == "'NoneType' object has no attribute 'missing'"


def test_what_the_database_says_of_a_row_is_not_repeated(db: Database, world: World) -> None:
    with pytest.raises(DBAPIError) as caught, unit_of_work() as tx:
        tx.execute(
            text("INSERT INTO contact_point (organisation_id, id, value) VALUES (:o, :i, :v)"),
            {"o": world.organisation, "i": 1, "v": "+447700900123"},
        )
    # SQLAlchemy hides the parameters; PostgreSQL's own words repeat the row all the same.
    assert "parameters hidden" in str(caught.value)
    found = line("a write failed", error=caught.value)
    assert "447700900123" not in json.dumps(found)
    assert any(each.get("state") for each in found["error"])


def test_fields_come_as_they_are_and_text_is_for_the_eye() -> None:
    assert line("request", status=404, ms=1.5)["status"] == 404
    record = logging.LogRecord("firstbell.web", logging.INFO, "x.py", 1, "request", (), None)
    record.fields = {"status": 404}
    said = Lines(as_text=True).format(record)
    assert said.endswith("info    request status=404")


@pytest.fixture
def restored() -> Iterator[None]:
    import sys
    import threading

    root, ours = logging.getLogger(), [logging.getLogger(name) for name in ("firstbell", "webapp", "gunicorn")]
    before = (root.handlers[:], root.level, [each.level for each in ours], sys.excepthook, threading.excepthook)
    yield
    root.handlers[:], sys.excepthook, threading.excepthook = before[0], before[3], before[4]
    root.setLevel(before[1])
    for each, level in zip(ours, before[2], strict=True):
        each.setLevel(level)
    logging.captureWarnings(False)


def test_other_libraries_say_warnings_only(restored: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", "json")
    # Twilio's client writes the whole request at "info".
    logging.getLogger("twilio.http_client").info("To=+447700900123 Body=Tom")
    logging.getLogger("firstbell.work").debug("ours")
    written = capsys.readouterr().err
    assert "Tom" not in written
    assert json.loads(written)["said"] == "ours"


def test_what_nobody_caught_is_a_line_too(restored: None, capsys: pytest.CaptureFixture[str]) -> None:
    import threading

    logs.configure("error", "json")

    def fall() -> None:
        raise RuntimeError("Kowalski +447700900123")

    thread = threading.Thread(target=fall)
    thread.start()
    thread.join()
    (only,) = capsys.readouterr().err.splitlines()
    assert json.loads(only)["error"][0]["type"] == "RuntimeError"
    assert "Kowalski" not in only
