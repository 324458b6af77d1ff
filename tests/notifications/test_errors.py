"""What each refusal means."""

from __future__ import annotations

import pytest

from notifications.rules.errors import Effect, known_codes, of_answer, of_push, of_report, of_smtp

E = Effect

BY_CODE = {
    20003: E.STOP_CHANNEL, 20404: E.STOP_CHANNEL, 20429: E.RETRY, 21211: E.BAD_NUMBER, 21217: E.BAD_NUMBER,
    21408: E.NEXT_WAY, 21602: E.NEXT_WAY, 21606: E.STOP_CHANNEL, 21610: E.OPTED_OUT, 21611: E.RETRY,
    21612: E.NEXT_WAY, 21614: E.BAD_NUMBER, 21617: E.NEXT_WAY, 21635: E.BAD_NUMBER, 21703: E.STOP_CHANNEL,
    21704: E.STOP_CHANNEL, 21705: E.STOP_CHANNEL, 30001: E.RETRY, 30002: E.STOP_CHANNEL, 30003: E.RETRY_ONCE,
    30004: E.NEXT_WAY, 30005: E.BAD_ON_REPEAT, 30006: E.BAD_ON_REPEAT, 30007: E.NEXT_WAY, 30008: E.RETRY_ONCE,
    30036: E.NEXT_WAY,
}  # fmt: skip


@pytest.mark.parametrize(("code", "effect"), BY_CODE.items())
def test_each_code(code: int, effect: Effect) -> None:
    assert of_answer(400, code).effect is effect
    assert of_report(code).effect is effect
    assert of_report(code).words


def test_no_code_is_left_out() -> None:
    assert set(BY_CODE) == known_codes()


@pytest.mark.parametrize(
    ("status", "code", "effect"),
    [
        # The class of the answer decides first.
        (500, 21211, E.RETRY),
        (503, 503, E.RETRY),
        (503, None, E.RETRY),
        (429, 20429, E.RETRY),
        (429, 21211, E.RETRY),
        (408, None, E.RETRY),
        (401, 20003, E.STOP_CHANNEL),
        (401, None, E.STOP_CHANNEL),
        (401, 99999, E.STOP_CHANNEL),
        (403, 403, E.STOP_CHANNEL),
        (404, None, E.STOP_CHANNEL),
        (404, 20404, E.STOP_CHANNEL),
        # A code that nobody knows is final for that number and for nothing else.
        (400, 21999, E.NEXT_WAY),
        (400, None, E.NEXT_WAY),
        (403, 21999, E.NEXT_WAY),
        (404, 21999, E.NEXT_WAY),
        (422, 422, E.NEXT_WAY),
    ],
)
def test_the_class_decides_first(status: int, code: int | None, effect: Effect) -> None:
    assert of_answer(status, code).effect is effect


@pytest.mark.parametrize("code", [None, 0, 12345])
def test_an_unknown_report_is_final(code: int | None) -> None:
    assert of_report(code).effect is E.NEXT_WAY


@pytest.mark.parametrize("code", [code for code, effect in BY_CODE.items() if effect is E.STOP_CHANNEL])
def test_whatever_stops_a_channel_calls_somebody(code: int) -> None:
    assert of_answer(400, code).alert


@pytest.mark.parametrize(
    ("status", "effect"),
    [(404, E.GONE), (410, E.GONE), (429, E.RETRY), (500, E.RETRY), (503, E.RETRY), (400, E.NEXT_WAY),
     (401, E.NEXT_WAY), (403, E.NEXT_WAY), (413, E.NEXT_WAY)],
)  # fmt: skip
def test_push_services(status: int, effect: Effect) -> None:
    assert of_push(status).effect is effect


@pytest.mark.parametrize(
    ("code", "about_recipient", "enhanced", "effect"),
    [
        (550, True, "5.1.1", E.BAD_NUMBER),
        (550, True, "", E.BAD_NUMBER),
        (553, True, "5.1.3", E.BAD_NUMBER),
        (550, True, "5.7.1", E.NEXT_WAY),
        (550, False, "5.1.1", E.NEXT_WAY),
        (552, True, "5.2.2", E.NEXT_WAY),
        (450, True, "4.2.1", E.RETRY),
        (421, False, "", E.RETRY),
        (535, False, "5.7.8", E.STOP_CHANNEL),
        (530, False, "5.7.0", E.STOP_CHANNEL),
    ],
)
def test_mail_servers(code: int, about_recipient: bool, enhanced: str, effect: Effect) -> None:
    assert of_smtp(code, about_recipient=about_recipient, enhanced=enhanced).effect is effect
