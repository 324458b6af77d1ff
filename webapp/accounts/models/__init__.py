"""Tables of sign-in, of parents and of staff."""

from webapp.accounts.models.providers import IdentityProvider, ProviderTrip, StaffIdentity
from webapp.accounts.models.sign_in import (
    Counter,
    OnSiteDevice,
    Passkey,
    PasskeyChallenge,
    PasskeyContact,
    Session,
    SessionContact,
    SignInCode,
    SingleTaskLink,
)
from webapp.accounts.models.staff import KeptForm, RecoveryCode, SharedMachine, StaffEntry, StaffLink, StaffLogin

__all__ = [
    "Counter", "IdentityProvider", "KeptForm", "OnSiteDevice", "Passkey", "PasskeyChallenge", "PasskeyContact",
    "ProviderTrip", "RecoveryCode", "Session", "SessionContact", "SharedMachine", "SignInCode", "SingleTaskLink",
    "StaffEntry", "StaffIdentity", "StaffLink", "StaffLogin",
]  # fmt: skip
