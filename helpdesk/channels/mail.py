# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends mail by SMTP, and tells what certainly did not arrive from what may have.

What is wrong with one message concerns that message alone; what is wrong with the server or with
how it is set up is raised, so that nobody gives up messages that are well.
"""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage

from helpdesk.channels.outcome import Outcome, Sent
from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.notifications import MailSecurity
from helpdesk.core.text import ellipsis, single_line

CONNECT_SECONDS, ANSWER_SECONDS, MESSAGE_SECONDS = 10.0, 30.0, 40.0
"""For a connection, for one answer, and for all that is said of one message."""
_LONGEST_SAID = 200
_OK, _READY, _GOES_AHEAD, _CLOSING, _TOO_LARGE = 250, 220, 354, 421, 552
_FOR_GOOD = 500
_ACCESS = frozenset({530, 534, 535, 538})
"""What says that one has to sign in, or not like this."""
_RECIPIENT_TAKEN = frozenset({250, 251, 252})
_SIGNED_IN = frozenset({235, 503})
_LEADING_DOT = re.compile(rb"(?m)^\.")

_NO_NAME = "There is no mail server called {host} to be found; check its name and the network."
_NO_ANSWER = "The mail server {host} cannot be reached on port {port}; check both, and the network."
_LOST = "The connection to the mail server {host} broke off."
_BUSY = "The mail server {host} takes nothing at present: {said}"
_NOT_SERVING = "The mail server {host} refuses to serve this desk: {said}"
_NO_STARTTLS = (
    "The mail server {host} offers no encryption on port {port}; choose TLS with its port (often"
    " 465), or none for a relay without a password."
)
_NO_TLS = (
    "No encrypted connection to the mail server {host} could be made on port {port}; check the"
    " port and the encryption."
)
_DISTRUST = (
    "The certificate of the mail server {host} is not trusted here ({said}); if it is your"
    " company's own, name the file of its authority."
)
_NO_CA_FILE = "The certificate file of the mail server cannot be read; name a PEM file."
_IN_CLEAR = (
    "The password would travel unencrypted; choose STARTTLS or TLS, or leave the user name empty."
)
_UNKNOWN_HERE = (
    "The password of {username} is not known on this machine; enter it in the settings of mail, or"
    " set HELPDESK_MAIL__PASSWORD."
)
_NO_SIGN_IN = "The mail server {host} asks for no password; leave the user name empty."
_WRONG_PASSWORD = "The mail server {host} refuses user name or password: {said}"  # noqa: S105
_PLAIN_LETTERS = "it knows plain letters only"
_WRONG_SENDER = "The mail server {host} refuses the sender {sender}: {said}"
_MUST_SIGN_IN = "The mail server {host} asks for a user name and a password: {said}"
_REFUSED = "The mail server refuses the message: {said}"
_LATER = "The mail server takes the message later: {said}"
_NO_UTF8 = "The mail server cannot send to addresses with letters such as these."
_UNSURE = "The connection broke off while the message was handed over; it may have arrived."


@dataclass(frozen=True)
class MailServer:
    """One mail server, and as whom it is used."""

    host: str
    port: int
    security: MailSecurity
    username: str
    password: str = field(repr=False)
    sender: str
    """The address that mail comes from, as servers take it."""
    ca_file: str


class ServerFault(DeskError):
    """The server cannot be used at present; the next try may be better by itself."""


class WrongSettings(ServerFault):
    """The server is there and will have nothing of us until somebody changes the settings."""


@contextmanager
def connected(
    server: MailServer,
    tell: Callable[[str], None] = lambda _step: None,
    patience: float = MESSAGE_SECONDS,
) -> Iterator[Connection]:
    """Yield a connection that is ready for messages; ``tell`` hears of each step that worked.

    Raises ``ServerFault``, or ``WrongSettings``.
    """
    connection = Connection(server, tell, patience)
    try:
        yield connection
    finally:
        connection.close()


class Connection:
    """A connection over which several messages go, one after the other."""

    def __init__(
        self,
        server: MailServer,
        tell: Callable[[str], None] = lambda _step: None,
        patience: float = MESSAGE_SECONDS,
    ) -> None:
        """Connect, encrypt and sign in. Raises ``ServerFault``, or ``WrongSettings``.

        ``patience`` is for how many seconds that may take, and then each message.
        """
        self._server = server
        self._patience = patience
        if server.username and server.security is MailSecurity.NONE:
            raise WrongSettings(_IN_CLEAR)
        if server.username and not server.password:
            raise WrongSettings(_UNKNOWN_HERE.format(username=server.username))
        self._trusted = _trusting(server.ca_file)
        self._smtp = self._made()
        try:
            with self._watched(self._patience), self._translated():
                self._open(tell)
        except BaseException:
            self.close()
            raise

    def send(self, mail: EmailMessage, to: str, before_handing_over: Callable[[], None]) -> Sent:
        """Send one message to one recipient.

        ``before_handing_over`` is called when the server is about to get it: from then on it may
        arrive, whatever happens. Raises ``WrongSettings`` for what would be so for every message.
        """
        handed_over = False
        try:
            with self._watched(self._patience):
                refusal = self._introduced(mail, to) or self._refused(*self._smtp.docmd("DATA"))
                if refusal is None:
                    before_handing_over()
                    self._smtp.send(_encoded(mail))
                    handed_over = True
                    self._smtp.send(b".\r\n")
                    code, said = self._smtp.getreply()
                    # Who says no has not taken it, even in taking leave.
                    handed_over = code < 0
                    refusal = self._refused(code, said)
        except (OSError, smtplib.SMTPException):
            # One that speaks nonsense is as good as one that is gone.
            self._smtp.close()
            if handed_over:
                return Sent(Outcome.UNSURE, _UNSURE, cut=True)
            return Sent(Outcome.LATER, self._said(_LOST), cut=True)
        except WrongSettings:
            raise
        except BaseException:
            # In the middle of a message nothing else could be said.
            self._smtp.close()
            raise
        if refusal is None:
            return Sent(Outcome.SENT)
        return self._ready_again(refusal)

    def close(self) -> None:
        """Take leave, as far as the server still listens."""
        smtp = getattr(self, "_smtp", None)
        if smtp is not None and smtp.sock is not None:
            with suppress(OSError, smtplib.SMTPException):
                smtp.sock.settimeout(1.0)
                smtp.docmd("QUIT")
            smtp.close()

    # --- opening ------------------------------------------------------------------------------

    def _made(self) -> smtplib.SMTP:
        # Asking a resolver for the name of this machine may take long, and is of no use here.
        name = socket.gethostname()
        own_name = name if "." in name and name.isascii() else "[127.0.0.1]"
        timeout = min(CONNECT_SECONDS, self._patience)
        if self._server.security is MailSecurity.TLS:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                local_hostname=own_name, timeout=timeout, context=self._trusted
            )
        else:
            smtp = smtplib.SMTP(local_hostname=own_name, timeout=timeout)
        # What the certificate has to be made out to.
        smtp._host = self._server.host  # type: ignore[attr-defined]  # noqa: SLF001
        return smtp

    def _open(self, tell: Callable[[str], None]) -> None:
        server, smtp = self._server, self._smtp
        self._require(*smtp.connect(server.host, server.port))
        if smtp.sock is not None:
            smtp.sock.settimeout(ANSWER_SECONDS)
            # The end of a message is sent by itself, and must not wait for an answer to the rest.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tell("connected")
        self._greet()
        if server.security is MailSecurity.STARTTLS:
            if not smtp.has_extn("starttls"):
                raise WrongSettings(self._said(_NO_STARTTLS))
            self._require(*smtp.starttls(context=self._trusted))
            # What was said before could be anybody's.
            self._greet()
        if server.security is not MailSecurity.NONE:
            tell("encrypted")
        if server.username:
            self._sign_in()
            tell("signed in")

    def _greet(self) -> None:
        code, said = self._smtp.ehlo()
        if code >= _FOR_GOOD:
            # Servers of old know another greeting.
            code, said = self._smtp.helo()
        self._require(code, said)

    def _sign_in(self) -> None:
        server, smtp = self._server, self._smtp
        if not smtp.has_extn("auth"):
            raise WrongSettings(self._said(_NO_SIGN_IN))
        if "PLAIN" in smtp.esmtp_features["auth"].upper().split():
            # The library would try every other way after a refusal, and so lock the account.
            plain = f"\0{server.username}\0{server.password}".encode()
            secret = base64.b64encode(plain).decode("ascii")
            self._require_signed_in(*smtp.docmd("AUTH", f"PLAIN {secret}"))
            return
        try:
            smtp.login(server.username, server.password)
        except smtplib.SMTPAuthenticationError as error:
            self._require_signed_in(error.smtp_code, error.smtp_error)
        except UnicodeError as error:
            raise WrongSettings(self._said(_WRONG_PASSWORD, _PLAIN_LETTERS)) from error

    def _require_signed_in(self, code: int, said: bytes | str) -> None:
        if code in _SIGNED_IN:
            return
        if code < _FOR_GOOD:
            raise ServerFault(self._said(_BUSY, said, code))
        raise WrongSettings(self._said(_WRONG_PASSWORD, said, code))

    def _require(self, code: int, said: bytes | str) -> None:
        if code in (_OK, _READY):
            return
        if code < _FOR_GOOD:
            raise ServerFault(self._said(_BUSY, said, code))
        raise WrongSettings(self._said(_NOT_SERVING, said, code))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Say in words what keeps the connection from being made."""
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise WrongSettings(self._said(_DISTRUST, error.verify_message)) from error
        except ssl.SSLError as error:
            raise WrongSettings(self._said(_NO_TLS)) from error
        except (socket.gaierror, UnicodeError) as error:
            raise ServerFault(self._said(_NO_NAME)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise WrongSettings(self._said(_NO_SIGN_IN)) from error
        except smtplib.SMTPResponseException as error:
            self._require(error.smtp_code, error.smtp_error)
            raise ServerFault(self._said(_BUSY, error.smtp_error, error.smtp_code)) from error
        except (smtplib.SMTPException, OSError) as error:
            was_there = isinstance(error, smtplib.SMTPException)
            raise ServerFault(self._said(_LOST if was_there else _NO_ANSWER)) from error

    # --- one message --------------------------------------------------------------------------

    def _introduced(self, mail: EmailMessage, to: str) -> Sent | None:
        """Say from whom and to whom a message goes; return why it does not, if so."""
        smtp, options = self._smtp, []
        if not (to + self._server.sender).isascii():
            if not smtp.has_extn("smtputf8"):
                return Sent(Outcome.REFUSED, _NO_UTF8)
            options = ["SMTPUTF8", "BODY=8BITMIME"]
            smtp.command_encoding = "utf-8"
        else:
            smtp.command_encoding = "ascii"
        code, said = smtp.docmd("MAIL", " ".join([f"FROM:<{self._server.sender}>", *options]))
        if code >= _FOR_GOOD and code != _TOO_LARGE:
            sentence = _MUST_SIGN_IN if code in _ACCESS else _WRONG_SENDER
            raise WrongSettings(self._said(sentence, said, code))
        if code != _OK:
            return self._refused(code, said)
        code, said = smtp.docmd("RCPT", f"TO:<{to}>")
        if code in _ACCESS:
            raise WrongSettings(self._said(_MUST_SIGN_IN, said, code))
        return None if code in _RECIPIENT_TAKEN else self._refused(code, said)

    def _refused(self, code: int, said: bytes | str) -> Sent | None:
        """Return what an answer means for the message, ``None`` where all is well."""
        if code in (_OK, _GOES_AHEAD):
            return None
        if code == _CLOSING or code < 0:
            raise smtplib.SMTPServerDisconnected("the server takes leave")
        if code >= _FOR_GOOD:
            return Sent(Outcome.REFUSED, _REFUSED.format(said=_shown(code, said)))
        return Sent(Outcome.LATER, _LATER.format(said=_shown(code, said)))

    def _ready_again(self, refusal: Sent) -> Sent:
        """Forget the message, so that the next one can go over the same connection."""
        try:
            with self._watched(ANSWER_SECONDS):
                code, _ = self._smtp.docmd("RSET")
        except (OSError, smtplib.SMTPException):
            code = 0
        if code == _OK:
            return refusal
        self.close()
        return refusal._replace(cut=True)

    # --- both ---------------------------------------------------------------------------------

    @contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        """End the connection after so long: a server that drips would hold it for ever."""
        timer = threading.Timer(seconds, self._break)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _break(self) -> None:
        sock = self._smtp.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _said(self, sentence: str, said: bytes | str = "", code: int | None = None) -> str:
        server = self._server
        return sentence.format(
            host=server.host, port=server.port, sender=server.sender, said=_shown(code, said)
        )


def _encoded(mail: EmailMessage) -> bytes:
    """Return a message as it is handed over, but for the dot that ends it."""
    data = mail.as_bytes()
    data = _LEADING_DOT.sub(b"..", data)
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def _shown(code: int | None, said: bytes | str) -> str:
    """Return on one line what a server said, for whoever looks after it."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    text = single_line(text if code is None else f"{code} {text}")
    return ellipsis(text, _LONGEST_SAID) or "it did not say why"


def _trusting(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise WrongSettings(_NO_CA_FILE) from error
