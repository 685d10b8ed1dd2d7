# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers in parts: from articles and history alone, from a model, and when it fails half-way."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Coroutine
from typing import Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import NotFound
from helpdesk.core.schemas.articles import ArticleChange, NewArticle, Visibility
from helpdesk.core.schemas.assistant import (
    AskPreview,
    AssistantChange,
    CallsQuery,
    ChatAsk,
    ConnectionAsk,
    ExplainAsk,
    FilterAsk,
    HandOver,
    Judgement,
    MessageState,
    PartKind,
    ReplyAsk,
    RewriteAsk,
    Rewriting,
    SearchAsk,
    SummaryAsk,
    TriageAsk,
)
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Priority, Source, TicketView
from helpdesk.core.schemas.triage import Origin, SuggestedField
from tests.asking import Asker, text_of, use_model
from tests.faults.model_server import DONE, Call, Play, delta, model_server, says

pytestmark = pytest.mark.timeout(60)

VPN = """\
# How to

The VPN client drops after ten minutes when the travel profile is missing.

1. Open the company portal and sync the device.
2. Choose the travel profile in the VPN client.
3. Restart the VPN client.
"""
QUESTION = "My VPN client drops after ten minutes"


@pytest.fixture
def dana(embedded: EmbeddedDesk) -> Asker:
    return Asker(embedded, "dana")


@pytest.fixture
def bob(embedded: EmbeddedDesk) -> Asker:
    return Asker(embedded, "bob")


@pytest.fixture
def alice(embedded: EmbeddedDesk) -> Asker:
    return Asker(embedded, "alice")


@pytest.fixture
def article(dana: Asker) -> int:
    """Publish an article that answers ``QUESTION``."""
    new = NewArticle(title="VPN client drops", summary="Choose the travel profile.", body=VPN)
    made = dana.desk.articles.create(new)
    change = ArticleChange(visibility=Visibility.EVERYONE, publish=True, version=made.version)
    return dana.desk.articles.save(made.id, change).id


def run(work: Coroutine[Any, Any, None], *askers: Asker) -> None:
    async def whole() -> None:
        try:
            await work
        finally:
            for asker in askers:
                await asker.close()

    asyncio.run(whole())


