# SPDX-License-Identifier: GPL-3.0-or-later
"""The executor: rights first, one transaction, nothing kept of a failure, events after commits."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Forbidden, Invalid, SignedOut
from helpdesk.core.operation import Transaction, operation, operations_of
from helpdesk.core.permissions import Permission
from helpdesk.core.settings import Settings
from helpdesk.services.desks import Desks
from helpdesk.services.executor import Executor
from helpdesk.services.work import Change, Work
from tests.conftest import PASSWORD, SettableClock, SignIn
from tests.contract.desks import dump
from tests.matrix import LOCAL

pytestmark = pytest.mark.desk_kinds(*LOCAL)


class Trials:
    """Operations that do one thing each."""

    def __init__(self, work: Work) -> None:
        self._work = work

    @operation("POST", "/write", permission=Permission.OWN_ACCOUNT)
    def write(self, name: str) -> str:
        """Write a fact."""
        self._work.desk.facts.set(name, "x")
        self._work.desk.changed("fact", 1)
        return name

    @operation("POST", "/fail", permission=Permission.OWN_ACCOUNT)
    def fail(self, name: str) -> None:
        """Write a fact and fail."""
        self.write(name)
        self._work.desk.flush()
        raise Invalid("No.")

    @operation("GET", "/sneak", permission=Permission.OWN_ACCOUNT)
    def sneak(self, name: str) -> None:
        """Use steps in an operation of one transaction."""
        self._work.step(writes=True)

    @operation(
        "POST", "/steps", permission=Permission.OWN_ACCOUNT, transaction=Transaction.STEPWISE
    )
    def steps(self, name: str) -> int:
        """Write in two steps and fail in a third."""
        for number in range(2):
            with self._work.step(writes=True) as desk:
                desk.facts.set(f"{name}{number}", "x")
                desk.changed("fact", number)
        if name == "bad":
            with self._work.step(writes=True) as desk:
                desk.facts.set(f"{name}2", "x")
                raise Invalid("No.")
        if name == "whole":
            self._work.desk.flush()
        return self._work.actor.id or 0

    @operation("POST", "/admin", permission=Permission.MANAGE_USERS)
    def administer(self) -> None:
        """Do what only admins may."""
        raise AssertionError("was run")


@pytest.fixture
def executor(embedded: EmbeddedDesk) -> Executor:
    return embedded.executor


@pytest.fixture
def token(sign_in: SignIn) -> str:
    return sign_in("alice").sessions.current().token


def facts(desk: EmbeddedDesk) -> set[str]:
    with desk.database.reading() as session:
        return set(session.execute(text("SELECT name FROM desk_fact")).scalars())


def run(executor: Executor, name: str, token: str | None, /, **arguments: object) -> object:
    return executor.execute(operations_of(Trials)[name], arguments, token=token)


def test_a_write_is_committed_and_then_told(embedded: EmbeddedDesk, executor: Executor, token: str):
    seen: list[object] = []
    executor.subscribe(lambda change: seen.append((change.kind, change.ids, facts(embedded))))
    before = facts(embedded)
    assert run(executor, "write", token, name="a") == "a"
    assert seen == [("fact", (1,), before | {"a"})]


def test_a_failure_keeps_and_tells_nothing(embedded: EmbeddedDesk, executor: Executor, token: str):
    seen: list[object] = []
    executor.subscribe(seen.append)
    before = dump(embedded.database)
    with pytest.raises(Invalid):
        run(executor, "fail", token, name="a")
    assert dump(embedded.database) == before
    assert seen == []


def test_each_step_is_its_own_transaction(embedded: EmbeddedDesk, executor: Executor, token: str):
    seen: list[object] = []
    executor.subscribe(lambda change: seen.append(change.ids))
    assert run(executor, "steps", token, name="good") == 1
    assert {"good0", "good1"} <= facts(embedded)
    assert seen == [(0,), (1,)]
    with pytest.raises(Invalid):
        run(executor, "steps", token, name="bad")
    assert seen == [(0,), (1,), (0,), (1,)]
    assert {"bad0", "bad1"} <= facts(embedded)
    assert "bad2" not in facts(embedded)


def test_steps_and_the_one_transaction_are_not_mixed_up(executor: Executor, token: str):
    with pytest.raises(RuntimeError, match="use desk"):
        run(executor, "sneak", token, name="a")
    with pytest.raises(RuntimeError, match="use step"):
        run(executor, "steps", token, name="whole")


@pytest.mark.parametrize("wrong", [None, "", "x"])
def test_without_a_session_nothing_is_run(executor: Executor, wrong: str | None):
    for name in ("write", "steps"):
        with pytest.raises(SignedOut):
            run(executor, name, wrong, name="a")


def test_without_the_right_nothing_is_run(executor: Executor, token: str):
    with pytest.raises(Forbidden, match="Your role, User, does not allow this"):
        run(executor, "administer", token)


def test_the_log_names_operation_and_account_and_nothing_else(
    executor: Executor, token: str, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG, logger="helpdesk"):
        run(executor, "write", token, name="canary")
    (record,) = [r for r in caplog.records if r.name == "helpdesk.services.executor"]
    assert record.getMessage().startswith("Trials.write by 1 took ")
    assert "canary" not in caplog.text
    assert token not in caplog.text
    assert PASSWORD not in caplog.text


def test_a_listener_that_fails_neither_undoes_the_write_nor_silences_others(
    embedded: EmbeddedDesk, executor: Executor, token: str, caplog: pytest.LogCaptureFixture
):
    def fail(change: Change) -> None:
        raise RuntimeError("a window is gone")

    heard: list[Change] = []
    executor.subscribe(fail)
    executor.subscribe(heard.append)
    assert run(executor, "write", token, name="a") == "a"
    assert "a" in facts(embedded)
    assert heard == [Change("fact", (1,))]
    (record,) = [r for r in caplog.records if r.levelname == "ERROR"]
    assert record.exc_info is not None


def test_writes_are_logged_as_news_and_reads_only_for_tracing(
    executor: Executor, sign_in: SignIn, token: str, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG, logger="helpdesk"):
        run(executor, "write", token, name="a")
        run(executor, "steps", token, name="a")
        alice = sign_in("alice")
        alice.tickets.categories()
    levels = {r.getMessage().split()[0]: r.levelname for r in caplog.records}
    assert levels["Trials.write"] == levels["Trials.steps"] == levels["Sessions.sign_in"] == "INFO"
    assert levels["Tickets.categories"] == "DEBUG"


def test_a_refused_call_is_logged_with_whose_session_it_was(
    executor: Executor, token: str, caplog: pytest.LogCaptureFixture
):
    with pytest.raises(Forbidden):
        run(executor, "administer", token)
    with pytest.raises(SignedOut):
        run(executor, "write", "no such token", name="canary")
    told = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert told == [
        "Trials.administer refused: forbidden, by 1",
        "Trials.write refused: signed_out, by nobody",
    ]
    assert token not in caplog.text


# --- where the desk lies ----------------------------------------------------------------------


def test_a_server_tells_strangers_another_place_and_the_program_itself_the_true_one(
    embedded: EmbeddedDesk, settings: Settings, clock: SettableClock
):
    true_place = embedded.database.place
    assert embedded.facade().desks.info().place == true_place
    embedded.executor.place = ""
    assert embedded.facade().desks.info().place == ""
    assert embedded.as_system().desks.info().place == true_place
    hidden = Executor(embedded.database, settings, clock, place="desk.corp.example")
    info = hidden.execute(operations_of(Desks)["info"], {})
    assert info.place == "desk.corp.example"
