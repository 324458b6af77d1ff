"""docs/security/handling.md says what the code does: limits, ways in, lifetimes, files, keys, hosts, data and logs."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.architecture.tree import ROOT, files, modules
from webapp.absence.rules import papers
from webapp.access.doors import ENDPOINTS
from webapp.access.table import Audience
from webapp.accounts.rules import sessions
from webapp.accounts.rules.limits import DAY, HOUR, LIMITS, MINUTE
from webapp.foundation import schema
from webapp.foundation.config import SETTINGS
from webapp.foundation.db import Base
from webapp.people.rules.files import MOST_BYTES
from webapp.people.rules.sign_in_settings import LOCK_AFTER_MINUTES

PAPER = (ROOT / "docs" / "security" / "handling.md").read_text("utf-8")
# Where markup is taken over from a page that we made, never from what somebody typed.
TAKEN_OVER = {"actions.innerHTML = '<span", "head.innerHTML = section.querySelector"}


def table(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    part = PAPER.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("| ")]
    assert len(rows) > 1, heading
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1:]]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_table_of_limits_is_that_of_the_code() -> None:
    words = {MINUTE: "minute", HOUR: "hour", DAY: "day"}
    assert table("Limits") == [
        [str(limit.deed), str(limit.per), f"{limit.most:,}", words[limit.within]] for limit in LIMITS
    ]


def test_the_ways_in_are_those_of_the_doors() -> None:
    """Every door that gives out a session, found by what its view calls."""
    said = {name for row in table("Ways in") for name in names(row[0])}
    assert said <= set(ENDPOINTS)
    gives = re.compile(r"put_session_token\(|signed_in_answer\(|\bgo_in\(|\bonward\(")
    open_doors = {name for name, rule in ENDPOINTS.items() if rule.audience in (Audience.OPEN, Audience.DEMO)}
    assert said <= open_doors
    modules_of = {path for path, _ in modules(ROOT, ("blueprints",)) if gives.search((ROOT / path).read_text("utf-8"))}
    assert modules_of <= {
        "blueprints/auth/parents.py", "blueprints/auth/passkeys.py", "blueprints/auth/providers.py",
        "blueprints/auth/staff.py", "blueprints/auth/staff_links.py", "blueprints/auth/staff_lock.py",
        "blueprints/auth/staff_passkeys.py", "blueprints/auth/staff_steps.py", "blueprints/auth/steps.py",
        "blueprints/demo/sign_in.py",
    }, "a module gives out sessions that the table does not know"  # fmt: skip
    assert "hint" not in " ".join(open_doors)


def test_the_lifetimes_are_those_of_the_code() -> None:
    days, hours = timedelta(days=1), timedelta(hours=1)
    shared = sessions.SHARED_LIFETIME // hours
    assert table("Sessions") == [
        ["parents", "–", f"{sessions.PARENT_LIFETIME // days} days from the last visit"],
        ["staff", f"{sessions.STAFF_IDLE // MINUTE} minutes", f"{sessions.STAFF_LIFETIME // hours} hours"],
        ["staff on a shared computer", f"{LOCK_AFTER_MINUTES.default} minutes, then PIN or passkey (a setting)",
         f"{shared} hours, and never past midnight"],
    ]


def test_the_table_of_files_is_that_of_the_code() -> None:
    families, exports = table("Files")
    assert families[1] == f"{', '.join(papers._READABLE)}, PDF, by content"
    assert families[2] == (
        f"{papers.MOST_BYTES // 1024**2} MB, {papers.MOST_PIXELS // 10**6} million dots, {papers.MOST_FILES} a report"
    )
    assert f"{papers.LONGEST_SIDE:,} dots a side" in families[3]
    assert exports[2].startswith(f"{MOST_BYTES // 10**6} MB")


def test_every_purpose_of_a_key_is_in_the_list() -> None:
    used = set()
    for path, _ in modules(ROOT):
        used |= set(re.findall(r"\.(?:keys|signer|box)\(\"([\w-]+)\"\)", (ROOT / path).read_text("utf-8")))
    assert {name for row in table("Keys") for name in names(row[0])} == used


def test_whom_we_speak_to_is_a_setting_in_the_list() -> None:
    said = {name for row in table("Who is spoken to") for name in names(row[1])}
    hosts = {setting.name for setting in SETTINGS if setting.name.endswith("_URL")} - {"FIRSTBELL_PUBLIC_URL"}
    assert said == hosts | {"FIRSTBELL_VAPID_PRIVATE_KEY"}
    for _, path in ((0, name) for row in table("Who is spoken to") for name in names(row[0])):
        assert (ROOT / f"{path}.py").exists() or (ROOT / path).exists(), path


def test_every_table_has_its_grade() -> None:
    schema.load_tables()
    graded = [name for row in table("Data") for name in names(row[1])]
    assert len(graded) == len(set(graded))
    assert set(graded) == set(Base.metadata.tables), "give each table of the database its grade in docs/security"


def test_the_fields_of_a_line_are_those_of_the_code() -> None:
    said = {name for row in table("Logs") for name in names(row[1])}
    code = "".join(
        (ROOT / path).read_text("utf-8")
        for path in ("webapp/foundation/logs.py", "webapp/factory/requests.py", "webapp/foundation/work/run.py")
    )
    assert not [name for name in said if not re.search(rf"[\"(, ]{name}[\"=]", code)]


def test_scripts_show_text_as_text() -> None:
    danger = re.compile(r"(?:innerHTML|outerHTML) = |insertAdjacentHTML|document\.write|\beval\(|new Function")
    found = [
        line.strip()
        for path in files(ROOT, ("static/js",), (".js",))
        for line in path.read_text("utf-8").splitlines()
        if danger.search(line)
    ]
    assert len(found) == len(TAKEN_OVER)
    assert all(any(known in line for line in found) for known in TAKEN_OVER)
