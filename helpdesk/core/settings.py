# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings: shipped defaults < the person's file < environment < command line."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args, get_origin
from urllib.parse import quote

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from helpdesk.core.api import IDEMPOTENCY_DAYS
from helpdesk.core.errors import Invalid
from helpdesk.core.paths import DataFolder, default_config
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.schemas.users import Role
from helpdesk.core.text import NAME_LIMIT
from helpdesk.core.validation import sentence
from helpdesk.core.web_address import AddressReader

_PREFIX, _DELIMITER = "HELPDESK_", "__"
_UNKNOWN = "There is no setting {name}; config/default.toml names them all."
_NO_SECTION = (
    "{variable} cannot be understood: it stands for a whole section; set one of its settings,"
    " such as {example}."
)
_NO_ENVIRONMENT = (
    "A setting in the environment cannot be understood; look at what begins with HELPDESK_."
)
_NO_PATH = (
    "The name of the data folder or the database holds bytes that are no text;"
    " choose another place."
)

_PUBLIC = AddressReader(
    field="public_url",
    form="must be an address such as https://desk.example.org",
    no_person="must hold neither a name nor a password, such as https://desk.example.org",
)

_Hours = Annotated[float, Field(gt=0, le=24 * 366 * 10, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(_Section):
    """Where the tickets lie."""

    url: str = Field(repr=False)
    busy_timeout_seconds: float = Field(ge=0, le=60)
    connections: int = Field(ge=2, le=500)


class SecuritySettings(_Section):
    """Passwords, delays after wrong ones, sessions."""

    bcrypt_cost: int = Field(ge=4, le=16)
    password_min_length: int = Field(ge=8, le=64)
    free_attempts: int = Field(ge=1, le=5)
    longest_delay_seconds: int = Field(ge=1, le=900)
    session_hours: float = Field(gt=0, le=24 * 30)
    session_days: float = Field(gt=0, le=366)
    idempotency_days: float = Field(ge=IDEMPOTENCY_DAYS, le=366)
    second_factor_roles: tuple[Role, ...] = Field(max_length=len(Role))
    reset_minutes: int = Field(ge=5, le=24 * 60)
    lock_minutes: int = Field(ge=0, le=24 * 60)
    secret_key: str = Field(max_length=1000, repr=False)


class TargetSettings(_Section):
    """Within how many hours tickets should be answered and solved."""

    first_response_hours: dict[Priority, _Hours]
    resolution_hours: dict[Priority, _Hours]


class ArticleSettings(_Section):
    """How the knowledge base is kept up to date."""

    review_days: int = Field(ge=1, le=3660)


class AttachmentSettings(_Section):
    """How large the files on tickets may be."""

    limit_mb: int = Field(ge=1, le=1024)

    @property
    def limit_bytes(self) -> int:
        """The most bytes of one file."""
        return self.limit_mb * 1024 * 1024


_Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]


class AssistantSection(_Section):
    """Which model is asked, how, and what may be sent to it."""

    enabled: bool
    url: str = Field(max_length=500)
    model: str = Field(max_length=NAME_LIMIT)
    dialect: Literal["mistral", "ollama", "llama_cpp", "vllm", "other"]
    native_system_role: bool
    context_tokens: int = Field(ge=512, le=1_000_000)
    private_names: bool
    public_consent: bool
    redact: bool
    ca_file: str
    use_proxy: bool
    connect_seconds: _Seconds
    first_token_seconds: _Seconds
    idle_seconds: _Seconds
    triage_seconds: _Seconds
    chat_seconds: _Seconds
    at_once: int = Field(ge=1, le=64)
    wait_seconds: _Seconds
    conversation_days: int = Field(ge=1, le=3660)
    automatic_categories: tuple[int, ...] = Field(max_length=200)


class MailSection(_Section):
    """By which server the desk sends mail, and as whom."""

    enabled: bool
    host: str = Field(max_length=253)
    port: int = Field(ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"]
    username: str = Field(max_length=NAME_LIMIT)
    password: str = Field(max_length=500, repr=False)
    sender: str = Field(max_length=254)
    sender_name: str = Field(max_length=NAME_LIMIT)
    ca_file: str


class DirectorySection(_Section):
    """The directory (LDAP, Active Directory) that people sign in by."""

    enabled: bool
    host: str = Field(max_length=253)
    port: int = Field(ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"]
    ca_file: str
    bind_dn: str = Field(max_length=500)
    bind_password: str = Field(max_length=500, repr=False)
    base_dn: str = Field(max_length=500)
    user_filter: str = Field(max_length=500)
    username_attribute: str = Field(max_length=NAME_LIMIT)
    name_attribute: str = Field(max_length=NAME_LIMIT)
    email_attribute: str = Field(max_length=NAME_LIMIT)
    id_attribute: str = Field(max_length=NAME_LIMIT)
    group_base_dn: str = Field(max_length=500)
    group_filter: str = Field(max_length=500)
    group_roles: dict[str, Role] = Field(max_length=200)
    default_role: Role | Literal[""]


class SingleSignOnSection(_Section):
    """The provider (OpenID Connect) that people sign in by in their browser."""

    enabled: bool
    label: str = Field(max_length=NAME_LIMIT)
    issuer: str = Field(max_length=500)
    client_id: str = Field(max_length=500)
    client_secret: str = Field(max_length=500, repr=False)
    scopes: tuple[str, ...] = Field(max_length=20)
    username_claim: str = Field(max_length=NAME_LIMIT)
    groups_claim: str = Field(max_length=NAME_LIMIT)
    factor_claims: tuple[str, ...] = Field(max_length=20)
    group_roles: dict[str, Role] = Field(max_length=200)
    default_role: Role | Literal[""]
    ca_file: str


class ChannelSettings(_Section):
    """Where the desk may post to and fetch from."""

    allowed_hosts: tuple[str, ...] = Field(max_length=100)
    urls: dict[str, str] = Field(repr=False, max_length=200)


class ServerSettings(_Section):
    """How the API is served to workstations and to other systems."""

    tls_certificate: str
    tls_key: str
    public_url: str = Field(max_length=500)
    trusted_proxies: tuple[IPvAnyNetwork, ...]
    largest_request_kb: int = Field(ge=16, le=64 * 1024)
    request_seconds: float = Field(gt=0, le=600)
    stop_seconds: float = Field(ge=0, le=600)
    requests_at_once: int = Field(ge=1, le=100_000)
    streams_at_once: int = Field(ge=0, le=100_000)
    metrics_token: str = Field(max_length=200, repr=False)
    docs: bool

    @field_validator("public_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        return url and _public_url(url)


def _public_url(url: str) -> str:
    """Return an address that may stand in mails. Raises ``ValueError`` for any other."""
    try:
        address = _PUBLIC.read(url)
    except Invalid as error:
        raise ValueError(str(error)) from None
    if not re.fullmatch(r"[A-Za-z0-9._~/-]*", address.path):
        raise ValueError(_PUBLIC.form)
    return url.strip()


class ClientSettings(_Section):
    """Which server a team's desk is on, and how long this workstation waits for it."""

    server: str = Field(max_length=2000)
    ca_file: str
    connect_seconds: float = Field(gt=0, le=120)
    read_seconds: float = Field(gt=0, le=600)
    write_seconds: float = Field(gt=0, le=600)
    answer_seconds: float = Field(gt=0, le=3600)
    largest_answer_mb: int = Field(ge=1, le=1024)


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
        env_prefix=_PREFIX,
        env_nested_delimiter=_DELIMITER,
    )

    database: DatabaseSettings
    security: SecuritySettings
    targets: TargetSettings
    articles: ArticleSettings
    attachments: AttachmentSettings
    assistant: AssistantSection
    mail: MailSection
    directory: DirectorySection
    single_sign_on: SingleSignOnSection
    channels: ChannelSettings
    server: ServerSettings
    client: ClientSettings
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

    Raises ``Invalid`` naming the first setting that is wrong, with the variable that sets it if
    one does, or the file that cannot be read.
    """
    own = _from_file(file or folder.settings, required=file is not None)
    _require_sections()
    try:
        return Settings(**own)
    except ValidationError as error:
        raise _wrong(error) from error
    except SettingsError as error:
        raise Invalid(_NO_ENVIRONMENT) from error


def _require_sections() -> None:
    """Raise for a variable named as a section that does not hold one in JSON."""
    for names, example in _sections():
        variable = _set_variable(*names)
        if variable and not _is_table(os.environ[variable]):
            shown = _DELIMITER.join((*names, example)).upper()
            problem = _NO_SECTION.format(variable=variable, example=_PREFIX + shown)
            raise Invalid(problem, field=".".join(names))


def _sections() -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path of each section, and a setting in it."""
    for section, field in Settings.model_fields.items():
        settings = cast(type[BaseModel], field.annotation).model_fields
        yield (section,), next(iter(settings))
        for name, setting in settings.items():
            if get_origin(setting.annotation) is dict:
                of_priorities = Priority in get_args(setting.annotation)
                yield (section, name), next(iter(Priority)) if of_priorities else "NAME"


def _is_table(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _wrong(error: ValidationError) -> Invalid:
    first = error.errors(include_url=False, include_input=False)[0]
    # pydantic says of a wrong key in a table that it is one.
    name = ".".join(str(part) for part in first["loc"] if part != "[key]")
    if first["type"] == "extra_forbidden":
        return Invalid(_UNKNOWN.format(name=name), field=name)
    variable = _set_variable(*name.split("."))
    shown = f"setting {name} ({variable})" if variable else f"setting {name}"
    return Invalid(sentence(first, None, shown), field=name)


def fixed_by_environment(section: str) -> set[str]:
    """Return the settings of a section that variables set, so that nothing else does.

    The environment is looked through once: changes of tickets ask this.
    """
    start = f"{_PREFIX}{section}{_DELIMITER}".casefold()
    variables = (variable.casefold() for variable in os.environ)
    return {variable[len(start) :] for variable in variables if variable.startswith(start)}


def _set_variable(*names: str) -> str | None:
    """Return the variable that sets a setting or a section, as it is written, if there is one."""
    wanted = (_PREFIX + _DELIMITER.join(names)).casefold()
    return next((variable for variable in os.environ if variable.casefold() == wanted), None)


def _from_file(file: Path, *, required: bool) -> dict[str, Any]:
    if not required and not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        problem = error.strerror or "it is no file"
    except UnicodeDecodeError:
        problem = "it is not UTF-8 text"
    except tomllib.TOMLDecodeError as error:
        problem = str(error)
    raise Invalid(f"The settings file {file} cannot be read: {problem}.")


def database_url(settings: Settings, folder: DataFolder) -> str:
    """Return the URL of the database.

    A data folder named on the command line holds its own; else the setting, else ``DB_PATH``.
    Raises ``Invalid`` for a path that is no text.
    """
    if folder.named:
        return settings.database.url or _url_of(folder.database)
    if url := os.environ.get("HELPDESK_DATABASE_URL") or settings.database.url:
        return url
    path = Path(os.environ["DB_PATH"]).absolute() if "DB_PATH" in os.environ else folder.database
    return _url_of(path)


def _url_of(path: Path) -> str:
    # A folder may be called 'what?' or '100%25', which would mean something else in a URL.
    try:
        quoted = quote(str(path), safe="/:\\")
    except UnicodeEncodeError as error:
        raise Invalid(_NO_PATH) from error
    return f"sqlite:///{quoted}"
