"""Every page of the browser's walks in every mode: dark, at every width, with large letters and mirrored at each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import test_modes as walks
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.long, pytest.mark.browser]


@pytest.mark.parametrize(
    "walk",
    [
        walks.test_parents_pages_in_the_modes, walks.test_who_is_not_signed_in_in_the_modes,
        walks.test_links_in_the_modes, walks.test_staff_pages_in_the_modes,
        walks.test_who_keeps_the_school_in_the_modes,
    ],
    ids=["parents", "not signed in", "links", "staff", "administrator"],
)  # fmt: skip
def test_in_every_mode(visitors: Visit, walk: Callable[..., None]) -> None:
    walk(visitors, every_mode=True)
