"""What a password must be, who needs a second proof, and when a code of an authenticator counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from webapp.accounts.rules.passwords import is_common, read_password
from webapp.accounts.rules.second_factors import (
    Standing,
    Step,
    is_required,
    matching_step,
    next_step,
    read_recovery,
    shown_recovery,
)
from webapp.people.rules.refusals import Refused
from webapp.people.rules.roles import Role

OWN = ("Saira", "Khan", "saira.khan@hill.example", "Hill Primary")
GOOD = ("copper lantern gravy", "müde Gärtner pflügen", "x7Kq pR2m vT9w", "tr4ctor-pebble-wharf", " seven quiet owls  ")


@pytest.mark.parametrize("typed", GOOD)
def test_what_nobody_expects_is_taken(typed: str) -> None:
    assert read_password(typed, typed, OWN) == typed


@pytest.mark.parametrize(
    "typed",
    ["password1234", "Password2026!!", "P4ssw0rd1234", "qwertyuiop12", "111111111111", "abababababab", "123456789012",
     "Welcome12345", "hillprimary1", "SairaKhan2026!", "firstbell2026", "liverpool1892!", "iloveyou1234",
     "correct horse battery staple", "Summer2025!!", "zxcvbnm,./12", "lkjhgfdsa321"],
)  # fmt: skip
def test_what_is_tried_first_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        read_password(typed, typed, OWN)
    assert (refused.value.field, "first that would be tried" in refused.value.mend) == ("password", True)


def test_length_and_the_same_twice() -> None:
    with pytest.raises(Refused, match="12"):
        read_password("short words", "short words", OWN)
    with pytest.raises(Refused, match="200"):
        read_password("kq" * 101, "kq" * 101, OWN)
    with pytest.raises(Refused) as refused:
        read_password(GOOD[0], GOOD[1], OWN)
    assert refused.value.field == "again"


def test_only_ones_own_names_count_against_one() -> None:
    assert is_common("Rothwell-Osei-99", ("Rothwell", "Osei"))
    assert not is_common("Rothwell-Osei-99", OWN)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_but_three_needs_a_second_proof(role: Role) -> None:
    assert is_required({role}) is (role not in {Role.TEACHER, Role.COVER_TEACHER, Role.GOVERNOR})
    assert is_required({role}, everybody=True)
    assert is_required({role, Role.DSL})


ROLES = {"none": frozenset[Role](), "teacher": frozenset({Role.TEACHER}), "dsl": frozenset({Role.TEACHER, Role.DSL})}
STANDINGS = [
    (who, everybody, app, passkey)
    for who in ROLES for everybody in (False, True) for app in (False, True) for passkey in (False, True)
]  # fmt: skip


@pytest.mark.parametrize(("who", "everybody", "app", "passkey"), STANDINGS)
@pytest.mark.parametrize("by_passkey", [False, True])
def test_the_next_step(who: str, everybody: bool, app: bool, passkey: bool, by_passkey: bool) -> None:
    """Every kind of post, with all that may be set up for it, after each first proof."""
    post = Standing(ROLES[who], has_app=app, everybody=everybody, has_passkey=passkey)
    if by_passkey:
        # Both proofs at once; but one that was taken away between the tap and the answer opens nothing.
        expected = Step.DONE if passkey else Step.OVER
    elif app or passkey:
        # Who has one is asked for it, needed or not.
        expected = Step.PROVE
    elif who == "teacher" and not everybody:
        expected = Step.DONE
    else:
        expected = Step.SET_UP
    assert next_step([post], by_passkey=by_passkey) is expected
    # Nobody, and somebody with two posts, whatever they hold.
    assert next_step([], by_passkey=by_passkey) is Step.OVER
    for other in STANDINGS:
        both = [post, Standing(ROLES[other[0]], has_app=other[2], everybody=other[1], has_passkey=other[3])]
        assert next_step(both, by_passkey=by_passkey) is Step.CHOOSE


NOW = datetime(2026, 6, 16, 7, 40, 10, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AT = int(NOW.timestamp()) // 30


@pytest.mark.parametrize(("away", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_half_minute_either_side(away: int, counts: bool) -> None:
    code = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=30 * away))
    assert matching_step(SECRET, code, NOW, 0) == (AT + away if counts else None)


def test_no_code_counts_twice_nor_one_before_it() -> None:
    code = pyotp.TOTP(SECRET).at(NOW)
    assert matching_step(SECRET, code, NOW, AT) is None
    assert matching_step(SECRET, pyotp.TOTP(SECRET).at(NOW - timedelta(seconds=30)), NOW, AT) is None


def test_a_recovery_code_is_read_as_it_was_shown() -> None:
    assert read_recovery(shown_recovery("Kd7m", "Rw2QxZ9p")) == ("Kd7m", "Rw2QxZ9p")
    assert read_recovery(" Kd7m Rw2Q xZ9p ") == ("Kd7m", "Rw2QxZ9p")
    for wrong in ("Kd7m", "Kd7m-Rw2Q-xZ9", "Kd7m-Rw2Q-xZ9l", "Kd7m-Rw2Q-xZ9p-x"):
        with pytest.raises(Refused):
            read_recovery(wrong)
