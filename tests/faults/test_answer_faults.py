# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of an answer when server, database, ticket or settings change in the middle."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, aclosing, asynccontextmanager, closing, contextmanager
from typing import Any

import pytest

from helpdesk.client.answer_stream import RemoteAnswers
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core.errors import Conflict
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.articles import ArticleChange, NewArticle, Visibility
from helpdesk.core.schemas.assistant import (
    AnswerPart,
    Ask,
    CallsQuery,
    ChatAsk,
    PartKind,
    SummaryAsk,
    TriageAsk,
)
from helpdesk.core.schemas.tickets import NewTicket, Priority, TicketChange
from helpdesk.core.schemas.triage import SuggestedField, SuggestionChoice
from helpdesk.core.schemas.users import NewSession
from helpdesk.core.settings import Settings
from tests.asking import Asker, text_of, use_model
from tests.conftest import PASSWORD
from tests.faults.model_server import DONE, Call, Play, delta, model_server, says
from tests.faults.test_network_faults import Machine, machine

__all__ = ["machine"]

pytestmark = pytest.mark.timeout(120)

SOON = 30
QUESTION = "My VPN client drops after ten minutes"


class Held:
    """A play that says a little, and goes on when it is told to."""

    def __init__(self, *rest: bytes) -> None:
        self.gate = asyncio.Event()
        self._rest = rest

    async def __call__(self, call: Call) -> None:
        await call.answer(delta("Choose the travel "))
        await asyncio.wait_for(self.gate.wait(), SOON)
        await call.send(*self._rest)


def to_the_end() -> Held:
    return Held(delta("profile."), delta(None, "stop"), DONE)


def tells(text: str) -> Play:
    return says(delta(text), delta(None, "stop"), DONE)


def publish(admin: HelpDesk) -> None:
    new = NewArticle(title="VPN client drops", body="Choose the travel profile in the VPN client.")
    made = admin.articles.create(new)
    change = ArticleChange(visibility=Visibility.EVERYONE, publish=True, version=made.version)
    admin.articles.save(made.id, change)


def run(work: Coroutine[Any, Any, None], *askers: Asker) -> None:
    async def whole() -> None:
        try:
            await work
        finally:
            for asker in askers:
                await asker.close()

    asyncio.run(whole())


