# SPDX-License-Identifier: GPL-3.0-or-later
"""The four ways a desk is reached: in this process or over HTTP, on SQLite or on PostgreSQL.

Tests of operations run on each of them: ``desk_kind`` is filled in for every test below the
folders named here that uses it, directly or through ``embedded``. What is about one of them alone
says so with ``@pytest.mark.desk_kinds(...)``.
"""

from __future__ import annotations

import atexit
import re
import shutil
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core import settings as settings_module
from helpdesk.core.clock import Clock, system_clock
from helpdesk.core.operation import Operation
from helpdesk.core.paths import DataFolder
from helpdesk.core.settings import Settings
from helpdesk.database.db_manager import DbManager, database_at
from tests.places import postgres_copy
from tests.servers import running, serving

LOCAL_SQLITE, LOCAL_POSTGRESQL = "local-sqlite", "local-postgresql"
HTTP_SQLITE, HTTP_POSTGRESQL = "http-sqlite", "http-postgresql"
KINDS = (LOCAL_SQLITE, LOCAL_POSTGRESQL, HTTP_SQLITE, HTTP_POSTGRESQL)
LOCAL = (LOCAL_SQLITE, LOCAL_POSTGRESQL)
SQLITE = (LOCAL_SQLITE, HTTP_SQLITE)

_FOLDERS = ("contract", "services", "repositories")
_TOO_LONG = 100_000
"""For an address; a body may hold more, but none of the tests tries what lies in between."""
_SENDABLE = re.compile("[^\x00\ud800-\udfff]*")
_server_is_taken = threading.Lock()


class OverHttp(EmbeddedDesk):
    """A desk whose people call it over HTTP; what looks behind the scenes stays here."""

    url: str

    def __init__(self, database: DbManager, settings: Settings, clock: Clock) -> None:
        """Bind to a database, and to nobody yet."""
        super().__init__(database, settings, clock)
        self._made: list[HttpTransport] = []

    def facade(self) -> HelpDesk:
        """Return a facade nobody has signed in to yet."""
        return HelpDesk(self.wire())

    @cached_property
    def common_wire(self) -> HttpTransport:
        """The transport of all who bring their token with each call."""
        return self.wire()

    def wire(self) -> HttpTransport:
        """Return a transport to the server."""
        # Nobody proves by a certificate who they are here, and all of them take long to load.
        client = self.settings.client.model_copy(update={"ca_file": _one_authority()})
        self._made.append(HttpTransport(self.url, client))
        return self._made[-1]

    def hang_up(self) -> None:
        """Close every connection to the server; the sessions end with the desk."""
        for wire in self._made:
            wire.keeps_session = True
            wire.close()


class Bearer:
    """A transport with a token it was given: another system's key, or a session's."""

    def __init__(self, desk: EmbeddedDesk, token: str | None) -> None:
        """Reach a desk in the way that its people do."""
        self._token = token
        self._wire = desk.common_wire if isinstance(desk, OverHttp) else None
        self._executor = desk.executor

    def call(
        self, operation: Operation, arguments: dict[str, Any], *, idempotency_key: str | None = None
    ) -> Any:
        """Run the operation."""
        if self._wire is None:
            return self._executor.execute(
                operation, arguments, token=self._token, idempotency_key=idempotency_key
            )
        return self._wire.send(
            operation, arguments, token=self._token, idempotency_key=idempotency_key
        )

    def close(self) -> None:
        """Leave the session as it is."""


def kinds_for(definition: pytest.Function) -> tuple[str, ...]:
    """Return on which kinds a test runs."""
    marker = definition.get_closest_marker("desk_kinds")
    if marker is not None:
        return tuple(marker.args)
    return KINDS if set(_FOLDERS) & set(definition.path.parts) else (LOCAL_SQLITE,)


def cannot_be_sent(kind: str, text: str) -> bool:
    """Return whether a text is refused on its way to the desk, for what it is made of."""
    return kind not in LOCAL and (len(text) >= _TOO_LONG or not _SENDABLE.fullmatch(text))


@contextmanager
def desk_at(
    kind: str, folder: DataFolder, template: Path, clock: Clock = system_clock
) -> Iterator[EmbeddedDesk]:
    """Yield a copy of the template, reached in one of the four ways."""
    settings = settings_module.load(folder)
    with ExitStack() as stack:
        database = stack.enter_context(_copy(kind, folder, template, settings))
        desk: EmbeddedDesk
        if kind in LOCAL:
            desk = EmbeddedDesk(database, settings, clock)
        else:
            desk = OverHttp(database, settings, clock)
        stack.callback(desk.close)
        if isinstance(desk, OverHttp):
            desk.url = stack.enter_context(_served(desk))
            stack.callback(desk.hang_up)
        yield desk


@contextmanager
def _served(desk: OverHttp) -> Iterator[str]:
    """Yield the URL of a server: the run's own one, unless it serves another desk already."""
    if not _server_is_taken.acquire(blocking=False):
        with running(desk, desk.settings) as server:
            yield server.url
        return
    try:
        with serving(desk) as url:
            yield url
    finally:
        _server_is_taken.release()


@cache
def _one_authority() -> str:
    """Return a certificate file with a single authority of this machine, or none."""
    for certificate in ssl.create_default_context().get_ca_certs(binary_form=True)[:1]:
        with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
            file.write(ssl.DER_cert_to_PEM_cert(certificate))
        atexit.register(Path(file.name).unlink, missing_ok=True)
        return file.name
    return ""


@contextmanager
def _copy(kind: str, folder: DataFolder, template: Path, settings: Settings) -> Iterator[DbManager]:
    with ExitStack() as stack:
        if kind in SQLITE:
            if not folder.database.exists():
                shutil.copy(template, folder.database)
            url = f"sqlite:///{folder.database}"
        else:
            url = stack.enter_context(postgres_copy(template))
        yield database_at(url, busy_timeout_seconds=settings.database.busy_timeout_seconds)
