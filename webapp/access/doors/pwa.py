"""Who may enter the endpoints of blueprints/pwa."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Pupils, Rule, opened, parent

ENDPOINTS: Mapping[str, Rule] = {
    "pwa.manifest": opened(),
    "pwa.service_worker": opened(),
    "pwa.offline": opened(),
    "pwa.subscribe": parent(Pupils.TOO),
    "pwa.unsubscribe": parent(Pupils.TOO),
    "pwa.send_trial": parent(Pupils.TOO),
}
