"""The board: its sum adds up, its lists shrink, and it says first what stops it."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from blueprints.staff.board_words import absent_words
from notifications.models import ChannelPause
from tests.blueprints.staff.conftest import BOARD, HillMorning, asked, public_id
from tests.factories import TODAY, World, add_pupil, add_staff
from tests.pages import Enter, Page, counted_statements, page, text_of
from webapp.foundation.clock import machine_now
from webapp.foundation.db import Database, unit_of_work
from webapp.people.models import ContactPoint
from webapp.record.models import Mark


def sums(found: Page) -> dict[str, int]:
    return {b.get("data-sum", ""): int(text_of(b)) for b in found.all(".//*[@data-sum]")}


def numbers(found: Page) -> dict[str, int]:
    return {b.get("data-count", ""): int(text_of(b)) for b in found.all(".//*[@data-count]")}


def row_of(found: Page, pupil: str, of: str = "c") -> str:
    return next(text_of(row) for row in found.all(".//tr") if row.get("id") == f"{of}-{pupil}")


def test_before_the_close_nobody_is_late(hill: HillMorning, as_staff: Enter, world: World) -> None:
    found = page(as_staff(world.officer).get(BOARD))
    assert found.h1 == "Tuesday 16 June"
    assert "Registers close at 09:15. Nobody is late yet." in found.text
    assert sums(found) == {"due": 2, "in_school": 0, "explained": 0, "unexplained": 0, "not_known": 2}


def test_the_sum_adds_up_and_each_row_says_what_is_next(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.report(world.noor, world.charlie)
    hill.clock("08:55")
    hill.register(noor="N")
    hill.clock("09:16")
    hill.run()
    found = page(as_staff(world.officer).get(BOARD))
    assert sums(found) == {"due": 2, "in_school": 0, "explained": 1, "unexplained": 1, "not_known": 0}
    assert numbers(found) == {
        "unexplained": 1, "to_confirm": 1, "reported_marked_in": 0, "late": 0, "planned": 0, "settled": 0,
    }  # fmt: skip
    tom = row_of(found, public_id(world.tom), "u")
    assert "Ring Alice (you)" in tom
    assert "in 15 min" in tom
    assert found.title.startswith("(1) Tuesday 16 June")


def test_everyone_is_accounted_for(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:55")
    hill.register(tom="/")
    hill.clock("09:16")
    assert "Everyone is accounted for. 2 of 2 at 09:16." in page(as_staff(world.officer).get(BOARD)).text


def test_an_untaken_register_is_named_with_its_number(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("09:20")
    found = page(as_staff(world.officer).get(BOARD))
    assert "2 not known (3K register not taken)" in found.text
    assert "Chase 3K" in found.links()


def test_another_day_says_so_and_offers_no_code(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.report(world.tom, world.alice, kind="days", ends_on="2026-06-17")
    found = page(as_staff(world.officer).get("/staff/hill/day/2026-06-17/morning"))
    assert "You are looking at Wednesday 17 June." in found.text
    assert not [button for button in found.all(".//button") if button.get("name") == "confirm"]


@pytest.mark.parametrize("on", ["2026-06-31", "yesterday", "1", "2026-06-16/noon"])
def test_a_day_that_is_none_is_not_found(hill: HillMorning, as_staff: Enter, world: World, on: str) -> None:
    assert as_staff(world.officer).get(f"/staff/hill/day/{on}").status_code == 404


def test_a_closed_day_says_why(hill: HillMorning, as_staff: Enter, world: World) -> None:
    found = page(as_staff(world.officer).get("/staff/hill/day/2026-06-26/morning"))
    assert "Nobody is due in this session. It is a training day." in found.text


def test_read_first_and_flagged_rows_stay_out_of_select_all(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.report(world.tom, world.alice, reason="anxious", words="He cannot come in")
    hill.report(world.noor, world.charlie)
    hill.clock("08:55")
    found = page(as_staff(world.officer).get(BOARD))
    tom, noor = row_of(found, public_id(world.tom)), row_of(found, public_id(world.noor))
    assert "Read first" in tom
    assert "Confirm" not in tom
    # Noor travels alone: one tap confirms her, no bulk does.
    assert "Confirm I" in noor
    assert not [box for box in found.all(".//input") if box.get("type") == "checkbox"]


def test_reception_sees_that_there_is_a_reason_and_not_which(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    with unit_of_work() as tx:
        desk = add_staff(tx, world.organisation, world.hill, "Brenda", "Hirst", "Receptionist", "reception")
    hill.report(world.tom, world.alice)
    hill.clock("08:55")
    found = page(as_staff(desk).get(BOARD))
    assert "Reason held by the office" in found.text
    assert "Sick in the night" not in found.text
    assert "Illness" not in found.text
    assert "Confirm I" not in found.text


def test_words_of_danger_leave_no_trace_for_those_who_see_no_flags(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    with unit_of_work() as tx:
        lead = add_staff(tx, world.organisation, world.hill, "Ngozi", "Okafor", "Pastoral lead", "pastoral_lead")
    hill.report(world.tom, world.alice, words="His dad hit him last night")
    hill.clock("08:55")
    assert "Words of danger" in page(as_staff(world.dsl).get(BOARD)).text
    theirs = page(as_staff(lead).get(BOARD))
    assert "hit him" not in theirs.text
    assert "Words of danger" not in theirs.text


def test_teachers_and_other_schools_have_no_board(hill: HillMorning, as_staff: Enter, world: World) -> None:
    assert as_staff(world.teacher).get(BOARD).status_code == 403
    assert as_staff(world.vale_officer).get(BOARD).status_code == 404
    assert as_staff(world.other_officer, world.other_organisation).get(BOARD).status_code == 404


@pytest.mark.parametrize("pupils", [10, 300])
def test_five_statements_however_many_pupils(
    hill: HillMorning, as_staff: Enter, world: World, db: Database, pupils: int
) -> None:
    with unit_of_work() as tx:
        for number in range(pupils):
            _, enrolment = add_pupil(tx, world.organisation, world.hill, f"P{number}", "Many", form_id=world.form_3k)
            code = "I" if number % 5 == 0 else "N" if number % 5 == 1 else "/"
            tx.execute(
                insert(Mark).values(
                    organisation_id=world.organisation, enrolment_id=enrolment, date=TODAY, half=0, code=code
                )
            )
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    client = as_staff(world.officer)
    client.get(BOARD)
    with counted_statements(db) as statements:
        found = page(client.get(BOARD))
    assert len(asked(statements)) == 5, statements
    total = sums(found)
    assert total["due"] == pupils + 2 == sum(number for name, number in total.items() if name != "due")


def test_a_poll_is_one_statement_until_something_is_done(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    client = as_staff(world.officer)
    board = next(part for part in page(client.get(BOARD)).all(".//div") if part.get("id") == "board")
    poll = f"{board.get('data-poll')}?version={board.get('data-version')}"
    client.get(poll)
    with counted_statements(db) as statements:
        assert client.get(poll).status_code == 204
    assert len(asked(statements)) == 1, statements
    hill.report(world.tom, world.alice)
    answer = client.get(poll)
    assert answer.status_code == 200
    assert numbers(page(answer))["to_confirm"] == 1


def test_a_poll_ends_its_silence_when_time_changes_the_answer(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("09:14")
    client = as_staff(world.officer)
    board = next(part for part in page(client.get(BOARD)).all(".//div") if part.get("id") == "board")
    hill.clock("09:15")
    assert client.get(f"{board.get('data-poll')}?version={board.get('data-version')}").status_code == 200


@pytest.mark.parametrize("version", ["", "x", "1-", "999999999999999999999-1", "-5", "1-١"])
def test_a_version_that_is_none_gets_the_page(hill: HillMorning, as_staff: Enter, world: World, version: str) -> None:
    assert as_staff(world.officer).get(f"{BOARD}/changes", query_string={"version": version}).status_code == 200


def test_texts_that_do_not_go_out_are_said_first(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    with unit_of_work() as tx:
        tx.execute(insert(ChannelPause).values(channel="sms", since=machine_now(), until=machine_now()))
    found = page(as_staff(world.officer).get(BOARD))
    assert "Texts are not going out since 07:40." in found.text
    assert "Call list" in found.links()


def test_the_board_fits_its_bytes(hill: HillMorning, as_staff: Enter, world: World) -> None:
    assert page(as_staff(world.officer).get(BOARD)).size < 40_000


def test_beside_the_lists_stands_what_the_place_is_for(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("09:00")
    client = as_staff(world.officer)
    assert "No child is on the lists that are open." in page(client.get(BOARD)).text
    hill.report(world.tom, world.alice)
    found = page(client.get(BOARD))
    (beside,) = [each for each in found.all(".//div") if each.get("id") == "board-panel"]
    # Without a script a click on a row does nothing, and the page promises nothing of it.
    assert "Open a child’s name." in text_of(beside) and "Click a row" not in text_of(beside)
    (by_script,) = [each for each in found.all(".//template") if each.get("id") == "board-panel-rest"]
    assert "Click a row, or go to it with the arrow keys." in text_of(by_script)
    chosen = page(client.get(f"{BOARD}?pupil={public_id(world.tom)}"))
    assert "Ring in this order" in chosen.text


def test_the_script_is_given_the_panel_alone(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("09:00")
    hill.report(world.tom, world.alice)
    client, address = as_staff(world.officer), f"{BOARD}?pupil={public_id(world.tom)}"
    part = client.get(address, headers={"X-Part": "panel"})
    assert part.status_code == 200
    assert part.text.strip().startswith('<div id="board-panel">')
    assert "Ring in this order" in part.text and "<html" not in part.text and "board-lists" not in part.text
    assert as_staff(world.vale_officer).get(address, headers={"X-Part": "panel"}).status_code == 404


def test_you_is_said_only_to_whoever_owns_the_step(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:55")
    hill.register(noor="/")
    hill.clock("09:16")
    hill.run()
    tom = public_id(world.tom)
    assert "Ring Alice (you)" in row_of(page(as_staff(world.officer).get(BOARD)), tom, "u")
    for other in (world.dsl, world.head):
        assert "Ring Alice (attendance officer)" in row_of(page(as_staff(other).get(BOARD)), tom, "u")


def test_nobody_with_a_number_means_no_ring_button(hill: HillMorning, as_staff: Enter, world: World) -> None:
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).values(state="bad").where(ContactPoint.kind != "email"))
    hill.clock("08:55")
    hill.register(noor="/")
    hill.clock("09:16")
    hill.run()
    found = page(as_staff(world.officer).get(BOARD))
    row = next(each for each in found.all(".//tr") if each.get("id") == f"u-{public_id(world.tom)}")
    words = text_of(row)
    assert "No number that works: home visit, or tell the DSL" in words
    assert "Tell DSL" in words
    assert "Ring" not in [text_of(button).strip() for button in row.findall(".//button")]


def test_marked_absent_before_the_close_is_named(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:55")
    hill.register(noor="/")
    client = as_staff(world.officer)
    found = page(client.get(BOARD))
    assert sums(found)["not_known"] == 1
    assert "Marked absent, no reason yet: Tom Ahmed 3K. Looked for at 09:15." in found.text
    assert "registers are open, 1 marked absent" in found.text
    assert "Marked absent, no reason yet" in page(client.get(f"/staff/hill/pupils/{public_id(world.tom)}")).text
    hill.clock("09:16")
    hill.run()
    assert "Looked for at 09:15" not in page(as_staff(world.officer).get(BOARD)).text


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([], ""),
        (["Tom Ahmed 3K"], "Marked absent, no reason yet: Tom Ahmed 3K. Looked for at 09:15."),
        ([f"A{n}" for n in range(9)], "Marked absent, no reason yet: 9 pupils. Looked for at 09:15."),
    ],
)
def test_many_who_are_marked_absent_are_counted(names: list[str], says: str) -> None:
    assert absent_words(names, "09:15") == says
