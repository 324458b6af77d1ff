"""In whose hands a text is that came in: the deeds of the trail that say so; the newest holds."""

from __future__ import annotations

TOOK = "took_text"
"""Somebody deals with it, at the school that the deed names."""
PASSED = "passed_text"
"""The office of the school that the deed names gave it to the one in its detail."""
