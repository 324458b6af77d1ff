"""What guards every answer: headers, cookies, forms that only our own pages may send, and the keys that sign and seal.

The keys come from FIRSTBELL_SECRET_KEYS, newest first. Each purpose has its own key, derived from them; the newest
signs and seals, every one of them still opens, so that a key is changed by putting a new one in front.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, Request, Response, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from webapp.accounts.rules.codes import Door
from webapp.foundation.clock import machine_now
from webapp.foundation.config import Config

BROWSER_LIFETIME = timedelta(days=1)
_LONGEST = timedelta(days=400)
"""The longest that browsers keep a cookie. How long somebody stays signed in, the session's row says."""
_LARGEST_BODY = 12 * 1024 * 1024
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_CSP = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "font-src 'self'",
        "connect-src 'self'", "manifest-src 'self'", "worker-src 'self'", "form-action 'self'", "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)  # fmt: skip
FILE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
"""For a file of somebody else's: opened by its own address it stands in a box, where nothing runs and nothing loads."""
_FEATURES_OFF = ("camera", "geolocation", "microphone", "payment", "usb", "serial", "display-capture",
    "browsing-topics", "midi", "accelerometer", "gyroscope", "magnetometer")  # fmt: skip
_HEADERS: tuple[tuple[str, str], ...] = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", ", ".join(f"{feature}=()" for feature in _FEATURES_OFF)),
)
_HSTS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")


@dataclass(frozen=True, slots=True)
class Cookies:
    """The names and manners of our cookies. ``secure`` False is the demo over plain http."""

    secure: bool

    def name(self, of: str) -> str:
        return f"__Host-firstbell-{of}" if self.secure else f"firstbell-{of}"

    def put(self, response: Response, of: str, value: str, lasts: timedelta | None) -> None:
        """Set a cookie; ``lasts`` None until the browser closes."""
        response.set_cookie(
            self.name(of), value, max_age=lasts, path="/", secure=self.secure, httponly=True, samesite="Lax"
        )

    def drop(self, response: Response, of: str) -> None:
        response.delete_cookie(self.name(of), path="/", secure=self.secure, httponly=True, samesite="Lax")


class Seal:
    """Signs and encrypts for one purpose each, with keys that rotate."""

    def __init__(self, secret_keys: tuple[str, ...]) -> None:
        self._secret_keys = secret_keys

    def keys(self, purpose: str) -> list[str]:
        """The keys of one purpose, newest first; each is 32 bytes in URL-safe base64."""
        return [_derived(secret, purpose) for secret in self._secret_keys]

    def signer(self, purpose: str) -> URLSafeTimedSerializer:
        """Signs small values for a URL or a form; ``loads`` raises ``itsdangerous.BadData``."""
        return URLSafeTimedSerializer(
            self.keys(purpose)[::-1], salt=purpose, signer_kwargs={"digest_method": hashlib.sha256}
        )

    def box(self, purpose: str) -> MultiFernet:
        """Encrypts what must be read again (secrets of second factors, mailboxes, push)."""
        return MultiFernet([Fernet(key) for key in self.keys(purpose)])


def _derived(secret: str, purpose: str) -> str:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"firstbell:{purpose}".encode())
    return base64.urlsafe_b64encode(derivation.derive(secret.encode())).decode()


class _FormSession(SecureCookieSessionInterface):
    """The signed cookie that binds forms to a browser. It proves nobody: who is signed in, the session's row says."""

    digest_method = staticmethod(hashlib.sha256)

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime | None:
        # A report saved on the phone with its form is still accepted tomorrow, the browser closed in between.
        return machine_now() + _LONGEST


def static_headers(settings: Config) -> tuple[tuple[str, str], ...]:
    """For whoever serves static files beside the application: a drawing opened by itself runs nothing either."""
    secure = settings.public_url.startswith("https://")
    return (*_HEADERS, ("Content-Security-Policy", _CSP), *((_HSTS,) if secure else ()))


csrf = CSRFProtect()


