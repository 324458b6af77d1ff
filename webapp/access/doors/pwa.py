"""Who may enter the endpoints of blueprints/pwa."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule, opened, parent

ENDPOINTS: Mapping[str, Rule] = {
    "pwa.manifest": opened(),
    "pwa.service_worker": opened(),
    "pwa.offline": opened(),
    "pwa.subscribe": parent(),
    "pwa.unsubscribe": parent(),
    "pwa.send_trial": parent(),
}
