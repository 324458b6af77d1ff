"""Who may enter the endpoints of blueprints/webhooks."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.access.table import Rule, webhook

ENDPOINTS: Mapping[str, Rule] = {
    "webhooks.twilio_status": webhook(),
    "webhooks.twilio_inbound": webhook(),
}
