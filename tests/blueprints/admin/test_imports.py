"""Bringing in a file on pages: chosen, checked by the worker, looked at, applied; and all that may come between."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.blueprints.admin.conftest import IMPORTS, ROLL, do_work, send, staged, submit
from tests.blueprints.conftest import SCHOOL_MORNING
from tests.blueprints.staff.conftest import asked
from tests.factories import World, add_staff
from tests.pages import Enter, Page, counted_statements, page, text_of
from tests.people.imports.filing import as_file, rows_of
from tests.people.imports.test_pupils import NOOR, TOM, pupil
from webapp.access.doors.admin import ENDPOINTS
from webapp.foundation.db import Database, unit_of_work
from webapp.foundation.work.table import Work
from webapp.people.models import Enrolment, ImportRun, Pupil
from webapp.people.rules.files import ImportKind


def states() -> list[str]:
    return [row.state for row in sorted(rows_of(ImportRun), key=lambda row: row.id)]


def buttons(found: Page) -> set[str]:
    return {text_of(each) for each in found.all(".//button")}


def test_a_file_is_checked_shown_and_brought_in(keeper: FlaskClient, world: World) -> None:
    empty = page(keeper.get(IMPORTS))
    assert "No file has been brought in at this school yet." in empty.text

    sent = send(keeper, name="C:\\Downloads\\roll.csv")
    assert sent.status_code == 303
    checking = page(keeper.get(sent.location))
    assert checking.h1 == "Pupils: being checked"
    assert "Look again" in checking.links()
    do_work()

    ready = page(keeper.get(sent.location))
    assert "roll.csv" in ready.text
    assert "1new" in ready.text and "2changed" in ready.text
    assert "Ada" in ready.text
    assert len(rows_of(Pupil, Pupil.last_name == "Okafor")) == 0

    assert submit(keeper, sent.location, "apply").status_code == 303
    assert page(keeper.get(sent.location)).h1 == "Pupils: being brought in"
    do_work()
    done = page(keeper.get(sent.location))
    assert done.h1 == "Pupils: brought in"
    assert len(rows_of(Pupil, Pupil.last_name == "Okafor")) == 1
    listed = page(keeper.get(IMPORTS))
    assert "Brought in1 new, 2 changedAdil FarooqTue 16 June 07:40" in listed.text


def test_the_web_process_never_loads_what_reads_files_or_makes_pdfs() -> None:
    readers = "[name for name in ('openpyxl', 'python_calamine', 'weasyprint') if name in sys.modules]"
    asked_for = f"import sys, webapp.factory, blueprints; print({readers})"
    done = subprocess.run([sys.executable, "-c", asked_for], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("kind", "data", "field", "words"),
    [
        ("", ROLL, "#kind", "Choose what the file holds"),
        ("secrets", ROLL, "#kind", "Choose what the file holds"),
        ("pupils", None, "#file", "Choose the file"),
        ("pupils", b"", "#file", "The file is empty. Export it again from your school system."),
    ],
)
def test_what_cannot_be_sent_is_said_at_once(
    keeper: FlaskClient, kind: str, data: bytes | None, field: str, words: str
) -> None:
    answer = send(keeper, kind=kind) if data is not None and data else None
    if answer is None:
        fields = {**page(keeper.get(f"{IMPORTS}/new")).fields(), "kind": kind, "roll": "whole"}
        more = {} if data is None else {"file": (io.BytesIO(data), "roll.csv")}
        answer = keeper.post(f"{IMPORTS}/new", data={**fields, **more})
    found = page(answer)
    assert (answer.status_code, found.links()[words]) == (422, field)
    if kind == "pupils":
        assert found.fields()["kind"] == "pupils"
    assert states() == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 x", "This is a PDF. Export the report as CSV or as an Excel workbook (.xlsx)."),
        (b"Colour,Size\nred,1\n", "A file of pupils needs the columns"),
        (b"PK\x03\x04 no workbook", "whole file"),
    ],
)
def test_the_wrong_kind_of_file_says_what_to_do(keeper: FlaskClient, data: bytes, words: str) -> None:
    found = page(keeper.get(staged(keeper, data)))
    assert found.h1 == "Pupils: needs mending"
    assert words.lower() in found.text.lower()


def test_a_file_beyond_the_limit_is_refused_with_the_limit(
    keeper: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blueprints.admin.uploads.MOST_BYTES", 1_000_000)
    answer = send(keeper, b"x" * 1_200_000)
    found = page(answer)
    assert (answer.status_code, found.h1) == (413, "That file is too big")
    assert "At most 1 MB" in found.text
    assert states() == []


def test_a_file_larger_than_any_other_form_comes_through(keeper: FlaskClient) -> None:
    assert send(keeper, b"x" * 13_000_000).status_code == 303
    assert send(keeper, b"x" * 40_000_001).status_code == 422


def test_the_same_form_twice_is_one_import(keeper: FlaskClient) -> None:
    fields = {**page(keeper.get(f"{IMPORTS}/new")).fields(), "kind": "pupils", "roll": "whole"}
    first, second = (
        keeper.post(f"{IMPORTS}/new", data={**fields, "file": (io.BytesIO(ROLL), "roll.csv")}) for _ in range(2)
    )
    assert first.location == second.location
    other = keeper.post(f"{IMPORTS}/new", data={**fields, "file": (io.BytesIO(ROLL + b"\n"), "roll.csv")})
    assert other.status_code == 422
    assert "This page was used before" in page(other).text
    assert len(rows_of(ImportRun)) == 1


def test_the_same_apply_twice_is_one_and_two_staff_are_not(keeper: FlaskClient, as_staff: Enter, world: World) -> None:
    address = staged(keeper)
    mine = page(keeper.get(address)).fields(f"{address}/apply")
    officer = as_staff(world.officer)
    hers = {**page(officer.get(address)).fields(f"{address}/apply"), "looked": "1"}

    assert keeper.post(f"{address}/apply", data=mine).status_code == 303
    assert keeper.post(f"{address}/apply", data=mine).status_code == 303
    late = officer.post(f"{address}/apply", data=hers)
    assert late.status_code == 409
    assert "This import has moved on" in page(late).text
    do_work()
    assert states() == ["applied"]
    assert len(rows_of(Work, Work.kind == "import_apply")) == 1


def test_whoever_did_not_choose_a_file_ticks_that_they_looked(
    keeper: FlaskClient, as_staff: Enter, world: World
) -> None:
    address = staged(keeper)
    assert "Have you looked?" not in page(keeper.get(address)).text
    officer = as_staff(world.officer)
    asks = page(officer.get(address))
    assert "Adil Farooq chose this file, Tue 16 June 07:40." in asks.text

    unseen = submit(officer, address, "apply")
    assert unseen.status_code == 422
    words = "Adil Farooq chose this file. Look at what it changes, and tick that you have."
    assert page(unseen).links()[words] == "#looked"
    assert states() == ["ready"]
    assert submit(officer, address, "apply", looked="1").status_code == 303
    do_work()
    done = page(officer.get(address)).text
    assert "chosen by Adil Farooq Tue 16 June 07:40, brought in by Saira Khan Tue 16 June 07:40" in done


def test_times_are_the_schools(keeper: FlaskClient, school_is_behind: Callable[[timedelta], None]) -> None:
    school_is_behind(timedelta(hours=2, minutes=5))
    address = staged(keeper)
    assert "chosen by Adil Farooq Tue 16 June 05:35" in page(keeper.get(address)).text
    assert "Adil FarooqTue 16 June 05:35" in page(keeper.get(IMPORTS)).text


def test_one_new_pupil_comes_in_alone(keeper: FlaskClient, world: World) -> None:
    asks = page(keeper.get(f"{IMPORTS}/new"))
    assert "roll" not in asks.fields()
    unsaid = send(keeper, as_file([pupil(1)]), roll="")
    said = page(unsaid)
    choose = "Choose whether the file holds the whole roll or only some of it"
    assert (unsaid.status_code, said.links()[choose], said.fields()["kind"]) == (422, "#roll", "pupils")
    assert states() == []
    assert "Nobody is taken off the roll for not being in the file." in asks.text
    sent = send(keeper, as_file([pupil(1)]), roll="part")
    do_work()
    ready = page(keeper.get(sent.location))
    assert "This file is a part of the roll: nobody leaves for not being in it." in ready.text
    assert "How many would leave?" not in ready.text
    assert submit(keeper, sent.location, "apply").status_code == 303
    do_work()
    assert [row.ends_on for row in rows_of(Enrolment, Enrolment.school_id == world.hill)] == [None] * 3


def test_a_preview_names_who_changes_and_what(keeper: FlaskClient, as_staff: Enter, world: World) -> None:
    many = [pupil(100 + number, Forename=f"Ada{number:02}") for number in range(1, 61)]
    submit(keeper, staged(keeper, as_file([TOM, NOOR, *many])), "apply")
    do_work()
    later = [{**row, "Surname": "Cole"} for row in many]
    address = staged(keeper, as_file([TOM, {**NOOR, "LAC": "Yes"}, *later[:-1]]))

    ready = page(keeper.get(address))
    assert "Okafor, Ada01Last nameOkaforCole" in ready.text
    assert "Ada50" in ready.text and "Ada51" not in ready.text
    assert "And 10 more." in ready.text
    assert "Okafor, Ada60" in ready.text
    taken = keeper.get(ready.links()["Download the whole list of changes"])
    assert taken.headers["Content-Disposition"] == 'attachment; filename="changes-pupils.csv"'
    lines = taken.data.decode("utf-8-sig").splitlines()
    assert (lines[0], lines[1], len(lines)) == (
        "Who,What,Here now,In the file", '"Okafor, Ada01",Last name,Okafor,Cole', 62,
    )  # fmt: skip
    assert lines[-1] == '"Okafor, Ada60",Leaves the roll,,'
    # Whoever keeps the lists learns no flag that the school holds.
    assert '"Shah, Noor",Something that is not shown to you,,' in lines
    officer = as_staff(world.officer)
    assert '"Shah, Noor",Looked after,No,Yes' in officer.get(f"{address}/changes.csv").text


def test_a_second_file_waits_for_the_first(keeper: FlaskClient) -> None:
    first, second = staged(keeper), staged(keeper, as_file([TOM, NOOR, pupil(2)]))
    assert submit(keeper, first, "apply").status_code == 303
    busy = submit(keeper, second, "apply")
    assert busy.status_code == 409
    assert "Another file is being brought in at this school now" in page(busy).text
    do_work()
    # What it would do is found anew: the first file's pupil is not in it.
    again = submit(keeper, second, "apply")
    assert again.status_code == 303
    do_work()
    assert states() == ["applied", "ready"]
    assert "this file leaves out 1 of 3 pupils" in page(keeper.get(second)).text


def test_more_than_a_tenth_stops_and_asks_for_the_number(keeper: FlaskClient, world: World) -> None:
    address = staged(keeper, as_file([TOM]))
    asks = page(keeper.get(address))
    assert "this file leaves out 1 of 2 pupils" in asks.text
    assert "Shah, Noor" in asks.text

    for typed in ("", "2", "yes"):
        wrong = submit(keeper, address, "apply", ending=typed)
        assert wrong.status_code == 422
        assert page(wrong).fields(f"{address}/apply")["ending"] == typed
    assert states() == ["ready"]
    assert submit(keeper, address, "apply", ending="1").status_code == 303
    do_work()
    assert states() == ["applied"]
    (noor,) = rows_of(Enrolment, Enrolment.id == world.noor_enrolment)
    assert noor.ends_on == date(2026, 6, 16)


def test_rejections_are_listed_and_taken_away(keeper: FlaskClient) -> None:
    address = staged(keeper, as_file([TOM, pupil(1, DOB="12/2018"), pupil(2, Gender="=1+1")]))
    found = page(keeper.get(address))
    assert "To mend 2" in found.text
    assert "3DOB12/2018Write the date as 2026-03-25 or 25/03/2026." in found.text

    taken = keeper.get(f"{address}/to-mend.csv")
    assert taken.headers["Content-Disposition"] == 'attachment; filename="to-mend-pupils.csv"'
    assert taken.data.decode("utf-8-sig").splitlines()[0] == "Line,Field,Value,What to do"
    assert "'=1+1" in taken.text
    assert len(rows_of(Pupil)) == 4


def test_after_a_refusal_another_file_is_chosen_and_the_same_one_only_if_the_school_was_mended(
    keeper: FlaskClient,
) -> None:
    address = send(keeper, as_file([TOM, pupil(1, DOB="12/2018")]), roll="part").location
    do_work()
    found = page(keeper.get(address))
    assert buttons(found) >= {"Give it up", "Check the same file again"}
    assert "Check it again" not in found.text
    assert "If you have since mended it here" in found.text
    assert "Download the list" in found.links()
    chosen = page(keeper.get(found.links()["Choose another file"]))
    # A part of the roll that is chosen again as the whole of it would take everybody else off.
    assert (chosen.fields()["kind"], chosen.fields()["roll"]) == ("pupils", "part")

    no_list = page(keeper.get(staged(keeper, b"%PDF-1.7 x")))
    assert "Choose another file" in no_list.links()
    assert "Check the same file again" not in buttons(no_list)


def test_a_file_that_holds_nothing_new_says_so(keeper: FlaskClient) -> None:
    address = staged(keeper)
    assert "would change nothing" not in page(keeper.get(address)).text
    submit(keeper, address, "apply")
    do_work()
    assert "would change nothing" in page(keeper.get(staged(keeper))).text


def test_fifty_rejections_are_shown_and_all_are_taken_away(keeper: FlaskClient) -> None:
    address = staged(keeper, as_file([pupil(number, DOB="x") for number in range(1, 80)]))
    assert "And 29 more, in the file." in page(keeper.get(address)).text
    assert len(keeper.get(f"{address}/to-mend.csv").text.splitlines()) == 80


def test_giving_up_keeps_nothing(keeper: FlaskClient) -> None:
    address = staged(keeper)
    assert submit(keeper, address, "give-up").location == IMPORTS
    assert states() == ["abandoned"]
    assert "Nothing of this file was brought in" in page(keeper.get(address)).text


def test_work_that_stopped_is_said_and_begins_again(keeper: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = send(keeper)
    with unit_of_work() as tx:
        tx.execute(update(Work).values(max_attempts=1))
    with monkeypatch.context() as broken:
        broken.setattr("webapp.people.services.imports.working.files.get", _breaks)
        do_work()
    stopped = page(keeper.get(sent.location))
    assert stopped.h1 == "Pupils: stopped"
    assert "nothing of the file was brought in" in stopped.text

    assert submit(keeper, sent.location, "check-again").status_code == 303
    do_work()
    assert page(keeper.get(sent.location)).h1 == "Pupils: ready to bring in"


def _breaks(*_: object) -> None:
    raise OSError("the disk is full")


def test_the_bar_asks_how_far_it_is_and_keeps_nobody_signed_in(keeper: FlaskClient) -> None:
    sent = send(keeper)
    said = keeper.get(f"{sent.location}/progress", headers={"Accept": "application/json"})
    assert said.json == {"state": "checking", "percent": 0, "words": ""}
    do_work()
    assert keeper.get(f"{sent.location}/progress").json["state"] == "ready"
    assert ENDPOINTS["admin.run_progress"].by_itself


def test_each_kind_asks_for_its_own_permission(
    keeper: FlaskClient, as_staff: Enter, world: World, db: Database
) -> None:
    officer, head = as_staff(world.officer), as_staff(world.head)
    assert _kinds(officer) == ["pupils", "contacts", "marks"]
    assert _kinds(head) == ["staff", "calendar"]
    assert _kinds(keeper) == [kind.value for kind in ImportKind]
    assert as_staff(world.teacher).get(IMPORTS).status_code == 403
    assert as_staff(world.vale_officer).get(IMPORTS).status_code == 404
    assert send(officer, kind="staff").status_code == 422
    assert officer.get(f"{IMPORTS}/columns/staff").status_code == 404

    pupils = staged(keeper)
    assert head.get(pupils).status_code == 404
    for deed in ("apply", "give-up", "check-again"):
        form = page(keeper.get(pupils)).fields()
        token = page(head.get(f"{IMPORTS}/new")).fields()["csrf_token"]
        assert head.post(f"{pupils}/{deed}", data={**form, "csrf_token": token}).status_code == 404
    assert "roll.csv" not in page(head.get(IMPORTS)).text
    assert states() == ["ready"]


def _kinds(client: FlaskClient) -> list[str]:
    found = page(client.get(f"{IMPORTS}/new"))
    return [each.get("value", "") for each in found.all(".//input") if each.get("name") == "kind"]


def test_another_schools_run_is_not_there(keeper: FlaskClient, as_staff: Enter, world: World) -> None:
    address = staged(keeper)
    with unit_of_work() as tx:
        both = add_staff(tx, world.organisation, world.vale, "Vic", "Vale", "Data manager", "administrator")
    at_vale = as_staff(both)
    there = address.replace("/hill/", "/vale/")
    ends = ("", "/progress", "/to-mend.csv", "/changes.csv")
    assert [at_vale.get(f"{there}{end}").status_code for end in ends] == [404] * 4
    stranger = as_staff(world.other_officer, world.other_organisation)
    assert stranger.get(address.replace("/hill/", "/dale/")).status_code == 404
    assert stranger.get(address).status_code == 404


@pytest.mark.parametrize("kind", [kind.value for kind in ImportKind])
def test_columns_and_sample_of_every_kind(keeper: FlaskClient, kind: str) -> None:
    help_page = page(keeper.get(f"{IMPORTS}/columns/{kind}"))
    assert help_page.links()["Download a sample file"] == f"{IMPORTS}/sample/{kind}.csv"
    sample = keeper.get(f"{IMPORTS}/sample/{kind}.csv").data
    checked = page(keeper.get(staged(keeper, sample, kind)))
    # The sample names nobody of this school, and nothing else is wrong with it.
    reasons = [words for words in ("No pupil", "There is no form") if words in checked.text]
    assert checked.h1.endswith("ready to bring in") or reasons
    assert len(rows_of(ImportRun)) == 1


def test_statements_do_not_grow(keeper: FlaskClient, db: Database) -> None:
    bad = staged(keeper, as_file([pupil(number, DOB="x") for number in range(1, 80)]))
    good = staged(keeper)
    for address in (IMPORTS, f"{IMPORTS}/new", bad, good, f"{good}/progress", f"{IMPORTS}/columns/marks"):
        with counted_statements(db) as seen:
            keeper.get(address)
        assert len(asked(seen)) <= 6, (address, seen)
    with time_machine.travel(SCHOOL_MORNING, tick=False):
        assert page(keeper.get(good)).size < 60_000
