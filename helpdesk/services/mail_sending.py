# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends mails over one connection, as mail is set up, and begins a new one where it breaks off."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import TimeoutError as TooLong
from email.message import EmailMessage
from typing import TypeVar

from helpdesk.channels.mail import Connection, MailServer, WrongSettings
from helpdesk.channels.mail_message import deliverable
from helpdesk.channels.outcome import Outcome, Sent
from helpdesk.core.detached_threads import DetachedThreads
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.notifications import MailSecurity
from helpdesk.services.mail_setup import MailSetup

T = TypeVar("T")

_KEYRING_SECONDS = 10.0
_KEYRING_WAITS = "The keyring of this machine does not answer; unlock it."


class KeyringWaits(Exception):
    """The keyring has asked somebody to open it, and nobody did; ``str`` of it is a sentence."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(_KEYRING_WAITS)


def soon(ask_keyring: Callable[[], T]) -> T:
    """Return what the keyring says, if it does so soon. Raises ``KeyringWaits``.

    It may ask a person to open it, and nobody may be there: others have to go on.
    """
    threads = DetachedThreads()
    try:
        return threads.submit(ask_keyring).result(_KEYRING_SECONDS)
    except TooLong as error:
        raise KeyringWaits from error
    finally:
        threads.shutdown()


def server_of(setup: MailSetup, password: str) -> MailServer:
    """Return the server as mail is set up. Raises ``WrongSettings`` for a sender of no use."""
    own = setup.section
    try:
        sender = deliverable(own.sender)
    except Invalid as error:
        raise WrongSettings(str(error)) from error
    return MailServer(
        host=own.host, port=own.port, security=MailSecurity(own.security), username=own.username,
        password=password, sender=sender, ca_file=own.ca_file,
    )  # fmt: skip


class MailSending:
    """Connects when the first mail is to be sent; ``close`` it at the end."""

    def __init__(self, setup: MailSetup) -> None:
        """Connect to nothing yet."""
        self._setup = setup
        self._connection: Connection | None = None

    def send(self, mail: EmailMessage, to: str, before_handing_over: Callable[[], None]) -> Sent:
        """Send a mail as ``Connection.send`` does. Raises ``ServerFault`` for what concerns all.

        A connection that has carried others may have been ended for that: it is made anew once.
        """
        was_used = self._connection is not None
        connection = self._connection = self._connection or self._connected()
        try:
            sent = connection.send(mail, to, before_handing_over)
        except BaseException:
            self.close()
            raise
        if sent.cut:
            self._connection = None
            if was_used and sent.outcome is Outcome.LATER:
                return self.send(mail, to, before_handing_over)
        return sent

    def close(self) -> None:
        """Take leave of the server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> Connection:
        try:
            password, _ = soon(self._setup.password)
        except KeyringWaits as error:
            raise WrongSettings(str(error)) from error
        return Connection(server_of(self._setup, password))
