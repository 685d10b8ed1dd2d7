# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings: shipped defaults < the person's file < environment < command line."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from helpdesk.core.errors import Invalid
from helpdesk.core.paths import DataFolder, default_config
from helpdesk.core.schemas.tickets import Priority

_Hours = Annotated[float, Field(gt=0, le=24 * 366 * 10, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(_Section):
    """Where the tickets lie."""

    url: str
    busy_timeout_seconds: float = Field(ge=0, le=60)


class SecuritySettings(_Section):
    """Passwords, delays after wrong ones, sessions."""

    bcrypt_cost: int = Field(ge=4, le=16)
    password_min_length: int = Field(ge=8, le=64)
    free_attempts: int = Field(ge=1, le=5)
    longest_delay_seconds: int = Field(ge=1, le=900)
    session_hours: float = Field(gt=0, le=24 * 30)


class TargetSettings(_Section):
    """Within how many hours tickets should be answered and solved."""

    first_response_hours: dict[Priority, _Hours]
    resolution_hours: dict[Priority, _Hours]


class LoggingSettings(_Section):
    """What is logged, and how much of it is kept."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]
    megabytes: int = Field(ge=1, le=1000)
    files: int = Field(ge=1, le=100)


class Settings(BaseSettings):
    """Every setting, checked; ``config/default.toml`` explains each."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="HELPDESK_",
        env_nested_delimiter="__",
    )

    database: DatabaseSettings
    security: SecuritySettings
    targets: TargetSettings
    logging: LoggingSettings

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources from strongest to weakest; the person's file comes by ``load``."""
        defaults = TomlConfigSettingsSource(settings_cls, default_config())
        return env_settings, init_settings, defaults


def load(folder: DataFolder, file: Path | None = None) -> Settings:
    """Read the settings for a data folder.

    Raises ``Invalid`` naming the first setting that is wrong, or the file that cannot be read.
    """
    try:
        return Settings(**_from_file(file or folder.settings, required=file is not None))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"The setting {name} is wrong: {first['msg']}.", field=name) from error


def _from_file(file: Path, *, required: bool) -> dict[str, Any]:
    if not required and not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(f"The settings file {file} cannot be read: {error}.") from error


def database_url(settings: Settings, folder: DataFolder) -> str:
    """Return the URL of the database.

    A data folder named on the command line holds its own; else the setting, else ``DB_PATH``.
    """
    if folder.named:
        return settings.database.url or _url_of(folder.database)
    if url := os.environ.get("HELPDESK_DATABASE_URL") or settings.database.url:
        return url
    path = Path(os.environ["DB_PATH"]).absolute() if "DB_PATH" in os.environ else folder.database
    return _url_of(path)


def _url_of(path: Path) -> str:
    # A folder may be called 'what?' or '100%25', which would mean something else in a URL.
    quoted = quote(str(path), safe="/:\\")
    return f"sqlite:///{quoted}"
