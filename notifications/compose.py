"""The words of each message, from its folder under ``templates/messages``: sms.txt, push.txt, email.txt and email.html.

Push: the title is the school, the body is fixed and names nobody. E-mail: the subject is the push body, the text is the
text message. A first name stands in a text only while the whole stays short enough for any name; else "your child".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound, select_autoescape
from markupsafe import Markup, escape

from notifications.rules import segments
from notifications.rules.message_kinds import MessageName
from webapp.people.rules.names import sms_children, starting
from webapp.people.rules.school_times import LONDON

FOLDER = Path(__file__).resolve().parents[1] / "templates" / "messages"
LANGUAGE = "en"
"""The language of every text; a child's safety goes in no words that nobody has checked."""
LONGEST_PUSH = 3993
"""Plaintext bytes that one push holds (RFC 8291 section 4)."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose words they are. ``say_your_child``: the contact is set so. ``can_reply``: the sender receives texts."""

    school: str
    phone: str
    say_your_child: bool = False
    can_reply: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """One message on one channel, as it will be sent."""

    body: str
    subject: str = ""
    html: str | None = None
    parts: int = 1


def sms(name: MessageName, words: Mapping[str, Any], voice: Voice) -> Written:
    """The text message. ``words`` are the template's own, and ``children``: first names; one that is missing raises
    ``jinja2.UndefinedError``."""
    named = bool(words.get("children")) and not voice.say_your_child
    text = ""
    for say_names, short in _RUNGS:
        if say_names and not named:
            continue
        text = _render(f"{name}/sms.txt", _context(words, voice, say_names=say_names, short=short))
        fits = segments.fits_with_name(text) if say_names else segments.count(text).parts == 1
        if fits:
            break
    return Written(text, parts=segments.count(text).parts)


_RUNGS = ((True, False), (True, True), (False, False), (False, True))
"""With the first names, then in shorter words, then without them: by length alone, so the same for every name."""


def email(name: MessageName, words: Mapping[str, Any], voice: Voice) -> Written:
    """The e-mail: plain text, and the same as HTML."""
    context = _context(words, voice, say_names=not voice.say_your_child, short=False) | {"can_reply": False}
    text = _render(f"{name}/email.txt", context)
    subject = push_words(name) or _render(f"{name}/subject.txt", context)
    paragraphs = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    # The plain text goes to an address that may be shared; the page behind the link says more, after a check.
    layout = {"link": "", **context, "subject": subject, "paragraphs": paragraphs}
    return Written(text, subject, _render(f"{name}/email.html", layout))


def has_push(name: MessageName) -> bool:
    """True if the message has words for a lock screen."""
    return push_words(name) != ""


def push_words(name: MessageName) -> str:
    """The fixed body of the push, the same for everybody; empty for a message that never goes as one."""
    try:
        return _render(f"{name}/push.txt", {})
    except TemplateNotFound:
        return ""


def push(name: MessageName, voice: Voice, *, navigate: str, tag: str) -> Written:
    """The push in the shape of Declarative Web Push, which a service worker reads as well. ``navigate`` is absolute."""
    notification = {
        "title": voice.school, "body": push_words(name), "navigate": navigate, "tag": tag, "lang": "en-GB",
        "silent": False,
    }  # fmt: skip
    payload = {"web_push": 8030, "notification": notification}
    return Written(json.dumps(payload, ensure_ascii=False, separators=(",", ":")), subject=voice.school)


def push_tag(*about: object) -> str:
    """One name for all pushes about one thing: on the phone, and in the push service's queue (``Topic``, at most 32
    characters of the base64url alphabet), the newest replaces those before it."""
    plain = "/".join(str(part) for part in about)
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def said_time(at: datetime) -> str:
    """9:17am: a clock time as texts say it, London."""
    local = at.astimezone(LONDON)
    return f"{(local.hour - 1) % 12 + 1}:{local:%M}{'am' if local.hour < 12 else 'pm'}"


def said_day(day: date) -> str:
    """Thu 25 June: a day as texts say it."""
    return f"{day:%a} {day.day} {day:%B}"


def _context(words: Mapping[str, Any], voice: Voice, *, say_names: bool, short: bool) -> dict[str, Any]:
    children: list[str] = list(words.get("children", ()))
    context = {**words, "school": voice.school, "phone": voice.phone, "can_reply": voice.can_reply, "short": short}
    if children:
        context["child"] = sms_children(children, say_your_child=not say_names)
        context["several"] = len(children) > 1
    return context


def _render(template: str, context: Mapping[str, Any]) -> str:
    return _environment.get_template(template).render(context).strip()


def _linked(text: str, link: str) -> Markup:
    """The text escaped, with the message's own link made one; nothing else in it becomes a link."""
    safe = escape(text)
    if not link.startswith(("https://", "http://")):
        return safe
    address = escape(link)
    return Markup(str(safe).replace(str(address), f'<a href="{address}" style="color: #6b2480">{address}</a>'))  # noqa: S704


def names() -> Iterable[str]:
    """The folders that are there."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


_environment = Environment(
    loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, autoescape=select_autoescape(["html"]),
    trim_blocks=True, lstrip_blocks=True, auto_reload=False,
)  # fmt: skip
_environment.filters["starting"] = starting
_environment.filters["linked"] = _linked
