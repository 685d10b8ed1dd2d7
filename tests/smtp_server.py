# SPDX-License-Identifier: GPL-3.0-or-later
"""A real mail server on a thread of its own that misbehaves as told, at the step it is told to."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Any, NamedTuple, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CUT = "cut"
"""Instead of an answer: the connection ends. At DATA the message is kept all the same."""
_LONGEST_SECONDS = 30.0


class Step(NamedTuple):
    """What the server is asked for, and how often it was asked for that before."""

    command: str
    to: str
    before: int


class Received(NamedTuple):
    """A message that the server has taken, or kept before it cut the connection."""

    sender: str
    to: tuple[str, ...]
    data: bytes

    @property
    def message(self) -> EmailMessage:
        """The message in its parts."""
        return message_from_bytes(self.data, policy=SMTPUTF8)

    @property
    def id(self) -> str:
        """What it is known by."""
        return str(self.message["Message-ID"])


Play = Callable[[Step], str | None]
"""Answers a step with a line such as '450 later' or with CUT; ``None`` is all is well."""


def _well(_step: Step) -> str | None:
    return None


class MailServer:
    """What came to the server, and how it answers."""

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        *,
        implicit: bool = False,
        accounts: dict[str, str] | None = None,
    ) -> None:
        """Listen on a port of its own, which stays the same when it is down for a while."""
        self.play: Play = _well
        self.received: list[Received] = []
        self.asked: Counter[str] = Counter()
        self.connections = 0
        self._tls, self._implicit, self._accounts = tls, implicit, accounts
        self._protocols: list[SMTP] = []
        self._loop = asyncio.new_event_loop()
        self._listener: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)
        self._thread.start()
        self.port = 0
        self.up()

    @property
    def ids(self) -> Counter[str]:
        """How often each message came."""
        return Counter(each.id for each in self.received)

    def up(self) -> None:
        """Listen again."""
        self._run(self._listen())

    def down(self) -> None:
        """Listen no more, and end every connection."""
        self._run(self._leave())

    def stop(self) -> None:
        """End the server for good."""
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_LONGEST_SECONDS)
        self._loop.close()

    # --- what aiosmtpd calls --------------------------------------------------------------------

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, _envelope: Envelope, name: str, replies: list[str]
    ) -> list[str]:
        session.host_name = name
        answer = self._answer(server, "EHLO", "")
        return [answer] if answer else replies

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, sender: str, _options: list[str]
    ) -> str:
        answer = self._answer(server, "MAIL", "")
        if answer is None:
            envelope.mail_from = sender
        return answer or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, to: str, _options: list[str]
    ) -> str:
        answer = self._answer(server, "RCPT", to)
        if answer is None:
            envelope.rcpt_tos.append(to)
        return answer or "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        answer = self._answer(server, "DATA", envelope.rcpt_tos[0])
        if answer is None or answer == CUT:
            data, sender = envelope.original_content or b"", envelope.mail_from or ""
            self.received.append(Received(sender, tuple(envelope.rcpt_tos), data))
        return answer or "250 OK"

    # --- inside -------------------------------------------------------------------------------

    def _answer(self, server: SMTP, command: str, to: str) -> str | None:
        answer = self.play(Step(command, to, self.asked[f"{command} {to}"]))
        self.asked[f"{command} {to}"] += 1
        if answer == CUT:
            cast(asyncio.Transport, server.transport).abort()
        return answer

    def _protocol(self) -> SMTP:
        self.connections += 1
        made = SMTP(
            self, loop=self._loop, hostname="mail.test", enable_SMTPUTF8=True,
            tls_context=None if self._implicit else self._tls,
            auth_required=self._accounts is not None, auth_require_tls=True,
            authenticator=self._authenticated if self._accounts is not None else None,
        )  # fmt: skip
        self._protocols.append(made)
        return made

    def _authenticated(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        known = (self._accounts or {}).get(data.login.decode())
        return AuthResult(success=known == data.password.decode(), handled=False)

    async def _listen(self) -> None:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", self.port))
        self.port = sock.getsockname()[1]
        tls = self._tls if self._implicit else None
        self._listener = await self._loop.create_server(self._protocol, sock=sock, ssl=tls)

    async def _leave(self) -> None:
        if self._listener is not None:
            self._listener.close()
            await self._listener.wait_closed()
            self._listener = None
        for protocol in self._protocols:
            if protocol.transport is not None:
                cast(asyncio.Transport, protocol.transport).abort()
        self._protocols.clear()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_LONGEST_SECONDS)


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, **more: Any) -> Iterator[MailServer]:
    """Yield a server that is ended afterwards."""
    made = MailServer(tls, **more)
    try:
        yield made
    finally:
        made.stop()
