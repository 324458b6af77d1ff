"""The report's page for life, files, the year, messages, and You."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from PIL import Image
from sqlalchemy import insert

from tests.blueprints.parent.test_report import but_the_clock, public_id, reports, send_quick
from tests.factories import World
from tests.pages import Enter, counted_statements, page, text_of
from webapp.absence.models import ReportMessage
from webapp.absence.services.talk import mark_talk_read
from webapp.foundation.clock import school_now
from webapp.foundation.db import Database, insert_row, unit_of_work
from webapp.people.models import CourtOrder, PupilContact
from webapp.record.models import Mark, PupilWeek, PupilYear, Sighting


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def receipt(as_parent: Enter, world: World) -> str:
    """The address of Alice's report about Ella."""
    return send_quick(as_parent(world.alice), public_id(world.ella), reason="ill").location.split("?")[0]


def school_writes(world: World, words: str) -> None:
    with unit_of_work() as tx:
        insert_row(
            tx, ReportMessage, organisation_id=world.organisation, report_id=reports()[0].id, side="school",
            author="Saira Khan", author_id=world.officer, words=words, at=school_now(),
        )  # fmt: skip


def test_the_talk_waits_on_today_until_it_is_read(as_parent: Enter, world: World, receipt: str):
    alice = as_parent(world.alice)
    school_writes(world, "Is <b>Ella</b> seeing a doctor?")
    home = page(alice.get("/home"))
    assert "Read and answer what school asks" in home.links().__str__()
    assert "Vale Academy asks about Ella" in page(alice.get("/messages")).text
    form = page(alice.get(receipt))
    assert "Is <b>Ella</b> seeing a doctor?" in form.text
    assert "Nothing is waiting for you." in page(alice.get("/home")).text
    fields = form.fields(f"{receipt}/messages")
    for _ in range(2):
        answer = alice.post(f"{receipt}/messages", data={**fields, "words": "Yes, at 3pm"})
        assert answer.location == f"{receipt}#talk"
    assert page(alice.get(receipt)).text.count("Yes, at 3pm") == 1


def test_an_empty_message_is_an_error(as_parent: Enter, world: World, receipt: str):
    alice = as_parent(world.alice)
    fields = page(alice.get(receipt)).fields(f"{receipt}/messages")
    answer = alice.post(f"{receipt}/messages", data={**fields, "words": " \x00 "})
    assert answer.status_code == 422
    assert page(answer).links()["Write what you would like to tell school."] == "#words"


def test_a_photo_is_added_once_shown_in_a_box_and_removed(as_parent: Enter, world: World, receipt: str):
    alice = as_parent(world.alice)
    form = page(alice.get(f"{receipt}/files")).fields(f"{receipt}/files")
    for _ in range(2):
        data = {**form, "file": (io.BytesIO(photo()), "my photo.png")}
        assert alice.post(f"{receipt}/files", data=data).location == f"{receipt}#files"
    shown = page(alice.get(receipt))
    (href,) = [href for words, href in shown.links().items() if words == "my photo.jpg"]
    picture = alice.get(href)
    assert picture.mimetype == "image/jpeg"
    assert picture.headers["Content-Security-Policy"].startswith("sandbox")
    assert as_parent(world.bob).get(href).status_code == 404
    alice.post(f"{href}/remove", data={"csrf_token": form["csrf_token"]})
    assert "my photo.jpg" not in page(alice.get(receipt)).text
    assert alice.get(href).status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("letter.pdf", b"MZ\x00 not a pdf", "letter.pdf is not a PDF that can be read. Choose a JPG, PNG or PDF"),
        ("x.jpg", b"", "x.jpg is empty. Choose another file"),
        ("photo.heic", b"\0" * (10 * 1024 * 1024 + 1), "photo.heic is too big. Choose one under 10 MB"),
    ],
)
def test_a_file_that_cannot_be_taken_is_named(as_parent: Enter, world: World, receipt: str, name, data, says):
    alice = as_parent(world.alice)
    form = page(alice.get(f"{receipt}/files")).fields(f"{receipt}/files")
    answer = alice.post(f"{receipt}/files", data={**form, "file": (io.BytesIO(data), name)})
    assert answer.status_code == 422
    assert page(answer).links()[says] == "#file"
    by_script = alice.post(
        f"{receipt}/files", data={**form, "file": (io.BytesIO(data), name)}, headers={"Accept": "application/json"}
    )
    assert (by_script.status_code, by_script.json) == (422, {"error": says})


