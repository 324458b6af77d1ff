"""What an administrator may type of a provider, where we may ask, and what a provider may say of itself, as tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.accounts.provider_standin import KEY
from webapp.accounts.rules.id_tokens import (
    Expected,
    TokenFault,
    TokenRefused,
    read_id_token,
    second_done,
)
from webapp.accounts.rules.provider_refusals import ProviderRefusal, ProviderRefused
from webapp.accounts.rules.providers import (
    Kind,
    ProviderFaults,
    ProviderTrouble,
    Reach,
    SecondCheck,
    discovery_address,
    read_discovery,
    read_provider,
)
from webapp.accounts.services import provider_web
from webapp.accounts.services.provider_web import ProviderWeb

TENANT = "1b2c3d4e-0000-4a5b-8c9d-1a2b3c4d5e6f"
ENTRA = {
    "tenant": TENANT, "client_id": "6f0c", "client_secret": "s~cret", "domains": "hill.sch.uk", "second_check": "ours",
}  # fmt: skip
GOOGLE = {**ENTRA, "tenant": "hill.sch.uk"}
OTHER = {**ENTRA, "name": "Okta", "issuer": "https://login.hill.sch.uk/oauth2"}
TYPED = {Kind.ENTRA: ENTRA, Kind.GOOGLE: GOOGLE, Kind.OTHER: OTHER}
PUBLIC = Reach()


@pytest.mark.parametrize(
    ("kind", "issuer", "name", "tenant"),
    [
        (Kind.ENTRA, f"https://login.microsoftonline.com/{TENANT}/v2.0", "Microsoft", TENANT),
        (Kind.GOOGLE, "https://accounts.google.com", "Google", "hill.sch.uk"),
        (Kind.OTHER, "https://login.hill.sch.uk/oauth2", "Okta", ""),
    ],
)
def test_what_is_right_is_read(kind: Kind, issuer: str, name: str, tenant: str) -> None:
    read = read_provider(kind, TYPED[kind], PUBLIC)
    assert (read.issuer, read.name, read.tenant, read.domains) == (issuer, name, tenant, ("hill.sch.uk",))
    assert (read.client_id, read.secret, read.second_check) == ("6f0c", "s~cret", SecondCheck.OURS)


def test_a_secret_is_kept_where_there_is_one() -> None:
    assert read_provider(Kind.ENTRA, {**ENTRA, "client_secret": " "}, PUBLIC, has_secret=True).secret == ""


def test_domains_are_read_in_any_writing() -> None:
    typed = {**ENTRA, "domains": " @Vale.sch.uk; hill.sch.uk,\nhill.sch.uk "}
    assert read_provider(Kind.ENTRA, typed, PUBLIC).domains == ("hill.sch.uk", "vale.sch.uk")


@pytest.mark.parametrize(
    ("kind", "field", "bad"),
    [
        *((Kind.ENTRA, "tenant", bad) for bad in ("", "common", "Organizations", "consumers", "hill.sch.uk",
          "9188040d-6c67-4c5b-b112-36a304b66dad", f"{TENANT}/x", "x" * 5000)),
        *((Kind.GOOGLE, "tenant", bad) for bad in ("", "gmail.com", "Googlemail.com", "hill", "hill_a.uk", "a.b c")),
        *((Kind.OTHER, "issuer", bad) for bad in (
            "", "http://login.hill.sch.uk", "https://", "https://10.0.0.1", "https://0x7f.1", "https://[::1]/x",
            "https://2130706433", "https://localhost", "https://127.0.0.1:8080", "https://user@login.hill.sch.uk",
            "https://login.hill.sch.uk#x", "https://login.hill.sch.uk?x", "https://intranet", "ftp://login.hill.sch.uk",
            "https://login.hill.sch.uk:port", "https://login.microsoftonline.com/common/v2.0",
            "https://accounts.google.com", "https://sts.windows.net/x", "https://hill.sch.uk\\@evil.example",
            "javascript:alert(1)", "x" * 500)),
        (Kind.OTHER, "name", ""), (Kind.OTHER, "name", "x" * 41),
        (Kind.ENTRA, "client_id", ""), (Kind.ENTRA, "client_secret", ""), (Kind.ENTRA, "client_secret", "x" * 501),
        (Kind.ENTRA, "client_secret", "a\nb"), (Kind.ENTRA, "second_check", "maybe"), (Kind.ENTRA, "second_check", ""),
        *((Kind.ENTRA, "domains", bad) for bad in ("", "gmail.com", "hill", "@", "hill.sch.uk, outlook.com", "😀.uk")),
        (Kind.ENTRA, "domains", ",".join(f"d{number}.uk.com" for number in range(21))),
    ],
)  # fmt: skip
def test_what_will_not_do_names_its_field(kind: Kind, field: str, bad: str) -> None:
    with pytest.raises(ProviderFaults) as refused:
        read_provider(kind, {**TYPED[kind], field: bad}, PUBLIC)
    assert [error.field for error in refused.value.errors] == [field]
    assert len(bad) < 9 or bad not in refused.value.mend


def test_every_field_is_named_at_once() -> None:
    with pytest.raises(ProviderFaults) as refused:
        read_provider(Kind.OTHER, {}, PUBLIC)
    fields = ["issuer", "name", "client_id", "client_secret", "domains", "second_check"]
    assert [error.field for error in refused.value.errors] == fields


@given(st.dictionaries(st.sampled_from(sorted({*ENTRA, *OTHER})), st.text(max_size=80)), st.sampled_from(Kind))
def test_nothing_typed_is_a_fault_of_ours(typed: dict[str, str], kind: Kind) -> None:
    try:
        read_provider(kind, typed, PUBLIC)
    except ProviderFaults as faults:
        assert faults.errors


# Where we ask.


@pytest.mark.parametrize(
    ("reach", "url", "allowed"),
    [
        (PUBLIC, "https://login.hill.sch.uk/keys", True),
        (PUBLIC, "https://login.hill.sch.uk:8443/keys?p=1", True),
        (PUBLIC, "http://login.hill.sch.uk/keys", False),
        (PUBLIC, "http://127.0.0.1:9000/", False),
        (PUBLIC, "https://localhost/", False),
        (PUBLIC, "https://idp.localhost/", False),
        (PUBLIC, "https://adfs/", False),
        (Reach(own_hosts=("adfs",)), "https://adfs/", True),
        (Reach(own_hosts=("adfs",)), "http://adfs/", False),
        (Reach(plain_loopback=True), "http://127.0.0.1:9000/", True),
        (Reach(plain_loopback=True), "http://login.hill.sch.uk/", False),
    ],
)
def test_where_we_ask(reach: Reach, url: str, allowed: bool) -> None:
    assert reach.allows(url) is allowed


@pytest.mark.parametrize(
    ("reach", "host", "address", "allowed"),
    [
        (PUBLIC, "login.hill.sch.uk", "20.190.128.1", True),
        *((PUBLIC, "login.hill.sch.uk", address, False) for address in (
            "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
            "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "224.0.0.1", "no address")),
        (Reach(own_hosts=("login.hill.sch.uk",)), "login.hill.sch.uk", "10.1.2.3", True),
        (Reach(own_hosts=("adfs",)), "login.hill.sch.uk", "10.1.2.3", False),
        (Reach(plain_loopback=True), "localhost", "127.0.0.1", True),
        (Reach(plain_loopback=True), "login.hill.sch.uk", "127.0.0.1", False),
    ],
)  # fmt: skip
def test_which_addresses_we_connect_to(reach: Reach, host: str, address: str, allowed: bool) -> None:
    assert reach.may_connect(host, address) is allowed


# What a provider says of itself.

ISSUER = "https://login.hill.sch.uk/trust"
DOCUMENT = {
    "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/go", "token_endpoint": "https://token.hill.sch.uk/t",
    "jwks_uri": f"{ISSUER}/keys",
}  # fmt: skip


def test_a_good_document() -> None:
    found = read_discovery(DOCUMENT, ISSUER, PUBLIC)
    assert found.token_endpoint == "https://token.hill.sch.uk/t"
    assert not found.names_itself and not found.secret_in_body
    assert discovery_address(ISSUER + "/") == f"{ISSUER}/.well-known/openid-configuration"


@pytest.mark.parametrize(
    "document",
    [
        None, [], "text", {}, {**DOCUMENT, "issuer": ISSUER + "/"}, {**DOCUMENT, "issuer": None},
        {**DOCUMENT, "token_endpoint": None}, {**DOCUMENT, "token_endpoint": "http://token.hill.sch.uk"},
        {**DOCUMENT, "jwks_uri": ["x"]}, {**DOCUMENT, "jwks_uri": "https://127.0.0.1/keys"},
        {**DOCUMENT, "authorization_endpoint": "javascript:alert(1)"},
        {**DOCUMENT, "token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ],
)  # fmt: skip
def test_a_document_that_will_not_do(document: Any) -> None:
    with pytest.raises(ProviderTrouble):
        read_discovery(document, ISSUER, PUBLIC)


# Tokens: what is signed is tried at the HTTP edge (tests/blueprints/auth/test_single_sign_on.py).


_LIKE_A_TOKEN = st.from_regex(r"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,9}")


@given(st.one_of(st.none(), st.integers(), st.text(max_size=60), _LIKE_A_TOKEN))
def test_what_is_no_token_is_refused(raw: object) -> None:
    expected = Expected(Kind.OTHER, ISSUER, "", "firstbell", "nonce")
    with pytest.raises(TokenRefused) as refused:
        read_id_token(raw, [KEY.as_dict(private=False)], expected, datetime.now(UTC))
    assert refused.value.fault in {TokenFault.BROKEN, TokenFault.SIGNATURE, TokenFault.UNKNOWN_KEY}


@pytest.mark.parametrize(
    ("said", "relies", "done"),
    [
        (False, SecondCheck.OURS, False), (True, SecondCheck.OURS, False), (False, SecondCheck.WHEN_SAID, False),
        (True, SecondCheck.WHEN_SAID, True), (False, SecondCheck.ALWAYS, True), (True, SecondCheck.ALWAYS, True),
    ],
)  # fmt: skip
def test_when_the_second_check_is_done(said: bool, relies: SecondCheck, done: bool) -> None:
    assert second_done(said, relies) is done


def test_every_fault_and_refusal_has_words() -> None:
    assert all(fault.words for fault in TokenFault)
    for reason in ProviderRefusal:
        refused = ProviderRefused(reason, "Microsoft")
        assert refused.title and refused.mend and refused.status in {403, 409, 410, 503}
        assert "{" not in refused.title + refused.mend


def test_a_host_that_cannot_be_is_trouble_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    for host in ("x" * 64 + ".example", "a..b.example", "no-such-host.invalid"):
        with pytest.raises(ProviderTrouble):
            ProviderWeb(PUBLIC).discover(f"https://{host}")


def test_a_host_that_stands_in_the_network_around_us_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its name: what counts is the address behind it, and one private address among several is enough."""
    answers = [(2, 1, 6, "", ("20.190.128.1", 443)), (2, 1, 6, "", ("169.254.169.254", 443))]
    monkeypatch.setattr(provider_web.socket, "getaddrinfo", lambda *_args, **_more: answers)
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(ProviderTrouble, match="private network"):
        ProviderWeb(PUBLIC).discover("https://login.hill.sch.uk")
