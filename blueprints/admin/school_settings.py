"""The school's settings: what holds, since when and by whom, what is planned, and changing it from a day on."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.admin import blueprint
from blueprints.admin.setting_words import title_of, value_words
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_key, typed_version
from webapp.access import current_staff
from webapp.foundation.clock import london, school_offset
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words, staff_time
from webapp.people.queries import times_of
from webapp.people.queries.setting_rows import SettingDeed, SettingRows, load_settings
from webapp.people.rules import Refused
from webapp.people.rules.files.cells import read_date
from webapp.people.rules.files.rejections import CellRefused
from webapp.people.rules.school_times import advice
from webapp.people.rules.setting_changes import (
    SettingGroup,
    SettingsMoved,
    SettingsRefused,
    find_group,
    groups,
    version_of,
)
from webapp.people.rules.settings import REGISTRY, dump, get_key, settings_as_of
from webapp.people.services.settings import change_settings, withdraw_setting

Errors = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting in a list: what holds now, since when and by whom, and what is planned [(day, words, ISO day)]."""

    key: str
    title: str
    value: str
    since: str
    planned: Sequence[tuple[str, str, str]]


@blueprint.get("/staff/<school>/settings")
def settings(school: str) -> str:
    at = here()
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        rows = load_settings(db, *at.keys)
    now = settings_as_of(rows.mine, at.today, rows.trust)
    found = [(group, [_shown(rows, key, at.today) for key in group.keys]) for group in groups()]
    return show("admin/school_settings/settings.html", at, seen, times, "settings", found=found, advice=advice(now))


@blueprint.get("/staff/<school>/settings/<group>")
def setting_group(school: str, group: str) -> str:
    return _page(here(), _group(group))


@blueprint.post("/staff/<school>/settings/<group>")
def change_group(school: str, group: str) -> Response | tuple[str, int]:
    at, found = here(), _group(group)
    typed = {key: request.form.get(key, "") for key in found.keys}
    try:
        change_settings(
            *at.keys, typed, _day(request.form.get("effective_from", "")), typed_version(),
            actor=current_staff().actor, submission_key=typed_key(),
        )  # fmt: skip
    except SettingsRefused as refused:
        return _page(at, found, _errors(refused)), 422
    except SettingsMoved as moved:
        return _page(at, found, [{"text": moved.mend, "href": "#history"}], keep=False), 409
    return redirect(url_for("admin.settings", school=school), 303)


@blueprint.post("/staff/<school>/settings/<group>/withdraw")
def withdraw(school: str, group: str) -> Response | tuple[str, int]:
    at, found, form = here(), _group(group), request.form
    key = form.get("key", "")
    if key not in found.keys:
        abort(404)
    try:
        day = _day(form.get("from", ""))
        withdraw_setting(*at.keys, key, day, found.keys, typed_version(), actor=current_staff().actor)
    except SettingsRefused as refused:
        return _page(at, found, _errors(refused), keep=False), 422
    except SettingsMoved as moved:
        return _page(at, found, [{"text": moved.mend, "href": "#history"}], keep=False), 409
    return redirect(url_for("admin.setting_group", school=school, group=group), 303)


def _group(name: str) -> SettingGroup:
    found = find_group(name)
    return found if found is not None else abort(404)


def _day(typed: str) -> date:
    try:
        return read_date(typed)
    except CellRefused as refused:
        raise SettingsRefused([Refused("effective_from", refused.mend)]) from None


def _errors(refused: SettingsRefused) -> Errors:
    return [
        {"text": f"{title_of(each.field)}: {each.mend}" if each.field in REGISTRY else each.mend,
         "href": f"#{each.field}", "field": each.field, "mend": each.mend}
        for each in refused.errors
    ]  # fmt: skip


def _page(at: Here, group: SettingGroup, errors: Errors | None = None, *, keep: bool = True) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        rows = load_settings(db, *at.keys)
    typed: Mapping[str, str] = request.form if keep and request.method == "POST" else {}
    wrong = {each["field"]: each["mend"] for each in errors or [] if "field" in each}
    return show(
        "admin/school_settings/group.html", at, seen, times, "settings", group=group, errors=errors or [],
        fields=[_field(rows, key, at.today, typed, wrong) for key in group.keys],
        shown=[_shown(rows, key, at.today) for key in group.keys], history=_history(rows, group),
        version=version_of((*rows.mine, *rows.trust), group.keys), key=secrets.token_urlsafe(18),
        effective_from=typed.get("effective_from", at.today.isoformat()), wrong_day=wrong.get("effective_from"),
    )  # fmt: skip


def _field(
    rows: SettingRows, name: str, today: date, typed: Mapping[str, str], wrong: Mapping[str, str]
) -> dict[str, Any]:
    key = get_key(name)
    value = typed.get(name, dump(key, settings_as_of(rows.mine, today, rows.trust)[key]))
    choices = [(choice, value_words(name, choice)) for choice in key.choices]
    bounds = ""
    if key.low is not None and key.high is not None:
        unit = "" if key.unit == "time of day" else f" {key.unit}"
        bounds = f" From {key.write(key.low)} to {key.write(key.high)}{unit}."
    return {
        "name": name, "title": title_of(name), "value": value, "choices": choices, "error": wrong.get(name),
        "hint": f"{key.description}{bounds}",
    }  # fmt: skip


def _shown(rows: SettingRows, name: str, today: date) -> Shown:
    key = get_key(name)
    mine = sorted(on for each, on, _ in rows.mine if each == name and on <= today)
    trust = sorted(on for each, on, _ in rows.trust if each == name and on <= today)
    since = "As it came: nobody has changed it"
    if mine:
        by = rows.by(name, mine[-1])
        since = f"Since {_day_words(mine[-1])}" + (f", {by}" if by else "")
    elif trust:
        since = f"Since {_day_words(trust[-1])}, for the whole trust"
    planned = sorted((on, raw) for each, on, raw in rows.mine if each == name and on > today)
    value = value_words(name, dump(key, settings_as_of(rows.mine, today, rows.trust)[key]))
    return Shown(
        name, title_of(name), value, since,
        [(_day_words(on), value_words(name, raw), on.isoformat()) for on, raw in planned],
    )  # fmt: skip


def _history(rows: SettingRows, group: SettingGroup) -> list[tuple[str, str, str, str]]:
    """What was changed: the setting, from what to what, from which day, and who did it when."""
    return [
        (title_of(deed.key), _change_words(deed), _day_words(deed.effective_from), f"{deed.by}, {_when(deed)}")
        for deed in rows.deeds if deed.key in group.keys
    ]  # fmt: skip


def _when(deed: SettingDeed) -> str:
    """The trail keeps machine time; beside the days of settings stands school time."""
    at = london(deed.at + school_offset())
    return f"{_day_words(at.date())} {staff_time(at)}"


def _change_words(deed: SettingDeed) -> str:
    first = f"{value_words(deed.key, dump(get_key(deed.key), get_key(deed.key).default))} (as it came)"
    before = value_words(deed.key, deed.before) if deed.before else first
    return f"{before} → {value_words(deed.key, deed.value)}" if deed.value else f"{before} withdrawn"


def _day_words(on: date) -> str:
    return f"{short_day_words(on)} {on.year}"