def test_a_file_of_40_mb_is_turned_away(as_parent: Enter, world: World, receipt: str):
    alice = as_parent(world.alice)
    form = page(alice.get(f"{receipt}/files")).fields(f"{receipt}/files")
    answer = alice.post(f"{receipt}/files", data={**form, "file": (io.BytesIO(b"\0" * 40_000_000), "big.jpg")})
    assert answer.status_code == 413
    assert "under 10 MB" in page(answer).text


def add_year(world: World, enrolment: int, school: int, codes: dict[date, str]) -> None:
    with unit_of_work() as tx:
        rows = [
            {"organisation_id": world.organisation, "school_id": school, "week": week, "enrolment_id": enrolment,
             "possible": 10, "present": 8, "authorised": 2, "unauthorised": 0, "late": 0, "unresolved": 0,
             "illness": 2, "codes": text}
            for week, text in codes.items()
        ]  # fmt: skip
        tx.execute(insert(PupilWeek), rows)
        tx.execute(
            insert(PupilYear).values(
                organisation_id=world.organisation, school_id=school, year=2025, enrolment_id=enrolment, possible=30,
                present=27, authorised=2, unauthorised=1, late=0, unresolved=1, illness=2,
            )
        )  # fmt: skip


def test_the_year_is_a_picture_a_sentence_and_a_list(as_parent: Enter, world: World):
    add_year(world, world.ella_enrolment, world.vale, {date(2026, 6, 8): "/\\/\\II/\\N\\...."})
    alice, ella = as_parent(world.alice), public_id(world.ella)
    home = page(alice.get("/home"))
    assert "Ella: in school 27 of 30 half days. 90.0%, may change." in home.text
    assert home.all(".//{http://www.w3.org/2000/svg}svg[@role='img']")
    days = page(alice.get(f"/children/{ella}/year"))
    rows = [[text_of(cell) for cell in row] for row in days.all(".//tbody/tr")]
    assert rows[0] == ["Fri 12", "No reason yet", "In school"]
    assert rows[2] == ["Wed 10", "Ill", "Ill"]
    one = page(alice.get(f"/children/{ella}"))
    assert one.h1 == "Ella" and "in school 27 of 30 half days" in one.text


@pytest.mark.parametrize(
    ("code", "minutes", "says"),
    [("/", None, "Marked in"), ("L", 12, "Came in at 8:57am"), ("V", None, "School recorded: on a school trip")],
)
def test_the_card_says_what_school_marked(as_parent: Enter, world: World, at, code, minutes, says):
    at.move_to("2026-06-16T09:00:00+00:00")
    with unit_of_work() as tx:
        tx.execute(
            insert(Mark).values(
                organisation_id=world.organisation, enrolment_id=world.tom_enrolment, date=date(2026, 6, 16), half=0,
                code=code, minutes_late=minutes,
            )
        )  # fmt: skip
    assert says in page(as_parent(world.alice).get("/home")).text


def test_a_signed_in_child_came_in(as_parent: Enter, world: World, at):
    at.move_to("2026-06-16T09:00:00+00:00")
    with unit_of_work() as tx:
        insert_row(
            tx, Sighting, organisation_id=world.organisation, public_id="s1", school_id=world.hill,
            enrolment_id=world.tom_enrolment, date=date(2026, 6, 16), kind="arrived",
            at=school_now() - timedelta(minutes=28), seen_by="Reception",
        )  # fmt: skip
    assert "Came in at 9:32am" in page(as_parent(world.alice).get("/home")).text


