"""What the documents say of keeping is what the program does."""

from __future__ import annotations

from pathlib import Path

from blueprints.admin.setting_words import value_words
from webapp.insight.rules.bundles import SHAPE
from webapp.insight.rules.keeping import KEEPINGS
from webapp.people.rules.retention import KEEP_PUPIL_AGE, KEEP_REGISTER_YEARS, KEEP_REPORTS_YEARS, KEEP_SEN_PUPIL_AGE

FOLDER = Path(__file__).parents[2] / "docs" / "data-protection"


def rows() -> list[str]:
    """The table as the program has it."""
    return [
        f"| {each.title} | {value_words(each.key.name, str(each.key.default))} | {each.key.low} | {each.source} |"
        for each in KEEPINGS.values()
    ]


def test_the_table_of_keeping_is_the_programs():
    written = (FOLDER / "retention.md").read_text("utf-8").splitlines()
    assert [line for line in written if line.startswith("| ") and not line.startswith("| kind")] == rows()


def test_the_notice_for_parents_says_the_same_years():
    notice = (FOLDER / "privacy-notice.md").read_text("utf-8")
    assert f"at least {KEEP_REGISTER_YEARS.low} years" in notice
    assert f"for {KEEP_REPORTS_YEARS.default} school years" in notice
    assert f"are {KEEP_PUPIL_AGE.default}, or {KEEP_SEN_PUPIL_AGE.default} if" in notice


def test_the_shape_of_the_file_is_written_down():
    assert SHAPE in (FOLDER / "subject-access.md").read_text("utf-8")


def test_every_page_is_in_the_list_of_them():
    listed = (FOLDER / "README.md").read_text("utf-8")
    assert [page.name for page in FOLDER.glob("*.md") if page.name != "README.md" and page.name not in listed] == []
