"""What a parent sees and does, on a phone."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("parent", __name__)
