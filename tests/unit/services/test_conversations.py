# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversations with the assistant: everybody has their own, and admins see nobody else's."""

from __future__ import annotations

import asyncio

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.schemas.assistant import ChatAsk, ConversationRow, HandOver, Speaker
from helpdesk.core.schemas.tickets import NewTicket, Source
from helpdesk.models import Conversation, ConversationMessage
from tests.asking import Asker
from tests.conftest import SettableClock, SignIn
from tests.matrix import HTTP_POSTGRESQL, LOCAL_SQLITE

pytestmark = [pytest.mark.timeout(60), pytest.mark.desk_kinds(LOCAL_SQLITE, HTTP_POSTGRESQL)]

QUESTION = "The scanner in the basement is jammed"


@pytest.fixture
def alice(embedded: EmbeddedDesk) -> Asker:
    return Asker(embedded, "alice")


def say(asker: Asker, text: str = QUESTION, conversation_id: int | None = None) -> int:
    """Say something and hear the answer; return the conversation."""
    if conversation_id is None:
        conversation_id = asker.desk.assistant.begin().id
    ask = ChatAsk(conversation_id=conversation_id, text=text)

    async def talk() -> None:
        try:
            await asker.answer(ask)
        finally:
            await asker.close()

    asyncio.run(talk())
    return conversation_id


def refusal(asker: Asker, ask: ChatAsk) -> str:
    async def talk() -> str:
        try:
            return (await asker.failure(ask)).sentence
        finally:
            await asker.close()

    return asyncio.run(talk())


def test_nobody_else_sees_or_touches_a_conversation_not_even_an_admin(
    alice: Asker, sign_in: SignIn
):
    conversation_id = say(alice)
    for username in ("erin", "bob", "dana"):
        other = sign_in(username)
        assert other.assistant.conversations() == ()
        for use in (
            lambda desk: desk.assistant.conversation(conversation_id),
            lambda desk: desk.assistant.delete_conversation(conversation_id),
            lambda desk: desk.assistant.proposal(conversation_id),
            lambda desk: desk.assistant.hand_over(conversation_id, HandOver()),
        ):
            with pytest.raises(NotFound, match="no such conversation"):
                use(other)
    assert len(alice.desk.assistant.conversation(conversation_id).messages) == 2


def test_others_do_not_even_hear_that_somebody_talks(alice: Asker, sign_in: SignIn):
    desks: dict[str, HelpDesk] = {"alice": alice.desk, "dana": sign_in("dana")}
    before = {name: desk.tickets.changes("").cursor for name, desk in desks.items()}
    say(alice)
    heard = {name: desk.tickets.changes(before[name]) for name, desk in desks.items()}
    assert "conversation" in [each.kind for each in heard["alice"].others]
    assert "conversation" not in [each.kind for each in heard["dana"].others]


def test_one_that_nothing_was_said_in_is_taken_up_again(alice: Asker, sign_in: SignIn):
    begun = alice.desk.assistant.begin()
    assert begun.messages == ()
    assert alice.desk.assistant.begin() == begun
    # Whatever stands there empty, it is one's own.
    assert sign_in("erin").assistant.begin().id != begun.id
    say(alice, conversation_id=begun.id)
    assert alice.desk.assistant.begin().id != begun.id


def test_the_list_begins_with_what_went_on_last_each_by_its_first_question(
    alice: Asker, clock: SettableClock
):
    first = say(alice, "The\nscanner jams ")
    clock.forward(minutes=1)
    second = say(alice, "word " * 40)
    rows = alice.desk.assistant.conversations()
    assert [each.id for each in rows] == [second, first]
    assert rows[1].title == "The scanner jams"
    assert len(rows[0].title) <= 60
    clock.forward(minutes=1)
    say(alice, "And now it burns", first)
    rows = alice.desk.assistant.conversations()
    assert [each.id for each in rows] == [first, second]
    assert rows[0].title == "The scanner jams"


def test_a_deleted_one_is_gone_with_all_that_was_said(alice: Asker, embedded: EmbeddedDesk):
    kept, deleted = say(alice), say(alice, "My password is a canary")
    alice.desk.assistant.delete_conversation(deleted)
    with pytest.raises(NotFound):
        alice.desk.assistant.conversation(deleted)
    assert "no such conversation" in refusal(alice, ChatAsk(conversation_id=deleted, text="x"))
    with embedded.database.reading() as session:
        assert [each.id for each in session.query(Conversation)] == [kept]
        said = list(session.query(ConversationMessage))
        assert {each.conversation_id for each in said} == {kept}
        assert not any("canary" in each.text + each.detail for each in said)


def test_nothing_is_no_question(alice: Asker):
    conversation = alice.desk.assistant.begin()
    assert "Write a question" in refusal(alice, alice.say("  \n ", conversation))
    again = ChatAsk(conversation_id=conversation.id, retry=True)
    assert "no question to answer again" in refusal(alice, again)
    assert alice.desk.assistant.conversation(conversation.id).messages == ()


@pytest.mark.desk_kinds("local-sqlite")
def test_only_people_talk_to_it(embedded: EmbeddedDesk):
    with pytest.raises(Invalid, match="Only a person"):
        embedded.as_system().assistant.begin()


# --- handing over -------------------------------------------------------------------------------


def test_a_ticket_of_ones_own_words_takes_the_conversation_along_once(
    alice: Asker, sign_in: SignIn
):
    conversation_id = say(alice)
    ticket = alice.desk.assistant.hand_over(
        conversation_id,
        HandOver(ticket=NewTicket(subject="Scanner", description="Jammed since Monday.")),
    )
    assert (ticket.subject, ticket.description) == ("Scanner", "Jammed since Monday.")
    assert ticket.source is Source.CHAT
    seen = sign_in("bob").tickets.view(ticket.id)
    assert QUESTION in seen.comments[0].body
    assert not seen.comments[0].by_staff
    (row,) = alice.desk.assistant.conversations()
    assert row == ConversationRow(
        id=conversation_id, title="Scanner", updated_at=row.updated_at, ticket_id=ticket.id
    )
    with pytest.raises(Invalid, match=ticket.number):
        alice.desk.assistant.hand_over(conversation_id, HandOver())
    # The ticket outlives what was said.
    alice.desk.assistant.delete_conversation(conversation_id)
    assert alice.desk.tickets.view(ticket.id).comments == ticket.comments


def test_where_nothing_was_said_there_is_nothing_to_hand_over(alice: Asker):
    conversation = alice.desk.assistant.begin()
    with pytest.raises(Invalid, match="Say first"):
        alice.desk.assistant.hand_over(conversation.id, HandOver())
    new = NewTicket(subject="Scanner", description="Jammed.")
    ticket = alice.desk.assistant.hand_over(conversation.id, HandOver(ticket=new))
    assert ticket.comments == ()


def test_what_was_answered_stays_as_it_was_said(alice: Asker):
    conversation_id = say(alice)
    asked, answered = alice.desk.assistant.conversation(conversation_id).messages
    assert (asked.speaker, asked.text) == (Speaker.PERSON, QUESTION)
    assert answered.speaker is Speaker.ASSISTANT
    assert answered.found_nothing
    assert answered.text
