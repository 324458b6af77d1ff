"""Doors that stand in the demo only."""

from __future__ import annotations

from flask import Blueprint

from blueprints.demo.components import components

blueprint = Blueprint("demo", __name__)
blueprint.register_blueprint(components)

from blueprints.demo import phone, school_clock, sign_in  # noqa: E402, F401
