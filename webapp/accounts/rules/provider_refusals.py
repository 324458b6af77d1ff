"""Why somebody who came back from a provider is not let in, and what each is told to do."""

from __future__ import annotations

from enum import StrEnum

from webapp.people.rules.refusals import Refused


class ProviderRefusal(StrEnum):
    """Why a sign-in by a provider comes to nothing."""

    OVER = "over"
    DENIED = "denied"
    NOT_NOW = "not_now"
    NOT_TRUSTED = "not_trusted"
    OTHER_TENANT = "other_tenant"
    UNKNOWN = "unknown"
    TAKEN = "taken"
    SIGNED_OUT = "signed_out"


_TITLES = {
    ProviderRefusal.OVER: "Start the sign-in again",
    ProviderRefusal.DENIED: "You did not sign in",
    ProviderRefusal.NOT_NOW: "{name} cannot sign you in just now",
    ProviderRefusal.NOT_TRUSTED: "We cannot use the answer from {name}",
    ProviderRefusal.OTHER_TENANT: "This is not a work account of your school",
    ProviderRefusal.UNKNOWN: "This account is not connected to Firstbell",
    ProviderRefusal.TAKEN: "This account belongs to somebody else here",
    ProviderRefusal.SIGNED_OUT: "You were signed out meanwhile",
}
_WORDS = {
    ProviderRefusal.OVER: "It took more than 15 minutes, is done already, or began in another browser.",
    ProviderRefusal.DENIED: "The sign-in at {name} was stopped before its end. Nothing has changed here.",
    ProviderRefusal.NOT_NOW: "It did not answer as it should. Try again in a minute, or use your password.",
    ProviderRefusal.NOT_TRUSTED: "Something is not set up right. Tell your administrator. Until then, use your "
    "password.",
    ProviderRefusal.OTHER_TENANT: "You may be signed in with a private account, or with one of another school. Sign "
    "out of it, and use the account that your school gave you.",
    ProviderRefusal.UNKNOWN: "It is known by the account itself, and never by its e-mail address alone. If you have a "
    "password, sign in with it and connect the account under Your sign-in. If you are new, open the link in your "
    "invitation; your administrator can send another.",
    ProviderRefusal.TAKEN: "On a shared computer, sign out of that account first. If it is yours, ask your "
    "administrator.",
    ProviderRefusal.SIGNED_OUT: "Sign in again, and then connect the account.",
}
_STATUS = {ProviderRefusal.OVER: 410, ProviderRefusal.NOT_NOW: 503, ProviderRefusal.TAKEN: 409}
_KEPT_IN_TRAIL = frozenset({ProviderRefusal.NOT_TRUSTED, ProviderRefusal.OTHER_TENANT, ProviderRefusal.UNKNOWN,
    ProviderRefusal.TAKEN})  # fmt: skip


class ProviderRefused(Refused):
    """Nobody is signed in. ``why`` is for whoever tries the settings and for the trail; ``name`` is the provider's.

    ``trying`` True: it was a trial of the settings, and ``then`` is the page that began it.
    """

    def __init__(
        self, reason: ProviderRefusal, name: str = "your provider", why: str = "", *, trying: bool = False,
        then: str = "",
    ) -> None:  # fmt: skip
        super().__init__("provider", _WORDS[reason].format(name=name))
        self.reason = reason
        self.title = _TITLES[reason].format(name=name)
        self.why = why
        self.trying = trying
        self.then = then

    @property
    def status(self) -> int:
        """What a browser is answered with."""
        return _STATUS.get(self.reason, 403)

    @property
    def is_kept(self) -> bool:
        """Whether the organisation's trail says that it happened."""
        return self.reason in _KEPT_IN_TRAIL
