"""Every setting of the service, from the environment only, checked at start.

Each ``Setting`` below is a row of the table in docs/operations.md; a test holds the two together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from webapp.foundation.logs import FORMATS, LEVELS


class Mode(StrEnum):
    """``demo`` seeds a trust, keeps its own key and needs nothing; ``production`` refuses to start half-configured."""

    DEMO = "demo"
    PRODUCTION = "production"


class ConfigRefused(ValueError):
    """A setting is missing or wrong. ``setting`` is the variable, the message says how to mend it."""

    def __init__(self, setting: str, mend: str) -> None:
        super().__init__(f"{setting}: {mend}")
        self.setting = setting
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name, what it is for, and its default in words."""

    name: str
    purpose: str
    default: str = ""
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("FIRSTBELL_MODE", "`demo` or `production`", "production"),
    Setting("FIRSTBELL_DATABASE_URL", "where the data is: `sqlite:////path/to/file` or `postgresql://…`"),
    Setting("FIRSTBELL_READ_DATABASE_URL", "a PostgreSQL replica for pages that only read", "the database itself"),
    Setting("FIRSTBELL_PUBLIC_URL", "the address that parents see, `https://…`, with no path"),
    Setting(
        "FIRSTBELL_SECRET_KEYS",
        "keys that sign and encrypt, newest first, separated by commas; at least 32 characters each",
        secret=True,
    ),
    Setting("FIRSTBELL_FICTIONAL_NUMBERS", "`yes` accepts telephone numbers kept for drama (demo and tests)", "no"),
    Setting("FIRSTBELL_TWILIO_ACCOUNT_SID", "Twilio account, for SMS"),
    Setting("FIRSTBELL_TWILIO_AUTH_TOKEN", "Twilio auth token; also proves callbacks", secret=True),
    Setting("FIRSTBELL_TWILIO_SENDER", "a Messaging Service (`MG…`) or a number (`+44…`) that sends"),
    Setting("FIRSTBELL_TWILIO_URL", "another address of the same interface, for tests", "https://api.twilio.com"),
    Setting("FIRSTBELL_SMTP_URL", "`smtp://user:password@host:587` (STARTTLS) or `smtps://…`", secret=True),
    Setting("FIRSTBELL_MAIL_FROM", "the address that e-mail comes from"),
    Setting("FIRSTBELL_VAPID_PRIVATE_KEY", "PEM of the Web Push key (`firstbell vapid new`)", secret=True),
    Setting("FIRSTBELL_VAPID_CONTACT", "an e-mail address that push services may write to"),
    Setting("FIRSTBELL_CALLS_IN_FLIGHT", "provider calls that one worker keeps going at once", "16"),
    Setting("FIRSTBELL_TRUSTED_PROXIES", "how many proxies stand before the service", "0"),
    Setting(
        "FIRSTBELL_LOG_LEVEL", "the least that is logged: `debug`, `info` (a line a request), `warning`, `error`",
        "info",
    ),
    Setting("FIRSTBELL_LOG_FORMAT", "`json` (an object a line) or `text`", "json"),
)


@dataclass(frozen=True, slots=True)
class Twilio:
    account_sid: str
    auth_token: str
    sender: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Mail:
    smtp_url: str
    mail_from: str


@dataclass(frozen=True, slots=True)
class Push:
    private_key: str
    contact: str


@dataclass(frozen=True, slots=True)
class Config:
    """The service's settings, typed. ``twilio``, ``mail`` and ``push`` are None where the demo phone stands in."""

    mode: Mode
    database_url: str
    read_database_url: str | None
    public_url: str
    secret_keys: tuple[str, ...]
    fictional_numbers: bool
    twilio: Twilio | None
    mail: Mail | None
    push: Push | None
    calls_in_flight: int
    trusted_proxies: int
    log_level: str
    log_format: str

    @property
    def is_demo(self) -> bool:
        return self.mode is Mode.DEMO

    def __repr__(self) -> str:
        shown = (f"{field}={getattr(self, field)!r}" for field in ("mode", "public_url", "calls_in_flight"))
        return f"Config({', '.join(shown)})"


