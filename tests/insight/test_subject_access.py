"""What is handed over to somebody who asks: all of theirs, and nothing of anybody else's that nobody has released."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from tests.factories import TODAY, World
from tests.insight.conftest import (
    ABOUT_BOB,
    ABOUT_HER,
    HELD,
    HER_NEW_NUMBER,
    HERS,
    NOW,
    name_of,
    request_row,
    run_work,
)
from webapp.foundation import files, pdf
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.insight.models import SubjectLine, SubjectRequest
from webapp.insight.queries.requests import find_about, find_request, line_counts
from webapp.insight.rules.requests import RequestMoved, RequestRefused, RequestState, TypedRequest
from webapp.insight.rules.third_parties import Category
from webapp.insight.services.checking import decide_line, decide_rest
from webapp.insight.services.gathering import sweep_bundles
from webapp.insight.services.requests import Keeper, close_request, gather, log_request, make_bundle, note_download
from webapp.people.models import Contact, CourtOrder, Pupil, WithheldEntry


def need_pdf() -> None:
    try:
        pdf.check()
    except pdf.PdfMissing as missing:
        pytest.skip(f"no PDF can be made here: {missing}")


def asked(keeper: Keeper, world: World, **typed: str) -> str:
    """A request of Alice for Tom, gathered."""
    with read_door() as db:
        about = find_about(db, keeper.organisation_id, keeper.school_id, "pupil", name_of(db, Pupil, world.tom), TODAY)
    assert about is not None
    fields = {"asked_by": "parent", "requester": str(world.alice), "basis": "access", "identity": "known",
              "received_on": TODAY.isoformat(), **typed}  # fmt: skip
    public_id = log_request(keeper, about, TypedRequest(**fields), submission_key="a-key-of-eight")
    gather(keeper, public_id, 1)
    run_work()
    return public_id


def of_contact(keeper: Keeper, world: World) -> str:
    with read_door() as db:
        about = find_about(
            db, keeper.organisation_id, keeper.school_id, "contact", name_of(db, Contact, world.alice), TODAY
        )
    assert about is not None
    typed = TypedRequest(basis="access", identity="known", received_on=TODAY.isoformat())
    public_id = log_request(keeper, about, typed, submission_key="a-key-of-eight")
    gather(keeper, public_id, 1)
    run_work()
    return public_id


def row_of(keeper: Keeper, public_id: str) -> Any:
    with read_door() as db:
        return find_request(db, keeper.organisation_id, keeper.school_id, public_id)


def decide_all(keeper: Keeper, public_id: str, *but: Category) -> None:
    for category in Category:
        if category not in but:
            decide_rest(keeper, public_id, category, "hold", "others")


def made(keeper: Keeper, public_id: str) -> dict[str, str]:
    """The text of each form of the bundle."""
    make_bundle(keeper, public_id, row_of(keeper, public_id).version)
    run_work()
    row = row_of(keeper, public_id)
    assert row.state is RequestState.READY
    texts = {}
    with read_door() as db:
        for ending, number in row.files.items():
            data = files.get(db, keeper.organisation_id, number).data
            texts[ending] = "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages) if (
                ending == "pdf"
            ) else data.decode()  # fmt: skip
    return texts


def lines(keeper: Keeper) -> list[Any]:
    with read_door() as db:
        return list(db.execute(select(SubjectLine.__table__).order_by(SubjectLine.number)))


def test_nothing_of_anybody_else_is_handed_over(planted: World, keeper: Keeper):
    need_pdf()
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id)
    texts = made(keeper, public_id)
    assert set(texts) == {"json", "html", "pdf"}
    for text in texts.values():
        assert {what: words for what, words in HELD.items() if words in text} == {}
        assert HERS in text
        assert "Tom" in text


def test_every_marked_word_was_shown_to_the_person_who_checks(planted: World, keeper: Keeper):
    asked(keeper, planted)
    shown = "\n".join(line.words for line in lines(keeper))
    assert {what: words for what, words in HELD.items() if words not in shown} == {}
    assert HERS not in shown
    assert [words for words in (*ABOUT_HER.values(), *ABOUT_BOB, HER_NEW_NUMBER) if words in shown] == []


@pytest.mark.parametrize("what", ["referral", "shown to him", "Tom's danger", "task of danger"])
def test_what_a_row_gives_away_by_being_there_is_decided_about_as_a_whole(
    planted: World, keeper: Keeper, what: str
):
    asked(keeper, planted)
    assert {line.category for line in lines(keeper) if HELD[what] in line.words} == {Category.PROTECTION}


def test_no_task_and_no_page_says_that_there_was_danger_or_a_referral(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id)
    tables = {
        table["table"]: [field["value"] for row in table["rows"] for field in row["fields"]]
        for chapter in json.loads(made(keeper, public_id)["json"])["chapters"]
        for table in chapter["tables"]
    }
    assert not {"referral", "shown_page", "task"} & set(tables)
    said = " ".join(value.lower() for values in tables.values() for value in values)
    assert [word for word in ("danger", "referr", "flagged") if word in said] == []
    # The request without danger is there, and the one with it leaves no gap.
    assert tables["sign_out_request"].count("13:30") == 1


def test_a_page_is_an_ordinary_line_where_nothing_is_withheld(planted: World, keeper: Keeper):
    with unit_of_work() as tx:
        tx.execute(update(WithheldEntry).values(shown_at=NOW))
    asked(keeper, planted)
    mine = [line for line in lines(keeper) if HELD["shown before it was withheld"] in line.words]
    assert [line.category for line in mine] == [Category.WORDS]


def test_a_pupil_who_asks_gets_no_parents_words(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted, asked_by="pupil", requester="")
    decide_all(keeper, public_id)
    for text in made(keeper, public_id).values():
        assert HERS not in text
        assert "Alice" not in text
        # What Tom wrote himself is his; what he said of danger is given one by one, also to him.
        assert HELD["why Tom leaves"] in text
        assert HELD["Tom's danger"] not in text
        assert HELD["answer to Tom"] not in text
        assert HELD["shown to him"] not in text


@pytest.mark.parametrize("what", ["other contact", "staff name", "safeguarding note", "withheld place", "his number"])
def test_what_is_released_is_given_and_nothing_else(planted: World, keeper: Keeper, what: str):
    public_id = asked(keeper, planted)
    chosen = [line for line in lines(keeper) if HELD[what] in line.words]
    for line in chosen:
        decide_line(keeper, public_id, line.id, "release", "")
    decide_all(keeper, public_id)
    given = {words for line in chosen for words in HELD.values() if words in line.words}
    for text in made(keeper, public_id).values():
        assert HELD[what] in text
        assert {words for words in HELD.values() if words in text} <= given


def test_a_text_can_be_given_without_the_names_in_it(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted)
    line = next(line for line in lines(keeper) if line.words.startswith("Tom and Ella"))
    assert line.struck == f"Tom and [held back]: {HELD['message to him']}"
    decide_line(keeper, public_id, line.id, "strike", "")
    decide_all(keeper, public_id)
    for text in made(keeper, public_id).values():
        assert HELD["message to him"] in text
        assert "Ella" not in text


def test_a_contacts_bundle_holds_only_what_is_about_them(planted: World, keeper: Keeper):
    public_id = of_contact(keeper, planted)
    decide_all(keeper, public_id)
    for text in made(keeper, public_id).values():
        assert {words for words in HELD.values() if words in text} == set()
        assert HERS in text
        assert "alice@family.example" in text
        assert "Y5" not in text
        assert HER_NEW_NUMBER in text
        assert [words for words in (*ABOUT_HER.values(), *ABOUT_BOB) if words in text] == []
        # That somebody else holds the number is not hers to know.
        assert "elsewhere" not in text.lower()


def test_what_others_wrote_of_a_contact_is_a_line_of_the_contacts_own_bundle(planted: World, keeper: Keeper):
    of_contact(keeper, planted)
    shown = "\n".join(line.words for line in lines(keeper))
    assert {what: words for what, words in ABOUT_HER.items() if words not in shown} == {}
    assert [words for words in ABOUT_BOB if words in shown] == []


def test_nothing_is_made_while_a_line_is_undecided(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id, Category.STAFF)
    with pytest.raises(RequestRefused, match="left") as refused:
        make_bundle(keeper, public_id, row_of(keeper, public_id).version)
    assert refused.value.field == "lines"


def test_a_line_that_nobody_decided_about_is_held_back_even_then(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id)
    make_bundle(keeper, public_id, row_of(keeper, public_id).version)
    with unit_of_work() as tx:
        tx.execute(update(SubjectLine).values(choice=""))
    run_work()
    row = row_of(keeper, public_id)
    with read_door() as db:
        text = files.get(db, keeper.organisation_id, row.json_file_id).data.decode()
    assert {words for words in HELD.values() if words in text} == set()


def test_what_protects_somebody_is_never_released_by_the_hundred(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted)
    for category in (Category.PROTECTION, Category.WITHHELD):
        with pytest.raises(RequestRefused):
            decide_rest(keeper, public_id, category, "release", "")
    assert decide_rest(keeper, public_id, Category.STAFF, "release", "") > 0


def test_a_second_look_takes_the_bundle_away(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id)
    made(keeper, public_id)
    decide_line(keeper, public_id, lines(keeper)[0].id, "release", "")
    assert row_of(keeper, public_id).state is RequestState.CHECKING
    with pytest.raises(RequestRefused):
        close_request(keeper, public_id, row_of(keeper, public_id).version, "handed_over", "By hand")


def test_gathered_anew_what_was_decided_holds(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted)
    decide_rest(keeper, public_id, Category.STAFF, "release", "")
    with unit_of_work() as tx:
        tx.execute(update(CourtOrder).values(kind="Another order"))
    gather(keeper, public_id, row_of(keeper, public_id).version)
    run_work()
    with read_door() as db:
        counts = line_counts(db, keeper.organisation_id, request_row(db).id)
    assert counts[Category.STAFF][1] == 0
    assert counts[Category.PROTECTION][1] > 0


def test_a_parent_who_lost_the_right_meanwhile_gets_nothing(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id)
    with unit_of_work() as tx:
        tx.execute(update(CourtOrder).values(contact_id=planted.alice, denies="view"))
    with pytest.raises(RequestRefused, match="may not see"):
        make_bundle(keeper, public_id, row_of(keeper, public_id).version)


def test_of_two_who_press_at_once_one_is_told(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id)
    version = row_of(keeper, public_id).version
    make_bundle(keeper, public_id, version)
    with pytest.raises(RequestMoved):
        make_bundle(keeper, public_id, version)


def test_a_bundle_goes_after_its_day_with_all_that_was_copied(planted: World, keeper: Keeper, clock: Any):
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id)
    made(keeper, public_id)
    row = row_of(keeper, public_id)
    close_request(keeper, public_id, row.version, "handed_over", "By hand on Tuesday")
    assert sweep_bundles() == 0
    clock.shift(31 * 86400)
    assert sweep_bundles() == 1
    with read_door() as db:
        assert db.execute(select(files.File.id)).all() == []
        assert db.execute(select(SubjectLine.id)).all() == []
        assert request_row(db).outcome == "handed_over"


def test_the_pdf_is_tagged_and_says_its_language(planted: World, keeper: Keeper):
    need_pdf()
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id)
    made(keeper, public_id)
    with read_door() as db:
        data = files.get(db, keeper.organisation_id, row_of(keeper, public_id).pdf_file_id).data
    root: Any = PdfReader(io.BytesIO(data)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root


def test_without_pango_the_page_and_the_data_are_there_and_the_mend_is_named(
    planted: World, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
):
    def missing() -> Any:
        raise pdf.PdfMissing(f"Pango is not on this machine. {pdf.MEND}")

    monkeypatch.setattr(pdf, "_load", missing)
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id)
    assert set(made(keeper, public_id)) == {"json", "html"}
    assert "apt install libpango" in row_of(keeper, public_id).failed_words


def test_the_json_has_the_shape_that_is_written_down(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id)
    bundle = json.loads(made(keeper, public_id)["json"])
    assert set(bundle) == {"shape", "about", "parts_held_back", "chapters"}
    assert set(bundle["about"]) == {"name", "kind", "organisation", "received_on", "gathered_on"}
    field = bundle["chapters"][0]["tables"][0]["rows"][0]["fields"][0]
    assert set(field) == {"name", "label", "value"}


def test_every_step_is_on_the_trail(planted: World, keeper: Keeper):
    public_id = asked(keeper, planted)
    decide_all(keeper, public_id)
    made(keeper, public_id)
    row = row_of(keeper, public_id)
    note_download(keeper, row.id, row.pupil_id, "pdf")
    close_request(keeper, public_id, row.version, "handed_over", "By hand")
    with read_door() as db:
        deeds = db.scalars(
            select(TrailEntry.action).where(TrailEntry.subject_kind == "subject_request").order_by(TrailEntry.id)
        ).all()
    assert deeds[0] == "logged_data_request"
    assert {"gathered_data", "decided_data_lines", "made_data_bundle", "downloaded_data_bundle"} <= set(deeds)
    assert deeds[-1] == "closed_data_request"


def test_the_same_form_twice_is_one_request(planted: World, keeper: Keeper):
    with read_door() as db:
        tom = name_of(db, Pupil, planted.tom)
        about = find_about(db, keeper.organisation_id, keeper.school_id, "pupil", tom, TODAY)
    assert about is not None
    typed = TypedRequest("pupil", "", "access", TODAY.isoformat(), "known", "")
    first = log_request(keeper, about, typed, submission_key="a-key-of-eight")
    assert log_request(keeper, about, typed, submission_key="a-key-of-eight") == first
    with read_door() as db:
        assert len(db.execute(select(SubjectRequest.id)).all()) == 1
