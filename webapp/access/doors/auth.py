"""Who may enter the endpoints of blueprints/auth."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule

ENDPOINTS: Mapping[str, Rule] = {}
