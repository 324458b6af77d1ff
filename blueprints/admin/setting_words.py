"""Settings as pages call them."""

from __future__ import annotations

from webapp.people.rules.settings import SettingRefused, get_key

_TITLES = {
    "register.am.opens": "Morning register opens",
    "register.am.closes": "Morning register closes",
    "register.pm.opens": "Afternoon register opens",
    "register.pm.closes": "Afternoon register closes",
    "session.am.ends": "Morning ends",
    "session.pm.ends": "Afternoon ends",
    "register.kept_in": "Registers are taken in",
    "register.marks_stale_minutes": "Marks that were brought in are too old after",
    "absence.long_run_days": "A long absence is longer than",
    "messages.quiet_from": "No messages in the evening from",
    "messages.quiet_to": "Messages start in the morning at",
    "messages.push_head_start_minutes": "A message in the app comes before its text by",
    "first_day.text_delay_minutes": "First text after the register closes",
    "first_day.register_overdue_minutes": "A register that is not taken is missing after",
    "first_day.elsewhere_grace_minutes": "A pupil in another place must be confirmed within",
    "first_day.ring_after_minutes": "First call after the text",
    "first_day.text_again_minutes": "Second text after the first",
    "first_day.tell_dsl_after_minutes": "The safeguarding lead is told after",
    "board.confirm_hold_minutes": "A decision can be undone for",
    "board.ringing_hold_minutes": "“Is ringing” is shown for",
    "link.hours": "A link in a text works for",
    "messages.code_countries": "Sign-in codes are texted to other countries",
    "pupils.report_from_age": "Sixth-form pupils answer for themselves",
    "pupils.sign_out": "They may ask to leave during the day",
    "pupils.parents_see": "Their parents then see",
    "contact.office_opens": "The office opens at",
    "codes.n.days": "Code N must get its reason within",
    "staff.codes_alone": "A code alone is enough",
    "staff.second_factor": "A second proof is asked of",
    "staff.lock_after_minutes": "A shared computer locks itself after",
    "staff.proof_reading_minutes": "A proof for safeguarding pages lasts",
    "staff.proof_taking_minutes": "A proof for exports and sign-in changes lasts",
    "figures.too_few_sessions": "Percentages are shown from",
    "figures.smallest_group": "Totals are shown of groups from",
    "retention.register_years": "The register is kept for",
    "retention.cases_years": "First-day contact is kept for",
    "retention.reports_years": "Absence reports are kept for",
    "retention.messages_years": "Messages are kept for",
    "retention.tasks_years": "Tasks that are done are kept for",
    "retention.imports_years": "Imports are kept for",
    "retention.requests_years": "Closed requests for data are kept for",
    "retention.trail_years": "Names stay in the trail for",
    "retention.pupil_age": "A pupil's record is kept until the age of",
    "retention.pupil_sen_age": "With special needs, until the age of",
}
_CHOICES = {
    "school_system": "The school's own system", "firstbell": "Firstbell", "never": "Never",
    "16": "Over compulsory school age", "18": "18 years", "no": "No", "yes": "Yes",
    "by_role": "Everybody but teachers and governors",
    "everybody": "Everybody", "reception": "Yes; reception sees them go",
    "phone": "Yes; their phone signs them out",
    "everything": "Everything", "fact": "That they are away, not why", "emergencies": "Nothing but emergencies",
}  # fmt: skip


def title_of(name: str) -> str:
    """What a setting is called; its own name where nobody has given it words yet."""
    return _TITLES.get(name, name)


def value_words(name: str, raw: str) -> str:
    """A stored text with its unit: "10 minutes", "09:15"."""
    try:
        key = get_key(name)
    except SettingRefused:
        return raw
    if key.choices:
        return _CHOICES.get(raw, raw)
    if key.unit == "time of day":
        return raw
    return f"{raw} {key.unit.removesuffix('s') if raw == '1' else key.unit}"
