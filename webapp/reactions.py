"""Who answers what happened. The only place that joins the events of lower floors to the services of higher ones."""

from __future__ import annotations

from notifications import channels
from notifications import events as post
from notifications.rules.message_kinds import MessageName
from notifications.services import load_handlers, register_still_true, trail_heads
from webapp.absence.services import happenings, outcomes
from webapp.absence.services.telling import outcome_still_true, question_still_true
from webapp.accounts.services import endings, leavers, staff_news
from webapp.first_day.services import (
    clockwork,
    closures,
    collection_stopped,
    following,
    inbound,
    rights_lost,
    stopped,
    text_moved,
)
from webapp.foundation import clock, trail, work
from webapp.foundation.config import Config
from webapp.foundation.events import subscribe
from webapp.insight.services import nightly
from webapp.people.services.calendar import CalendarChanged
from webapp.people.services.rights_events import (
    EntryShown,
    EntryWithheld,
    MessagesStopped,
    RightsChanged,
    RollChanged,
    StopLifted,
)
from webapp.people.services.school_clock import read_offset
from webapp.people.services.staff_events import StaffNews
from webapp.record.services import MarksChanged, imports
from webapp.record.services.sighting_events import CollectionStopped, PupilSighted


def wire(settings: Config) -> None:
    """Say how messages go out, subscribe every reaction, and register every kind of work; again changes nothing."""
    if settings.is_demo:
        clock.use_school_offset(read_offset)
    channels.use(channels.channels_from(settings))
    _subscribe()
    _register()


def _subscribe() -> None:
    """In the order in which they happen; each runs in the transaction of what happened."""
    subscribe(MarksChanged, following.on_marks_changed)
    subscribe(PupilSighted, following.on_pupil_sighted)
    subscribe(CollectionStopped, collection_stopped.on_collection_stopped)
    subscribe(happenings.ReportMade, following.on_report_made)
    subscribe(happenings.ReportChanged, following.on_report_changed)
    subscribe(happenings.ReportWithdrawn, following.on_report_withdrawn)
    subscribe(post.DeliveryFailed, following.on_delivery_failed)
    subscribe(post.DeliveryDelivered, following.on_delivery_delivered)
    subscribe(post.DeliveryCalledOff, following.on_called_off)
    subscribe(post.CallNeeded, following.on_call_needed)
    subscribe(post.ContactPointWentBad, following.on_point_went_bad)
    subscribe(post.ContactOptedOut, following.on_opted_out)
    subscribe(post.ContactPointWentBad, endings.on_point_went_bad)
    subscribe(post.ContactPointWentBad, rights_lost.on_point_went_bad)
    subscribe(RightsChanged, rights_lost.on_rights_changed)
    subscribe(RightsChanged, endings.on_rights_changed)
    subscribe(RightsChanged, leavers.on_rights_changed)
    subscribe(RollChanged, leavers.on_roll_changed)
    subscribe(MessagesStopped, stopped.on_messages_stopped)
    subscribe(StopLifted, stopped.on_stop_lifted)
    subscribe(EntryWithheld, stopped.on_entry_withheld)
    subscribe(EntryShown, stopped.on_entry_shown)
    subscribe(post.TextMoved, text_moved.on_text_moved)
    subscribe(post.InboundReceived, inbound.on_inbound)
    subscribe(StaffNews, staff_news.on_staff_news)
    subscribe(CalendarChanged, closures.on_calendar_changed)


def _register() -> None:
    """Every kind of work that this process can do, and what each message asks just before it goes."""
    register_still_true(MessageName.MISSING_CHILD, following.asking_still_true)
    register_still_true(MessageName.MISSING_CHILD_AGAIN, following.asking_again_still_true)
    register_still_true(MessageName.CORRECTION, following.correction_still_true)
    register_still_true(MessageName.SCHOOL_ASKS, question_still_true)
    register_still_true(MessageName.REPORT_OUTCOME, outcome_still_true)
    load_handlers()
    work.handler(outcomes.TELL_OUTCOME, urgent=True)(outcomes.tell_outcome)
    imports.load_handlers()
    clockwork.schedule()
    endings.schedule()
    leavers.schedule()
    trail.schedule()
    trail_heads.schedule()
    nightly.schedule()
