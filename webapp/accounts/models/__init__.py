"""Tables of sign-in, of parents and of staff."""

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
    "Counter", "KeptForm", "OnSiteDevice", "Passkey", "PasskeyChallenge", "PasskeyContact", "RecoveryCode", "Session",
    "SessionContact", "SharedMachine", "SignInCode", "SingleTaskLink", "StaffEntry", "StaffLink", "StaffLogin",
]  # fmt: skip
