"""A morning as the logs tell it: web, worker and gunicorn, and in no line a person, a number, a code or a token."""

from __future__ import annotations

import http.client
import io
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from notifications import channels
from notifications.channels import channels_from
from notifications.models import Delivery
from notifications.services import receive_text
from tests.absence.test_papers import PDF, picture
from tests.blueprints.auth.test_sign_in import ask, enter, sent_codes
from tests.blueprints.conftest import SCHOOL_MORNING
from tests.blueprints.staff.conftest import HillMorning
from tests.factories import World
from tests.pages import entering, make_app, page
from webapp.absence.models import AbsenceReport
from webapp.foundation import clock, events, logs
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.work import NewWork, enqueue_many, fresh_kinds, handler, registry, run_due
from webapp.people.models import Contact, ContactPoint, Pupil, Staff

ROOT = Path(__file__).resolve().parents[2]
TYPED = "Sick as a quokka since midnight"
STRANGER = "+447700900987"


@pytest.fixture
def at() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(SCHOOL_MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(db: Database, tmp_path: Path, at: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    made = make_app(db, tmp_path)
    monkeypatch.setattr(made, "testing", False)
    channels.use(channels_from(load(demo_environment(tmp_path, "k" * 40, 8000))))
    yield made
    clock.use_school_offset(None)
    events.forget_all()
    channels.use(None)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a process with the finest logs writes."""
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in ("firstbell", "webapp", "gunicorn")]
    held = (root.handlers[:], root.level, [each.level for each in ours], sys.excepthook, threading.excepthook)
    into = io.StringIO()
    monkeypatch.setattr(sys, "stderr", into)
    logs.configure("debug", "json")
    yield into
    root.handlers[:], sys.excepthook, threading.excepthook = held[0], held[3], held[4]
    root.setLevel(held[1])
    for each, level in zip(ours, held[2], strict=True):
        each.setLevel(level)
    logging.captureWarnings(False)


def personal(tokens: list[str]) -> list[str]:
    """What must be in no line: everybody's names, numbers and addresses, what was typed, codes, keys and tokens."""
    with read_door() as db:
        names = [name for table in (Pupil, Contact, Staff) for row in db.execute(
            select(table.first_name, table.last_name)) for name in row]  # fmt: skip
        values = list(db.scalars(select(ContactPoint.value))) + list(db.scalars(select(Staff.email)))
        sent = [row.body for row in db.execute(select(Delivery.body))]
        tokens += list(db.scalars(select(Delivery.token)))
    codes = [code for body in sent for code in re.findall(r"\b\d{6}\b", body)]
    links = [link for body in sent for link in re.findall(r"/t/(\w+)", body)]
    numbers = [value.replace("+44", "0") for value in values if value.startswith("+44")]
    found = {*names, *values, *numbers, *codes, *links, *tokens, TYPED, "quokka", STRANGER, STRANGER[3:], "letter.pdf"}
    return sorted(each for each in found if each and len(each) > 2)


def leaks(log: str, wanted: list[str]) -> list[str]:
    return [each for each in wanted if re.search(rf"(?<![A-Za-z]){re.escape(each)}(?![a-z])", log)]


def cookies_of(client: FlaskClient) -> list[str]:
    held = [client.get_cookie(f"firstbell-{name}") for name in ("parent", "staff", "browser", "form", "entry")]
    return [cookie.value for cookie in held if cookie is not None]


def test_a_morning(app: Flask, db: Database, world: World, at: time_machine.Traveller, written: io.StringIO) -> None:
    asked: list[int] = []
    app.wsgi_app = _Counting(app.wsgi_app, asked)  # type: ignore[method-assign]
    try:
        tokens = _live(app, world, at)
    finally:
        app.wsgi_app = app.wsgi_app.inner  # type: ignore[method-assign, attr-defined]
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    requests = [line for line in lines if line["said"] == "request"]
    assert len(requests) == len(asked)
    assert [line["status"] for line in requests] == asked
    assert all(line["request"] and line["method"] and "ms" in line for line in requests)
    assert {line["audience"] for line in requests if "audience" in line} >= {"parent", "staff", "nobody"}
    by_endpoint = {line.get("endpoint"): line for line in requests}
    homes = [line for line in requests if line.get("endpoint") == "parent.home"]
    assert world.organisation in {line.get("organisation") for line in homes}
    # Signing in: who was let on, and who typed a wrong code.
    assert {line["status"] for line in requests if line.get("endpoint") == "auth.enter"} >= {302, 422}
    # Refusals, each with the session that met it.
    assert {line["status"] for line in requests} >= {400, 401, 403, 404, 405, 413, 422, 500}
    assert all(line["session"] for line in requests if line.get("audience") in ("parent", "staff"))
    assert by_endpoint["links.opened"]["rule"] == "/t/<token>"
    assert by_endpoint["parent.receipt"]["rule"] == "/absence-reports/<report>"
    works = [line for line in lines if line["said"] == "work"]
    assert {line["kind"] for line in works} >= {"delivery", "falls"}, {line["kind"] for line in works}
    broken = [line for line in lines if "error" in line]
    assert {each["error"][0]["type"] for each in broken} >= {"RuntimeError", "ValueError"}
    assert any("IntegrityError" in one["type"] for each in broken for one in each["error"])
    assert all(line.get("request") or line.get("work") for line in broken)
    # What is looked for is there to be found: in the answers and in the database, only not here.
    wanted = personal(tokens)
    assert len(wanted) > 40
    assert leaks(written.getvalue(), wanted) == []


class _Counting:
    def __init__(self, inner: Any, asked: list[int]) -> None:
        self.inner, self._asked = inner, asked

    def __call__(self, environ: Any, start_response: Any) -> Any:
        def start(status: str, *rest: Any) -> Any:
            self._asked.append(int(status[:3]))
            return start_response(status, *rest)

        return self.inner(environ, start)


def _live(app: Flask, world: World, at: time_machine.Traveller) -> list[str]:
    hill = HillMorning(world, at)
    parent, staff, nobody = (app.test_client() for _ in range(3))
    # Signing in: a wrong code, the right one, an unknown number, a word that is none.
    told = ask(parent, "07700 900001")
    ((_, code),) = sent_codes()
    enter(parent, told.location, "000000" if code != "000000" else "111111")
    assert enter(parent, told.location, code).status_code == 302
    assert enter(parent, told.location, code).status_code != 500
    ask(nobody, STRANGER)
    ask(app.test_client(), TYPED)
    ask(staff, f"saira.khan.{world.organisation}@school.example", door="/staff")
    staff_code = sent_codes()[-1][1]
    enter(staff, "/staff/sign-in/code", staff_code)
    assert staff.get("/staff/hill/tasks").status_code == 200
    tokens = [*cookies_of(parent), *cookies_of(staff), *cookies_of(nobody)]
    # A report with a photo and a paper, a question, its link, an answer, an altered link.
    hill.report(world.tom, world.alice, words=TYPED)
    parent.get("/home")
    with read_door() as db:
        report = db.scalar(select(AbsenceReport.public_id))
    key = page(parent.get("/sign-in")).fields("/sign-in")["csrf_token"]
    tokens.append(key)
    for name, data in (("note.jpg", picture()), ("letter.pdf", PDF), ("letter.exe", b"MZ quokka")):
        parent.post(f"/absence-reports/{report}/files", data={
            "csrf_token": key, "upload": f"up-{name}"*3, "file": (io.BytesIO(data), name)},
            content_type="multipart/form-data")  # fmt: skip
    parent.get(f"/absence-reports/{report}")
    staff_key = page(staff.get("/staff/sign-in")).fields("/staff/sign-in")["csrf_token"]
    staff.get("/staff/hill/find?q=Tom Ahmed")
    staff.get(f"/staff/hill/reports/{report}")
    asked = staff.post(f"/staff/hill/reports/{report}/question", data={
        "csrf_token": staff_key, "words": TYPED, "submission_key": "q" * 20})  # fmt: skip
    assert asked.status_code in (302, 303, 404, 405, 409, 422)
    # The missing children of the morning, and what the worker makes of them.
    hill.clock("09:20")
    hill.register(tom="N", noor="N")
    hill.run()
    with one_kind_more():
        _work_that_fails(world)
        for _ in range(3):
            run_due()
            at.shift(timedelta(minutes=1))
    with read_door() as db:
        bodies = list(db.scalars(select(Delivery.body)))
    links = [found for body in bodies for found in re.findall(r"/t/(\w+)", body)]
    assert links, "a text with a link has gone out"
    for token in links[:2]:
        nobody.get(f"/t/{token}")
        nobody.post(f"/t/{token}/away", data={"reason": "ill", "words": TYPED})
    nobody.get(f"/t/{links[0][:-2]}xx")
    # Answers by text: of a parent, of nobody.
    for key_of, sender in (("SM1", "+447700900001"), ("SM2", STRANGER)):
        words = f"Tom Ahmed: {TYPED}"
        receive_text(provider="twilio", provider_id=key_of, sender=sender, words=words, opt_out_type="")
    # Errors of every kind, each full of what must not be told.
    # At twenty past nine the machine in the office has been left alone for too long.
    staff = entering(app, world)[1](world.officer)
    _errors(app, parent, staff, nobody, key, world, [*tokens, code, *links])
    return [*tokens, code, staff_code]


@contextmanager
def one_kind_more() -> Iterator[None]:
    held = dict(registry.kinds())
    with fresh_kinds():
        registry._registry.kinds.update(held)
        yield


def _work_that_fails(world: World) -> None:
    @handler("falls")
    def fall(_job: Any) -> None:
        raise ValueError(f"{TYPED} {STRANGER}")

    with unit_of_work() as tx:
        enqueue_many(tx, [NewWork(kind="falls", subject="1", organisation_id=world.organisation, max_attempts=1)])


def _errors(
    app: Flask, parent: FlaskClient, staff: FlaskClient, nobody: FlaskClient, key: str, world: World, secrets: list[str]
) -> None:  # fmt: skip
    held = dict(app.view_functions)

    def fall(**_arguments: str) -> str:
        secret = " ".join(secrets)
        raise RuntimeError(f"{TYPED} {STRANGER} {secret}")

    def clash(**_arguments: str) -> str:
        with unit_of_work() as tx:
            row = {"o": world.organisation, "v": STRANGER, "n": TYPED}
            wrong = "INSERT INTO pupil (organisation_id, id, first_name, last_name) VALUES (:o, 1, :v, :n)"
            tx.execute(text(wrong), row)
        return ""

    try:
        for view in (fall, clash):
            app.view_functions["parent.home"] = app.view_functions["staff.find"] = view
            app.view_functions["links.opened"] = app.view_functions["parent.write"] = view
            assert parent.get(f"/home?word={TYPED}").status_code == 500
            assert staff.get("/staff/hill/find?q=Tom Ahmed").status_code == 500
            assert nobody.get(f"/t/{secrets[-1]}").status_code == 500
            data = {"csrf_token": key, "words": TYPED}
            assert parent.post("/absence-reports/x/messages", data=data).status_code == 500
    finally:
        app.view_functions.update(held)
    parent.get(f"/{TYPED}?{STRANGER}")
    parent.post("/absence-reports/x/messages", data={"words": TYPED})
    elsewhere = {"Origin": f"https://{secrets[0][:9]}.example"}
    nobody.post(f"/t/{secrets[-1]}/question", data={"words": TYPED}, headers=elsewhere)
    nobody.post("/webhooks/twilio/inbound", data={"From": STRANGER, "Body": TYPED})
    nobody.open("/home", method="QUOKKA")
    nobody.get("/home", headers={"Sec-Fetch-Mode": "cors"})
    nobody.get("/home", headers={"X-Request-Id": STRANGER, "User-Agent": TYPED, "Accept-Language": TYPED})
    parent.post("/absence-reports/x/files", data={"file": (io.BytesIO(b"x" * 13_000_000), "letter.pdf")},
                content_type="multipart/form-data")  # fmt: skip


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(environment: dict[str, str], into: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with into.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp", *arguments], cwd=ROOT, stdout=log, stderr=log, env=environment
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def say(port: int, raw: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(raw)
        wire.settimeout(10)
        said = b""
        try:
            while more := wire.recv(4096):
                said += more
        except OSError:
            pass
        return said


@pytest.mark.parametrize("threads", [1, 2])
def test_gunicorn_and_the_worker_as_they_run(cloned_db: Database, db_kind: str, tmp_path: Path, threads: int) -> None:
    if db_kind == "postgresql" and threads == 2:
        pytest.skip("gunicorn's own log does not hang on the database")
    port = free_port()
    environment = {
        **os.environ, **demo_environment(tmp_path, "k" * 40, port), "FIRSTBELL_LOG_LEVEL": "debug",
        "FIRSTBELL_LOG_FORMAT": "json",
        "FIRSTBELL_DATABASE_URL": cloned_db.url.render_as_string(hide_password=False),
        # Told to write an access log all the same.
        "GUNICORN_CMD_ARGS": "--access-logfile -",
    }  # fmt: skip
    web, work = tmp_path / "web.log", tmp_path / "work.log"
    secret = "quokka7Jx9mPqRs2tUv4w"
    with unit_of_work() as tx:
        enqueue_many(tx, [NewWork(kind="delivery_report", subject=secret, max_attempts=1)])
    with (
        running(environment, web, "serve", "--port", str(port), "--processes", "1", "--threads", str(threads)),
        running(environment, work, "worker"),
    ):
        _until(lambda: say(port, b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        wire = http.client.HTTPConnection("localhost", port, timeout=20)
        for path in (f"/t/{secret}", f"/sign-in?next=/{secret}", f"/{secret}", "/home"):
            wire.request("GET", path, headers={"Cookie": f"firstbell-parent={secret}", "Referer": f"http://x/{secret}"})
            answer = wire.getresponse()
            answer.read()
            assert answer.status < 500
        for raw in (
            f"GET /t/{secret} HTTP/9.9\r\n\r\n", f"{secret}\r\n\r\n", f"GET / HTTP/1.1\r\nCookie {secret}\r\n\r\n",
            f"GET /t/{secret} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {secret}\r\n\r\n",
            f"GET /{secret * 500} HTTP/1.1\r\nHost: x\r\n\r\n",
        ):
            assert b" 200 " not in say(port, raw.encode()).partition(b"\r\n")[0]
        # Two ways to say where a request ends: none of what follows is answered as a request of its own.
        smuggled = "GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for lengths in (
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n",
            "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding : chunked\r\n",
        ):
            raw = f"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n0\r\n\r\n{smuggled}"
            said = say(port, raw.encode())
            assert (said.count(b"HTTP/1.1"), b"200 OK" in said) == (1, False), lengths
        _until(lambda: "delivery_report" in work.read_text() or None)
    for file in (web, work):
        log = file.read_text()
        lines = [json.loads(line) for line in log.splitlines()]
        assert "quokka" not in log
        assert all(line["at"] and line["level"] for line in lines)
    served = [json.loads(line) for line in web.read_text().splitlines()]
    assert [line for line in served if line["log"] == "firstbell.web" and line.get("rule") == "/t/<token>"]
    assert [line for line in served if "could not be read" in line["said"]]
    assert [line for line in served if line["log"] == "gunicorn.error"]


def _until(true: Any) -> None:
    deadline = time.monotonic() + 150
    while True:
        try:
            if true():
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)