def unused_port() -> int:
    """Return a port that nobody listens on, and that no other test has found dead before."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def ticket_of(alice: Asker, description: str = QUESTION) -> TicketView:
    return alice.desk.tickets.open(NewTicket(subject="VPN drops", description=description))


def tells(*pieces: str) -> Play:
    """Return a play that streams a text in pieces and ends well."""
    return says(*(delta(piece) for piece in pieces), delta(None, "stop"), DONE)


def breaks_off(*pieces: str) -> Play:
    """Return a play that streams some text and then closes in mid-sentence."""
    return says(*(delta(piece) for piece in pieces))


def gives(value: object) -> Play:
    return tells(json.dumps(value))


# --- without a model ----------------------------------------------------------------------------


def test_without_a_model_a_question_is_answered_in_the_articles_own_words(article, alice):
    async def talk() -> None:
        parts = await alice.parts(alice.say(QUESTION))
        assert [part.kind for part in parts] == [PartKind.SOURCES, PartKind.DONE]
        assert [each.number for each in parts[0].answer.citations] == [f"KB-{article}"]
        answer = parts[-1].answer
        assert answer.origin is Origin.ARTICLES
        assert "Choose the travel profile in the VPN client." in [s.text for s in answer.sentences]
        assert all(each.numbers == (f"KB-{article}",) for each in answer.sentences)

    run(talk(), alice)
    (conversation,) = alice.desk.assistant.conversations()
    asked, answered = alice.desk.assistant.conversation(conversation.id).messages
    assert asked.text == QUESTION
    assert answered.sentences[0].supported
    assert conversation.title == QUESTION


def test_what_no_article_answers_is_not_invented_and_one_thing_is_asked(article, alice):
    async def talk() -> None:
        answer = await alice.answer(alice.say("The coffee machine is broken"))
        assert answer.found_nothing
        assert answer.text == "That is not in the knowledge base. Since when does it happen?"
        assert not answer.citations

    run(talk(), alice)


def test_ones_own_ticket_is_told_of_and_somebody_elses_does_not_exist(alice, bob, embedded):
    ticket = ticket_of(alice)
    erin = Asker(embedded, "erin")

    async def talk() -> None:
        told = await alice.answer(alice.say(f"How does {ticket.number} stand?"))
        assert ticket.number in told.text
        assert "is New" in told.text
        assert [each.ticket_id for each in told.citations] == [ticket.id]
        refused = await erin.answer(erin.say(f"How does {ticket.number} stand?"))
        assert refused.found_nothing
        assert "VPN" not in refused.model_dump_json()

    run(talk(), alice, erin)


def test_what_only_a_model_can_do_says_so_without_one(alice, bob):
    ticket = ticket_of(alice)

    async def talk() -> None:
        for ask in (
            SummaryAsk(ticket_id=ticket.id),
            RewriteAsk(ticket_id=ticket.id, text="Do it.", how=Rewriting.SHORTER),
            ExplainAsk(ticket_id=ticket.id, text="0x80070005"),
        ):
            failed = await bob.failure(ask)
            assert failed.sentence == "No model is set up; an admin can do that in Settings."
            assert not failed.retry_possible

    run(talk(), bob)


def test_a_reply_is_drafted_from_articles_without_a_model(article, alice, bob):
    ticket = ticket_of(alice)

    async def talk() -> None:
        answer = await bob.answer(ReplyAsk(ticket_id=ticket.id))
        assert "Choose the travel profile in the VPN client." in answer.text
        assert "[KB-" not in answer.text
        assert answer.origin is Origin.ARTICLES

    run(talk(), bob)


def test_words_become_a_filter_without_a_model(bob):
    async def talk() -> None:
        answer = await bob.answer(FilterAsk(text="urgent printing tickets that nobody has"))
        assert answer.filter is not None
        query = answer.filter.query
        assert query.priorities == (Priority.URGENT,)
        assert query.unassigned
        assert len(query.category_ids) == 1

    run(talk(), bob)


# --- with a model -------------------------------------------------------------------------------


def test_an_answer_is_streamed_and_each_sentence_held_against_its_source(article, alice, dana):
    said = (
        f"Choose the travel profile in the VPN client. [KB-{article}] ",
        "The moon is made of cheese. [KB-",
        "999]",
    )

    async def talk() -> None:
        async with model_server(tells(*said)) as model:
            use_model(dana.desk, model.url)
            parts = await alice.parts(alice.say(QUESTION))
        assert text_of(parts) == "".join(said)
        answer = parts[-1].answer
        assert [(s.numbers, s.supported) for s in answer.sentences] == [
            ((f"KB-{article}",), True),
            ((), False),
        ]
        assert answer.origin is Origin.MODEL
        assert answer.message is not None
        assert answer.message.state is MessageState.COMPLETE

    run(talk(), alice)


def test_an_answer_that_breaks_off_is_kept_as_far_as_it_came_and_can_be_had_again(
    article, alice, dana
):
    async def talk() -> None:
        ask = alice.say(QUESTION)
        async with model_server(breaks_off("Choose the travel ", "profile")) as model:
            use_model(dana.desk, model.url)
            parts = await alice.parts(ask)
        assert text_of(parts) == "Choose the travel profile"
        assert parts[-1].kind is PartKind.FAILED
        assert parts[-1].retry_possible
        assert parts[-1].sentence.endswith(".")
        view = alice.desk.assistant.conversation(ask.conversation_id)
        assert view.messages[-1].text == "Choose the travel profile"
        assert view.messages[-1].state is MessageState.CUT

        async with model_server(tells(f"Choose the travel profile in it. [KB-{article}]")) as model:
            use_model(dana.desk, model.url)
            again = ChatAsk(conversation_id=ask.conversation_id, retry=True)
            answer = await alice.answer(again)
        assert answer.message is not None
        view = alice.desk.assistant.conversation(ask.conversation_id)
        assert [each.text for each in view.messages] == [QUESTION, answer.text]

    run(talk(), alice)


def test_an_answer_given_up_half_way_closes_the_models_connection_and_stays(article, alice, dana):
    async def slowly(call: Call) -> None:
        await call.answer(delta("Choose the travel "))
        await call.silence()

    async def talk() -> None:
        ask = alice.say(QUESTION)
        async with model_server(slowly) as model:
            use_model(dana.desk, model.url)
            parts = await alice.parts(ask, most=2)
            await asyncio.wait_for(model.all_gone(), 10)
        assert text_of(parts) == "Choose the travel "
        for _ in range(200):
            view = alice.desk.assistant.conversation(ask.conversation_id)
            if len(view.messages) == 2:
                break
            await asyncio.sleep(0.02)
        assert view.messages[-1].text == "Choose the travel "
        assert view.messages[-1].state is MessageState.STOPPED

    run(talk(), alice)


def test_a_dead_endpoint_leaves_what_articles_and_rules_can_do_with_a_word_on_why(
    article, alice, bob, dana
):
    ticket = ticket_of(alice)
    use_model(dana.desk, f"http://127.0.0.1:{unused_port()}")

    async def talk() -> None:
        answer = await alice.answer(alice.say(QUESTION))
        assert answer.sentences[0].supported
        assert "does not answer" in answer.notice
        triage = await bob.answer(TriageAsk(ticket_id=ticket.id))
        assert triage.suggestion is not None
        assert triage.notice
        assert (await bob.answer(FilterAsk(text="urgent tickets"))).filter is not None
        assert (await bob.answer(SearchAsk(text="vpn"))).articles[0].id == article
        assert (await bob.failure(SummaryAsk(ticket_id=ticket.id))).retry_possible

    run(talk(), alice, bob)


def test_a_triage_takes_what_is_allowed_of_an_answer_and_nothing_else(article, alice, bob, dana):
    ticket = ticket_of(alice)
    answer = {
        "reason": "The VPN is a network.",
        "category": "network",
        "category_confidence": 99,
        "priority": "urgent",
        "priority_confidence": 99,
        "technician": "t99",
        "technician_confidence": 99,
        "reply": f"Choose the travel profile. [KB-{article}] See http://evil.example/x",
        "citations": [f"KB-{article}", "KB-999"],
    }

    async def talk() -> None:
        async with model_server(gives(answer)) as model:
            use_model(dana.desk, model.url)
            found = await bob.answer(TriageAsk(ticket_id=ticket.id))
            # The same question again is answered from what was kept.
            again = await bob.answer(TriageAsk(ticket_id=ticket.id))
            assert again.suggestion == found.suggestion
        suggestion = found.suggestion
        assert suggestion is not None
        fields = {each.field: each for each in suggestion.fields}
        assert fields[SuggestedField.CATEGORY].label == "Network"
        assert fields[SuggestedField.CATEGORY].origin is Origin.MODEL
        assert fields[SuggestedField.CATEGORY].confidence == 50
        assert SuggestedField.ASSIGNEE not in fields
        # From Medium a text can ask for one level at most.
        assert fields[SuggestedField.PRIORITY].value == "high"
        assert suggestion.reply is not None
        assert any("evil.example" in each for each in suggestion.reply.cautions)

    run(talk(), bob)
    assert bob.desk.tickets.view(ticket.id) == bob.desk.tickets.view(ticket.id)
    assert bob.desk.tickets.view(ticket.id).version == ticket.version


def test_what_is_sent_is_shown_word_for_word_before(article, alice, bob, dana):
    ticket = ticket_of(alice)
    seen: list[Any] = []

    async def listen(call: Call) -> None:
        seen.append(call.json["messages"])
        await tells("Sum.")(call)

    async def talk() -> None:
        async with model_server(listen) as model:
            use_model(dana.desk, model.url)
            ask = SummaryAsk(ticket_id=ticket.id)
            preview = bob.desk.assistant.preview(AskPreview(ask=ask))
            assert preview.place == "this machine"
            await bob.answer(ask)
            (sent,) = seen
            assert [each["role"] for each in sent] == [each.role for each in preview.messages]
            assert _unfenced(sent[0]["content"]) == _unfenced(preview.messages[0].text)

    run(talk(), bob)


def _unfenced(text: str) -> str:
    """Take out the nonce, which is another one each time."""
    return re.sub(r"-[0-9a-f]{12}\b", "-", text)


def test_a_search_by_meaning_widens_and_orders_what_words_find(article, alice, dana):
    other = dana.desk.articles.create(
        NewArticle(title="Tunnel trouble", body="Restart the tunnel.")
    )
    dana.desk.articles.save(other.id, ArticleChange(publish=True, version=other.version))
    answers = iter(
        [
            {"reason": "r", "words": ["tunnel"]},
            {"reason": "r", "ids": [f"KB-{other.id}", "KB-999"]},
        ]
    )

    async def play(call: Call) -> None:
        await gives(next(answers))(call)

    async def talk() -> None:
        async with model_server(play) as model:
            use_model(dana.desk, model.url)
            found = await alice.answer(SearchAsk(text="vpn client"))
        assert [each.id for each in found.articles] == [other.id, article]

    run(talk(), alice)


def test_the_connection_is_tried_with_settings_that_are_not_saved_yet(dana):
    async def talk() -> None:
        async with model_server(tells("Yes.")) as model:
            change = AssistantChange(url=model.url, model="tiny")
            answer = await dana.answer(ConnectionAsk(settings=change))
        assert answer.report is not None
        assert answer.report.sentence.endswith(".")
        assert dana.desk.assistant.settings().url == ""

    run(talk(), dana)


def test_each_question_leaves_figures_and_none_of_its_words(article, alice, bob, dana):
    ticket = ticket_of(alice, "The canary sings in the VPN.")

    async def talk() -> None:
        async with model_server(tells("The canary sang.")) as model:
            use_model(dana.desk, model.url)
            await bob.answer(SummaryAsk(ticket_id=ticket.id))

    run(talk(), bob)
    figures = dana.desk.assistant.figures(CallsQuery())
    (call,) = figures.latest
    assert call.outcome == "done"
    assert call.prompt.startswith("summary.v1+")
    assert call.total_ms >= 0
    assert figures.features[0].calls == 1
    assert "canary" not in figures.model_dump_json()


# --- rights -------------------------------------------------------------------------------------


def test_questions_about_tickets_are_for_staff_and_trying_the_connection_for_admins(alice, bob):
    ticket = ticket_of(alice)

    async def talk() -> None:
        for ask in (
            TriageAsk(ticket_id=ticket.id),
            SummaryAsk(ticket_id=ticket.id),
            ReplyAsk(ticket_id=ticket.id),
            RewriteAsk(ticket_id=ticket.id, text="x", how=Rewriting.SHORTER),
            ExplainAsk(ticket_id=ticket.id, text="x"),
        ):
            assert (await alice.failure(ask)).code == "forbidden"
        assert (await bob.failure(ConnectionAsk())).code == "forbidden"
        assert (await bob.failure(SummaryAsk(ticket_id=9999))).code == "not_found"

    run(talk(), alice, bob)


def test_nobody_speaks_in_somebody_elses_conversation(alice, bob):
    conversation = alice.desk.assistant.begin()

    async def talk() -> None:
        failed = await bob.failure(bob.say("Hello", conversation))
        assert failed.code == "not_found"

    run(talk(), bob)
    assert alice.desk.assistant.conversation(conversation.id).messages == ()


def test_internal_notes_reach_no_prompt_that_writes_to_a_requester(article, alice, bob, dana):
    ticket = ticket_of(alice)
    bob.desk.tickets.comment(ticket.id, NewComment(body="the canary note", internal=True))
    sent: list[str] = []

    async def listen(call: Call) -> None:
        sent.append(json.dumps(call.json))
        await tells("Done.")(call)

    async def talk() -> None:
        async with model_server(listen) as model:
            use_model(dana.desk, model.url)
            await bob.parts(TriageAsk(ticket_id=ticket.id))
            await bob.parts(ReplyAsk(ticket_id=ticket.id))
            await alice.parts(alice.say(f"{QUESTION}, see {ticket.number}"))
            assert len(sent) >= 3
            assert not any("canary" in each for each in sent)
            # A summary is for staff, and stays within the own network with it.
            await bob.parts(SummaryAsk(ticket_id=ticket.id))
            assert "canary" in sent[-1]

    run(talk(), alice, bob)


# --- handing over -------------------------------------------------------------------------------


def test_a_conversation_becomes_a_ticket_with_all_that_was_said(article, alice, bob):
    ask = alice.say(QUESTION)

    async def talk() -> None:
        await alice.answer(ask)

    run(talk(), alice)
    proposal = alice.desk.assistant.proposal(ask.conversation_id)
    assert proposal.subject == QUESTION
    assert "since when it happens" in proposal.missing
    ticket = alice.desk.assistant.hand_over(ask.conversation_id, HandOver())
    assert ticket.source is Source.CHAT
    assert ticket.description == QUESTION
    assert "The assistant answered" in ticket.comments[0].body
    view = alice.desk.assistant.conversation(ask.conversation_id)
    assert view.ticket_id == ticket.id
    # It is closed for further questions.
    again = alice.say("More", view)

    async def more() -> None:
        assert "handed over" in (await alice.failure(again)).sentence

    run(more(), alice)


def test_the_connection_can_be_tried_while_the_environment_switches_the_model_on(
    dana, settings, monkeypatch
):
    monkeypatch.setenv("HELPDESK_ASSISTANT__ENABLED", "true")

    async def talk() -> None:
        async with model_server(tells("Yes.")) as model:
            change = AssistantChange(enabled=True, url=model.url, model="tiny")
            answer = await dana.answer(ConnectionAsk(settings=change))
        assert answer.report is not None

    run(talk(), dana)


def test_submitting_a_ticket_asks_no_model(alice, dana):
    async def talk() -> None:
        async with model_server(tells("Never.")) as model:
            use_model(dana.desk, model.url)
            ticket_of(alice)
            assert model.lines == []

    run(talk(), alice)


def test_a_request_is_not_a_ticket(article, alice):
    ticket = ticket_of(alice)

    async def talk() -> None:
        asked = await alice.answer(alice.say("How do I request that my VPN client stops dropping?"))
        assert ticket.number not in asked.text
        own = await alice.answer(alice.say("What about my last ticket?"))
        assert ticket.number in own.text

    run(talk(), alice)


def test_trying_again_with_a_model_that_is_gone_keeps_what_came_before(article, alice, dana):
    async def talk() -> None:
        ask = alice.say(QUESTION)
        async with model_server(breaks_off("Choose the travel ")) as model:
            use_model(dana.desk, model.url)
            assert not (await alice.failure(ask)).sentence.count(model.url.rpartition(":")[2])
        again = ChatAsk(conversation_id=ask.conversation_id, retry=True)
        assert (await alice.failure(again)).retry_possible
        view = alice.desk.assistant.conversation(ask.conversation_id)
        assert [each.text for each in view.messages] == [QUESTION, "Choose the travel "]

    run(talk(), alice)


def test_whether_an_answer_was_of_use_is_kept_with_its_figures(article, alice, bob, dana):
    ticket = ticket_of(alice)

    async def talk() -> None:
        async with model_server(tells("Restart it.")) as model:
            use_model(dana.desk, model.url)
            first = await bob.answer(ReplyAsk(ticket_id=ticket.id))
            second = await bob.answer(ReplyAsk(ticket_id=ticket.id))
        assert first.call_id
        assert second.call_id
        bob.desk.assistant.judge(first.call_id, Judgement(accepted=True))
        bob.desk.assistant.judge(second.call_id, Judgement(accepted=False))
        with pytest.raises(NotFound):
            dana.desk.assistant.judge(first.call_id, Judgement(accepted=False))

    run(talk(), bob)
    figures = dana.desk.assistant.figures(CallsQuery())
    assert (figures.features[0].accepted, figures.features[0].refused) == (1, 1)
    assert [each.accepted for each in figures.latest] == [False, True]
