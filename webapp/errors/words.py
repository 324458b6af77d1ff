"""What is said for each status: what happened and what to do, to families, to staff, and where a form was sent."""

from __future__ import annotations

from dataclasses import dataclass

_RING = "If it is about today, ring school."


@dataclass(frozen=True, slots=True)
class Words:
    """``mend`` is for families and for those whom nobody knows; ``staff`` for staff, where it differs; ``form`` where a
    form was sent, in addition."""

    title: str
    mend: str
    staff: str = ""
    form: str = ""


SENT_AGAIN = frozenset({400, 401, 429, 500, 503})
"""Where the same form may be sent once more and may then go through."""

WORDS: dict[int, Words] = {
    400: Words("We could not read that", "Go back, open the page again and try once more. Nothing was changed."),
    401: Words(
        "You are not signed in",
        "Sign in, then open this page again.",
        form="Nothing was sent. Sign in in another tab, come back to this one and send it again.",
    ),
    403: Words(
        "You cannot open this page",
        "It is not yours to see. If you think it should be, ask the school office.",
        "Your role does not open it here. If you think it should, ask your administrator.",
        form="Nothing was changed.",
    ),
    404: Words(
        "We cannot find that page",
        "Check the address, or go back and try another way.",
        form="Nothing was changed.",
    ),
    405: Words("That does not work here", "Go back and use the buttons on the page. Nothing was changed."),
    409: Words(
        "Somebody changed this first",
        "Open it again to see what it says now. Nothing of yours was saved.",
    ),
    410: Words(
        "This page has been used or has run out",
        "Nothing was changed. If there is something you need to say, sign in or ring school.",
        "Nothing was changed. Start again from your first page.",
    ),
    413: Words(
        "That is too big to send",
        "Nothing was sent. Press Back: most phones still have what you typed. Then choose one photo or file under "
        "10 MB at a time.",
        "Nothing was sent. Press Back: most browsers still have what you typed. Then choose one file under 10 MB.",
    ),
    429: Words("Please wait a little", f"That was tried too often. Wait a few minutes and try again. {_RING}",
               "That was done too often. Wait a few minutes and try again."),
    500: Words(
        "Something went wrong here",
        f"It is our fault and not yours. Try again in a minute. {_RING}",
        "It is our fault and not yours. Try again; if it goes on, give your administrator the reference below.",
        form="We do not know that it went through: look before you send it again.",
    ),
    503: Words(
        "Firstbell is not ready",
        f"Try again in a minute. {_RING}",
        "Try again in a minute. Until then use paper: nothing that was saved is lost.",
        form="Nothing was sent.",
    ),
}  # fmt: skip

STALE_FORM = Words(
    "This page was open for too long", "Nothing was changed.", form="Look at it once more, and send it again."
)


def words_of(status: int) -> Words:
    """The words of a status; those that have none of their own are told as the nearest that has."""
    return WORDS.get(status) or WORDS[500 if status >= 500 else 400]
