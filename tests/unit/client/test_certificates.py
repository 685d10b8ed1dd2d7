# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever cannot prove to be the server hears nothing, and the person reads what to do."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from helpdesk.client.connection import Connection
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core.errors import Invalid, Unreachable
from helpdesk.core.schemas.users import NewSession
from helpdesk.core.settings import ClientSettings, Settings
from tests.unit.client.authority import Authority
from tests.unit.client.scripted import Scripted, says

SESSION = NewSession(username="alice", password="correct horse")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def client_settings(settings: Settings, authority: Authority) -> ClientSettings:
    return settings.client.model_copy(update={"ca_file": str(authority.file)})


def transport_to(url: str, settings: ClientSettings, **changed: Any) -> HttpTransport:
    return HttpTransport(url, settings.model_copy(update=changed))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_certificate_of_the_companys_authority_is_trusted(
    authority: Authority, client_settings: ClientSettings, host: str
):
    with Scripted([says(200, [])], authority.server(host)) as server:
        desk = HelpDesk(transport_to(f"https://{host}:{server.port}", client_settings))
        for _ in range(3):
            assert desk.tickets.categories() == ()
        assert (server.connections, len(server.exchanges)) == (1, 3)
        desk.close()


Certificate = Callable[[Authority], ssl.SSLContext]
BAD: dict[str, tuple[Certificate, str]] = {
    "another name": (lambda a: a.server("other.example"), "made out to another name"),
    "another address": (lambda a: a.server("127.0.0.2"), "made out to another name"),
    "expired": (lambda a: a.server("127.0.0.1", ends=timedelta(hours=-1)), "has expired"),
    "not yet": (lambda a: a.server("127.0.0.1", begins=timedelta(hours=1)), "not valid yet"),
}


@pytest.mark.parametrize(("made", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_wrong_certificate_is_refused_before_anything_is_said(
    authority: Authority, client_settings: ClientSettings, made: Certificate, sentence: str
):
    with Scripted([says(200, [])], made(authority)) as server:
        transport = transport_to(f"https://127.0.0.1:{server.port}", client_settings)
        with pytest.raises(Unreachable, match=sentence) as refused:
            HelpDesk(transport).sessions.sign_in(SESSION)
        assert f"127.0.0.1:{server.port}" in str(refused.value)
        assert transport.state.present is Connection.AWAY
        assert server.exchanges == []
        transport.close()


@pytest.mark.parametrize("ca_file", ["", "another's"])
def test_an_unknown_authority_is_refused_and_the_setting_named(
    tmp_path: Path, authority: Authority, client_settings: ClientSettings, ca_file: str
):
    if ca_file:
        (tmp_path / "other").mkdir()
        ca_file = str(Authority(tmp_path / "other", "Other Example").file)
    with Scripted([says(200, [])], authority.server("127.0.0.1")) as server:
        url = f"https://127.0.0.1:{server.port}"
        transport = transport_to(url, client_settings, ca_file=ca_file)
        with pytest.raises(Unreachable, match=r"does not trust.*client\.ca_file"):
            HelpDesk(transport).tickets.categories()
        # Asking again would not make it trusted.
        assert (server.connections, server.exchanges) == (1, [])
        transport.close()


def test_the_environment_does_not_make_anybody_trusted(
    authority: Authority, client_settings: ClientSettings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    with Scripted([says(200, [])], authority.server("127.0.0.1")) as server:
        url = f"https://127.0.0.1:{server.port}"
        transport = transport_to(url, client_settings, ca_file="")
        with pytest.raises(Unreachable, match="does not trust"):
            HelpDesk(transport).tickets.categories()
        transport.close()


def test_a_server_without_tls_is_no_secure_one(client_settings: ClientSettings):
    with Scripted([says(200, [])]) as server:
        url = f"https://127.0.0.1:{server.port}"
        transport = transport_to(url, client_settings, connect_seconds=0.3)
        with pytest.raises(Unreachable, match=r"No secure connection|does not answer"):
            HelpDesk(transport).tickets.categories()
        assert server.exchanges == []
        transport.close()


def test_old_tls_is_refused(authority: Authority, client_settings: ClientSettings):
    context = authority.server("127.0.0.1")
    with warnings.catch_warnings(action="ignore"):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with Scripted([says(200, [])], context) as server:
        transport = transport_to(f"https://127.0.0.1:{server.port}", client_settings)
        with pytest.raises(Unreachable, match="No secure connection"):
            HelpDesk(transport).tickets.categories()
        transport.close()


@pytest.mark.parametrize("content", [None, b"", b"Dear help desk", b"\0\xff"], ids=str)
def test_a_certificate_file_that_is_none_is_named(
    tmp_path: Path, client_settings: ClientSettings, content: bytes | None
):
    file = tmp_path / "corp.pem"
    if content is not None:
        file.write_bytes(content)
    transport = transport_to("https://127.0.0.1:9", client_settings, ca_file=str(file))
    with pytest.raises(Invalid, match=r"corp\.pem cannot be read.*client\.ca_file"):
        HelpDesk(transport).tickets.categories()
    transport.close()


def test_closing_ends_a_handshake_under_way(client_settings: ClientSettings):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        transport = transport_to(url, client_settings, connect_seconds=60.0)
        raised: list[Exception] = []

        def call() -> None:
            try:
                HelpDesk(transport).tickets.categories()
            except Unreachable as error:
                raised.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        accepted, _ = listener.accept()
        assert accepted.recv(1)
        transport.close()
        thread.join(10)
        assert not thread.is_alive()
        assert len(raised) == 1
        accepted.close()
