"""Doors that stand in the demo only."""

from __future__ import annotations

from flask import Blueprint

from blueprints.demo.components import components

blueprint = Blueprint("demo", __name__)
blueprint.register_blueprint(components)
