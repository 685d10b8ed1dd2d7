# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk that is open, on this workstation or on a server, behind one small protocol.

What is behind is imported only when a desk is opened, off the main thread: the first window must
not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from helpdesk.core.errors import NewerServer, OlderServer

if TYPE_CHECKING:
    from helpdesk.client.answering import AnswerSource
    from helpdesk.client.embedded import EmbeddedDesk
    from helpdesk.client.help_desk import HelpDesk
    from helpdesk.client.remote import RemoteDesk
    from helpdesk.core.paths import DataFolder
    from helpdesk.core.schemas.accounts import CodeEntry
    from helpdesk.core.schemas.desk import DeskInfo
    from helpdesk.core.schemas.directory import SingleSignOnAnswer
    from helpdesk.core.schemas.users import NewSession, SessionView, SignInView
    from helpdesk.core.settings import Settings

Listener = Callable[[str, tuple[int, ...]], None]


class Opened(Protocol):
    """A desk that is open, and a facade that nobody else has signed in to."""

    desk: HelpDesk
    info: DeskInfo
    embedded: EmbeddedDesk | None
    """The desk itself, where it lies on this workstation."""
    remote: RemoteDesk | None
    """The way to the server, where it lies there."""
    session: SessionView | None
    """Who is signed in already, because this workstation was told to remember."""

    remembers: bool
    """Whether people can ask to stay signed in on this workstation."""

    def sign_in(self, new: NewSession, *, stay: bool) -> SignInView:
        """Sign in, and stay signed in after the end of the program where that is asked for."""

    def enter_code(self, entry: CodeEntry, *, stay: bool) -> SignInView:
        """Go on with a sign-in by a code."""

    def sign_in_by_browser(self, answer: SingleSignOnAnswer, *, stay: bool) -> SignInView:
        """Sign in with what the browser came back with."""

    def sign_out(self) -> None:
        """End the session, and forget it."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call back after each commit of this program; return what ends it."""

    def answers(self) -> AnswerSource:
        """Return the assistant for who is signed in, for the event loop of one thread."""

    def close(self) -> None:
        """Let go of everything."""


class OpenedHere:
    """A desk in the data folder of this workstation."""

    remote: RemoteDesk | None = None
    session: SessionView | None = None
    remembers = False

    def __init__(self, embedded: EmbeddedDesk, main_thread: int) -> None:
        """Make a facade that refuses the window's main thread."""
        from helpdesk.client.help_desk import HelpDesk

        transport = embedded.transport()
        if __debug__:
            transport.refuse_thread(main_thread)
        self.embedded: EmbeddedDesk | None = embedded
        self._embedded = embedded
        self._transport = transport
        self.desk = HelpDesk(transport)
        self.info = self.desk.desks.info()

    def sign_in(self, new: NewSession, *, stay: bool) -> SignInView:
        """Sign in; a desk in a file has no need to remember anybody."""
        return self.desk.sessions.sign_in(new)

    def enter_code(self, entry: CodeEntry, *, stay: bool) -> SignInView:
        """Go on with a sign-in by a code."""
        return self.desk.second_factors.enter(entry)

    def sign_in_by_browser(self, answer: SingleSignOnAnswer, *, stay: bool) -> SignInView:
        """Sign in with what the browser came back with."""
        return self.desk.directory.finish(answer)

    def sign_out(self) -> None:
        """End the session."""
        self.desk.sessions.sign_out()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call back after each commit of this program; return what ends it."""
        return self._embedded.executor.subscribe(lambda change: listener(change.kind, change.ids))

    def answers(self) -> AnswerSource:
        """Return the assistant of this desk."""
        return self._embedded.answers(self._transport)

    def close(self) -> None:
        """Let go of the file."""
        self.desk.close()
        self._embedded.close()


class OpenedThere:
    """A desk behind a server; its stream brings the news, so that no commit is listened to."""

    embedded: EmbeddedDesk | None = None

    def __init__(self, remote: RemoteDesk, main_thread: int) -> None:
        """Ask the server what it is, and whether it remembers who was here.

        Raises ``Unreachable``, ``NewerServer``, ``OlderServer``.
        """
        if __debug__:
            remote.transport().refuse_thread(main_thread)
        self.remote: RemoteDesk | None = remote
        self._server = remote
        self.desk = remote.facade()
        self.info = self.desk.desks.info()
        _require_level(self.info, remote.host)
        self.session = remote.resume()
        self.remembers = remote.can_remember

    def sign_in(self, new: NewSession, *, stay: bool) -> SignInView:
        """Sign in, and keep the session in the keyring where that is asked for."""
        return self._kept(self.desk.sessions.sign_in(new), stay=stay)

    def enter_code(self, entry: CodeEntry, *, stay: bool) -> SignInView:
        """Go on with a sign-in by a code, and keep the session the same way."""
        return self._kept(self.desk.second_factors.enter(entry), stay=stay)

    def sign_in_by_browser(self, answer: SingleSignOnAnswer, *, stay: bool) -> SignInView:
        """Sign in with what the browser came back with, and keep the session the same way."""
        return self._kept(self.desk.directory.finish(answer), stay=stay)

    def _kept(self, answer: SignInView, *, stay: bool) -> SignInView:
        if answer.token:
            if stay:
                self._server.remember()
            else:
                self._server.forget()
        return answer

    def sign_out(self) -> None:
        """Forget the session here, whether the server answers or not, and end it there."""
        self._server.forget()
        self.desk.sessions.sign_out()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Listen to nothing: the server tells of every change."""
        return _nothing

    def answers(self) -> AnswerSource:
        """Return the assistant of the server."""
        return self._server.answers()

    def close(self) -> None:
        """Let go of the server."""
        self._server.close()


def open_here(folder: DataFolder, settings: Settings, main_thread: int) -> OpenedHere:
    """Open the desk in a data folder. Raises ``NoDesk``, ``Damaged``, ``NewerSchema``, ``Busy``."""
    from helpdesk.client.embedded import EmbeddedDesk

    embedded = EmbeddedDesk.open(folder, settings)
    try:
        return OpenedHere(embedded, main_thread)
    except BaseException:
        embedded.close()
        raise


def open_there(remote: RemoteDesk, main_thread: int) -> OpenedThere:
    """Connect to a server. Raises ``Unreachable``, ``NewerServer``, ``OlderServer``."""
    try:
        return OpenedThere(remote, main_thread)
    except BaseException:
        remote.close()
        raise


def _require_level(info: DeskInfo, host: str) -> None:
    """Raise where program and server are too far apart to understand each other."""
    from helpdesk.core.api import API_LEVEL, OLDEST_LEVEL

    if info.oldest_client_level > API_LEVEL:
        raise NewerServer(
            f"{host} runs Help Desk {info.program_version}, which is newer than this program;"
            " install that version or a newer one."
        )
    if info.api_level < OLDEST_LEVEL:
        raise OlderServer(
            f"{host} runs Help Desk {info.program_version}, which is too old for this program;"
            " ask whoever runs the server to update it."
        )


def _nothing() -> None:
    """Do nothing."""
