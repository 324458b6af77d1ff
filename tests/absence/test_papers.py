"""Photos and papers: read from their content, written anew, each once, five at most."""

from __future__ import annotations

import io
import threading

import pytest
from PIL import Image
from sqlalchemy import func, select

from tests.absence.family import alice, sent, typed
from tests.factories import TODAY, World
from webapp.absence.models import ReportEvent, ReportFile
from webapp.absence.queries.families import find_own_report
from webapp.absence.queries.pages import files_of
from webapp.absence.rules import papers
from webapp.absence.rules.papers import PaperRefused, prepare_paper
from webapp.absence.rules.states import ReportRefused
from webapp.absence.services.change import ReportNotThere
from webapp.absence.services.papers import add_file, remove_file
from webapp.absence.services.report import report_absence
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation import files
from webapp.foundation.db import Database, read_door

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\nxref\n0 1\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 30), mode: str = "RGB", **saved: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind, **saved)  # type: ignore[arg-type]
    return out.getvalue()


def with_place() -> bytes:
    """A photo turned on its side that says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)
    return picture(exif=exif, comment=b"at home")


def test_a_photo_is_upright_and_tells_nothing_of_the_phone() -> None:
    paper = prepare_paper(with_place(), "IMG 1.JPG")
    assert (paper.content_type, paper.name) == ("image/jpeg", "IMG 1.jpg")
    assert b"PhoneMaker" not in paper.data and b"at home" not in paper.data
    with Image.open(io.BytesIO(paper.data)) as kept:
        assert kept.size == (30, 60)
        assert not dict(kept.getexif())


@pytest.mark.parametrize(
    ("data", "name", "content_type", "shown"),
    [
        (picture("PNG"), "note.png", "image/jpeg", "note.jpg"),
        (picture("PNG", mode="RGBA"), "note.png", "image/webp", "note.webp"),
        (picture("WEBP"), "note", "image/jpeg", "note.jpg"),
        # The name says one thing, the content another.
        (picture("PNG"), "letter.doc", "image/jpeg", "letter.jpg"),
        (PDF, "letter.pdf", "application/pdf", "letter.pdf"),
        (PDF, "letter.jpg", "application/pdf", "letter.pdf"),
        (picture(), "../../etc/\x00pass\u202ewd.jpg", "image/jpeg", "passwd.jpg"),
        (picture(), "C:\\x\\رسالة 🤒.png", "image/jpeg", "رسالة 🤒.jpg"),
        (picture(), "", "image/jpeg", "file.jpg"),
    ],
)
def test_the_type_is_read_from_the_content(data: bytes, name: str, content_type: str, shown: str) -> None:
    paper = prepare_paper(data, name)
    assert (paper.content_type, paper.name) == (content_type, shown)


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"\x00" * (papers.MOST_BYTES + 1), "photo.heic", "photo.heic is too big. Choose one under 10 MB"),
        (b"", "a.jpg", "a.jpg is empty. Choose another file"),
        (
            b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, "photo.heic",
            "photo.heic cannot be read here. Choose a JPG, PNG or PDF",
        ),
        (b"hello", "letter.pdf", "letter.pdf is not a PDF that can be read. Choose a JPG, PNG or PDF"),
        (PDF[:40], "letter.pdf", "letter.pdf is not a PDF that can be read. Choose a JPG, PNG or PDF"),
        (b"%PDF-1.7 only a head", "x.pdf", "x.pdf is not a PDF that can be read. Choose a JPG, PNG or PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "a.svg is not a photo that can be read."),
        (b"<html><script>", "a.jpg", "a.jpg is not a photo that can be read."),
        (picture()[:200], "a.jpg", "a.jpg is not a photo that can be read."),
        (picture("GIF", mode="P"), "a.gif", "a.gif is not a photo that can be read."),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named(data: bytes, name: str, sentence: str) -> None:
    with pytest.raises(PaperRefused) as refused:
        prepare_paper(data, name)
    assert refused.value.field == "file"
    assert refused.value.mend.startswith(sentence)


def test_a_small_file_with_too_many_dots_is_refused_before_it_is_opened_up() -> None:
    bomb = picture("PNG", size=(9000, 9000), mode="1")
    assert len(bomb) < 100_000
    with pytest.raises(PaperRefused, match="too many dots"):
        prepare_paper(bomb, "a.png")


def test_a_large_photo_is_made_smaller() -> None:
    paper = prepare_paper(picture(size=(5000, 2500)), "a.jpg")
    with Image.open(io.BytesIO(paper.data)) as kept:
        assert kept.size == (2400, 1200)


def sent_report(world: World) -> str:
    return sent(report_absence(typed(world.tom), alice(world), "k1")).children[0].report


def adults(contact_id: int, world: World) -> tuple[ContactKey, ...]:
    return (ContactKey(world.organisation, contact_id),)


def test_a_file_follows_the_report_once(db: Database, world: World) -> None:
    name, who = sent_report(world), adults(world.alice, world)
    first = add_file(who, name, "u1", "a.png", picture("PNG"))
    assert add_file(who, name, "u1", "a.png", picture("PNG")) == first
    add_file(who, name, "u2", "b.pdf", PDF)
    with read_door() as door:
        report = find_own_report(door, who, name, TODAY)
        assert report is not None
        kept = files_of(door, world.organisation, report.id)
        assert [line.name for line in kept] == ["a.jpg", "b.pdf"]
        assert files.get(door, world.organisation, kept[1].file_id).data == PDF
    remove_file(who, name, first.public_id)
    remove_file(who, name, first.public_id)
    with read_door() as door:
        assert [line.name for line in files_of(door, world.organisation, report.id)] == ["b.pdf"]
        assert door.scalars(select(ReportEvent.kind).order_by(ReportEvent.id)).all() == [
            "sent", "file_added", "file_added", "file_removed",
        ]  # fmt: skip


def test_five_files_and_no_more_until_one_is_removed(db: Database, world: World) -> None:
    name, who = sent_report(world), adults(world.alice, world)
    added = [add_file(who, name, f"u{number}", "a.pdf", PDF) for number in range(5)]
    with pytest.raises(PaperRefused, match="5 files"):
        add_file(who, name, "u6", "a.pdf", PDF)
    remove_file(who, name, added[0].public_id)
    assert add_file(who, name, "u6", "a.pdf", PDF)


def test_six_at_once_are_five(cloned_db: Database, world: World) -> None:
    name, who = sent_report(world), adults(world.alice, world)
    refused: list[str] = []

    def send(upload: str) -> None:
        try:
            add_file(who, name, upload, "a.pdf", PDF)
        except PaperRefused as error:
            refused.append(error.mend)

    threads = [threading.Thread(target=send, args=(f"u{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    with read_door() as door:
        assert door.scalar(select(func.count()).select_from(ReportFile)) == 5


@pytest.mark.parametrize("upload", ["", "x" * 41, "a\x00"])
def test_a_bad_upload_key_is_refused(db: Database, world: World, upload: str) -> None:
    with pytest.raises(ReportRefused):
        add_file(adults(world.alice, world), sent_report(world), upload, "a.pdf", PDF)


def test_another_adults_report_takes_no_file(db: Database, world: World) -> None:
    name = sent_report(world)
    for who in (adults(world.bob, world), adults(world.charlie, world)):
        with pytest.raises(ReportNotThere):
            add_file(who, name, "u1", "a.pdf", PDF)
        with pytest.raises(ReportNotThere):
            remove_file(who, name, "x")
