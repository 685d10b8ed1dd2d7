# SPDX-License-Identifier: GPL-3.0-or-later
"""The assistant as people use it and as admins set it up; ``services.answering`` answers."""

from __future__ import annotations

from datetime import timedelta

from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.assistant import (
    AskPreview,
    AssistantChange,
    AssistantFigures,
    AssistantSettings,
    AssistantStatus,
    CallsQuery,
    ConversationRow,
    ConversationView,
    FirstResponseState,
    HandOver,
    Judgement,
    SendingPreview,
    Speaker,
    TicketProposal,
)
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Source, TicketView
from helpdesk.core.schemas.triage import TicketDraft
from helpdesk.core.settings import AssistantSection
from helpdesk.core.text import ellipsis
from helpdesk.models import Comment, Conversation, FirstResponse, Ticket
from helpdesk.models.event import EventKind
from helpdesk.repositories.desk_changes import ASSISTANT, CONVERSATION
from helpdesk.services import answer_requests, proposals
from helpdesk.services.answer_material import AnswerMaterial
from helpdesk.services.assistant_setup import (
    ENABLER_FACT,
    FACT,
    Setup,
    keep_key,
    kept_of,
    key_of,
    setup_of,
)
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.audit_words import secret_change
from helpdesk.services.history import History
from helpdesk.services.tickets import Tickets
from helpdesk.services.work import Transacted, Work

_NEW_TITLE = "New conversation"
_HANDED_OVER = "This conversation was handed over as {number}; write there, or begin a new one."
_NOTHING_SAID = "Say first what it is about."
_DONE_BY_ASSISTANT = "The automatic answer solved it."
_NOT_HELPED = "The requester says that the automatic answer did not help; a person has to look."
_NOT_ANSWERED = "There is no automatic answer on {number} to say that of."


