# SPDX-License-Identifier: GPL-3.0-or-later
"""What may leave the desk, and for where: consent is for one host, and names do not travel."""

from __future__ import annotations

import pytest

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.schemas.assistant import (
    AskPreview,
    AssistantChange,
    ConnectionAsk,
    ExplainAsk,
    FilterAsk,
    RewriteAsk,
    Rewriting,
    SummaryAsk,
)
from helpdesk.core.schemas.tickets import NewComment, NewTicket, TicketView
from helpdesk.services.assistant_setup import URL_VARIABLE
from tests.conftest import SignIn
from tests.matrix import LOCAL_SQLITE

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE)
PUBLIC = AssistantChange(
    enabled=True, url="https://llm.example.org", model="m", public_consent=True
)


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


@pytest.fixture
def ticket(sign_in: SignIn) -> TicketView:
    new = NewTicket(subject="VPN drops", description="Alice Moreau (alice) cannot work.")
    return sign_in("alice").tickets.open(new)


def sent(desk: HelpDesk, ask: SummaryAsk | FilterAsk | RewriteAsk | ExplainAsk) -> str:
    preview = desk.assistant.preview(AskPreview(ask=ask))
    return "\n".join(each.text for each in preview.messages)


def test_what_was_said_of_one_host_holds_for_no_other_that_the_environment_names(
    dana: HelpDesk, bob: HelpDesk, ticket: TicketView, monkeypatch
):
    near = AssistantChange(
        enabled=True, url="https://llm.corp", model="m", private_names=True, redact=False
    )
    assert dana.assistant.change_settings(near).reach == "private"
    bob.tickets.comment(ticket.id, NewComment(body="the canary note", internal=True))
    monkeypatch.setenv(URL_VARIABLE, "https://llm.example.org")
    settings = dana.assistant.settings()
    assert settings.reach == "public"
    assert not settings.private_names
    assert not bob.assistant.status().has_model
    text = sent(bob, SummaryAsk(ticket_id=ticket.id))
    assert "canary" not in text
    assert "Moreau" not in text


def test_consent_for_one_host_is_none_for_another(dana: HelpDesk, monkeypatch):
    assert dana.assistant.change_settings(PUBLIC).public_consent
    assert dana.assistant.status().has_model
    moved = AssistantChange(url="https://other.example.net")
    with pytest.raises(Invalid) as refused:
        dana.assistant.change_settings(moved)
    assert refused.value.field == "public_consent"
    monkeypatch.setenv(URL_VARIABLE, "https://other.example.net")
    assert not dana.assistant.settings().public_consent
    assert not dana.assistant.status().has_model


def test_names_in_words_for_a_filter_stay_here_and_so_do_logins(
    dana: HelpDesk, bob: HelpDesk, ticket: TicketView
):
    dana.assistant.change_settings(PUBLIC)
    assert "moreau" not in sent(bob, FilterAsk(text="what did alice moreau open")).casefold()
    text = sent(bob, SummaryAsk(ticket_id=ticket.id))
    assert "Moreau" not in text
    assert "(alice)" not in text


def test_what_staff_write_among_themselves_is_not_sent_outside(
    dana: HelpDesk, bob: HelpDesk, ticket: TicketView
):
    note = "The gateway key of Lyon is under the mat."
    bob.tickets.comment(ticket.id, NewComment(body=note, internal=True))
    explain = ExplainAsk(ticket_id=ticket.id, text="gateway key of Lyon")
    draft = RewriteAsk(ticket_id=ticket.id, text="Not saved yet", how=Rewriting.SHORTER)
    near = AssistantChange(enabled=True, url="http://127.0.0.1:8080", model="m")
    dana.assistant.change_settings(near)
    assert "under the mat" in sent(
        bob, RewriteAsk.model_validate({**draft.model_dump(), "text": note})
    )
    dana.assistant.change_settings(PUBLIC)
    with pytest.raises(Forbidden):
        sent(bob, explain)
    with pytest.raises(Forbidden):
        sent(bob, RewriteAsk.model_validate({**draft.model_dump(), "internal": True}))
    assert "Not saved yet" in sent(bob, draft)


def test_a_try_of_the_connection_has_nothing_to_look_at(dana: HelpDesk):
    with pytest.raises(Invalid):
        dana.assistant.preview(AskPreview(ask=ConnectionAsk()))
