# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings: shipped defaults, then the person's file, the environment; wrong ones are named."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from helpdesk.core import settings as settings_module
from helpdesk.core.errors import Invalid
from helpdesk.core.paths import DataFolder, default_config
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.settings import Settings, database_url, load
from helpdesk.database.db_manager import sqlite_path


@pytest.fixture
def empty(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data").ensure()


def write(folder: DataFolder, text: str) -> None:
    folder.settings.write_text(text, encoding="utf-8")


def test_without_a_file_the_shipped_defaults_hold(
    empty: DataFolder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("HELPDESK_SECURITY__BCRYPT_COST")
    shipped = tomllib.loads(default_config().read_text(encoding="utf-8"))
    assert load(empty).model_dump(mode="json") == shipped


def test_the_persons_file_wins_over_defaults_field_by_field(empty: DataFolder):
    write(empty, "[security]\nsession_hours = 2\n[targets.resolution_hours]\nhigh = 8\n")
    settings = load(empty)
    assert (settings.security.session_hours, settings.security.free_attempts) == (2, 4)
    assert settings.targets.resolution_hours[Priority.HIGH] == 8
    assert settings.targets.resolution_hours[Priority.URGENT] == 4


def test_the_environment_wins_over_the_file(empty: DataFolder, monkeypatch: pytest.MonkeyPatch):
    write(empty, "[security]\nsession_hours = 2\nfree_attempts = 3\n")
    monkeypatch.setenv("HELPDESK_SECURITY__SESSION_HOURS", "3")
    settings = load(empty)
    assert (settings.security.session_hours, settings.security.free_attempts) == (3, 3)


def test_a_file_named_must_exist_and_is_read_instead(empty: DataFolder, tmp_path: Path):
    write(empty, "[security]\nsession_hours = 2\n")
    other = tmp_path / "other.toml"
    with pytest.raises(Invalid, match="cannot be read"):
        load(empty, other)
    other.write_text("[security]\nsession_hours = 5\n")
    assert load(empty, other).security.session_hours == 5


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[security]\nsession_hours = 0\n", "security.session_hours"),
        ("[security]\nbcrypt_cost = 3\n", "security.bcrypt_cost"),
        ("[security]\nbcrypt_cost = 40\n", "security.bcrypt_cost"),
        ("[security]\npassword_min_length = 4\n", "security.password_min_length"),
        ("[security]\nfree_attempts = 100\n", "security.free_attempts"),
        ("[security]\nlongest_delay_seconds = 0\n", "security.longest_delay_seconds"),
        ("[security]\nsesion_hours = 1\n", "security.sesion_hours"),
        ("[secrity]\nsession_hours = 1\n", "secrity"),
        ("[database]\nbusy_timeout_seconds = 'long'\n", "database.busy_timeout_seconds"),
        ("[logging]\nlevel = 'LOUD'\n", "logging.level"),
        ("[server]\npublic_url = 'javascript:alert(1)'\n", "server.public_url"),
        ("[server]\npublic_url = 'https://desk.example/?a=b'\n", "server.public_url"),
        ("[server]\npublic_url = 'https://desk.example/\"><x'\n", "server.public_url"),
        ("[server]\npublic_url = 'https://bob:x@desk.example'\n", "server.public_url"),
        ("[targets.resolution_hours]\nhigh = inf\n", "targets.resolution_hours.high"),
        ("[targets.resolution_hours]\nhigh = nan\n", "targets.resolution_hours.high"),
        ("[targets.resolution_hours]\nhigh = -1\n", "targets.resolution_hours.high"),
        ("[targets.resolution_hours]\nhigh = 1e12\n", "targets.resolution_hours.high"),
    ],
)
def test_a_wrong_setting_is_named(
    empty: DataFolder, monkeypatch: pytest.MonkeyPatch, text: str, field: str
):
    monkeypatch.delenv("HELPDESK_SECURITY__BCRYPT_COST")
    write(empty, text)
    with pytest.raises(Invalid, match=field.replace(".", r"\.")) as caught:
        load(empty)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("variable", "value", "field", "sentence"),
    [
        ("HELPDESK_LOGGING", "DEBUG", "logging", "such as HELPDESK_LOGGING__LEVEL"),
        ("HELPDESK_LOGGING", "[1]", "logging", "stands for a whole section"),
        ("helpdesk_logging", "", "logging", "stands for a whole section"),
        ("HELPDESK_LOGGING__LEVEL", "debug", "logging.level", "one of 'DEBUG', 'INFO'"),
        ("HELPDESK_LOGGING__FILES", "x", "logging.files", "must be a whole number"),
        ("HELPDESK_SECURITY__SESSION_HOURS", "x", "security.session_hours", "must be a number"),
        (
            "HELPDESK_TARGETS__RESOLUTION_HOURS",
            "abc",
            "targets.resolution_hours",
            "such as HELPDESK_TARGETS__RESOLUTION_HOURS__LOW",
        ),
        (
            "HELPDESK_TARGETS__RESOLUTION_HOURS__SOON",
            "1",
            "targets.resolution_hours.soon",
            "one of 'low'",
        ),
    ],
)
def test_a_wrong_variable_is_named(
    empty: DataFolder,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    field: str,
    sentence: str,
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(Invalid) as caught:
        load(empty)
    assert variable in str(caught.value)
    assert sentence in str(caught.value)
    assert caught.value.field == field
    for jargon in ("Input should", "pydantic", "EnvSettingsSource", "parsing"):
        assert jargon not in str(caught.value)


def test_a_whole_section_may_be_set_as_json(empty: DataFolder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HELPDESK_LOGGING", '{"level": "DEBUG"}')
    assert load(empty).logging.level == "DEBUG"


def test_an_unknown_setting_is_called_unknown(empty: DataFolder):
    write(empty, "[security]\nsesion_hours = 1\n")
    with pytest.raises(Invalid, match=r"There is no setting security\.sesion_hours; config"):
        load(empty)


@pytest.mark.parametrize("content", [b"not toml [", b"\xff\xfe", b"a = 1\na = 2\n", b"\x00"])
def test_a_file_that_is_no_settings_file_is_named(empty: DataFolder, content: bytes):
    empty.settings.write_bytes(content)
    with pytest.raises(Invalid, match=r"settings\.toml cannot be read"):
        load(empty)


# --- which database ---------------------------------------------------------------------------


@pytest.fixture
def settings(empty: DataFolder) -> Settings:
    return settings_module.load(empty)


def test_a_data_folder_holds_its_own_database(empty: DataFolder, settings: Settings):
    assert sqlite_path(database_url(settings, empty)) == empty.database


@pytest.mark.parametrize("name", ["what?", "100%25", "a#b", "ü 😀", "a b;c&d", "%", "?x=1"])
def test_any_folder_name_survives_the_url(tmp_path: Path, settings: Settings, name: str):
    for folder in (DataFolder(tmp_path / name), DataFolder(tmp_path / name, named=False)):
        assert sqlite_path(database_url(settings, folder)) == folder.database


def test_a_folder_whose_name_is_no_text_is_refused(tmp_path: Path, settings: Settings):
    with pytest.raises(Invalid, match="choose another place"):
        database_url(settings, DataFolder(tmp_path / "\udcff"))


def test_a_folder_named_by_the_caller_wins_over_the_environment(
    empty: DataFolder, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HELPDESK_DATABASE_URL", "sqlite:////elsewhere/desk.db")
    monkeypatch.setenv("DB_PATH", "/third/desk.db")
    assert sqlite_path(database_url(settings, empty)) == empty.database
    unnamed = DataFolder(empty.path, named=False)
    assert database_url(settings, unnamed) == "sqlite:////elsewhere/desk.db"
    monkeypatch.delenv("HELPDESK_DATABASE_URL")
    assert sqlite_path(database_url(settings, unnamed)) == Path("/third/desk.db").absolute()
    monkeypatch.delenv("DB_PATH")
    assert sqlite_path(database_url(settings, unnamed)) == empty.database


def test_the_setting_names_a_database_elsewhere(empty: DataFolder, tmp_path: Path):
    write(empty, f"[database]\nurl = 'sqlite:///{tmp_path.as_posix()}/other.db'\n")
    url = database_url(load(empty), DataFolder(empty.path, named=False))
    assert sqlite_path(url) == tmp_path / "other.db"
