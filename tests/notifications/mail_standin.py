"""A stand-in for a mail server: enough of SMTP (RFC 5321) to take, refuse and break off."""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

USER, PASSWORD = "hill", "p w"


@dataclass
class MailStandIn:
    """``replies`` gives another answer to a verb than the usual one: MAIL, RCPT, DATA, END (of the content), QUIT or
    AUTH; empty words break the line off."""

    port: int = 0
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    asks_login: bool = False

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=default) for _, _, content in self.taken]  # type: ignore[misc]


class _Break(Exception):
    pass


@contextmanager
def mail_server() -> Iterator[MailStandIn]:
    """The stand-in, running."""
    stand_in = MailStandIn()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                self._talk()
            except (_Break, OSError):
                return

        def _say(self, verb: str, usual: str) -> bool:
            words = stand_in.replies.get(verb, usual)
            if not words:
                raise _Break
            self.wfile.write(f"{words}\r\n".encode())
            return words[0] in "23"

        def _talk(self) -> None:
            self._say("HELLO", "220 stand-in")
            sender = recipient = ""
            known = not stand_in.asks_login
            while line := self.rfile.readline():
                verb, _, rest = line.decode().strip().partition(" ")
                verb = verb.upper()
                if verb == "EHLO":
                    self.wfile.write(b"250-stand-in\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n")
                elif verb == "AUTH":
                    given = base64.b64decode(rest.split()[1]).decode().split("\0")[1:]
                    known = given == [USER, PASSWORD]
                    self._say("AUTH", "235 ok" if known else "535 5.7.8 no")
                elif verb == "MAIL":
                    sender = rest
                    self._say("MAIL", "250 ok" if known else "530 5.7.0 log in first")
                elif verb == "RCPT":
                    recipient = rest
                    self._say("RCPT", "250 ok")
                elif verb == "DATA":
                    if not self._say("DATA", "354 go on"):
                        continue
                    content = b""
                    while not content.endswith(b"\r\n.\r\n"):
                        content += self.rfile.readline()
                    if "END" not in stand_in.replies or stand_in.replies["END"].startswith("2"):
                        stand_in.taken.append((sender, recipient, content[:-3]))
                    self._say("END", "250 2.0.0 queued")
                elif verb == "QUIT":
                    self._say("QUIT", "221 bye")
                    return
                else:
                    self.wfile.write(b"250 ok\r\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        stand_in.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()
