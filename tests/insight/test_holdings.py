"""The map of people's rows is whole: no table and no column is in a bundle, or out of one, by oversight."""

from __future__ import annotations

import pytest
from sqlalchemy import LargeBinary

from webapp.foundation import schema
from webapp.foundation.db import Base
from webapp.insight.rules.holdings import CHAPTERS, HOLDINGS, NOBODYS, Path, Treat, treatment_of

schema.load_tables()
TABLES = Base.metadata.tables
POINTS_AT_A_PERSON = {"pupil_id", "contact_id", "enrolment_id", "report_id", "case_id", "message_id", "delivery_id"}
SECRETS = {
    "token_hash", "password_hash", "totp_secret", "code_hash", "public_key", "credential_id", "p256dh", "auth",
    "endpoint", "salt", "digest", "erased_digest", "pin_hash", "client_secret", "sealed", "state_hash", "browser_hash",
    "link_hash",
}  # fmt: skip


def test_every_table_is_in_one_of_the_two_lists():
    assert set(TABLES) == {*HOLDINGS, *NOBODYS}
    assert not set(HOLDINGS) & set(NOBODYS)


def test_every_table_that_points_at_a_person_is_given_or_says_why_not():
    pointing = {name for name, table in TABLES.items() if POINTS_AT_A_PERSON & set(table.c.keys())}
    reasoned = {"subject_line"}
    assert pointing - set(HOLDINGS) <= reasoned
    assert all(len(NOBODYS[name]) > 20 for name in NOBODYS)


@pytest.mark.parametrize("name", HOLDINGS)
def test_each_column_of_the_map_is_named(name: str):
    columns = [column for column in TABLES[name].c if not isinstance(column.type, LargeBinary)]
    assert [column.name for column in columns if treatment_of(name, column.name) is None] == []


@pytest.mark.parametrize("name", HOLDINGS)
def test_each_path_is_one_that_the_table_has(name: str):
    holding, columns = HOLDINGS[name], set(TABLES[name].c.keys())
    of_columns = {Path.PUPIL, Path.CONTACT, Path.ENROLMENT, Path.REPORT, Path.CASE, Path.MESSAGE, Path.DELIVERY,
                  Path.COLLECTED}  # fmt: skip
    assert holding.pupil or holding.contact
    assert {path.value for path in (holding.pupil, holding.contact) if path in of_columns} <= columns
    assert holding.chapter in CHAPTERS
    assert not holding.order or holding.order in columns


def test_no_secret_is_ever_given():
    given = {
        (name, column.name)
        for name in HOLDINGS
        for column in TABLES[name].c
        if treatment_of(name, column.name) is not Treat.OMIT
    }
    assert not {column for _, column in given} & SECRETS


def test_a_column_that_nobody_has_named_is_found():
    assert treatment_of("pupil", "shoe_size") is None
