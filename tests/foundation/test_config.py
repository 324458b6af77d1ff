"""Settings come from the environment, are checked at start, and are all in the table of docs/operations.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.foundation.config import SETTINGS, ConfigRefused, Mode, load

GOOD = {
    "FIRSTBELL_DATABASE_URL": "postgresql://firstbell@db/firstbell",
    "FIRSTBELL_PUBLIC_URL": "https://attend.hill.example/",
    "FIRSTBELL_SECRET_KEYS": "k" * 32 + ", " + "j" * 40,
}
TWILIO = {
    "FIRSTBELL_TWILIO_ACCOUNT_SID": "AC1", "FIRSTBELL_TWILIO_AUTH_TOKEN": "t", "FIRSTBELL_TWILIO_SENDER": "MG1",
}  # fmt: skip


def test_good_settings_are_typed() -> None:
    hosts = {"FIRSTBELL_SIGN_IN_HOSTS": "login.school.internal, Adfs "}
    config = load({**GOOD, **TWILIO, **hosts, "FIRSTBELL_CALLS_IN_FLIGHT": "4"})
    assert config.sign_in_hosts == ("login.school.internal", "adfs")
    assert config.mode is Mode.PRODUCTION
    assert config.database_url == "postgresql+psycopg://firstbell@db/firstbell"
    assert config.public_url == "https://attend.hill.example"
    assert config.secret_keys == ("k" * 32, "j" * 40)
    assert config.twilio is not None
    assert config.twilio.sender == "MG1"
    assert (config.mail, config.push, config.calls_in_flight, config.fictional_numbers) == (None, None, 4, False)


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"FIRSTBELL_DATABASE_URL": ""}, "FIRSTBELL_DATABASE_URL"),
        ({"FIRSTBELL_DATABASE_URL": "mysql://x"}, "FIRSTBELL_DATABASE_URL"),
        ({"FIRSTBELL_PUBLIC_URL": ""}, "FIRSTBELL_PUBLIC_URL"),
        ({"FIRSTBELL_PUBLIC_URL": "http://attend.hill.example"}, "FIRSTBELL_PUBLIC_URL"),
        ({"FIRSTBELL_PUBLIC_URL": "https://attend.hill.example/app"}, "FIRSTBELL_PUBLIC_URL"),
        ({"FIRSTBELL_SECRET_KEYS": "short"}, "FIRSTBELL_SECRET_KEYS"),
        ({"FIRSTBELL_SECRET_KEYS": "k" * 32 + ",short"}, "FIRSTBELL_SECRET_KEYS"),
        ({"FIRSTBELL_MODE": "prod"}, "FIRSTBELL_MODE"),
        ({"FIRSTBELL_FICTIONAL_NUMBERS": "1"}, "FIRSTBELL_FICTIONAL_NUMBERS"),
        ({"FIRSTBELL_SIGN_IN_HOSTS": "https://login.school.internal/"}, "FIRSTBELL_SIGN_IN_HOSTS"),
        ({"FIRSTBELL_CALLS_IN_FLIGHT": "65"}, "FIRSTBELL_CALLS_IN_FLIGHT"),
        ({"FIRSTBELL_CALLS_IN_FLIGHT": "many"}, "FIRSTBELL_CALLS_IN_FLIGHT"),
        ({"FIRSTBELL_TWILO_SENDER": "MG1"}, "FIRSTBELL_TWILO_SENDER"),
        ({**TWILIO, "FIRSTBELL_TWILIO_AUTH_TOKEN": " "}, "FIRSTBELL_TWILIO_AUTH_TOKEN"),
        ({"FIRSTBELL_SMTP_URL": "smtp://mail"}, "FIRSTBELL_MAIL_FROM"),
        ({"FIRSTBELL_VAPID_CONTACT": "a@b.example"}, "FIRSTBELL_VAPID_PRIVATE_KEY"),
    ],
)
def test_a_wrong_setting_is_named(change: dict[str, str], setting: str) -> None:
    with pytest.raises(ConfigRefused) as refused:
        load({**GOOD, **change})
    assert refused.value.setting == setting
    assert str(refused.value).startswith(setting)


def test_secrets_do_not_show_in_what_is_printed() -> None:
    assert "k" * 32 not in repr(load({**GOOD, **TWILIO}))


def test_every_setting_stands_in_the_operations_table() -> None:
    table = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    rows = [line for line in table.splitlines() if line.startswith("| `FIRSTBELL_")]
    assert [row.split("`")[1] for row in rows] == [setting.name for setting in SETTINGS]
    for setting, row in zip(SETTINGS, rows, strict=True):
        assert setting.purpose in row
