"""Changing a school's settings: from a day on, never backwards, and with its trail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from webapp.foundation import trail
from webapp.foundation.clock import school_today
from webapp.foundation.db import current, unit_of_work
from webapp.foundation.submissions import SubmissionReused, find_result, keep_result
from webapp.foundation.trail import Actor, Deed
from webapp.people.models import School, SchoolSetting
from webapp.people.queries.setting_rows import SUBJECT, setting_rows
from webapp.people.rules import Refused
from webapp.people.rules.setting_changes import (
    Row,
    SettingsMoved,
    SettingsRefused,
    changed,
    check_days,
    read_typed,
    version_of,
)


def change_settings(
    organisation_id: int, school_id: int, typed: Mapping[str, str], effective_from: date, version: int, *,
    actor: Actor, submission_key: str,
) -> tuple[str, ...]:  # fmt: skip
    """Let settings hold from a day on; returns the keys that changed. ``version`` is of these keys as the page showed.

    Raises SettingsRefused naming each field, SettingsMoved when somebody was first. The same form again is one change.
    """
    content = {"settings": school_id, "typed": dict(typed), "from": effective_from.isoformat()}
    sender = f"{actor.kind.value}:{actor.id}"
    values = read_typed(typed, effective_from, school_today())
    with unit_of_work() as tx:
        held = _find(tx, organisation_id, sender, submission_key, content)
        if held is not None:
            return tuple(held)
        mine, trust = _lock(tx, organisation_id, school_id, typed, version)
        new = changed(values, mine, trust, effective_from)
        before = {key: raw for key, on, raw in sorted(mine, key=lambda row: row[1]) if on <= effective_from}
        same_day = [(key, on) for key, on, _ in mine if key in new and on == effective_from]
        kept = [row for row in mine if row[:2] not in same_day]
        check_days([*kept, *((key, effective_from, raw) for key, raw in new.items())], trust, effective_from)
        _delete(tx, organisation_id, school_id, new, effective_from)
        own = {"organisation_id": organisation_id, "school_id": school_id, "effective_from": effective_from}
        tx.execute(insert(SchoolSetting), [{**own, "key": key, "value": raw} for key, raw in new.items()])
        deeds = [_deed("changed_setting", school_id, key, effective_from, before.get(key, ""), new[key]) for key in new]
        trail.write(tx, organisation_id, actor, *deeds)
        keep_result(tx, organisation_id, sender, submission_key, content, list(new))
    current().memo.forget()
    return tuple(new)


def withdraw_setting(
    organisation_id: int, school_id: int, key: str, effective_from: date, keys: Collection[str], version: int, *,
    actor: Actor,
) -> None:  # fmt: skip
    """Take a planned change away before its day comes. ``version`` is that of ``keys`` as the page showed them.

    Raises SettingsRefused for a change that holds already, or without which a day would not fit together;
    SettingsMoved when it is not there any more.
    """
    if effective_from <= school_today():
        raise SettingsRefused([Refused(key, "This holds already. Make a new change from today on.")])
    with unit_of_work() as tx:
        mine, trust = _lock(tx, organisation_id, school_id, keys, version)
        going = [row for row in mine if row[:2] == (key, effective_from)]
        if not going:
            raise SettingsMoved
        check_days([row for row in mine if row not in going], trust, effective_from)
        _delete(tx, organisation_id, school_id, [key], effective_from)
        deed = _deed("withdrew_setting", school_id, key, effective_from, going[0][2], "")
        trail.write(tx, organisation_id, actor, deed)
    current().memo.forget()


def _lock(
    tx: Connection, organisation_id: int, school_id: int, keys: Collection[str], version: int
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows as they stand now, one change at a time. Raises SettingsMoved."""
    school = (School.organisation_id == organisation_id, School.id == school_id)
    tx.execute(select(School.id).where(*school).with_for_update(key_share=True))
    mine, trust = setting_rows(tx, organisation_id, school_id)
    if version_of((*mine, *trust), keys) != version:
        raise SettingsMoved
    return mine, trust


def _delete(tx: Connection, organisation_id: int, school_id: int, keys: Collection[str], on: date) -> None:
    tx.execute(
        delete(SchoolSetting).where(
            SchoolSetting.organisation_id == organisation_id, SchoolSetting.school_id == school_id,
            SchoolSetting.key.in_(keys), SchoolSetting.effective_from == on,
        )
    )  # fmt: skip


def _deed(action: str, school_id: int, key: str, on: date, before: str, value: str) -> Deed:
    detail = {"key": key, "effective_from": on.isoformat(), "before": before, "value": value}
    return Deed(action, SUBJECT, school_id, school_id, detail=detail)


def _find(tx: Connection, organisation_id: int, sender: str, key: str, content: Any) -> Any | None:
    try:
        return find_result(tx, organisation_id, sender, key, content)
    except SubmissionReused:
        raise SettingsMoved from None