def driver_url(url: str) -> str:
    """``url`` with the driver that this service uses; what operators write is left as they write it."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def load(environment: Mapping[str, str] | None = None) -> Config:
    """Read and check the settings. Raises ConfigRefused naming the first one that is missing or wrong."""
    env = dict(os.environ if environment is None else environment)
    known = {setting.name for setting in SETTINGS} | {"FIRSTBELL_TEST_POSTGRES"}
    for name in sorted(env):
        if name.startswith("FIRSTBELL_") and name not in known:
            raise ConfigRefused(name, "there is no such setting; see the table in docs/operations.md")

    def get(name: str) -> str:
        return env.get(name, "").strip()

    mode = _mode(get("FIRSTBELL_MODE"))
    url = get("FIRSTBELL_DATABASE_URL")
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")):
        raise ConfigRefused("FIRSTBELL_DATABASE_URL", "set it to sqlite:////path/to/file or postgresql://user@host/name")
    return Config(
        mode=mode,
        database_url=driver_url(url),
        read_database_url=driver_url(get("FIRSTBELL_READ_DATABASE_URL")) or None,
        public_url=_public_url(get("FIRSTBELL_PUBLIC_URL"), mode),
        secret_keys=_secret_keys(get("FIRSTBELL_SECRET_KEYS")),
        fictional_numbers=_yes(get, "FIRSTBELL_FICTIONAL_NUMBERS"),
        twilio=_all_or_none(
            get,
            lambda sid, token, sender: Twilio(sid, token, sender, get("FIRSTBELL_TWILIO_URL") or None),
            "FIRSTBELL_TWILIO_ACCOUNT_SID", "FIRSTBELL_TWILIO_AUTH_TOKEN", "FIRSTBELL_TWILIO_SENDER",
        ),
        mail=_all_or_none(get, Mail, "FIRSTBELL_SMTP_URL", "FIRSTBELL_MAIL_FROM"),
        push=_all_or_none(get, Push, "FIRSTBELL_VAPID_PRIVATE_KEY", "FIRSTBELL_VAPID_CONTACT"),
        calls_in_flight=_whole(get, "FIRSTBELL_CALLS_IN_FLIGHT", 16, 1, 64),
        trusted_proxies=_whole(get, "FIRSTBELL_TRUSTED_PROXIES", 0, 0, 5),
        log_level=_one_of(get, "FIRSTBELL_LOG_LEVEL", LEVELS, "info"),
        log_format=_one_of(get, "FIRSTBELL_LOG_FORMAT", FORMATS, "json"),
    )  # fmt: skip


def demo_environment(folder: Path, secret: str, port: int) -> dict[str, str]:
    """The settings under which ``firstbell demo`` runs, over those of the environment that name a real channel."""
    return {
        "FIRSTBELL_MODE": "demo",
        "FIRSTBELL_DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
        "FIRSTBELL_PUBLIC_URL": f"http://localhost:{port}",
        "FIRSTBELL_SECRET_KEYS": secret,
        "FIRSTBELL_FICTIONAL_NUMBERS": "yes",
        "FIRSTBELL_LOG_LEVEL": "warning",
        "FIRSTBELL_LOG_FORMAT": "text",
    }


def over(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process to be started, with these settings over it."""
    return {**os.environ, **settings}


def _mode(value: str) -> Mode:
    try:
        return Mode(value or "production")
    except ValueError:
        raise ConfigRefused("FIRSTBELL_MODE", "set it to demo or production") from None


def _public_url(value: str, mode: Mode) -> str:
    allowed = ("https://",) if mode is Mode.PRODUCTION else ("https://", "http://")
    if not value.startswith(allowed) or value.rstrip("/").count("/") != 2:
        raise ConfigRefused("FIRSTBELL_PUBLIC_URL", "set it to the https:// address that parents see, with no path")
    return value.rstrip("/")


def _secret_keys(value: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in value.split(",") if key.strip())
    if not keys or any(len(key) < 32 for key in keys):
        raise ConfigRefused("FIRSTBELL_SECRET_KEYS", "set one or more keys of at least 32 characters, newest first")
    return keys


def _yes(get: Any, name: str) -> bool:
    value = get(name).lower()
    if value not in {"", "yes", "no"}:
        raise ConfigRefused(name, "set it to yes or no")
    return bool(value == "yes")


def _whole(get: Any, name: str, default: int, low: int, high: int) -> int:
    value = get(name) or str(default)
    if not value.isdecimal() or not low <= int(value) <= high:
        raise ConfigRefused(name, f"set it to a whole number from {low} to {high}")
    return int(value)


def _one_of(get: Any, name: str, choices: Sequence[str], default: str) -> str:
    value = str(get(name)).lower() or default
    if value not in choices:
        raise ConfigRefused(name, f"set it to one of {', '.join(choices)}")
    return value


def _all_or_none(get: Any, build: Any, *names: str) -> Any:
    values = [get(name) for name in names]
    if not any(values):
        return None
    for name, value in zip(names, values, strict=True):
        if not value:
            raise ConfigRefused(name, f"set it too, or none of {', '.join(names)}")
    return build(*values)
