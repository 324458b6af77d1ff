"""The demo's morning: it goes on when it is started again, and begins anew where its links would lead nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.cli import demo


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose schools are made in no time; ``lived`` lists the ports on which a morning began."""

    def seeded(where: Path, _wanted: object) -> Path:
        kept = where / "seed.sqlite3"
        kept.write_bytes(b"")
        return kept

    def live_through(where: Path, _wanted: object, port: int) -> None:
        with (where / "lived").open("a") as lived:
            lived.write(f"{port} ")

    monkeypatch.setattr(demo, "_seeded_copy", seeded)
    monkeypatch.setattr(demo, "_live_through", live_through)
    return tmp_path


def test_another_port_begins_the_morning_again_so_that_links_in_texts_lead_somewhere(folder: Path) -> None:
    for port in (8000, 8000, 8311, 8311):
        demo.prepare(folder, at=None, fresh=False, port=port)
    assert (folder / "lived").read_text() == "8000 8311 "


def test_a_morning_that_was_begun_before_its_port_was_kept_begins_again(folder: Path) -> None:
    demo.prepare(folder, at=None, fresh=False, port=8000)
    started = folder / "started"
    started.write_text("\n".join(started.read_text().splitlines()[:2]) + "\n")
    demo.prepare(folder, at=None, fresh=False, port=8000)
    assert (folder / "lived").read_text() == "8000 8000 "
