"""Who may enter. Deny by default: an endpoint that the table does not name opens to nobody."""

from webapp.access.gate import init_app, is_fresh_here, use_proving, use_version
from webapp.access.table import (
    Audience,
    Pupils,
    Rule,
    Shows,
    choosing,
    demo,
    faults,
    link,
    opened,
    parent,
    staff,
    webhook,
)
from webapp.access.visitors import (
    child_for,
    current_parent,
    current_session,
    current_staff,
    find_parent_here,
    find_staff_here,
    saw,
    school_scope,
)

__all__ = [
    "Audience", "Pupils", "Rule", "Shows", "child_for", "choosing", "current_parent", "current_session",
    "current_staff", "demo", "faults", "find_parent_here", "find_staff_here", "init_app", "is_fresh_here", "link",
    "opened", "parent", "saw", "school_scope", "staff", "use_proving", "use_version", "webhook",
]  # fmt: skip
