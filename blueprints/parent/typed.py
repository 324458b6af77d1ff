"""Between a form's fields and ``TypedReport``: every value is text, and goes back into the form as it came."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from webapp.absence.queries.families import OwnReport
from webapp.absence.rules.drafts import FieldError, TypedReport
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import QUICK, REASONS, SYMPTOMS, ReasonKind, reasons_for
from webapp.foundation.words import time_words
from webapp.people.rules.names import clean_text

DATES = ("starts_on", "ends_on")
_LONGEST_FIELD = 10_000
_MOST_CHILDREN = 20


def new_key() -> str:
    """A form's own key, made once: a double tap, Back and a retry are one submission."""
    return secrets.token_urlsafe(16)


def read_typed(form: MultiDict[str, str], **given: Any) -> TypedReport:
    """The report as the form sent it. A date is one radio, or with "other" three fields; ``given`` overrides."""

    def text(name: str) -> str:
        return fit_to_show(form.get(name, ""))

    values: dict[str, Any] = {
        "children": tuple(dict.fromkeys(form.getlist("children")))[:_MOST_CHILDREN], "kind": text("kind"),
        "leaves_at": text("leaves_at"), "arrives_at": text("arrives_at"), "reason": text("reason"),
        "symptoms": tuple(form.getlist("symptoms"))[:_MOST_CHILDREN],
        "words": fit_to_show(form.get("words", ""), whole=True),
        "wants_call": text("wants_call") == "yes", "back_on": text("back_on"),
        **{name: read_date(form, name) for name in DATES},
    }  # fmt: skip
    return TypedReport(**{**values, **given})


def fit_to_show(raw: str, *, whole: bool = False) -> str:
    """What was typed, fit to stand in a page again: no NUL and no other control; its length is the rules' matter.

    ``whole``: a field whose refusal says how long it is.
    """
    some = raw if whole else raw[:_LONGEST_FIELD]
    return clean_text(some, 4 * len(some), "typed")


def read_date(form: MultiDict[str, str], name: str) -> str:
    """The chosen day, or what was typed as day, month and year."""
    chosen = fit_to_show(form.get(name, ""))[:40]
    if chosen and chosen != "other":
        return chosen
    return " ".join(fit_to_show(form.get(f"{name}_{part}", ""))[:12] for part in ("day", "month", "year")).strip()


def as_fields(typed: TypedReport) -> dict[str, Any]:
    """The same as hidden fields."""
    values = asdict(typed)
    values["wants_call"] = "yes" if typed.wants_call else ""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}


def typed_of(report: OwnReport) -> TypedReport:
    """The report that stands, as its form would send it."""
    return TypedReport(
        children=(report.child,), kind=report.kind, starts_on=report.starts_on.isoformat(),
        ends_on=(report.asked_until or report.ends_on).isoformat() if report.kind == Kind.DAYS else "",
        leaves_at=time_words(report.leaves_at) if report.leaves_at else "",
        arrives_at=time_words(report.arrives_at) if report.arrives_at else "",
        reason=report.reason, symptoms=tuple(filter(None, report.symptoms.split(","))), words=report.words,
        wants_call=report.wants_call, back_on=report.back_on.isoformat() if report.back_on else "",
    )  # fmt: skip


def reason_items(rows: Sequence[ReasonKind], typed: TypedReport) -> list[dict[str, Any]]:
    """The reasons for ``components/reason_picker.html``, with the chips of the chosen one as they were."""
    items: list[dict[str, Any]] = []
    for row in rows:
        item: dict[str, Any] = {"value": row.reason.value, "text": row.label, "after": row.after, "asks": row.asks_call}
        item["leave"] = row.asks_leave
        if row.symptoms:
            item["chips"] = {
                "name": "symptoms", "legend": "What is wrong?", "hint": "Tap any that fit",
                "items": [(symptom.value, SYMPTOMS[symptom].label) for symptom in row.symptoms],
                "chosen": typed.symptoms,
            }  # fmt: skip
        items.append(item)
    return items


def quick_items(typed: TypedReport) -> list[dict[str, Any]]:
    return reason_items(QUICK, typed)


def fitting_items(typed: TypedReport) -> list[dict[str, Any]]:
    """The reasons that fit the kind."""
    known = {kind.value for kind in Kind}
    return reason_items(reasons_for(Kind(typed.kind)), typed) if typed.kind in known else all_items(typed)


def all_items(typed: TypedReport) -> list[dict[str, Any]]:
    """Every reason, for a form on which the kind may change."""
    return reason_items(list(REASONS.values()), typed)


def summary(errors: Sequence[FieldError], places: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    """The error summary: each line leads to the first field at fault; ``places`` names another id for a field."""
    return [
        {"text": error.sentence, "href": f"#{(places or {}).get(error.field, error.field)}"} for error in errors
    ]


def by_field(errors: Sequence[FieldError]) -> dict[str, str]:
    return {error.field: error.sentence for error in errors}


def receipt_url(report: str, **more: Any) -> str:
    return url_for("parent.receipt", report=report, **more)
