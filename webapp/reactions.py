"""Who answers what happened. The only place that joins the events of lower floors to the services of higher ones."""

from __future__ import annotations

from webapp.foundation.config import Config


def wire(settings: Config) -> None:
    """Subscribe every reaction, once a process."""
