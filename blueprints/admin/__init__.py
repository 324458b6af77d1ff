"""Imports, settings and people, for those who keep them."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("admin", __name__)
