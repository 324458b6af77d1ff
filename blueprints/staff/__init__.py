"""What school's staff see and do."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("staff", __name__)