def set_rights(world: World, contact: int, pupil: int, **rights: bool) -> None:
    with unit_of_work() as tx:
        table = PupilContact.__table__
        tx.execute(
            table.update().where(table.c.contact_id == contact, table.c.pupil_id == pupil).values(**rights)
        )


def test_who_may_only_report_sees_buttons_and_no_status(as_parent: Enter, world: World):
    set_rights(world, world.bob, world.tom, may_view_attendance=False)
    bob, tom = as_parent(world.bob), public_id(world.tom)
    home = page(bob.get("/home"))
    assert "Tom is not coming in" in home.links()
    assert "Starts 8:45am" not in home.text and "This year" not in home.text
    assert bob.get(f"/children/{tom}/year").status_code == 403
    assert page(bob.get(f"/children/{tom}")).h1 == "Tom"


def test_who_may_only_see_has_no_buttons(as_parent: Enter, world: World):
    set_rights(world, world.bob, world.tom, may_report=False)
    bob, tom = as_parent(world.bob), public_id(world.tom)
    home = page(bob.get("/home"))
    assert "Starts 8:45am" in home.text
    assert "Tom is not coming in" not in home.links()
    assert bob.get(f"/children/{tom}/away-today").status_code == 403


def test_an_order_takes_the_child_off_every_page(as_parent: Enter, world: World):
    bob, tom = as_parent(world.bob), public_id(world.tom)
    sent = send_quick(bob, tom, reason="ill").location.split("?")[0]
    with unit_of_work() as tx:
        insert_row(
            tx, CourtOrder, organisation_id=world.organisation, pupil_id=world.tom, contact_id=world.bob,
            kind="prohibited steps", denies="contact", starts_on=date(2026, 1, 1),
        )  # fmt: skip
    assert "We cannot show a child yet." in page(bob.get("/home")).text
    for address in (f"/children/{tom}", f"/children/{tom}/away-today", sent, f"{sent}/change", f"{sent}/files"):
        assert bob.get(address).status_code == 404, address


@pytest.mark.parametrize(
    "address",
    ["/home", "/children", "/messages", "/you", "/you/phones", "/you/notifications", "/you/language", "/you/contact",
     "/help", "/accessibility"],
)  # fmt: skip
def test_every_page_is_sound_small_and_asks_little(as_parent: Enter, world: World, db: Database, address: str):
    alice = as_parent(world.alice)
    found = page(alice.get(address))
    assert found.size < 60_000
    with counted_statements(db) as seen:
        alice.get(address)
    assert len(but_the_clock(seen)) <= 12, seen


def test_what_school_holds_of_me_and_of_nobody_else(as_parent: Enter, world: World):
    mine = page(as_parent(world.bob).get("/you/contact")).text
    assert "07700 900002" in mine and "07700 900001" not in mine


def test_another_phone_can_be_signed_out_but_not_anothers(as_parent: Enter, world: World):
    phone, lost, bob = as_parent(world.alice), as_parent(world.alice), as_parent(world.bob)
    listed = page(phone.get("/you/phones"))
    (form,) = [form for form in listed.all(".//form") if form.get("action", "").startswith("/you/phones/")
               and "others" not in form.get("action")]  # fmt: skip
    token = page(bob.get("/you/notifications")).fields()["csrf_token"]
    bob.post(form.get("action"), data={"csrf_token": token})
    assert lost.get("/home").status_code == 200
    phone.post(form.get("action"), data={"csrf_token": listed.fields()["csrf_token"]})
    assert lost.get("/home").status_code == 302
    assert phone.get("/home").status_code == 200