@asynccontextmanager
async def begun(asker: Asker, ask: Ask) -> AsyncIterator[Callable[[], Any]]:
    """Ask, wait for the first words, and give what reads the rest."""
    found: list[AnswerPart] = []
    async with aclosing(asker.answers(ask)) as parts:

        async def rest() -> list[AnswerPart]:
            async for part in parts:
                found.append(part)
            return found

        async for part in parts:
            found.append(part)
            if part.kind is PartKind.TEXT:
                break
        yield rest


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the desk wait only for a moment when another program holds the file."""
    monkeypatch.setenv("HELPDESK_DATABASE__BUSY_TIMEOUT_SECONDS", "0.05")


@pytest.fixture
def bob(impatient: None, embedded: EmbeddedDesk) -> Asker:
    return Asker(embedded, "bob")


@pytest.fixture
def dana(impatient: None, embedded: EmbeddedDesk) -> Asker:
    return Asker(embedded, "dana")


@pytest.fixture
def ticket(bob: Asker) -> int:
    return bob.desk.tickets.open(NewTicket(subject="VPN drops", description=QUESTION)).id


@contextmanager
def locked(folder: DataFolder) -> Iterator[None]:
    """Hold the file as another program does that writes to it."""
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


# --- the server is killed -----------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="kills processes as POSIX does")
def test_a_server_killed_in_mid_answer_loses_neither_ticket_nor_question(
    machine: Machine, settings: Settings
):
    machine.start()
    desks, wires = {}, {}
    for username in ("alice", "dana"):
        wires[username] = HttpTransport(machine.url, settings.client)
        desks[username] = HelpDesk(wires[username])
        desks[username].sessions.sign_in(NewSession(username=username, password=PASSWORD))
    alice = desks["alice"]
    publish(desks["dana"])
    ticket = alice.tickets.open(NewTicket(subject="VPN drops", description=QUESTION))
    conversation = alice.assistant.begin()
    ask = ChatAsk(conversation_id=conversation.id, text=QUESTION)

    async def talk() -> None:
        answers = RemoteAnswers(wires["alice"])
        held = to_the_end()
        async with model_server(held) as model:
            use_model(desks["dana"], model.url)
            heard: list[AnswerPart] = []
            async with aclosing(answers.answer(ask)) as parts:
                async for part in parts:
                    heard.append(part)
                    if part.kind is PartKind.TEXT:
                        await asyncio.to_thread(machine.kill)
            assert text_of(heard) == "Choose the travel "
            assert (heard[-1].kind, heard[-1].code) == (PartKind.FAILED, "unreachable")
            assert heard[-1].retry_possible
            (away,) = [part async for part in answers.answer(ask)]
            assert (away.kind, away.retry_possible) == (PartKind.FAILED, True)
            await model.all_gone()

        await asyncio.to_thread(machine.start)
        assert alice.tickets.view(ticket.id).description == QUESTION
        (asked,) = alice.assistant.conversation(conversation.id).messages
        assert asked.text == QUESTION
        async with model_server(tells("Choose the travel profile.")) as model:
            use_model(desks["dana"], model.url)
            again = ChatAsk(conversation_id=conversation.id, retry=True)
            last = [part async for part in answers.answer(again)][-1]
            assert last.kind is PartKind.DONE
        await answers.aclose()

    asyncio.run(talk())
    said = alice.assistant.conversation(conversation.id).messages
    assert [each.text for each in said] == [QUESTION, "Choose the travel profile."]
    for wire in wires.values():
        wire.close()


# --- the database is held -----------------------------------------------------------------------


def test_an_answer_arrives_although_nobody_can_write_it_down(
    bob: Asker, dana: Asker, folder: DataFolder
):
    publish(dana.desk)
    ask = bob.say(QUESTION)

    async def talk() -> None:
        held = to_the_end()
        async with model_server(held) as model:
            use_model(dana.desk, model.url)
            async with begun(bob, ask) as rest:
                with locked(folder):
                    held.gate.set()
                    parts = await rest()
        last = parts[-1]
        assert last.kind is PartKind.DONE
        assert last.answer.text == text_of(parts) == "Choose the travel profile."
        assert last.answer.message is None
        assert "could not be kept" in last.answer.notice

    run(talk(), bob, dana)
    (asked,) = bob.desk.assistant.conversation(ask.conversation_id).messages
    assert asked.text == QUESTION


def test_a_question_given_up_while_nobody_can_write_ends_quietly(
    bob: Asker, dana: Asker, folder: DataFolder
):
    publish(dana.desk)
    ask = bob.say(QUESTION)

    async def talk() -> None:
        async with model_server(to_the_end()) as model:
            use_model(dana.desk, model.url)
            with ExitStack() as stack:
                async with begun(bob, ask):
                    stack.enter_context(locked(folder))
            await model.all_gone()

    run(talk(), bob, dana)
    assert len(bob.desk.assistant.conversation(ask.conversation_id).messages) == 1


def test_a_summary_arrives_although_its_figures_cannot_be_noted(
    bob: Asker, dana: Asker, folder: DataFolder, ticket: int
):
    async def talk() -> None:
        held = to_the_end()
        async with model_server(held) as model:
            use_model(dana.desk, model.url)
            async with begun(bob, SummaryAsk(ticket_id=ticket)) as rest:
                with locked(folder):
                    held.gate.set()
                    parts = await rest()
        assert parts[-1].kind is PartKind.DONE
        assert parts[-1].answer.text == "Choose the travel profile."

    run(talk(), bob, dana)
    assert dana.desk.assistant.figures(CallsQuery()).latest == ()


def test_a_question_that_cannot_be_written_down_is_refused_and_not_asked(
    bob: Asker, dana: Asker, folder: DataFolder
):
    publish(dana.desk)
    ask = bob.say(QUESTION)

    async def talk() -> None:
        async with model_server(tells("Never.")) as model:
            use_model(dana.desk, model.url)
            with locked(folder):
                assert (await bob.failure(ask)).code == "busy"
            assert model.calls == []

    run(talk(), bob, dana)
    assert bob.desk.assistant.conversation(ask.conversation_id).messages == ()


# --- what it is about changes -------------------------------------------------------------------


class Waiting:
    """A play that answers with a form once something has been done meanwhile."""

    def __init__(self, value: dict[str, object], meanwhile: Callable[[], object]) -> None:
        self._value, self._meanwhile = value, meanwhile

    async def __call__(self, call: Call) -> None:
        await asyncio.to_thread(self._meanwhile)
        await tells(json.dumps(self._value))(call)


TRIAGE = {
    "reason": "The VPN is a network.",
    "category": "Network",
    "category_confidence": 90,
    "priority": None,
    "priority_confidence": 0,
    "technician": None,
    "technician_confidence": 0,
    "reply": "",
    "citations": [],
}


def test_a_suggestion_for_a_ticket_that_was_changed_meanwhile_is_not_taken_over(
    bob: Asker, dana: Asker, ticket: int
):
    def change() -> None:
        version = dana.desk.tickets.view(ticket).version
        dana.desk.tickets.change(ticket, TicketChange(priority=Priority.HIGH, version=version))

    async def talk() -> None:
        async with model_server(Waiting(TRIAGE, change)) as model:
            use_model(dana.desk, model.url)
            suggestion = (await bob.answer(TriageAsk(ticket_id=ticket))).suggestion
        assert suggestion is not None
        (category,) = [e for e in suggestion.fields if e.field is SuggestedField.CATEGORY]
        choice = SuggestionChoice(
            version=suggestion.version, fields=(category.field,), values=(category.value,)
        )
        with pytest.raises(Conflict):
            bob.desk.triage.choose(ticket, choice)

    run(talk(), bob, dana)
    view = bob.desk.tickets.view(ticket)
    assert (view.category, view.priority) == (None, Priority.HIGH)


def test_a_ticket_that_is_gone_when_its_triage_comes_harms_nobody(
    bob: Asker, dana: Asker, ticket: int, folder: DataFolder
):
    def remove() -> None:
        with closing(sqlite3.connect(folder.database)) as connection, connection:
            connection.execute("DELETE FROM ticket WHERE id = ?", (ticket,))

    async def talk() -> None:
        async with model_server(Waiting(TRIAGE, remove)) as model:
            use_model(dana.desk, model.url)
            assert (await bob.answer(TriageAsk(ticket_id=ticket))).suggestion is not None
            assert (await bob.failure(TriageAsk(ticket_id=ticket))).code == "not_found"
            assert len(model.calls) == 1

    run(talk(), bob, dana)


def test_two_who_look_at_the_same_ticket_get_the_same(bob: Asker, dana: Asker, ticket: int):
    asked, both = [], asyncio.Event()

    async def play(call: Call) -> None:
        # Neither is answered before both have asked.
        asked.append(call)
        if len(asked) == 2:
            both.set()
        await asyncio.wait_for(both.wait(), SOON)
        await tells(json.dumps(TRIAGE))(call)

    async def talk() -> None:
        async with model_server(play) as model:
            use_model(dana.desk, model.url)
            ask = TriageAsk(ticket_id=ticket)
            one, other = await asyncio.gather(bob.answer(ask), dana.answer(ask))
            assert one.suggestion == other.suggestion
            assert len(model.calls) == 2
            # From now on it is known.
            assert (await dana.answer(ask)).suggestion == one.suggestion
            assert len(model.calls) == 2

    run(talk(), bob, dana)


# --- the settings change ------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["another address", "off"])
def test_an_answer_under_way_ends_as_it_began(bob: Asker, dana: Asker, ticket: int, change: str):
    ask = SummaryAsk(ticket_id=ticket)

    async def talk() -> None:
        held = to_the_end()
        async with model_server(held) as model, model_server(tells("Another.")) as other:
            use_model(dana.desk, model.url)
            async with begun(bob, ask) as rest:
                if change == "off":
                    use_model(dana.desk, model.url, enabled=False)
                else:
                    use_model(dana.desk, other.url)
                held.gate.set()
                parts = await rest()
            assert parts[-1].kind is PartKind.DONE
            assert text_of(parts) == "Choose the travel profile."
            after = await bob.parts(ask)
            told = "" if change == "off" else "Another."
            assert text_of(after) == told
            assert len(model.calls) == 1

    run(talk(), bob, dana)


def test_a_conversation_deleted_while_it_is_answered_still_gets_its_answer_shown(
    bob: Asker, dana: Asker
):
    publish(dana.desk)
    ask = bob.say(QUESTION)

    async def talk() -> None:
        held = to_the_end()
        async with model_server(held) as model:
            use_model(dana.desk, model.url)
            async with begun(bob, ask) as rest:
                bob.desk.assistant.delete_conversation(ask.conversation_id)
                held.gate.set()
                parts = await rest()
        assert parts[-1].kind is PartKind.DONE
        assert "could not be kept" in parts[-1].answer.notice

    run(talk(), bob, dana)
    assert bob.desk.assistant.conversations() == ()
