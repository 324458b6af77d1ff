"""The table of who may enter where, one module an audience of blueprints."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from webapp.access.doors import admin, auth, demo, links, parent, pwa, staff, webhooks
from webapp.access.table import Rule

ENDPOINTS: Mapping[str, Rule] = MappingProxyType(
    {
        name: rule
        for audience in (admin, auth, demo, links, parent, pwa, staff, webhooks)
        for name, rule in audience.ENDPOINTS.items()
    }
)