class Assistant:
    """Settings, figures and conversations; what is asked of the model is not an operation."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    # --- setting up ---------------------------------------------------------------------------

    @operation("GET", "/assistant", permission=Permission.USE_ASSISTANT)
    def status(self) -> AssistantStatus:
        """Tell whether there is a model to ask, and where it is."""
        return self._setup(self._work.desk).status()

    @operation(
        "GET",
        "/assistant/settings",
        permission=Permission.SET_UP_ASSISTANT,
        transaction=Transaction.STEPWISE,
    )
    def settings(self) -> AssistantSettings:
        """Show how the assistant is set up; the key is not shown."""
        with self._work.step(writes=False) as desk:
            setup = self._setup(desk)
        return setup.view()

    @operation(
        "PATCH",
        "/assistant/settings",
        permission=Permission.SET_UP_ASSISTANT,
        transaction=Transaction.STEPWISE,
    )
    def change_settings(self, change: AssistantChange) -> AssistantSettings:
        """Change how the assistant is set up, from the next question on."""
        with self._work.step(writes=False) as desk:
            setup = self._setup(desk).changed(change)
        # The keyring may take its time: no transaction waits for it.
        had_key = False
        if change.key is not None:
            had_key = bool(key_of(setup)[0])
            keep_key(setup.section.url, change.key)
        with self._work.step(writes=True) as desk:
            before = desk.facts.get(FACT)
            was = self._setup(desk)
            setup = was.changed(change)
            for category_id in change.automatic_categories or ():
                desk.categories.choose(category_id)
            desk.facts.set(FACT, kept_of(setup, before, change))
            if change.automatic_categories:
                desk.facts.set(ENABLER_FACT, str(self._enabler()))
            changes = list(changes_of(was.section, setup.section, AssistantSection.model_fields))
            if change.key is not None:
                changes.append(secret_change("Key", was_set=had_key, is_set=bool(change.key)))
            desk.audit.set_up(About("assistant", name="Assistant"), changes)
            desk.changed(ASSISTANT, 1)
        return setup.view()

    @operation("GET", "/assistant/figures", permission=Permission.SET_UP_ASSISTANT)
    def figures(self, query: CallsQuery) -> AssistantFigures:
        """Tell what the assistant did in the last days, and what became of it."""
        assistant, since = self._work.desk.assistant, self._work.now - timedelta(days=query.days)
        first = assistant.first_responses(since)
        helped = first[FirstResponseState.HELPED]
        handed_over = first[FirstResponseState.HANDED_OVER]
        return AssistantFigures(
            days=query.days,
            features=assistant.features(since),
            acceptance=self._work.desk.triage.acceptance(since),
            automatic_sent=first[FirstResponseState.SENT] + helped + handed_over,
            automatic_helped=helped,
            automatic_handed_over=handed_over,
            latest=assistant.latest(since),
        )

    @operation(
        "POST",
        "/assistant/preview",
        permission=Permission.USE_ASSISTANT,
        transaction=Transaction.READ,
    )
    def preview(self, preview: AskPreview) -> SendingPreview:
        """Show word for word what a question would send, and what is taken out of it before."""
        setup = self._setup(self._work.desk)
        material = AnswerMaterial(self._work).gather(preview.ask)
        return answer_requests.preview(material, setup)

    @operation("POST", "/assistant/calls/{call_id}/judgement", permission=Permission.USE_ASSISTANT)
    def judge(self, call_id: int, judgement: Judgement) -> None:
        """Say whether an answer that one asked for was of use, for the figures."""
        call = self._work.desk.assistant.call_of(call_id, self._work.actor.id)
        call.accepted = judgement.accepted

    # --- conversations ------------------------------------------------------------------------

    @operation("GET", "/conversations", permission=Permission.USE_ASSISTANT)
    def conversations(self) -> tuple[ConversationRow, ...]:
        """List one's own conversations, the one that went on last first."""
        return self._work.desk.conversations.rows()

    @operation("POST", "/conversations", permission=Permission.USE_ASSISTANT, creates=True)
    def begin(self) -> ConversationView:
        """Begin a conversation; one that nothing was said in yet is taken up again."""
        desk, now = self._work.desk, self._work.now
        if self._work.actor.id is None:
            raise Invalid("Only a person can talk to the assistant.")
        conversation = desk.conversations.unused() or desk.conversations.add(
            Conversation(
                person_id=self._work.actor.id, begun_at=now, updated_at=now, title=_NEW_TITLE
            )
        )
        self._tell()
        return desk.conversations.view(conversation)

    @operation("GET", "/conversations/{conversation_id}", permission=Permission.USE_ASSISTANT)
    def conversation(self, conversation_id: int) -> ConversationView:
        """Show one of one's own conversations."""
        conversations = self._work.desk.conversations
        return conversations.view(conversations.get(conversation_id))

    @operation("DELETE", "/conversations/{conversation_id}", permission=Permission.USE_ASSISTANT)
    def delete_conversation(self, conversation_id: int) -> None:
        """Delete one of one's own conversations with all that was said in it."""
        desk = self._work.desk
        desk.conversations.remove(desk.conversations.get(conversation_id))
        self._tell()

    @operation(
        "GET", "/conversations/{conversation_id}/ticket", permission=Permission.SUBMIT_TICKET
    )
    def proposal(self, conversation_id: int) -> TicketProposal:
        """Make a ticket of what was said, to be looked over, and tell what is missing in it."""
        desk = self._work.desk
        conversation = desk.conversations.get(conversation_id)
        said = desk.conversations.messages(conversation)
        found = proposals.proposal(said)
        draft = TicketDraft(subject=found.subject, description=found.description)
        category = History(desk, self._work.now).for_draft(draft, None).category
        return found.model_copy(update={"category_id": int(category.value) if category else None})

    @operation(
        "POST",
        "/conversations/{conversation_id}/ticket",
        permission=Permission.SUBMIT_TICKET,
        creates=True,
    )
    def hand_over(self, conversation_id: int, hand_over: HandOver) -> TicketView:
        """Hand a conversation to people, as a ticket with all that was said."""
        desk = self._work.desk
        conversation = desk.conversations.get(conversation_id)
        if conversation.ticket_id is not None:
            number = desk.tickets.get(conversation.ticket_id).number
            raise Invalid(_HANDED_OVER.format(number=number))
        said = desk.conversations.messages(conversation)
        new = hand_over.ticket
        if new is None:
            if not said:
                raise Invalid(_NOTHING_SAID)
            found = proposals.proposal(said)
            new = NewTicket(subject=found.subject, description=found.description)
        tickets = Tickets(self._work)
        view = tickets.open(new.model_copy(update={"source": Source.CHAT}))
        if any(each.speaker is Speaker.ASSISTANT for each in said):
            view = tickets.comment(view.id, NewComment(body=proposals.transcript(said)))
        conversation.ticket_id = view.id
        conversation.title = ellipsis(view.subject, 80)
        self._tell()
        return view

    # --- automatic answers --------------------------------------------------------------------

    @operation(
        "POST", "/tickets/{ticket_id}/first-response/helped", permission=Permission.CLOSE_TICKET
    )
    def helped(self, ticket_id: int) -> TicketView:
        """Say that the automatic answer solved one's ticket, which is closed by it."""
        ticket, response = self._answered(ticket_id)
        response.state = FirstResponseState.HELPED
        self._record(ticket, "helped")
        return Tickets(self._work).close(ticket_id, ticket.version)

    @operation(
        "POST",
        "/tickets/{ticket_id}/first-response/unhelpful",
        permission=Permission.COMMENT_TICKET,
    )
    def did_not_help(self, ticket_id: int) -> TicketView:
        """Say that the automatic answer did not help: a person has to look now."""
        ticket, response = self._answered(ticket_id)
        response.state = FirstResponseState.HANDED_OVER
        self._record(ticket, "handed over to a person")
        note = Comment(
            ticket_id=ticket.id,
            author_id=response.enabler_id,
            by_staff=True,
            internal=True,
            automatic=True,
            created_at=self._work.now,
            body=_NOT_HELPED,
        )
        self._work.desk.tickets.add_comment(ticket, note)
        ticket.touch(self._work.now)
        self._work.desk.flush()
        self._work.desk.changed("ticket", ticket.id)
        return Tickets(self._work).view(ticket_id)

    # --- how ----------------------------------------------------------------------------------

    def _answered(self, ticket_id: int) -> tuple[Ticket, FirstResponse]:
        desk = self._work.desk
        ticket = desk.tickets.get(ticket_id)
        if ticket.requester_id != self._work.actor.id:
            raise Forbidden("Only who asked can say whether the automatic answer helped.")
        response = desk.assistant.first_response(ticket.id)
        if response is None or response.state is not FirstResponseState.SENT:
            raise Invalid(_NOT_ANSWERED.format(number=ticket.number))
        return ticket, response

    def _record(self, ticket: Ticket, new: str) -> None:
        self._work.desk.tickets.record(
            ticket, EventKind.CHANGED, self._work.now, field="automatic answer", new=new
        )

    def _tell(self) -> None:
        """Let the person's other windows load their conversations again."""
        self._work.desk.changed(CONVERSATION, self._work.actor.id or 0)

    def _enabler(self) -> int:
        if self._work.actor.id is None:
            raise Invalid("Only a person can switch automatic answers on.")
        return self._work.actor.id

    def _setup(self, desk: Transacted) -> Setup:
        return setup_of(self._work.settings, desk.facts.get(FACT))
