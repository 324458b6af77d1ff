"""Pictures drawn on the server: pure functions from facts to SVG, with the words that say the same."""

from blueprints.pictures.year import WeekRow, YearDrawing, year_picture

__all__ = ["WeekRow", "YearDrawing", "year_picture"]
