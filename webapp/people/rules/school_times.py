"""The moments of a school day: settings that must fit together, and dates turned into instants.

Times of day are London wall-clock times; instants are aware and UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from webapp.foundation.sessions import Half
from webapp.people.rules.settings import (
    AM_REGISTER_CLOSES,
    AM_REGISTER_OPENS,
    AM_SESSION_ENDS,
    LONGEST_REGISTER_MINUTES,
    OFFICE_OPENS,
    PM_REGISTER_CLOSES,
    PM_REGISTER_OPENS,
    PM_SESSION_ENDS,
    SettingKey,
    SettingRefused,
    Settings,
)

LONDON = ZoneInfo("Europe/London")

_OPENS = {Half.AM: AM_REGISTER_OPENS, Half.PM: PM_REGISTER_OPENS}
_CLOSES = {Half.AM: AM_REGISTER_CLOSES, Half.PM: PM_REGISTER_CLOSES}
_ENDS = {Half.AM: AM_SESSION_ENDS, Half.PM: PM_SESSION_ENDS}


def check_together(settings: Settings) -> None:
    """Refuse times that contradict each other. Raises ``SettingRefused`` on the first key at fault.

    A register closes after it opens and within 30 minutes (SI 2024/208 reg. 10), each session ends after its register
    has closed, and the afternoon's register opens no earlier than the morning session ends.
    """
    for half in Half:
        closes = _CLOSES[half]
        length = register_minutes(settings, half)
        if length <= 0:
            raise SettingRefused(closes.name, "The register must close after it opens.")
        if length > LONGEST_REGISTER_MINUTES:
            raise SettingRefused(closes.name, "A register may be open for 30 minutes at most. Choose an earlier time.")
        if settings[_ENDS[half]] <= settings[closes]:
            raise SettingRefused(_ENDS[half].name, "The session must end after its register closes.")
    if settings[PM_REGISTER_OPENS] < settings[AM_SESSION_ENDS]:
        raise SettingRefused(
            PM_REGISTER_OPENS.name, "The afternoon register cannot open before the morning session ends."
        )


def advice(settings: Settings) -> tuple[str, ...]:
    """What the guidance asks for and these settings do not do; shown to the administrator, never a refusal.

    Registers should be open for the same time in every session (Working together, 2024).
    """
    morning, afternoon = register_minutes(settings, Half.AM), register_minutes(settings, Half.PM)
    if morning == afternoon:
        return ()
    return (
        f"The morning register is open for {morning} minutes and the afternoon register for {afternoon}. "
        "The guidance asks for the same length in every session.",
    )


def register_minutes(settings: Settings, half: Half) -> int:
    """How many minutes a register is open."""
    return _minutes(settings[_CLOSES[half]]) - _minutes(settings[_OPENS[half]])


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


@dataclass(frozen=True, slots=True)
class SchoolTimes:
    """Instants of a school's day by its settings."""

    settings: Settings

    def register_opens(self, day: date, half: Half) -> datetime:
        return self._at(day, _OPENS[half])

    def register_closes(self, day: date, half: Half) -> datetime:
        return self._at(day, _CLOSES[half])

    def session_ends(self, day: date, half: Half) -> datetime:
        return self._at(day, _ENDS[half])

    def seen_until(self, day: date, half: Half) -> datetime:
        """Until when somebody who sees a child sees them in this session: lunch is the morning's."""
        return self.register_opens(day, Half.PM) if half is Half.AM else self.session_ends(day, half)

    def cut_off(self, day: date) -> datetime:
        """The close of the morning register. It changes the words a parent reads and never closes the door."""
        return self.register_closes(day, Half.AM)

    def office_opens(self, day: date) -> datetime:
        return self._at(day, OFFICE_OPENS)

    def _at(self, day: date, key: SettingKey[time]) -> datetime:
        return in_london(day, self.settings[key])


def in_london(day: date, at: time) -> datetime:
    """The UTC instant of a wall-clock time in London.

    A time that the clocks skip in March is read as the hour after; of the two in October, the first.
    """
    return datetime.combine(day, at, tzinfo=LONDON).astimezone(UTC)
