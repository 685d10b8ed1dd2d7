# SPDX-License-Identifier: GPL-3.0-or-later
"""The local transport: it keeps one session's token and never lets a window's thread wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.transport import LocalTransport
from helpdesk.core.errors import NewPasswordDue, SignedOut, WrongPassword
from helpdesk.core.operation import Operation, operations_of
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery
from helpdesk.core.schemas.users import NewSession
from helpdesk.core.settings import Settings
from helpdesk.services.executor import Executor
from helpdesk.services.sessions import Sessions
from helpdesk.services.tickets import Tickets
from tests.conftest import PASSWORD, SettableClock, SignIn

CURRENT = operations_of(Sessions)["current"]


@pytest.fixture
def transport(embedded: EmbeddedDesk) -> LocalTransport:
    return embedded.transport()


def test_a_session_lasts_from_sign_in_to_sign_out(transport: LocalTransport):
    desk = HelpDesk(transport)
    with pytest.raises(SignedOut):
        desk.sessions.current()
    view = desk.sessions.sign_in(NewSession(username="alice", password=PASSWORD)).session
    assert desk.sessions.current() == view
    desk.sessions.sign_out()
    with pytest.raises(SignedOut):
        desk.sessions.current()


def test_a_failed_sign_in_keeps_the_session_there_was(transport: LocalTransport):
    desk = HelpDesk(transport)
    desk.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    with pytest.raises(WrongPassword):
        desk.sessions.sign_in(NewSession(username="bob", password="wrong"))
    assert desk.sessions.current().user.username == "alice"


def test_signing_in_as_somebody_else_ends_the_session_before(
    embedded: EmbeddedDesk, transport: LocalTransport
):
    desk = HelpDesk(transport)
    first = desk.sessions.sign_in(NewSession(username="alice", password=PASSWORD)).token
    desk.sessions.sign_in(NewSession(username="bob", password=PASSWORD))
    assert desk.sessions.current().user.username == "bob"
    with pytest.raises(SignedOut, match="has ended"):
        embedded.executor.execute(CURRENT, {}, token=first)


def test_closing_ends_the_session(embedded: EmbeddedDesk, transport: LocalTransport):
    desk = HelpDesk(transport)
    token = desk.sessions.sign_in(NewSession(username="alice", password=PASSWORD)).token
    assert embedded.executor.execute(CURRENT, {}, token=token).user.username == "alice"
    desk.close()
    desk.close()
    with pytest.raises(SignedOut, match="has ended"):
        embedded.executor.execute(CURRENT, {}, token=token)


def test_closing_neither_waits_nor_fails_while_somebody_writes(
    folder: DataFolder, settings: Settings, clock: SettableClock, embedded: EmbeddedDesk
):
    hurried = settings.model_copy(
        update={"database": settings.database.model_copy(update={"busy_timeout_seconds": 0})}
    )
    other = EmbeddedDesk.open(folder, hurried, clock=clock)
    desk = other.facade()
    desk.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    with embedded.database.writing():
        desk.close()
    with pytest.raises(SignedOut):
        desk.sessions.current()
    other.close()


def test_a_call_sent_again_with_its_key_is_answered_and_not_done_again(
    transport: LocalTransport,
):
    desk = HelpDesk(transport)
    desk.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    arguments = {"new": NewTicket(subject="No tone")}
    open_ticket = operations_of(Tickets)["open"]
    first = transport.call(open_ticket, arguments, idempotency_key="k")
    assert transport.call(open_ticket, arguments, idempotency_key="k") == first
    assert len(desk.tickets.search(TicketQuery()).items) == 1


class _Slow(LocalTransport):
    """Lets something happen after an operation has ended and before its answer is seen."""

    def __init__(self, executor: Executor, operation: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(_SlowExecutor(executor, operation, meanwhile))  # type: ignore[arg-type]


class _SlowExecutor:
    def __init__(self, executor: Executor, operation: str, meanwhile: Callable[[], object]) -> None:
        self.end_session = executor.end_session
        self._executor, self._operation, self._meanwhile = executor, operation, meanwhile

    def execute(self, operation: Operation, arguments: dict[str, Any], **who: Any) -> Any:
        result = self._executor.execute(operation, arguments, **who)
        if operation.name == self._operation:
            self._operation = ""
            self._meanwhile()
        return result


@pytest.mark.parametrize("late", ["sign_out", "current"])
def test_an_answer_that_comes_late_leaves_the_next_persons_session(
    embedded: EmbeddedDesk, late: str
):
    bob = NewSession(username="bob", password=PASSWORD)
    desk = HelpDesk(_Slow(embedded.executor, late, lambda: desk.sessions.sign_in(bob)))
    desk.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    getattr(desk.sessions, late)()
    assert desk.sessions.current().user.username == "bob"


def test_two_transports_are_two_sessions(sign_in: SignIn):
    alice, bob = sign_in("alice"), sign_in("bob")
    assert alice.sessions.current().user.username == "alice"
    bob.close()
    assert alice.sessions.current().user.username == "alice"


def test_the_thread_of_a_window_is_refused_and_others_are_not(transport: LocalTransport):
    desk = HelpDesk(transport)
    desk.sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    transport.refuse_thread(threading.get_ident())
    with pytest.raises(RuntimeError, match="main thread"):
        desk.tickets.search(TicketQuery())
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(desk.tickets.search, TicketQuery()).result().items == ()


def test_many_threads_may_share_one_facade(sign_in: SignIn):
    alice = sign_in("alice")

    def work(number: int) -> int:
        ticket = alice.tickets.open(NewTicket(subject=f"{number}")).id
        assert alice.tickets.view(ticket).subject == f"{number}"
        return ticket

    with ThreadPoolExecutor(6) as threads:
        tickets = list(threads.map(work, range(30)))
    assert len(set(tickets)) == 30


def test_errors_arrive_as_they_were_raised(embedded: EmbeddedDesk, sign_in: SignIn):
    dana = sign_in("dana")
    reset = dana.users.reset_password(1)
    with pytest.raises(NewPasswordDue, match="of your own"):
        embedded.facade().sessions.sign_in(NewSession(username="alice", password=reset.password))