def init_app(app: Flask, settings: Config) -> None:
    """Guard every answer of the application. ``access`` says which doors take forms from our own pages only."""
    secure = settings.public_url.startswith("https://")
    seal, cookies = Seal(settings.secret_keys), Cookies(secure)
    newest, *older = seal.keys("form-session")
    app.config.update(
        SECRET_KEY=newest,
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_NAME=cookies.name("form"),
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=_LONGEST,
        MAX_CONTENT_LENGTH=_LARGEST_BODY,
        # The demo is opened by whatever name or number its machine has.
        TRUSTED_HOSTS=None if settings.is_demo else [urlsplit(settings.public_url).hostname],
        # The signing library wants the newest key last.
        WTF_CSRF_SECRET_KEY=seal.keys("form")[::-1],
        WTF_CSRF_TIME_LIMIT=None,
        # ``access`` asks for the check, door by door.
        WTF_CSRF_CHECK_DEFAULT=False,
        # Origin and Sec-Fetch-Site say the same and are there where a referrer is held back.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = _FormSession()
    app.extensions["settings"], app.extensions["seal"], app.extensions["cookies"] = settings, seal, cookies
    csrf.init_app(app)
    headers = (*_HEADERS, _HSTS) if secure else _HEADERS
    csp = f"{_CSP}; upgrade-insecure-requests" if secure else _CSP

    def guard(response: Response) -> Response:
        for name, value in headers:
            response.headers.add(name, value)
        # A view may ask for a stricter policy (a family's own file), or for caching of what is no page (a script).
        response.headers.setdefault("Content-Security-Policy", csp)
        if response.mimetype == "text/html":
            response.headers["Cache-Control"] = "no-store"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.after_request(guard)


def check_address(asked: Request) -> None:
    """Raises ``NotFound`` for a NUL in the path and ``BadRequest`` for one behind it: no page of ours makes such an
    address, and PostgreSQL keeps no such text."""
    if "\x00" in asked.path:
        raise NotFound
    if any("\x00" in name + value for name, value in asked.args.items(multi=True)):
        raise BadRequest


def check_origin(asked: Request, settings: Config) -> None:
    """Raises ``Forbidden`` for a change that another site's page asks for; what a safe method asks for passes.

    Browsers say where a request comes from in Sec-Fetch-Site, older ones in Origin; a caller that says neither is no
    browser and carries nobody's cookies.
    """
    if asked.method in _SAFE:
        return
    site, origin = asked.headers.get("Sec-Fetch-Site"), asked.headers.get("Origin")
    if site is not None and site not in {"same-origin", "none"}:
        raise Forbidden("This form came from another site. Open it here and send it again.")
    if origin is not None and origin.rstrip("/") not in {settings.public_url, asked.host_url.rstrip("/")}:
        raise Forbidden("This form came from another site. Open it here and send it again.")


def check_form() -> None:
    """Raises ``CSRFError`` unless the request carries the key of a form that this browser was given."""
    csrf.protect()


def renew_forms() -> None:
    """Forget the browser's form key and all else in the form cookie: at every sign-in and sign-out."""
    session.clear()


def read_session_token(asked: Request, cookies: Cookies, door: Door) -> str | None:
    """The token that the browser holds for a door."""
    return asked.cookies.get(cookies.name(door.value)) or None


def put_session_token(response: Response, cookies: Cookies, door: Door, token: str) -> None:
    """Sign the browser in. A parent's phone keeps the cookie; one on a shared machine ends with the browser."""
    cookies.put(response, door.value, token, _LONGEST if door is Door.PARENT else None)


def drop_session_token(response: Response, cookies: Cookies, door: Door) -> None:
    cookies.drop(response, door.value)


def forget_phone(response: Response, cookies: Cookies) -> None:
    """Sign the parent out and let the browser empty everything that it kept for us, waiting reports too."""
    cookies.drop(response, Door.PARENT.value)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def browser_token(asked: Request, cookies: Cookies) -> str:
    """What binds a sign-in code to this browser: the one that it holds, or a new one (see ``put_browser_token``)."""
    held = asked.cookies.get(cookies.name("browser"), "")
    return held if 32 <= len(held) <= 64 else secrets.token_urlsafe(32)


def put_browser_token(response: Response, cookies: Cookies, token: str) -> None:
    cookies.put(response, "browser", token, BROWSER_LIFETIME)


def read_entry_token(asked: Request, cookies: Cookies) -> str | None:
    """What the browser holds of a sign-in under way."""
    return asked.cookies.get(cookies.name("entry")) or None


def put_entry_token(response: Response, cookies: Cookies, token: str) -> None:
    cookies.put(response, "entry", token, timedelta(minutes=15))


def drop_entry_token(response: Response, cookies: Cookies) -> None:
    cookies.drop(response, "entry")


def read_machine_token(asked: Request, cookies: Cookies) -> str | None:
    """What the browser of a shared computer holds, if its school has given it a name."""
    return asked.cookies.get(cookies.name("machine")) or None


def put_machine_token(response: Response, cookies: Cookies, token: str) -> None:
    cookies.put(response, "machine", token, _LONGEST)


def drop_machine_token(response: Response, cookies: Cookies) -> None:
    cookies.drop(response, "machine")


def safe_next(wanted: str | None) -> str | None:
    """An address of our own to go on to after sign-in, else None: a path, and never another site's."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or "\\" in wanted:
        return None
    parts = urlsplit(wanted)
    unseen: Any = any(ord(character) <= 0x20 or ord(character) == 0x7F for character in wanted)
    return None if parts.scheme or parts.netloc or unseen else wanted


def client_address() -> str:
    """The network address that asks, as the trusted proxies give it."""
    return request.remote_addr or "unknown"
