"""Where is this child this session? A table with a reason a row, then properties over any facts.

Morning at Hill Primary: starts 8:50, register closes 9:15, ends 12:00. Afternoon: 13:15, 13:35, 15:20.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.record.rules import (
    CODES,
    STATE_OF,
    Case,
    CaseOutcome,
    DayState,
    Expectation,
    Flag,
    RegisterState,
    RegisterTimesWrong,
    Report,
    ReportState,
    SessionFacts,
    SessionRegister,
    Sighting,
    SightingKind,
    Whereabouts,
    Why,
    WorkList,
    day_state,
)

S, R, K, W, L = RegisterState, ReportState, SightingKind, Why, WorkList


def at(clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 6, 16, hour, minute, tzinfo=UTC)


def am(state: RegisterState) -> SessionRegister:
    return SessionRegister(state, at("8:50"), at("9:15"), at("12:00"))


def pm(state: RegisterState) -> SessionRegister:
    return SessionRegister(state, at("13:15"), at("13:35"), at("15:20"))


def clock(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant.hour}:{instant.minute:02}"


TAKEN, MISSING, PM_TAKEN = am(S.TAKEN), am(S.MISSING), pm(S.TAKEN)
ILL = Report(1, R.SENT)
TO_LUNCH = replace(TAKEN, seen_until=at("13:15"))
READ_BY_OFFICE = replace(ILL, state=R.READ)
RECORDED = replace(ILL, state=R.RECORDED)
REFUSED = replace(ILL, state=R.NOT_ACCEPTED)
HELD = replace(ILL, state=R.HELD)
TAKEN_BACK = replace(ILL, state=R.WITHDRAWN)
COMING_10 = replace(TAKEN_BACK, expected_at=at("10:00"))
COMING_AT_START = replace(TAKEN_BACK, expected_at=at("8:50"))
COMING_9 = replace(TAKEN_BACK, expected_at=at("9:00"))
ON_THE_WAY = replace(ILL, expected_at=at("10:00"))
LATE_TILL_10 = replace(ILL, covers_to=at("10:00"))
OUT_10_TO_11 = replace(ILL, covers_from=at("10:00"), covers_to=at("11:00"))
LEAVING_11 = replace(ILL, covers_from=at("11:00"))
CONFIRMED = replace(RECORDED, said_by=7, said_at=at("8:00"), decided_as="I", decided_at=at("9:01"))
CONFIRMED_BACK = replace(CONFIRMED, state=R.WITHDRAWN, expected_at=at("10:00"), said_at=at("9:02"))
ON_THE_WAY_SINCE = Report(2, R.SENT, expected_at=at("10:00"), said_by=7, said_at=at("9:02"))
TRIP = Expectation("V", at("8:50"))
TRIP_10 = Expectation("V", at("10:00"))
DENTIST_10 = Expectation("M", at("10:00"))
OPEN_CASE = Case()
ALARM = Case(alarm=True)


def saw(kind: SightingKind, when: str, **more: object) -> Sighting:
    return replace(Sighting(kind, at(when)), **more)  # type: ignore[arg-type]


ARRIVED = saw(K.ARRIVED, "9:30")
LEFT = saw(K.LEFT, "10:30")
TAKEN_AWAY = saw(K.LEFT, "10:30", collector_known=False)

Row = tuple[str, SessionFacts, str, Why, WorkList | None, str | None]

# reason, facts, now, why, list, until
TABLE: list[Row] = [
    # Not due.
    ("left the school in May", SessionFacts(TAKEN, "N", enrolled=False), "9:20", W.NOT_ENROLLED, None, None),
    ("snow", SessionFacts(am(S.DUE), session_open=False), "9:20", W.SESSION_CLOSED, None, None),
    ("snow, and a teacher marked all the same", SessionFacts(TAKEN, "N", session_open=False), "9:20",
     W.SESSION_CLOSED, None, None),
    ("left in May, and marked in by mistake", SessionFacts(TAKEN, "/", enrolled=False), "9:20",
     W.NOT_ENROLLED, None, None),
    ("marked in on a closed day by mistake", SessionFacts(TAKEN, "/", session_open=False), "9:20",
     W.SESSION_CLOSED, None, None),
    ("sixth-former with no lesson", SessionFacts(TAKEN, "X"), "9:20", W.NOT_REQUIRED, None, None),
    ("starts next week", SessionFacts(TAKEN, "Z"), "9:20", W.NOT_REQUIRED, None, None),
    ("training day", SessionFacts(TAKEN, "#", session_open=False), "9:20", W.SESSION_CLOSED, None, None),
    ("boiler burst", SessionFacts(TAKEN, "Y4"), "9:20", W.NOT_REQUIRED, None, None),
    # Not due, and looked for: only a person ends that.
    ("school closes at eleven, a child is looked for", SessionFacts(TAKEN, "N", session_open=False, case=OPEN_CASE),
     "11:00", W.CASE_OPEN, L.UNEXPLAINED, None),
    ("school closes, nobody had looked for the child",
     SessionFacts(TAKEN, "N", session_open=False, case=Case(CaseOutcome.LOCATED)), "11:00",
     W.SESSION_CLOSED, None, None),
    ("the code says not required, the search goes on", SessionFacts(TAKEN, "X", case=OPEN_CASE), "9:30",
     W.CASE_OPEN, L.UNEXPLAINED, None),
    ("the code says closed, the search goes on", SessionFacts(TAKEN, "#", case=OPEN_CASE), "9:30",
     W.CASE_OPEN, L.UNEXPLAINED, None),
    ("not on roll yet, says the code; the DSL looks", SessionFacts(TAKEN, "Z", case=Case(CaseOutcome.CARRIED_TO_DSL)),
     "9:30", W.CASE_CARRIED, L.UNEXPLAINED, None),
    ("left the roll while the police look",
     SessionFacts(TAKEN, "N", case=Case(CaseOutcome.CARRIED_TO_POLICE), enrolled=False), "9:30",
     W.CASE_CARRIED, L.UNEXPLAINED, None),
    ("left the roll, and the case was closed",
     SessionFacts(TAKEN, "N", case=Case(CaseOutcome.OPENED_IN_ERROR), enrolled=False), "9:30",
     W.NOT_ENROLLED, None, None),
    ("school closes, an adult had thought the child in", SessionFacts(TAKEN, "N", session_open=False, case=ALARM),
     "11:00", W.THOUGHT_IN_SCHOOL, L.UNEXPLAINED, None),
    ("school closes, taken before by somebody nobody knows",
     SessionFacts(TAKEN, "/", (TAKEN_AWAY,), session_open=False), "11:00", W.COLLECTOR_NOT_KNOWN, L.UNEXPLAINED, None),
    ("taken by somebody nobody knows, then coded X", SessionFacts(PM_TAKEN, "X", (TAKEN_AWAY,)), "13:40",
     W.COLLECTOR_NOT_KNOWN, L.UNEXPLAINED, None),
    ("school closes, taken away and located since",
     SessionFacts(TAKEN, "/", (TAKEN_AWAY,), session_open=False, case=Case(CaseOutcome.LOCATED)), "11:00",
     W.SESSION_CLOSED, None, None),
    ("school closes, and the child turns up", SessionFacts(TAKEN, "N", (ARRIVED,), session_open=False, case=OPEN_CASE),
     "9:31", W.SEEN, L.LATE, None),
    ("school closes, and the family answers",
     SessionFacts(TAKEN, "N", reports=(ILL,), session_open=False, case=OPEN_CASE), "11:00",
     W.REPORT, L.TO_CONFIRM, None),
    ("school is shut and the register says present, while somebody looks",
     SessionFacts(TAKEN, "/", session_open=False, case=OPEN_CASE), "11:00", W.MARKED_IN, None, None),
    # In school.
    ("marked in", SessionFacts(TAKEN, "/"), "9:00", W.MARKED_IN, None, None),
    ("marked in, afternoon", SessionFacts(PM_TAKEN, "\\"), "13:20", W.MARKED_IN, None, None),
    ("late, before the close", SessionFacts(TAKEN, "L"), "9:10", W.MARKED_IN, L.LATE, None),
    ("late, after the close, is in school", SessionFacts(TAKEN, "U"), "9:40", W.MARKED_IN, L.LATE, None),
    ("arrived at reception, mark still N", SessionFacts(TAKEN, "N", (ARRIVED,)), "9:31", W.SEEN, L.LATE, None),
    ("seen in the medical room ends a search",
     SessionFacts(TAKEN, "N", (saw(K.SEEN_ELSEWHERE_IN_SCHOOL, "9:40"),), case=OPEN_CASE), "9:41",
     W.SEEN, L.LATE, None),
    ("seen in an exam, register not taken", SessionFacts(MISSING, None, (saw(K.SEEN_ELSEWHERE_IN_SCHOOL, "9:00"),)),
     "9:20", W.SEEN, L.LATE, None),
    ("back from the dentist", SessionFacts(TAKEN, "/", (LEFT, saw(K.RETURNED, "11:30"))), "11:31",
     W.MARKED_IN, None, None),
    ("out and back in one minute: the later record", SessionFacts(TAKEN, "/", (LEFT, saw(K.RETURNED, "10:30"))),
     "10:31", W.MARKED_IN, None, None),
    ("left breakfast club, then marked in", SessionFacts(TAKEN, "/", (saw(K.LEFT, "8:30"),)), "9:00",
     W.MARKED_IN, None, None),
    ("left in the morning, marked in after lunch", SessionFacts(PM_TAKEN, "\\", (LEFT,)), "13:40",
     W.MARKED_IN, None, None),
    ("gone home after the last bell", SessionFacts(PM_TAKEN, "\\", (saw(K.LEFT, "15:25"),)), "16:00",
     W.MARKED_IN, None, None),
    ("an alarm about a child who is here", SessionFacts(TAKEN, "/", case=ALARM), "9:24", W.MARKED_IN, None, None),
    ("in school, and a report of leaving early waits to be read", SessionFacts(TAKEN, "/", reports=(LEAVING_11,)),
     "9:00", W.MARKED_IN, L.TO_CONFIRM, None),
    ("said late until 10, came late", SessionFacts(TAKEN, "L", reports=(LATE_TILL_10,)), "9:20",
     W.MARKED_IN, L.LATE, None),
    ("the trip leaves later", SessionFacts(TAKEN, "/", expectation=TRIP_10), "9:00", W.MARKED_IN, None, None),
    ("report withdrawn, and came", SessionFacts(TAKEN, "/", reports=(TAKEN_BACK,)), "9:00", W.MARKED_IN, None, None),
    ("on the way, and came", SessionFacts(TAKEN, "U", reports=(ON_THE_WAY,)), "9:40", W.MARKED_IN, L.LATE, None),
    ("on the way, and came before the register was taken", SessionFacts(TAKEN, "/", reports=(ON_THE_WAY,)), "9:00",
     W.MARKED_IN, L.TO_CONFIRM, None),
    # In school, and told otherwise: the clash.
    ("reported ill, marked in", SessionFacts(TAKEN, "/", reports=(ILL,)), "9:00",
     W.MARKED_IN, L.REPORTED_MARKED_IN, None),
    ("away until the end of the morning, came late",
     SessionFacts(TAKEN, "L", reports=(replace(ILL, covers_to=at("12:00")),)), "9:20",
     W.MARKED_IN, L.REPORTED_MARKED_IN, None),
    ("reported ill, signed in late at reception since",
     SessionFacts(TAKEN, "L", (ARRIVED,), (replace(ILL, said_at=at("8:11")),)), "9:31", W.MARKED_IN, L.LATE, None),
    ("signed in late, and reported ill since",
     SessionFacts(TAKEN, "L", (ARRIVED,), (replace(ILL, said_at=at("9:40")),)), "9:41",
     W.MARKED_IN, L.REPORTED_MARKED_IN, None),
    ("recorded ill, walks in", SessionFacts(TAKEN, "I", (ARRIVED,), (RECORDED,)), "9:31",
     W.SEEN, L.REPORTED_MARKED_IN, None),
    ("coded ill with no report, walks in", SessionFacts(TAKEN, "I", (ARRIVED,)), "9:31",
     W.SEEN, L.REPORTED_MARKED_IN, None),
    ("on leave, marked in", SessionFacts(TAKEN, "/", leave_granted=True), "9:00",
     W.MARKED_IN, L.REPORTED_MARKED_IN, None),
    ("coded on a trip, seen here", SessionFacts(TAKEN, "V", (ARRIVED,)), "9:31", W.SEEN, L.REPORTED_MARKED_IN, None),
    ("should be on the trip by now", SessionFacts(TAKEN, "/", expectation=TRIP), "9:00",
     W.MARKED_IN, L.REPORTED_MARKED_IN, None),
    ("confirmed there and marked in here", SessionFacts(TAKEN, "/", expectation=replace(TRIP_10, confirmed=True)),
     "10:30", W.MARKED_IN, L.REPORTED_MARKED_IN, None),
    ("said late until 10, marked in at the start", SessionFacts(TAKEN, "/", reports=(LATE_TILL_10,)), "9:00",
     W.MARKED_IN, L.REPORTED_MARKED_IN, None),
    ("a sender we do not know says ill, marked in", SessionFacts(TAKEN, "/", reports=(HELD,)), "9:00",
     W.MARKED_IN, L.REPORTED_MARKED_IN, None),
    ("should be on the trip by now, mark still N", SessionFacts(TAKEN, "N", (ARRIVED,), expectation=TRIP), "9:31",
     W.SEEN, L.REPORTED_MARKED_IN, None),
    ("at the dentist from the start, and marked in",
     SessionFacts(TAKEN, "/", expectation=Expectation("M", at("8:50"))), "9:00",
     W.MARKED_IN, L.REPORTED_MARKED_IN, None),
    ("at the dentist from the start, came in after",
     SessionFacts(TAKEN, "N", (ARRIVED,), expectation=Expectation("M", at("8:50"))), "9:31", W.SEEN, L.LATE, None),
    # Gone again.
    ("left as the session began: the mark is the older", SessionFacts(TAKEN, "/", (saw(K.LEFT, "8:50"),)), "9:00",
     W.LEFT, L.SETTLED, None),
    ("back by the end of the session", SessionFacts(TAKEN, "/", (saw(K.LEFT, "10:30", back_by=at("12:00")),)),
     "12:00", W.LEFT, L.SETTLED, None),
    ("left with Alice", SessionFacts(TAKEN, "/", (LEFT,)), "10:31", W.LEFT, L.SETTLED, None),
    ("left before the register, signed out", SessionFacts(am(S.OPEN), None, (saw(K.LEFT, "8:55"),)), "9:00",
     W.LEFT, L.TO_CONFIRM, None),
    ("sent home ill", SessionFacts(TAKEN, "/", (saw(K.SENT_HOME, "11:00"),)), "11:05", W.SENT_HOME, L.SETTLED, None),
    ("sent home in the morning, afternoon has no code", SessionFacts(PM_TAKEN, None, (saw(K.SENT_HOME, "11:00"),)),
     "13:40", W.SENT_HOME, L.TO_CONFIRM, None),
    ("sent home in the morning, afternoon coded", SessionFacts(PM_TAKEN, "I", (saw(K.SENT_HOME, "11:00"),)), "13:40",
     W.SENT_HOME, L.SETTLED, None),
    ("out until 11:30", SessionFacts(TAKEN, "/", (saw(K.LEFT, "10:30", back_by=at("11:30")),)), "11:29",
     W.LEFT, L.SETTLED, "11:30"),
    ("not back at 11:30", SessionFacts(TAKEN, "/", (saw(K.LEFT, "10:30", back_by=at("11:30")),)), "11:30",
     W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("back by a time of the afternoon: nobody waits in the morning",
     SessionFacts(TAKEN, "/", (saw(K.LEFT, "10:30", back_by=at("13:00")),)), "14:00", W.LEFT, L.SETTLED, None),
    ("due back at 13:00, afternoon register still being taken",
     SessionFacts(PM_TAKEN, None, (saw(K.LEFT, "10:30", back_by=at("13:00")),)), "13:20",
     W.REGISTER_NOT_CLOSED, None, "13:35"),
    ("due back at 13:00, not in by the afternoon close",
     SessionFacts(PM_TAKEN, None, (saw(K.LEFT, "10:30", back_by=at("13:00")),)), "13:35",
     W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("left again after coming back", SessionFacts(TAKEN, "/", (LEFT, saw(K.RETURNED, "11:00"), saw(K.LEFT, "11:20"))),
     "11:21", W.LEFT, L.SETTLED, None),
    ("taken by somebody nobody knows", SessionFacts(TAKEN, "/", (TAKEN_AWAY,)), "10:31",
     W.COLLECTOR_NOT_KNOWN, L.UNEXPLAINED, None),
    ("taken away, and no report says by whom", SessionFacts(PM_TAKEN, "I", (TAKEN_AWAY,), (ILL,), True), "13:40",
     W.COLLECTOR_NOT_KNOWN, L.UNEXPLAINED, None),
    ("taken away, then located", SessionFacts(PM_TAKEN, "N", (TAKEN_AWAY,), case=Case(CaseOutcome.LOCATED)), "13:40",
     W.LOCATED, L.TO_CONFIRM, None),
    ("taken away, then brought back", SessionFacts(TAKEN, "/", (TAKEN_AWAY, saw(K.RETURNED, "10:40"))), "10:41",
     W.MARKED_IN, None, None),
    # Sightings of another part of the day do not stand for this session.
    ("seen in the morning, not in the afternoon", SessionFacts(PM_TAKEN, "N", (ARRIVED,)), "13:40",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("at breakfast club, then not in class", SessionFacts(TAKEN, "N", (saw(K.ARRIVED, "8:10"),)), "9:20",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("came in after lunch: the morning stays open", SessionFacts(TAKEN, "N", (saw(K.ARRIVED, "13:10"),)), "14:00",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("came in as the session ended", SessionFacts(TAKEN, "N", (saw(K.ARRIVED, "12:00"),)), "12:05",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("seen at lunch: nobody looks for the child any more",
     SessionFacts(TO_LUNCH, "N", (saw(K.SEEN_ELSEWHERE_IN_SCHOOL, "12:30"),), case=OPEN_CASE), "12:31",
     W.SEEN, L.LATE, None),
    ("back before lunch is over", SessionFacts(TO_LUNCH, "/", (LEFT, saw(K.RETURNED, "12:30"))), "12:31",
     W.MARKED_IN, None, None),
    ("seen when the afternoon had begun", SessionFacts(TO_LUNCH, "N", (saw(K.ARRIVED, "13:15"),)), "13:15",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("gone at lunch: here all morning", SessionFacts(TO_LUNCH, "/", (saw(K.LEFT, "12:30"),)), "12:31",
     W.MARKED_IN, None, None),
    ("came in as the session began", SessionFacts(TAKEN, "N", (saw(K.ARRIVED, "8:50"),)), "9:20",
     W.SEEN, L.LATE, None),
    # The register alone.
    ("7:40, nothing known", SessionFacts(am(S.DUE)), "7:40", W.REGISTER_NOT_CLOSED, None, "9:15"),
    ("register being taken", SessionFacts(am(S.OPEN)), "9:00", W.REGISTER_NOT_CLOSED, None, "9:15"),
    ("N while the register is open: nobody is late yet", SessionFacts(TAKEN, "N"), "9:14",
     W.REGISTER_NOT_CLOSED, None, "9:15"),
    ("N at the close", SessionFacts(TAKEN, "N"), "9:15", W.NO_REASON, L.UNEXPLAINED, None),
    ("N in a register finished early", SessionFacts(am(S.CLOSED), "N"), "9:05", W.NO_REASON, L.UNEXPLAINED, None),
    ("register taken, this pupil forgotten", SessionFacts(TAKEN), "9:15", W.NO_MARK, L.UNEXPLAINED, None),
    ("a code no table knows is no mark", SessionFacts(TAKEN, "Q9"), "9:15", W.NO_MARK, L.UNEXPLAINED, None),
    ("register never opened", SessionFacts(am(S.DUE)), "9:15", W.REGISTER_NOT_TAKEN, None, None),
    ("register opened, never sent", SessionFacts(am(S.OPEN)), "9:15", W.REGISTER_NOT_TAKEN, None, None),
    ("register missing", SessionFacts(MISSING), "9:20", W.REGISTER_NOT_TAKEN, None, None),
    ("head count going round", SessionFacts(am(S.HEAD_COUNT)), "9:30", W.REGISTER_NOT_TAKEN, None, None),
    ("register missing, but this pupil has an N", SessionFacts(MISSING, "N"), "9:20", W.NO_REASON, L.UNEXPLAINED, None),
    # Reports.
    ("reported at 7:40", SessionFacts(am(S.DUE), reports=(ILL,)), "7:40", W.REPORT, L.TO_CONFIRM, None),
    ("reported and read", SessionFacts(TAKEN, "N", reports=(READ_BY_OFFICE,)), "9:20", W.REPORT, L.TO_CONFIRM, None),
    ("reported, register missing", SessionFacts(MISSING, reports=(ILL,)), "9:20", W.REPORT, L.TO_CONFIRM, None),
    ("reported, coded by import, still to be read", SessionFacts(TAKEN, "I", reports=(ILL,)), "9:20",
     W.CODE, L.TO_CONFIRM, None),
    ("recorded as illness", SessionFacts(TAKEN, "I", reports=(RECORDED,)), "9:20", W.CODE, L.SETTLED, None),
    ("recorded, code lost again", SessionFacts(TAKEN, "N", reports=(RECORDED,)), "9:20", W.REPORT, L.TO_CONFIRM, None),
    ("not accepted still says where the child is", SessionFacts(TAKEN, "O", reports=(REFUSED,)), "9:20",
     W.REPORT, L.SETTLED, None),
    ("a sender we do not know explains nothing", SessionFacts(TAKEN, "N", reports=(HELD,)), "9:20",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("held, before the close: somebody should look", SessionFacts(am(S.OPEN), reports=(HELD,)), "9:00",
     W.REGISTER_NOT_CLOSED, L.TO_CONFIRM, "9:15"),
    ("withdrawn with no time", SessionFacts(TAKEN, "N", reports=(TAKEN_BACK,)), "9:20",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("withdrawn by Alice, Bob's report stands", SessionFacts(TAKEN, "N", reports=(TAKEN_BACK, replace(ILL, id=2))),
     "9:20", W.REPORT, L.TO_CONFIRM, None),
    ("withdrawn, expected at 10", SessionFacts(TAKEN, "N", reports=(COMING_10,)), "9:59",
     W.EXPECTED, L.PLANNED, "10:00"),
    ("withdrawn, 10 has come", SessionFacts(TAKEN, "N", reports=(COMING_10,)), "10:00",
     W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("withdrawn, 10 has come, and the class has no register", SessionFacts(MISSING, reports=(COMING_10,)), "10:00",
     W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("expected at 9, register still open", SessionFacts(am(S.OPEN), reports=(COMING_9,)),
     "9:05", W.REGISTER_NOT_CLOSED, None, "9:15"),
    ("expected at 9, not in at the close", SessionFacts(TAKEN, reports=(COMING_9,)),
     "9:15", W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("expected after lunch: nobody waits in the morning",
     SessionFacts(TAKEN, "N", reports=(replace(COMING_10, expected_at=at("13:15")),)), "12:30",
     W.EXPECTED, L.PLANNED, None),
    ("expected this morning says nothing of the afternoon", SessionFacts(PM_TAKEN, "N", reports=(COMING_10,)), "13:40",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("expected this morning, afternoon register missing", SessionFacts(pm(S.MISSING), reports=(COMING_10,)), "13:40",
     W.REGISTER_NOT_TAKEN, None, None),
    ("on the way", SessionFacts(TAKEN, "N", reports=(ON_THE_WAY,)), "9:30", W.REPORT, L.TO_CONFIRM, "10:00"),
    ("on the way, and did not come", SessionFacts(TAKEN, "N", reports=(ON_THE_WAY,)), "10:00",
     W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("late until 10", SessionFacts(TAKEN, "N", reports=(LATE_TILL_10,)), "9:30", W.REPORT, L.TO_CONFIRM, "10:00"),
    ("late until 10, and did not come", SessionFacts(TAKEN, "N", reports=(LATE_TILL_10,)), "10:00",
     W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("out at 10 does not explain 8:50", SessionFacts(TAKEN, "N", reports=(OUT_10_TO_11,)), "10:30",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("leaving at 11 does not explain 8:50", SessionFacts(TAKEN, "N", reports=(LEAVING_11,)), "11:30",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("this morning only, now afternoon",
     SessionFacts(PM_TAKEN, "N", reports=(replace(ILL, covers_to=at("12:00")),)), "13:40",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("this morning to its end, seen later from the afternoon",
     SessionFacts(TAKEN, "N", reports=(replace(ILL, covers_to=at("12:00")),)), "14:00", W.REPORT, L.TO_CONFIRM, None),
    ("expected at the very start, before it", SessionFacts(am(S.DUE), reports=(COMING_AT_START,)), "8:45",
     W.EXPECTED, L.PLANNED, "8:50"),
    ("expected at the very start, not in at the close", SessionFacts(MISSING, reports=(COMING_AT_START,)), "9:15",
     W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("on the way for the very start", SessionFacts(am(S.DUE), reports=(replace(COMING_AT_START, state=R.SENT),)),
     "8:45", W.REPORT, L.TO_CONFIRM, "8:50"),
    ("away until the very start: spent",
     SessionFacts(pm(S.MISSING), reports=(replace(ILL, covers_to=at("13:15")),)), "13:40",
     W.REGISTER_NOT_TAKEN, None, None),
    ("away from the close on", SessionFacts(TAKEN, "N", reports=(replace(ILL, covers_from=at("9:15")),)), "9:20",
     W.REPORT, L.TO_CONFIRM, None),
    ("away from a minute after the close on",
     SessionFacts(TAKEN, "N", reports=(replace(ILL, covers_from=at("9:16")),)), "9:20",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("expected as the session ends", SessionFacts(TAKEN, "N", reports=(replace(COMING_10, expected_at=at("12:00")),)),
     "12:00", W.EXPECTED, L.PLANNED, None),
    # A mark that rests on what the family took back since.
    ("confirmed ill, then taken back", SessionFacts(TAKEN, "I", reports=(CONFIRMED_BACK,)), "9:20",
     W.EXPECTED, L.TO_CONFIRM, "10:00"),
    ("confirmed ill, taken back, did not come", SessionFacts(TAKEN, "I", reports=(CONFIRMED_BACK,)), "10:12",
     W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("confirmed ill for the day, taken back this morning, not in after lunch",
     SessionFacts(PM_TAKEN, "I", reports=(CONFIRMED_BACK,)), "13:40", W.NO_MARK, L.UNEXPLAINED, None),
    ("confirmed ahead for this day, taken back the day before", SessionFacts(TAKEN, "I",
     reports=(replace(CONFIRMED_BACK, expected_at=None),)), "9:20", W.NO_MARK, L.UNEXPLAINED, None),
    ("taken back, and came", SessionFacts(TAKEN, "I", (ARRIVED,), (CONFIRMED_BACK,)), "9:31",
     W.SEEN, L.REPORTED_MARKED_IN, None),
    ("taken back, and another code was set from it before",
     SessionFacts(TAKEN, "C", reports=(CONFIRMED_BACK,)), "10:12", W.CODE, L.SETTLED, None),
    ("taken back, and a person set the mark again since",
     SessionFacts(TAKEN, "I", reports=(CONFIRMED_BACK,), amended_at=at("9:30")), "10:12", W.CODE, L.SETTLED, None),
    ("taken back, and a person had changed the mark before",
     SessionFacts(TAKEN, "I", reports=(CONFIRMED_BACK,), amended_at=at("9:01")), "10:12",
     W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("taken back before it was decided",
     SessionFacts(TAKEN, "I", reports=(replace(CONFIRMED_BACK, decided_at=at("9:03")),)), "10:12",
     W.CODE, L.SETTLED, None),
    ("taken back, and never decided: the mark is a person's own", SessionFacts(TAKEN, "I", reports=(COMING_10,)),
     "10:12", W.CODE, L.SETTLED, None),
    ("taken back, and the mark came from the school system",
     SessionFacts(TAKEN, "I", reports=(replace(COMING_10, said_at=at("9:02")),), imported=True), "10:12",
     W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("taken back by Alice, Bob says ill", SessionFacts(TAKEN, "I", reports=(CONFIRMED_BACK,
     Report(2, R.RECORDED, said_by=8, said_at=at("9:00")))), "10:12", W.REPORT, L.SETTLED, None),
    ("confirmed ill, then on the way", SessionFacts(TAKEN, "I", reports=(CONFIRMED, ON_THE_WAY_SINCE)), "9:20",
     W.REPORT, L.TO_CONFIRM, "10:00"),
    ("confirmed ill, then on the way, and did not come",
     SessionFacts(TAKEN, "I", reports=(CONFIRMED, ON_THE_WAY_SINCE)), "10:12", W.DID_NOT_COME, L.UNEXPLAINED, None),
    ("confirmed ill, taken back, then ill after all", SessionFacts(TAKEN, "I",
     reports=(CONFIRMED_BACK, Report(2, R.SENT, said_by=7, said_at=at("9:40")))), "10:12",
     W.REPORT, L.TO_CONFIRM, None),
    ("confirmed ill, taken back: a teacher's N is what stands", SessionFacts(TAKEN, "N", reports=(CONFIRMED_BACK,)),
     "9:20", W.EXPECTED, L.PLANNED, "10:00"),
    # Leave.
    ("leave granted, no mark yet", SessionFacts(TAKEN, None, leave_granted=True), "9:20", W.LEAVE, L.PLANNED, None),
    ("leave granted, teacher marked N", SessionFacts(TAKEN, "N", leave_granted=True), "9:20", W.LEAVE, L.PLANNED, None),
    ("leave granted, register missing", SessionFacts(MISSING, leave_granted=True), "9:20", W.LEAVE, L.PLANNED, None),
    ("leave granted and coded", SessionFacts(TAKEN, "C", leave_granted=True), "9:20", W.CODE, L.SETTLED, None),
    # O explains nothing by itself.
    ("O with nothing behind it", SessionFacts(TAKEN, "O"), "9:20", W.NO_GOOD_REASON, L.UNEXPLAINED, None),
    ("O with nothing behind it, before the close", SessionFacts(TAKEN, "O"), "9:00",
     W.NO_GOOD_REASON, L.UNEXPLAINED, None),
    ("O, child found at home", SessionFacts(TAKEN, "O", case=Case(CaseOutcome.LOCATED)), "9:20",
     W.LOCATED, L.SETTLED, None),
    ("O behind a plan only", SessionFacts(TAKEN, "O", expectation=replace(TRIP, confirmed=True)), "9:20",
     W.NO_GOOD_REASON, L.UNEXPLAINED, None),
    ("O behind a held report", SessionFacts(TAKEN, "O", reports=(HELD,)), "9:20",
     W.NO_GOOD_REASON, L.UNEXPLAINED, None),
    ("O behind a time that has passed", SessionFacts(TAKEN, "O", reports=(COMING_10,)), "10:00",
     W.NO_GOOD_REASON, L.UNEXPLAINED, None),
    # Plans.
    ("trip, not yet 20 minutes", SessionFacts(TAKEN, "V"), "9:09", W.PLANNED_ELSEWHERE, L.PLANNED, "9:10"),
    ("trip, 20 minutes and no word", SessionFacts(TAKEN, "V"), "9:10", W.NOT_CONFIRMED_ELSEWHERE, L.UNEXPLAINED, None),
    ("trip of 10, before it", SessionFacts(TAKEN, "V", expectation=TRIP_10), "9:20",
     W.PLANNED_ELSEWHERE, L.PLANNED, "10:20"),
    ("trip of 10, teacher marked N", SessionFacts(TAKEN, "N", expectation=TRIP_10), "10:19",
     W.PLANNED_ELSEWHERE, L.PLANNED, "10:20"),
    ("trip of 10, 20 minutes and no word", SessionFacts(TAKEN, "N", expectation=TRIP_10), "10:20",
     W.NOT_CONFIRMED_ELSEWHERE, L.UNEXPLAINED, None),
    ("trip of 10, register missing, no word", SessionFacts(MISSING, expectation=TRIP_10), "10:20",
     W.NOT_CONFIRMED_ELSEWHERE, L.UNEXPLAINED, None),
    ("on the trip, says the leader", SessionFacts(TAKEN, "V", expectation=replace(TRIP, confirmed=True)), "11:00",
     W.CONFIRMED_ELSEWHERE, L.SETTLED, None),
    ("on the trip, not yet marked", SessionFacts(TAKEN, None, expectation=replace(TRIP, confirmed=True)), "11:00",
     W.CONFIRMED_ELSEWHERE, L.PLANNED, None),
    ("no word from the trip, but reported ill", SessionFacts(TAKEN, "V", reports=(ILL,)), "9:30",
     W.REPORT, L.TO_CONFIRM, None),
    ("no word from the trip, coded ill", SessionFacts(TAKEN, "I", expectation=TRIP), "9:30", W.CODE, L.SETTLED, None),
    ("no word from the trip, found at home", SessionFacts(TAKEN, "V", case=Case(CaseOutcome.LOCATED)), "9:30",
     W.LOCATED, L.TO_CONFIRM, None),
    ("dentist planned", SessionFacts(TAKEN, "N", expectation=DENTIST_10), "9:20", W.PLANNED, L.PLANNED, None),
    ("a plan of G or of no code at all is no plan", SessionFacts(TAKEN, "N", expectation=Expectation("G", at("8:50"))),
     "9:20", W.NO_REASON, L.UNEXPLAINED, None),
    ("a closure is no pupil's plan", SessionFacts(TAKEN, "N", expectation=Expectation("#", at("8:50"))), "9:20",
     W.NO_REASON, L.UNEXPLAINED, None),
    # Cases.
    ("case open", SessionFacts(TAKEN, "N", case=OPEN_CASE), "9:20", W.CASE_OPEN, L.UNEXPLAINED, None),
    ("case open, register missing", SessionFacts(MISSING, case=OPEN_CASE), "9:30", W.CASE_OPEN, L.UNEXPLAINED, None),
    ("case opened by hand before the close", SessionFacts(am(S.OPEN), case=OPEN_CASE), "9:00",
     W.CASE_OPEN, L.UNEXPLAINED, None),
    ("the parent answered: the search ends", SessionFacts(TAKEN, "N", reports=(ILL,), case=OPEN_CASE), "9:20",
     W.REPORT, L.TO_CONFIRM, None),
    ("found at home", SessionFacts(TAKEN, "N", case=Case(CaseOutcome.LOCATED)), "9:40",
     W.LOCATED, L.TO_CONFIRM, None),
    ("carried to the DSL is not found", SessionFacts(TAKEN, "N", case=Case(CaseOutcome.CARRIED_TO_DSL)), "11:00",
     W.CASE_CARRIED, L.UNEXPLAINED, None),
    ("carried to the police is not found", SessionFacts(MISSING, case=Case(CaseOutcome.CARRIED_TO_POLICE)), "11:00",
     W.CASE_CARRIED, L.UNEXPLAINED, None),
    ("closed as an error decides nothing", SessionFacts(TAKEN, "N", case=Case(CaseOutcome.OPENED_IN_ERROR)), "11:00",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("closed as explained, explanation gone", SessionFacts(TAKEN, "N", case=Case(CaseOutcome.EXPLAINED)), "11:00",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("closed as seen, never seen", SessionFacts(TAKEN, "N", case=Case(CaseOutcome.SEEN_IN_SCHOOL)), "11:00",
     W.NO_REASON, L.UNEXPLAINED, None),
    ("one parent says ill, the other thought in school", SessionFacts(TAKEN, "N", reports=(ILL,), case=ALARM), "9:24",
     W.THOUGHT_IN_SCHOOL, L.UNEXPLAINED, None),
    ("an alarm stands above a code", SessionFacts(TAKEN, "I", case=ALARM), "9:24",
     W.THOUGHT_IN_SCHOOL, L.UNEXPLAINED, None),
    ("an alarm stands above a signed-out departure", SessionFacts(TAKEN, "/", (LEFT,), case=ALARM), "10:40",
     W.THOUGHT_IN_SCHOOL, L.UNEXPLAINED, None),
    ("an alarm that was answered", SessionFacts(TAKEN, "N", case=Case(CaseOutcome.LOCATED, alarm=True)), "9:40",
     W.LOCATED, L.TO_CONFIRM, None),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "facts", "now", "why", "work_list", "until"), TABLE, ids=[row[0] for row in TABLE])
def test_the_table(
    reason: str, facts: SessionFacts, now: str, why: Why, work_list: WorkList | None, until: str | None
) -> None:
    answer = day_state(facts, at(now))
    assert (answer.why, answer.work_list, clock(answer.until)) == (why, work_list, until), reason
    assert answer.state is STATE_OF[why]
    assert answer.due is (answer.state is not None)


FINAL = [*"IMCEGRSTQHJY", "C1", "C2", "J1", "Y1", "Y2", "Y3", "Y5", "Y6", "Y7"]
ELSEWHERE = list("BDKPVW")


def test_the_codes_below_are_all_there_are() -> None:
    rest = ["/", "\\", "L", "U", "N", "O", "X", "Z", "#", "Y4"]
    assert sorted(FINAL + ELSEWHERE + rest) == sorted(code.code for code in CODES)


@pytest.mark.parametrize("register", [am(state) for state in RegisterState], ids=list(RegisterState))
@pytest.mark.parametrize("code", FINAL)
def test_a_final_code_of_absence_explains_whatever_the_register(code: str, register: SessionRegister) -> None:
    answer = day_state(SessionFacts(register, code), at("9:20"))
    assert (answer.state, answer.why, answer.work_list) == (Whereabouts.EXPLAINED, W.CODE, L.SETTLED)


@pytest.mark.parametrize("code", ELSEWHERE)
def test_every_code_of_another_place_is_an_expectation(code: str) -> None:
    facts = SessionFacts(TAKEN, code)
    assert day_state(facts, at("9:09")).state is Whereabouts.EXPLAINED
    assert day_state(facts, at("9:10")).state is Whereabouts.UNEXPLAINED
    there = replace(facts, expectation=Expectation(code, at("8:50"), confirmed=True))
    assert day_state(there, at("9:10")).state is Whereabouts.EXPLAINED


def flags(facts: SessionFacts, now: str = "9:20") -> frozenset[Flag]:
    return day_state(facts, at(now)).flags


def test_flags() -> None:
    assert flags(SessionFacts(TAKEN, "N")) == set()
    assert flags(SessionFacts(TAKEN, "/", reports=(ILL,))) == {Flag.CLASH}
    assert flags(SessionFacts(TAKEN, "N", reports=(ILL,))) == set()
    assert flags(SessionFacts(TAKEN, "/", look_first=True)) == {Flag.LOOK_FIRST}
    assert flags(SessionFacts(TAKEN, "/", danger=True)) == {Flag.DANGER}
    assert flags(SessionFacts(TAKEN, "N", reports=(replace(ILL, read_first=True),))) == {Flag.READ_FIRST}
    assert flags(SessionFacts(TAKEN, "N", reports=(replace(ILL, not_sure=True),))) == {Flag.NOT_SURE}
    assert flags(SessionFacts(TAKEN, "N", reports=(HELD,))) == {Flag.HELD_REPORT}
    assert flags(SessionFacts(TAKEN, "N", case=ALARM)) == {Flag.ALARM, Flag.CASE_OPEN}
    assert flags(SessionFacts(TAKEN, "I", case=OPEN_CASE)) == {Flag.CASE_OPEN}
    assert flags(SessionFacts(TAKEN, "N", case=Case(CaseOutcome.LOCATED, alarm=True))) == set()


def seen_at(when: str) -> tuple[Sighting, ...]:
    return (saw(K.SEEN_ELSEWHERE_IN_SCHOOL, when),)


SAID = replace(ILL, said_at=at("9:00"))
LOOKED = seen_at("9:10")
CONFIRMED = replace(SAID, state=R.RECORDED, decided_as="I", decided_at=at("9:15"))

# reason, facts, the list; at 9:20, when the family's "ill" meets a child who is here
CLASHES: list[tuple[str, SessionFacts, WorkList | None]] = [
    ("marked in, reported away", SessionFacts(TAKEN, "/", reports=(SAID,)), L.REPORTED_MARKED_IN),
    ("somebody went and saw her: the report waits for its decision", SessionFacts(TAKEN, "/", LOOKED, (SAID,)),
     L.TO_CONFIRM),
    ("signed in at reception is what clashes, not a check",
     SessionFacts(TAKEN, "I", (saw(K.ARRIVED, "9:10"),), (SAID,)), L.REPORTED_MARKED_IN),
    ("coded ill, and somebody went and saw her", SessionFacts(TAKEN, "I", LOOKED, (SAID,)), L.LATE),
    ("seen, and the family says ill after that", SessionFacts(TAKEN, "/", LOOKED, (replace(SAID, said_at=at("9:12")),)),
     L.REPORTED_MARKED_IN),
    ("seen in the very moment in which it was said: doubt stands",
     SessionFacts(TAKEN, "/", LOOKED, (replace(SAID, said_at=at("9:10")),)), L.REPORTED_MARKED_IN),
    ("one parent's report is older than the look, the other's newer",
     SessionFacts(TAKEN, "/", LOOKED, (SAID, replace(SAID, id=2, said_at=at("9:15")))), L.REPORTED_MARKED_IN),
    ("seen before the session began is no look into it", SessionFacts(TAKEN, "/", seen_at("8:40"), (replace(
        SAID, said_at=at("8:00")),)), L.REPORTED_MARKED_IN),
    ("confirmed as ill, then marked in", SessionFacts(TAKEN, "/", reports=(CONFIRMED,)), L.REPORTED_MARKED_IN),
    ("confirmed as ill, then signed in", SessionFacts(TAKEN, "I", (saw(K.ARRIVED, "9:18"),), (CONFIRMED,)),
     L.REPORTED_MARKED_IN),
    ("signed in, then staff decided ill all the same",
     SessionFacts(TAKEN, "I", (saw(K.ARRIVED, "9:10"),), (CONFIRMED,)), L.LATE),
    ("marked late, and staff decided late", SessionFacts(TAKEN, "L", reports=(replace(CONFIRMED, decided_as="L"),)),
     L.LATE),
    ("signed in, and not accepted", SessionFacts(TAKEN, "O", (saw(K.ARRIVED, "9:10"),), (replace(
        CONFIRMED, state=R.NOT_ACCEPTED, decided_as="O"),)), L.LATE),
    ("one parent's report decided, the other's not",
     SessionFacts(TAKEN, "L", reports=(replace(CONFIRMED, decided_as="L"), replace(SAID, id=2))), L.REPORTED_MARKED_IN),
    ("leave granted, and here", SessionFacts(TAKEN, "/", leave_granted=True), L.REPORTED_MARKED_IN),
    ("leave granted, here, and somebody looked", SessionFacts(TAKEN, "/", LOOKED, leave_granted=True), None),
    ("a decision on a report says nothing of leave",
     SessionFacts(TAKEN, "L", reports=(replace(CONFIRMED, decided_as="L"),), leave_granted=True), L.REPORTED_MARKED_IN),
    ("on the trip, says the plan, here, and somebody looked",
     SessionFacts(TAKEN, "/", LOOKED, expectation=replace(TRIP, confirmed=True)), None),
    ("coded ill by the import, here, and no report", SessionFacts(TAKEN, "I", (saw(K.ARRIVED, "9:10"),)),
     L.REPORTED_MARKED_IN),
    ("coded ill by the import, no report, and somebody looked", SessionFacts(TAKEN, "I", LOOKED), L.LATE),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "facts", "work_list"), CLASHES, ids=[row[0] for row in CLASHES])
def test_a_clash_stands_until_staff_have_dealt_with_it(
    reason: str, facts: SessionFacts, work_list: WorkList | None
) -> None:
    answer = day_state(facts, at("9:20"))
    assert (answer.state, answer.work_list) == (Whereabouts.IN_SCHOOL, work_list), reason
    assert Flag.CLASH in answer.flags


def test_the_flag_of_one_who_is_looked_for_and_not_due() -> None:
    assert flags(SessionFacts(TAKEN, "N", session_open=False, case=OPEN_CASE)) == {Flag.CASE_OPEN, Flag.NOT_DUE}
    assert flags(SessionFacts(TAKEN, "N", session_open=False)) == set()
    assert flags(SessionFacts(TAKEN, "N", case=OPEN_CASE)) == {Flag.CASE_OPEN}


def test_a_closure_code_on_a_session_that_the_calendar_calls_open_is_a_clash() -> None:
    assert flags(SessionFacts(TAKEN, "#")) == {Flag.CLASH}
    assert flags(SessionFacts(TAKEN, "Y4", session_open=False)) == set()
    assert flags(SessionFacts(TAKEN, "X")) == set()


def test_a_report_of_another_half_or_taken_back_raises_no_flag() -> None:
    morning = replace(ILL, covers_to=at("12:00"), read_first=True, not_sure=True)
    assert flags(SessionFacts(PM_TAKEN, "N", reports=(morning,)), "13:40") == set()
    afternoon = replace(ILL, covers_from=at("12:00"), read_first=True)
    assert flags(SessionFacts(TAKEN, "N", reports=(afternoon,))) == set()
    assert flags(SessionFacts(TAKEN, "N", reports=(replace(afternoon, covers_from=at("11:59")),))) == {Flag.READ_FIRST}
    assert flags(SessionFacts(TAKEN, "N", reports=(replace(TAKEN_BACK, read_first=True),))) == set()


def test_the_report_that_is_meant() -> None:
    bobs = replace(RECORDED, id=2)

    def meant(facts: SessionFacts) -> int | None:
        return day_state(facts, at("9:20")).report_id

    assert meant(SessionFacts(TAKEN, "N")) is None
    assert meant(SessionFacts(TAKEN, "N", reports=(bobs,))) == 2
    # Two that explain: the one that somebody must still open.
    assert meant(SessionFacts(TAKEN, "N", reports=(bobs, ILL))) == 1
    # In school: the one that clashes, before one of leaving early.
    assert meant(SessionFacts(TAKEN, "/", reports=(replace(LEAVING_11, id=3), ILL))) == 1
    assert meant(SessionFacts(TAKEN, "/", reports=(replace(ON_THE_WAY, id=3), ILL))) == 1
    assert meant(SessionFacts(TAKEN, "N", reports=(HELD,))) == 1
    assert meant(SessionFacts(TAKEN, "N", reports=(TAKEN_BACK,))) is None
    assert meant(SessionFacts(TAKEN, "X", reports=(ILL,))) is None


def test_times_without_a_zone_or_out_of_order_are_refused_by_name() -> None:
    with pytest.raises(RegisterTimesWrong, match="now has no time zone"):
        day_state(SessionFacts(TAKEN, "/"), at("9:00").replace(tzinfo=None))
    with pytest.raises(RegisterTimesWrong, match="starts_at has no time zone"):
        SessionRegister(S.DUE, at("8:50").replace(tzinfo=None), at("9:15"), at("12:00"))
    for closes in ("8:50", "12:01"):
        with pytest.raises(RegisterTimesWrong) as refused:
            SessionRegister(S.DUE, at("8:50"), at(closes), at("12:00"))
        assert refused.value.field == "closes_at"


# -- properties over any facts ---------------------------------------------------------------------------------------

instants = st.integers(min_value=7 * 12, max_value=17 * 12).map(
    lambda five: datetime(2026, 6, 16, tzinfo=UTC) + timedelta(minutes=5 * five)
)
maybe = st.none() | instants
registers = st.builds(lambda half, state: half(state), st.sampled_from([am, pm]), st.sampled_from(RegisterState))
sightings = st.builds(Sighting, st.sampled_from(SightingKind), instants, st.booleans(), maybe)
reports = st.builds(
    Report, st.integers(1, 9), st.sampled_from(ReportState), maybe, maybe, maybe, st.booleans(), st.booleans(),
    st.none() | st.integers(1, 2),
)  # fmt: skip
letters = st.none() | st.sampled_from([code.code for code in CODES]) | st.sampled_from(["N", "O", "", "-", "?"])
all_facts = st.builds(
    SessionFacts,
    register=registers,
    code=letters,
    sightings=st.lists(sightings, max_size=3).map(tuple),
    reports=st.lists(reports, max_size=3).map(tuple),
    leave_granted=st.booleans(),
    expectation=st.none() | st.builds(Expectation, st.sampled_from("VDMCXG#?"), instants, st.booleans()),
    case=st.none() | st.builds(Case, st.none() | st.sampled_from(CaseOutcome), st.booleans()),
    enrolled=st.sampled_from([True, True, True, False]),
    session_open=st.sampled_from([True, True, True, False]),
    look_first=st.booleans(),
    danger=st.booleans(),
)


def bare(answer: DayState) -> DayState:
    return replace(answer, until=None)


@given(all_facts, instants)
@settings(max_examples=200)
def test_every_pupil_who_is_due_is_in_exactly_one_state(facts: SessionFacts, now: datetime) -> None:
    answer = day_state(facts, now)
    not_due = not facts.enrolled or not facts.session_open or facts.code in ("X", "Z", "#", "Y4")
    live = facts.case is not None and facts.case.outcome in (
        None, CaseOutcome.CARRIED_TO_DSL, CaseOutcome.CARRIED_TO_POLICE
    )  # fmt: skip
    assert (Flag.NOT_DUE in answer.flags) is (not_due and answer.due)
    if live or answer.why is W.COLLECTOR_NOT_KNOWN:
        not_due = False
    assert answer.due is not not_due
    assert (answer.state in set(Whereabouts)) is not not_due
    assert answer.state is STATE_OF[answer.why]
    assert (answer.work_list is L.UNEXPLAINED) == (answer.state is Whereabouts.UNEXPLAINED)
    if answer.work_list in (L.LATE, L.REPORTED_MARKED_IN):
        assert answer.state is Whereabouts.IN_SCHOOL
    if answer.work_list in (L.PLANNED, L.SETTLED):
        assert answer.state is Whereabouts.EXPLAINED
    if answer.state is Whereabouts.EXPLAINED:
        assert answer.work_list is not None
    if not answer.due:
        assert answer.work_list is None
    assert answer.report_id is None or answer.report_id in {report.id for report in facts.reports}


def test_every_reason_has_its_state_and_every_state_a_reason() -> None:
    assert set(STATE_OF) == set(Why)
    assert set(STATE_OF.values()) == {None, *Whereabouts}


@given(all_facts, st.integers(0, 124), st.sampled_from([K.ARRIVED, K.SEEN_ELSEWHERE_IN_SCHOOL, K.RETURNED]))
@settings(max_examples=200)
def test_one_who_has_just_been_seen_is_in_school(facts: SessionFacts, minutes: int, kind: SightingKind) -> None:
    now = facts.register.starts_at + timedelta(minutes=minutes)
    earlier = tuple(seen for seen in facts.sightings if seen.at <= now)
    answer = day_state(replace(facts, sightings=(*earlier, Sighting(kind, now))), now)
    assert answer.state in (None, Whereabouts.IN_SCHOOL)


@given(all_facts, instants, st.sampled_from(["/", "\\", "L", "U"]))
@settings(max_examples=200)
def test_a_mark_of_presence_never_leaves_a_child_unexplained(facts: SessionFacts, now: datetime, code: str) -> None:
    comings = tuple(seen for seen in facts.sightings if not seen.is_departure)
    answer = day_state(replace(facts, code=code, sightings=comings), now)
    assert answer.state in (None, Whereabouts.IN_SCHOOL)


@given(all_facts, instants, maybe, maybe, maybe)
@settings(max_examples=200)
def test_a_sender_we_do_not_know_never_moves_a_child(
    facts: SessionFacts,
    now: datetime,
    covers_from: datetime | None,
    covers_to: datetime | None,
    given_at: datetime | None,
) -> None:
    held = Report(99, R.HELD, covers_from, covers_to, given_at)
    before, after = day_state(facts, now), day_state(replace(facts, reports=(*facts.reports, held)), now)
    assert (before.state, before.why) == (after.state, after.why)


@given(all_facts, st.integers(0, 600))
@settings(max_examples=200)
def test_nothing_known_after_the_close_is_never_calm(facts: SessionFacts, minutes: int) -> None:
    """Nobody saw or told anything to be trusted: the child is searched for, or the register is."""
    silent = replace(
        facts, code=None if facts.code != "N" else "N", sightings=(), leave_granted=False, expectation=None,
        reports=tuple(report for report in facts.reports if report.state is R.HELD),
        case=None if facts.case is not None and facts.case.outcome is CaseOutcome.LOCATED else facts.case,
    )  # fmt: skip
    answer = day_state(silent, silent.register.closes_at + timedelta(minutes=minutes))
    if answer.due:
        untaken = silent.register.state not in (S.TAKEN, S.CLOSED) and silent.code is None
        assert answer.state in (
            {Whereabouts.UNEXPLAINED, Whereabouts.NOT_KNOWN} if untaken else {Whereabouts.UNEXPLAINED}
        )


@given(all_facts, instants, st.lists(st.integers(0, 12 * 60), max_size=20))
@settings(max_examples=200)
def test_until_is_honest(facts: SessionFacts, now: datetime, later: list[int]) -> None:
    answer = day_state(facts, now)
    moments = [now + timedelta(minutes=minutes) for minutes in later]
    if answer.until is None:
        held, end = moments, None
    else:
        assert answer.until > now
        assert bare(day_state(facts, answer.until)) != bare(answer)
        end = answer.until
        held = [moment for moment in moments if moment < end] + [end - timedelta(microseconds=1)]
    for moment in held:
        same = day_state(facts, moment)
        assert bare(same) == bare(answer)
        assert same.until == end


@given(all_facts)
def test_following_until_walks_through_the_whole_day(facts: SessionFacts) -> None:
    now, steps = at("0:00"), [at("0:00")]
    while (until := day_state(facts, now).until) is not None:
        now = until
        steps.append(now)
        assert len(steps) < 30
    assert all(earlier < later for earlier, later in pairwise(steps))


@given(all_facts, instants)
def test_the_short_way_for_plain_marks_agrees_with_the_long_one(facts: SessionFacts, now: datetime) -> None:
    plain = SessionFacts(facts.register, "/")
    told = replace(plain, sightings=(Sighting(K.ARRIVED, plain.register.ends_at),))  # outside the session: says nothing
    assert day_state(plain, now) == day_state(told, now)
