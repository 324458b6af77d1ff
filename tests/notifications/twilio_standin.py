"""A stand-in for Twilio's Messages resource on this machine: it keeps what it takes, and lists it when it is asked."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.notifications.servers import QuietServer, serving

ACCOUNT = "AC" + "0" * 32
TOKEN = "t" * 32
SERVICE = "MG" + "1" * 32


@dataclass
class Answer:
    """What the next call gets instead of 201. ``taken``: the message is kept all the same; ``drop``: no answer."""

    status: int = 201
    code: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    taken: bool = False
    drop: bool = False


@dataclass
class TwilioStandIn:
    url: str = ""
    sent: list[dict[str, str]] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    list_answers: list[Answer] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    down: Answer | None = None
    """While it is set, every call and every look-up gets this."""
    on_call: Callable[[], object] | None = None
    """Done while the caller waits for the answer."""
    answer_after: float = 0.0
    called_at: float = 0.0
    answered_at: float = 0.0
    """When the first message came and the last was answered, in seconds of the machine's clock."""

    def calls(self) -> Counter[str]:
        """How often each delivery came in, by its token."""
        return Counter(parse_qs(urlsplit(form.get("StatusCallback", "")).query)["o"][0] for form in list(self.sent))

    def take(self, form: dict[str, str]) -> dict[str, Any]:
        sid = f"SM{len(self.kept):032x}"
        message = {
            "sid": sid, "account_sid": ACCOUNT, "to": form["To"], "from": form.get("From"), "body": form["Body"],
            "messaging_service_sid": form.get("MessagingServiceSid"), "status": "accepted", "error_code": None,
            "error_message": None, "date_created": format_datetime(datetime.now(UTC)), "date_updated": None,
            "date_sent": None, "direction": "outbound-api", "num_segments": "0", "num_media": "0", "price": None,
            "price_unit": "GBP", "api_version": "2010-04-01", "uri": f"/Messages/{sid}.json",
            "subresource_uris": {},
        }  # fmt: skip
        self.kept.append(message)
        return message


def handler_of(stand_in: TwilioStandIn) -> type[BaseHTTPRequestHandler]:
    """Its HTTP, over what it keeps."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            raw = self.rfile.read(length).decode()
            if len(raw.encode()) < length:
                # The caller was killed in the middle of a word.
                return
            form = {key: values[0] for key, values in parse_qs(raw, keep_blank_values=True).items()}
            stand_in.called_at = stand_in.called_at or time.time()
            stand_in.sent.append(form)
            if stand_in.on_call is not None:
                stand_in.on_call()
            if not re.fullmatch(rf"/2010-04-01/Accounts/{ACCOUNT}/Messages\.json", urlsplit(self.path).path):
                self._answer(Answer(404, 20404))
                return
            if not self._is_known():
                self._answer(Answer(401, 20003))
                return
            answer = stand_in.down or (stand_in.answers.pop(0) if stand_in.answers else Answer())
            message = stand_in.take(form) if answer.taken or (answer.status == 201 and not answer.drop) else None
            time.sleep(stand_in.answer_after)
            self._answer(answer, message if answer.status == 201 else None)
            stand_in.answered_at = time.time()

        def do_GET(self) -> None:
            if self.path == "/calls":
                told = {"called_at": stand_in.called_at, "answered_at": stand_in.answered_at}
                self._answer(Answer(200), {"calls": stand_in.calls(), **told})
                return
            asked = parse_qs(urlsplit(self.path).query)
            stand_in.listed.append(asked["To"][0])
            if stand_in.down or stand_in.list_answers:
                self._answer(stand_in.down or stand_in.list_answers.pop(0))
                return
            found = [one for one in reversed(stand_in.kept) if one["to"] == asked["To"][0]]
            page = {
                "messages": found, "page": 0, "page_size": 50, "first_page_uri": self.path, "next_page_uri": None,
                "previous_page_uri": None, "uri": self.path, "start": 0, "end": len(found),
            }  # fmt: skip
            self._answer(Answer(200), page)

        def _is_known(self) -> bool:
            name = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
            return self.headers.get("Authorization") == f"Basic {name}"

        def _answer(self, answer: Answer, content: dict[str, Any] | None = None) -> None:
            if answer.drop:
                self.connection.close()
                self.close_connection = True
                return
            refused = {"status": answer.status, "message": "refused", "more_info": "https://www.twilio.com"}
            if answer.code is not None:
                refused["code"] = answer.code
            data = (answer.body if answer.body is not None else json.dumps(content or refused)).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@contextmanager
def twilio() -> Iterator[TwilioStandIn]:
    """The stand-in, running in a thread."""
    stand_in = TwilioStandIn()
    with serving(handler_of(stand_in)) as url:
        stand_in.url = url
        yield stand_in


@contextmanager
def twilio_process(delay_ms: int) -> Iterator[str]:
    """The stand-in in a process of its own, which takes so long a call; its address."""
    command = [sys.executable, "-m", "tests.notifications.twilio_standin", "--delay-ms", str(delay_ms)]
    process = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[2], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """The stand-in as a process of its own, which takes ``--delay-ms`` a call and prints its port."""
    delay = int(sys.argv[sys.argv.index("--delay-ms") + 1]) / 1000
    # Taken first, answered late: a caller that is killed while it waits has sent.
    stand_in = TwilioStandIn(answer_after=delay)
    server = QuietServer(("127.0.0.1", 0), handler_of(stand_in))
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
