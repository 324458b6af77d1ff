"""Firstbell: school attendance. This package holds the capabilities; see DESIGN floors in pyproject.toml."""
