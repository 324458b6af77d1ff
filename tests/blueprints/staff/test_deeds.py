"""What is done on the board: confirm, many at once, another code, undo, ask, ring, log a call, here now."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.blueprints.staff.conftest import BOARD, HillMorning, public_id
from tests.factories import TODAY, World
from tests.pages import Enter, Page, page, text_of
from webapp.absence.models import AbsenceReport, ReportDecision
from webapp.first_day.models import CaseEvent, FirstDayCase
from webapp.foundation.db import read_door
from webapp.record.models import Mark, MarkAmendment, Sighting

CONFIRM, UNDO = "/staff/hill/reports/confirm", "/staff/hill/reports/undo"
SESSION = {"on": "2026-06-16", "half": "am"}


def code_of(enrolment_id: int) -> str | None:
    with read_door() as db:
        return db.scalar(select(Mark.code).where(Mark.enrolment_id == enrolment_id, Mark.date == TODAY, Mark.half == 0))


def rows(*columns: Any) -> list[Any]:
    with read_door() as db:
        return list(db.execute(select(*columns)).all())


def keys(client: FlaskClient, address: str = BOARD) -> dict[str, str]:
    """The hidden fields that every form of a page carries."""
    fields = page(client.get(address)).all(".//input")
    return {"csrf_token": next(f.get("value", "") for f in fields if f.get("name") == "csrf_token"), **SESSION}


def button(found: Page, name: str) -> str:
    return next(b.get("value", "") for b in found.all(".//button") if b.get("name") == name)


def post(client: FlaskClient, address: str, **fields: Any) -> Any:
    return client.post(address, data={**keys(client), **fields})


@pytest.fixture
def reported(hill: HillMorning, world: World) -> HillMorning:
    hill.report(world.tom, world.alice)
    hill.clock("08:55")
    return hill


def test_confirm_undo_confirm_again(reported: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    for _ in range(2):
        choice = button(page(client.get(BOARD)), "confirm")
        answer = post(client, CONFIRM, confirm=choice)
        assert answer.status_code == 303
        found = page(client.get(answer.location))
        assert code_of(world.tom_enrolment) == "I"
        assert "Confirmed 08:55" in found.text
        assert post(client, UNDO, undo=button(found, "undo")).status_code == 303
        assert code_of(world.tom_enrolment) is None
    assert len(rows(ReportDecision.id)) == 2


def test_a_second_tap_is_the_first(reported: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    choice = button(page(client.get(BOARD)), "confirm")
    assert [post(client, CONFIRM, confirm=choice).status_code for _ in range(2)] == [303, 303]
    assert len(rows(ReportDecision.id)) == 1


def test_a_report_that_changed_meanwhile_is_not_confirmed(reported: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    choice = button(page(client.get(BOARD)), "confirm")
    number, version, _, seen = choice.split(".")
    answer = post(client, CONFIRM, confirm=f"{number}.{int(version) + 1}.I.{seen}")
    found = page(answer)
    assert answer.status_code == 409
    assert found.title.startswith("Error: ")
    assert "Tom: Somebody changed this report. Look at it again." in found.text
    assert code_of(world.tom_enrolment) is None


def test_a_mark_that_changed_meanwhile_is_not_overwritten(reported: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    choice = button(page(client.get(BOARD)), "confirm")
    reported.register(tom="/")
    answer = post(client, CONFIRM, confirm=choice)
    assert answer.status_code == 409
    assert "The mark was changed meanwhile." in page(answer).text
    assert code_of(world.tom_enrolment) == "/"


def test_many_at_once_leaves_out_what_must_be_read(reported: HillMorning, as_staff: Enter, world: World) -> None:
    reported.report(world.noor, world.charlie)
    client = as_staff(world.officer)
    values = [b.get("value", "") for b in page(client.get(BOARD)).all(".//button") if b.get("name") == "confirm"]
    assert len(values) == 2
    answer = client.post(CONFIRM, data={**keys(client), "bulk": "1", "report": values})
    assert answer.status_code == 409
    assert "Noor: Read this one by itself." in page(answer).text
    assert (code_of(world.tom_enrolment), code_of(world.noor_enrolment)) == ("I", None)


def test_nothing_selected_is_said(reported: HillMorning, as_staff: Enter, world: World) -> None:
    answer = post(as_staff(world.officer), CONFIRM, bulk="1")
    assert answer.status_code == 422
    assert "Select at least one report" in page(answer).text


def test_select_all_without_script_ticks_the_boxes(reported: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    found = page(client.get(post(client, CONFIRM, all="1").location))
    boxes = [box for box in found.all(".//input") if box.get("type") == "checkbox"]
    assert [box.get("checked") is not None for box in boxes] == [True]


@pytest.mark.parametrize("value", ["", "1", "1.1.I", "x.1.I.-", "1.1.I.-.9", "-1.1.I.-", "9" * 40 + ".1.I.-"])
def test_a_choice_that_no_page_made_is_refused(
    reported: HillMorning, as_staff: Enter, world: World, value: str
) -> None:
    assert post(as_staff(world.officer), CONFIRM, confirm=value).status_code == 400
    assert code_of(world.tom_enrolment) is None


def test_another_day_is_not_changed_without_a_reason(reported: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    choice = button(page(client.get(BOARD)), "confirm")
    assert post(client, CONFIRM, confirm=choice, on="2026-06-15").status_code == 409
    assert rows(ReportDecision.id) == []


def test_another_schools_officer_cannot_confirm(reported: HillMorning, as_staff: Enter, world: World) -> None:
    choice = button(page(as_staff(world.officer).get(BOARD)), "confirm")
    theirs = as_staff(world.vale_officer)
    own = page(theirs.get("/staff/vale/day/2026-06-16/morning")).all(".//input")
    token = next(field.get("value", "") for field in own if field.get("name") == "csrf_token")
    data = {"csrf_token": token, **SESSION, "confirm": choice}
    assert theirs.post(CONFIRM, data=data).status_code == 404
    theirs.post("/staff/vale/reports/confirm", data=data)
    assert code_of(world.tom_enrolment) is None


def test_who_may_not_confirm_gets_no_button_and_no_way(reported: HillMorning, as_staff: Enter, world: World) -> None:
    choice = button(page(as_staff(world.officer).get(BOARD)), "confirm")
    teacher = as_staff(world.teacher)
    token = keys(as_staff(world.officer))
    assert teacher.post(CONFIRM, data={**token, "confirm": choice}).status_code in (400, 403)
    assert code_of(world.tom_enrolment) is None


def test_open_reads_and_leads_to_the_report(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.report(world.tom, world.alice, reason="anxious", words="He cannot come in")
    hill.clock("08:55")
    client = as_staff(world.officer)
    answer = post(client, "/staff/hill/reports/open", report=button(page(client.get(BOARD)), "report"))
    found = page(client.get(answer.location))
    assert found.h1 == "Tom Ahmed: what the family said"
    assert "He cannot come in" in found.text
    assert rows(AbsenceReport.state) == [("read",)]


def report_page(client: FlaskClient) -> tuple[str, Page]:
    address = f"/staff/hill/reports/{rows(AbsenceReport.public_id)[0][0]}"
    return address, page(client.get(address))


def fields_of(found: Page, end: str) -> dict[str, str]:
    action = next(f.get("action", "") for f in found.all(".//form") if f.get("action", "").endswith(end))
    return found.fields(action)


def test_another_code_and_a_note_that_is_missing(reported: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    address, found = report_page(client)
    fields = {**fields_of(found, "/decide"), "answer": "accept", "code": "Y7"}
    refused = client.post(f"{address}/decide", data=fields)
    assert refused.status_code == 422
    assert "Write what the cause is." in page(refused).text
    assert client.post(f"{address}/decide", data={**fields, "code": "M"}).status_code == 303
    assert code_of(world.tom_enrolment) == "M"


@pytest.mark.parametrize("code", ["QQ", "H", "é", "I\x00", "<script>"])
def test_a_code_that_is_none_is_refused_and_kept_out(
    reported: HillMorning, as_staff: Enter, world: World, code: str
) -> None:
    client = as_staff(world.officer)
    address, found = report_page(client)
    fields = {**fields_of(found, "/decide"), "answer": "accept", "code": code}
    answer = client.post(f"{address}/decide", data=fields)
    assert answer.status_code == 422
    assert page(answer).title.startswith("Error: ")
    assert code_of(world.tom_enrolment) is None


def test_not_accepted_needs_a_reason_that_the_family_reads(
    reported: HillMorning, as_staff: Enter, world: World
) -> None:
    client = as_staff(world.officer)
    address, found = report_page(client)
    fields = {**fields_of(found, "/decide"), "answer": "refuse"}
    assert client.post(f"{address}/decide", data=fields).status_code == 422
    _, found = report_page(client)
    fields = {**fields_of(found, "/decide"), "answer": "refuse", "reason": "He was seen in town"}
    assert client.post(f"{address}/decide", data=fields).status_code == 303
    assert rows(AbsenceReport.state) == [("not_accepted",)]


def test_a_stale_form_shows_both_versions(reported: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    address, found = report_page(client)
    post(client, CONFIRM, confirm=button(page(client.get(BOARD)), "confirm"))
    fields = {**fields_of(found, "/decide"), "answer": "accept", "code": "M"}
    answer = client.post(f"{address}/decide", data=fields)
    shown = page(answer)
    assert answer.status_code == 409
    assert "You chose M. What it says now is below: I, by Saira Khan." in shown.text
    assert code_of(world.tom_enrolment) == "I"


def test_ask_twice_is_once(reported: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    address, found = report_page(client)
    fields = {**fields_of(found, "/ask"), "words": "Has Tom seen a doctor?"}
    assert [client.post(f"{address}/ask", data=fields).status_code for _ in range(2)] == [303, 303]
    assert report_page(client)[1].text.count("Has Tom seen a doctor?") == 1
    other = client.post(f"{address}/ask", data={**fields, "words": "Something else"})
    assert other.status_code == 409
    assert "Something else" in text_of(page(other).tree)


@pytest.fixture
def missing(hill: HillMorning, world: World) -> HillMorning:
    """Tom was not marked in, and his family has been asked."""
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    return hill


def test_ring_claims_the_case_and_shows_whom_to_ring(missing: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    answer = post(client, "/staff/hill/ring", pupil=public_id(world.tom))
    found = page(client.get(answer.location))
    assert "S Khan is ringing" in found.text
    assert "07700 900001" in found.text
    theirs = as_staff(world.dsl)
    refused = post(theirs, "/staff/hill/ring", pupil=public_id(world.tom))
    assert refused.status_code == 409
    assert "Saira Khan is ringing." in page(refused).text


def test_a_call_is_logged_and_the_next_step_follows(missing: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    address = f"/staff/hill/pupils/{public_id(world.tom)}/call"
    fields = {**page(client.get(address)).fields(), "contact": str(world.alice)}
    incomplete = client.post(address, data=fields)
    assert incomplete.status_code == 422
    assert "Choose how the call ended" in page(incomplete).text
    assert client.post(address, data={**fields, "outcome": "no_answer"}).status_code == 303
    assert ("call", "no_answer", world.alice) in rows(CaseEvent.kind, CaseEvent.outcome, CaseEvent.contact_id)
    assert rows(FirstDayCase.next_contact_id) == [(world.bob,)]
    assert "Rang: no answer from Alice" in page(client.get(BOARD)).text


def test_a_call_to_somebody_elses_family_is_refused(missing: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    address = f"/staff/hill/pupils/{public_id(world.tom)}/call"
    fields = {**page(client.get(address)).fields(), "contact": str(world.charlie), "outcome": "spoke"}
    assert client.post(address, data=fields).status_code == 422
    assert not [row for row in rows(CaseEvent.kind) if row[0] == "call"]


def test_here_now_and_undo(missing: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    tom = public_id(world.tom)
    assert post(client, "/staff/hill/here-now", pupil=tom).status_code == 303
    found = page(client.get(BOARD))
    assert "Here now 09:16" in found.text
    assert rows(FirstDayCase.state, FirstDayCase.outcome) == [("closed", "seen_in_school")]
    assert post(client, "/staff/hill/here-now/undo", pupil=tom).status_code == 303
    assert rows(FirstDayCase.state) == [("open",)]
    assert [row.struck_at is not None for row in rows(Sighting.struck_at)] == [True]


def test_the_dsl_is_told_and_the_office_cannot_close_it(missing: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    case = f"/staff/hill/pupils/{public_id(world.tom)}/case"
    fields = page(client.get(case)).fields(f"{case}/tell-dsl")
    assert client.post(f"{case}/tell-dsl", data=fields).status_code == 303
    assert rows(FirstDayCase.state) == [("carried",)]
    fields = page(client.get(case)).fields(f"{case}/close")
    closing = {**fields, "outcome": "located", "words": "At his gran's"}
    refused = client.post(f"{case}/close", data=closing)
    assert refused.status_code == 422
    assert "Only the DSL can close it." in page(refused).text
    dsl = as_staff(world.dsl)
    fields = page(dsl.get(case)).fields(f"{case}/close")
    assert dsl.post(f"{case}/close", data={**fields, "outcome": "located", "words": "At his gran's"}).status_code == 303


@pytest.mark.parametrize("deed", ["ring", "here-now", "pupils/{tom}/call", "pupils/{tom}/case"])
def test_another_school_finds_no_such_child(missing: HillMorning, as_staff: Enter, world: World, deed: str) -> None:
    address = f"/staff/vale/{deed.format(tom=public_id(world.tom))}"
    client = as_staff(world.vale_officer)
    token = keys(client, "/staff/vale/day/2026-06-16/morning")
    assert client.post(address, data={**token, "pupil": public_id(world.tom)}).status_code in (404, 405)
    assert rows(Sighting.id) == []


def test_the_run_before_the_close_is_refused_in_words(hill: HillMorning, as_staff: Enter, world: World) -> None:
    answer = post(as_staff(world.officer), "/staff/hill/first-day")
    assert answer.status_code == 409
    assert "The register is still open. Nobody is late yet." in page(answer).text


def test_texts_can_be_sent_by_hand_once_the_register_is_closed(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    client = as_staff(world.officer)
    assert "Send first-day texts now" in page(client.get(BOARD)).text
    assert post(client, "/staff/hill/first-day").status_code == 303
    assert len(rows(FirstDayCase.id)) == 1
    assert "Send first-day texts now" not in page(client.get(BOARD)).text


def test_a_changed_mark_keeps_its_five_parts(missing: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    tom = public_id(world.tom)
    address = f"/staff/hill/pupils/{tom}/mark/2026-06-16/morning"
    fields = {**page(client.get(address)).fields(), "code": "I"}
    without = client.post(address, data=fields)
    assert without.status_code == 422
    assert "Write why the mark changes" in page(without).text
    long = page(client.post(address, data={**fields, "reason": "x" * 501}))
    assert "Use 500 characters or fewer. This has 501." in long.text
    assert "Write why the mark changes" not in long.text
    assert client.post(address, data={**fields, "reason": "Mum rang"}).status_code == 303
    assert rows(MarkAmendment.original_code, MarkAmendment.amended_code) == [("N", "I")]
    table = next(
        part
        for part in page(client.get(f"/staff/hill/pupils/{tom}")).all(".//div")
        if part.get("id") == "changed-marks"
    )
    cells = [text_of(cell) for cell in table.iter("td")]
    assert cells == ["Nfirst entry", "I", "Mum rang", "Tue 16 June 09:16", "Saira KhanAttendance officer"]
    stale = client.post(address, data={**fields, "code": "M", "reason": "Late form"})
    assert stale.status_code == 409
    assert "Somebody changed this mark first. It says I now; you chose M." in page(stale).text


@pytest.mark.parametrize("code", ["/", "E", "G"])
def test_one_tap_confirms_nothing_but_what_the_row_offers(
    reported: HillMorning, as_staff: Enter, world: World, code: str
) -> None:
    client = as_staff(world.officer)
    number, version, _offered, seen = button(page(client.get(BOARD)), "confirm").split(".")
    answer = post(client, CONFIRM, confirm=f"{number}.{version}.{code}.{seen}")
    assert answer.status_code == 409
    assert "offers another code" in page(answer).text
    with read_door() as door:
        assert door.scalars(select(ReportDecision.id)).all() == []


@pytest.mark.parametrize(
    ("address", "field", "value"),
    [
        ("/staff/hill/reports/confirm", "confirm", "².1.I.-"),
        ("/staff/hill/reports/confirm", "confirm", "1.².I.-"),
        ("/staff/hill/reports/open", "report", "²"),
    ],
)
def test_digits_of_another_kind_are_no_number(
    world: World, as_staff: Enter, address: str, field: str, value: str
) -> None:
    officer = as_staff(world.officer)
    form = page(officer.get("/staff/hill/day/2026-06-16/morning")).fields()
    data = {"csrf_token": form["csrf_token"], "on": "2026-06-16", "half": "am", field: value}
    assert officer.post(address, data=data).status_code == 400
    assert officer.get("/staff/hill/day/2026-06-16/morning?year=²&form=²").status_code == 200


@pytest.mark.parametrize(
    ("code", "note", "words"),
    [
        ("/", "", "Code / never comes from a family"), ("X", "", "Code X is never for a pupil"),
        ("Z", "", "Code Z never comes"), ("#", "", "Close the session in the calendar first"),
        ("U", "", "nobody has marked or signed them in yet"), ("L", "", "nobody has marked or signed them in yet"),
        ("E", "", "Write who decided it, and for which days."), ("E", " ", "Code E needs a note"),
        ("C", "", "no leave has been granted"), ("I", "x" * 501, "Use 500 characters or fewer. This has 501."),
    ],
)  # fmt: skip
def test_what_a_familys_report_can_never_be_the_ground_of(
    reported: HillMorning, as_staff: Enter, world: World, code: str, note: str, words: str
) -> None:
    client = as_staff(world.officer)
    address, found = report_page(client)
    fields = {**fields_of(found, "/decide"), "answer": "accept", "code": code, "note": note}
    answer = client.post(f"{address}/decide", data=fields)
    assert answer.status_code == 422
    shown = page(answer)
    assert words in shown.text
    aimed = [link.get("href") for link in shown.all(".//a") if words[:12] in text_of(link)]
    assert aimed == ["#note" if code in ("E", "I") else "#code"]
    assert code_of(world.tom_enrolment) is None
    offered = {option.get("value") for option in found.all(".//option")}
    assert not offered & {"/", "\\", "X", "Z", "#", "Y4"}


def test_suspended_is_recorded_with_its_note(reported: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    address, found = report_page(client)
    fields = {**fields_of(found, "/decide"), "answer": "accept", "code": "E", "note": "Mrs Osei, until Friday"}
    assert client.post(f"{address}/decide", data=fields).status_code == 303
    assert code_of(world.tom_enrolment) == "E"


def test_a_child_who_comes_late_is_late_once_somebody_has_seen_them(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.report(world.tom, world.alice, kind="late", reason="running_late", arrives_at="9.10")
    hill.clock("08:55")
    client = as_staff(world.officer)
    # Nobody has seen Tom: no tap on the board may say that he is in school.
    assert [b for b in page(client.get(BOARD)).all(".//button") if b.get("name") == "confirm"] == []
    hill.clock("09:05")
    hill.register(tom="L")
    address, found = report_page(client)
    fields = {**fields_of(found, "/decide"), "answer": "accept", "code": "L"}
    assert client.post(f"{address}/decide", data=fields).status_code == 303
    assert (code_of(world.tom_enrolment), rows(AbsenceReport.state)) == ("L", [("recorded",)])


def test_ill_and_then_on_the_way(reported: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    old = button(page(client.get(BOARD)), "confirm")
    ill_page, _ = report_page(client)
    reported.register()
    reported.clock("09:00")
    reported.report(world.tom, world.alice, kind="late", reason="running_late", arrives_at="9.30", words="Better now")
    found = page(client.get(BOARD))
    assert "Better now" in found.text
    assert [b for b in found.all(".//button") if b.get("name") == "confirm"] == []
    for data in ({"confirm": old}, {"bulk": "1", "report": old}):
        answer = post(client, CONFIRM, **data)
        assert answer.status_code == 409
        assert "The family has said something else since." in page(answer).text
    assert code_of(world.tom_enrolment) == "N"
    assert "Alice Ahmed has said something else since, coming in late." in page(client.get(ill_page)).text
    assert "Sick in the night" in page(client.get(f"/staff/hill/pupils/{public_id(world.tom)}?show=reports")).text
    # The time has passed and nobody has seen Tom: he is looked for, whatever was said at 7:41.
    reported.clock("09:31")
    reported.run()
    assert rows(FirstDayCase.state) == [("open",)]
    assert "1 unexplained" in page(as_staff(world.officer).get(BOARD)).text.lower()


def test_the_afternoon_is_not_seen_in_the_morning(missing: HillMorning, as_staff: Enter, world: World) -> None:
    client = as_staff(world.officer)
    answer = post(client, "/staff/hill/here-now", pupil=public_id(world.tom), half="pm")
    assert answer.status_code == 409
    assert "This session has not begun." in page(answer).text
    assert rows(Sighting.id) == []
    assert rows(FirstDayCase.state) == [("open",)]


def test_a_call_that_was_taken_before_leads_to_its_report(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:31")
    client = as_staff(world.officer)
    address = f"/staff/hill/pupils/{public_id(world.tom)}/report"
    said = {"contact": str(world.alice), "kind": "all_day", "reason": "ill", "words": "Rash"}
    assert client.post(address, data={**page(client.get(address)).fields(), **said}).status_code == 303
    again = client.post(address, data={**page(client.get(address)).fields(), **said, "words": "He left home at 8"})
    found = page(again)
    assert again.status_code == 409
    assert "Saira Khan took this call from Alice Ahmed at 08:31. It is one report" in found.text
    assert found.fields()["words"].strip() == "He left home at 8"
    report = f"/staff/hill/reports/{rows(AbsenceReport.public_id)[0][0]}"
    assert report in found.links().values()
    added = client.post(address, data={**found.fields(), **said, "words": "He has a fever too", "add": "yes"})
    assert added.status_code == 303
    assert "He has a fever too" in page(client.get(report)).text
    assert len(rows(AbsenceReport.id)) == 1