def test_still_poorly_repeats_yesterday_with_one_tap(as_parent: Enter, world: World, at):
    alice, ella = as_parent(world.alice), public_id(world.ella)
    send_quick(alice, ella, reason="ill", symptoms=["cough"])
    at.move_to("2026-06-17T06:40:00+00:00")
    child = page(alice.get(f"/children/{ella}"))
    assert "Still poorly? One tap repeats yesterday." in child.text
    address = f"/children/{ella}/still-poorly"
    first = alice.post(address, data=child.fields(address))
    again = alice.post(address, data=child.fields(address))
    assert first.location == again.location
    assert "Ill or unwell: cough or cold" in page(alice.get(first.location)).text
    assert [one.starts_on.day for one in reports()] == [16, 17]
    assert "Still poorly?" not in page(alice.get(f"/children/{ella}")).text


def test_still_poorly_stands_on_today_until_school_knows(as_parent: Enter, world: World, at, db: Database):
    alice, ella = as_parent(world.alice), public_id(world.ella)
    assert "Still poorly?" not in page(alice.get("/home")).text
    send_quick(alice, ella, reason="ill", symptoms=["cough"])
    send_quick(alice, public_id(world.tom), reason="religious")
    assert "Still poorly?" not in page(alice.get("/home")).text
    at.move_to("2026-06-17T06:40:00+00:00")
    home = page(alice.get("/home"))
    assert home.text.count("Still poorly? One tap repeats yesterday.") == 1
    assert "The register closed" not in home.text
    with counted_statements(db) as seen:
        alice.get("/home")
    assert len(but_the_clock(seen)) <= 5, seen
    assert "Still poorly?" not in page(as_parent(world.bob).get("/home")).text
    at.move_to("2026-06-17T08:20:00+00:00")
    home = page(alice.get("/home"))
    assert "The register closed at 9:15am. You can still tell school here." in home.text
    address = f"/children/{ella}/still-poorly"
    receipt = page(alice.get(alice.post(address, data=home.fields(address)).location))
    assert "School got this after the register closed." in receipt.text
    assert "Still poorly?" not in page(alice.get("/home")).text


def test_a_long_run_is_sent_and_asks_to_talk(as_parent: Enter, world: World, at):
    alice, ella = as_parent(world.alice), public_id(world.ella)
    address = f"/children/{ella}/still-poorly"
    send_quick(alice, ella, reason="ill")
    for day in (17, 18, 19, 22, 23):
        at.move_to(f"2026-06-{day}T06:40:00+00:00")
        home = page(alice.get("/home"))
        assert ("please talk to us" in home.text) is (day == 23)
        receipt = page(alice.get(alice.post(address, data=home.fields(address)).location))
    assert "For more than 5 days, please talk to us." in receipt.text
    assert [(one.starts_on.day, one.read_first) for one in reports()] == [
        (16, False), (17, False), (18, False), (19, False), (22, False), (23, True),
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["/help", "/accessibility"])
def test_help_is_for_those_too_who_cannot_sign_in(as_parent: Enter, world: World, address: str):
    alice = as_parent(world.alice)
    assert "Ring school" in page(alice.get(address)).text
    stranger = page(alice.application.test_client().get(address))
    assert stranger.status == 200
    assert "Ring school " not in stranger.text and "Vale" not in stranger.text
    assert stranger.links()["Sign in"] == "/sign-in"
    old = alice.application.test_client()
    old.set_cookie(alice.application.extensions["cookies"].name("parent"), "x" * 43)
    assert old.get(address).status_code == 200


def test_the_page_of_a_report_costs_the_same_with_more_talk(as_parent: Enter, world: World, db: Database, receipt: str):
    alice = as_parent(world.alice)
    counts = []
    for _ in range(2):
        school_writes(world, "And how is Ella now?")
        mark_talk_read(world.organisation, reports()[0].id, "school")
        alice.get(receipt)
        with counted_statements(db) as seen:
            alice.get(receipt)
        counts.append(len(but_the_clock(seen)))
    assert counts[0] == counts[1] <= 12


def test_a_language_has_its_name_and_the_page_says_what_is_in_english(as_parent: Enter, world: World):
    found = page(as_parent(world.bob).get("/you/language"))
    assert "School has this language for you: Urdu, اردو." in found.text
    assert "Firstbell’s pages and texts are in English for now." in found.text
