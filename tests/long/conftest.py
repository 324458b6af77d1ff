"""What the long walks in a browser share with the short ones."""

from tests.browser.conftest import browser_type_launch_args, demo, visitors

__all__ = ["browser_type_launch_args", "demo", "visitors"]
