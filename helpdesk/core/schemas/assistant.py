# SPDX-License-Identifier: GPL-3.0-or-later
"""The assistant: what it is asked, what it answers in parts, and how an admin sets it up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, model_validator

from helpdesk.core.schemas.articles import ArticleRow
from helpdesk.core.schemas.base import Id, Labelled, Request, Result
from helpdesk.core.schemas.tickets import NewTicket, TicketQuery
from helpdesk.core.schemas.triage import Citation, CitedSentence, Origin, TicketSuggestion
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import Body, Line, SearchText

QUESTION_LIMIT = 8_000
PASSAGE_LIMIT = 60_000
"""Characters of what may be asked, and of a text to be explained or rewritten."""


def _present(value: str) -> str:
    if not value.strip():
        raise ValueError("Write something first.")
    return value


Question = Annotated[Body, StringConstraints(max_length=QUESTION_LIMIT), AfterValidator(_present)]
Passage = Annotated[Body, StringConstraints(max_length=PASSAGE_LIMIT), AfterValidator(_present)]


class Feature(Labelled):
    """What the model is asked for."""

    TRIAGE = "triage"
    CHAT = "chat"
    SUMMARY = "summary"
    REPLY = "reply"
    REWRITE = "rewrite"
    EXPLAIN = "explain"
    FILTER = "filter"
    SEARCH = "search"
    FIRST_RESPONSE = "first_response"
    TEST = "test"


class Rewriting(Labelled):
    """How a text is to be rewritten."""

    SHORTER = "shorter"
    FRIENDLIER = "friendlier"
    TRANSLATE = "translate"


# --- what is asked ----------------------------------------------------------------------------


class _Asked(Request):
    """A question; what kind it is of is sent along, although the class says so already."""

    @model_validator(mode="after")
    def _names_its_kind(self) -> Self:
        self.model_fields_set.add("kind")
        return self


class TriageAsk(_Asked):
    """Suggest category, priority, technician and a first reply for a ticket."""

    kind: Literal["triage"] = "triage"
    ticket_id: Id


class ChatAsk(_Asked):
    """Say something in a conversation. With ``retry`` its last question is answered anew."""

    kind: Literal["chat"] = "chat"
    conversation_id: Id
    text: Annotated[Body, StringConstraints(max_length=QUESTION_LIMIT)] = ""
    retry: bool = False


class SummaryAsk(_Asked):
    """Sum up a ticket with its thread."""

    kind: Literal["summary"] = "summary"
    ticket_id: Id


class ReplyAsk(_Asked):
    """Draft a reply to a ticket's requester."""

    kind: Literal["reply"] = "reply"
    ticket_id: Id


class RewriteAsk(_Asked):
    """Rewrite a text that stands in a reply, to the length, tone or language wanted."""

    kind: Literal["rewrite"] = "rewrite"
    ticket_id: Id
    text: Passage
    how: Rewriting
    language: Line = "English"
    internal: bool = False
    """Whether it is a note among staff, which is not sent outside of the own network."""


class ExplainAsk(_Asked):
    """Explain a piece of a log, or an error message."""

    kind: Literal["explain"] = "explain"
    ticket_id: Id
    text: Passage


class FilterAsk(_Asked):
    """Turn words into a filter of the ticket list."""

    kind: Literal["filter"] = "filter"
    text: Question


class SearchAsk(_Asked):
    """Find articles by what is meant."""

    kind: Literal["search"] = "search"
    text: SearchText


class ConnectionAsk(_Asked):
    """Try the endpoint, with the settings that stand or with others that are not saved yet."""

    kind: Literal["test"] = "test"
    settings: AssistantChange | None = None


# --- how it is set up -------------------------------------------------------------------------


class DialectName(Labelled):
    """Whose way of speaking the protocol an endpoint has."""

    MISTRAL = "mistral"
    OLLAMA = "ollama"
    LLAMA_CPP = "llama_cpp"
    VLLM = "vllm"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The name people read."""
        return _DIALECTS[self]


_DIALECTS = {
    DialectName.MISTRAL: "Mistral",
    DialectName.OLLAMA: "Ollama",
    DialectName.LLAMA_CPP: "llama.cpp",
    DialectName.VLLM: "vLLM",
    DialectName.OTHER: "Other (OpenAI-compatible)",
}


class AssistantChange(Request):
    """Settings of the assistant to change; only fields that are set are touched.

    An empty ``key`` takes the key away. ``public_consent`` says that tickets may be sent, redacted,
    to an endpoint outside the own network. ``automatic_categories`` are those whose new tickets
    get an automatic first response.
    """

    enabled: bool | None = None
    url: Annotated[Line, StringConstraints(max_length=500)] | None = None
    model: Line | None = None
    key: Annotated[str, StringConstraints(max_length=500)] | None = Field(default=None, repr=False)
    dialect: DialectName | None = None
    native_system_role: bool | None = None
    context_tokens: Annotated[int, Field(ge=512, le=1_000_000)] | None = None
    private_names: bool | None = None
    """Whether a name that is no public one, such as 'llm.corp', lies in the own network."""
    public_consent: bool | None = None
    redact: bool | None = None
    first_token_seconds: Annotated[float, Field(gt=0, le=600)] | None = None
    at_once: Annotated[int, Field(ge=1, le=64)] | None = None
    automatic_categories: Annotated[tuple[Id, ...], Field(max_length=200)] | None = None


class AssistantSettings(Result):
    """How the assistant is set up, without the key; ``fixed`` names what the environment sets."""

    enabled: bool
    url: str
    model: str
    has_key: bool
    key_place: str
    """Where the key is kept: 'keyring', 'environment' or ''."""
    can_keep_key: bool
    dialect: DialectName
    native_system_role: bool
    context_tokens: int
    private_names: bool
    public_consent: bool
    redact: bool
    first_token_seconds: float
    at_once: int
    automatic_categories: tuple[int, ...]
    reach: str
    """'loopback', 'private', 'public', or '' without a URL."""
    fixed: tuple[str, ...]


class AssistantStatus(Result):
    """Whether there is a model to ask; everything works without one, from history and articles."""

    has_model: bool
    model: str
    place: str
    """Where it is, as people are told: 'this machine', 'your network' or a host's name."""


class ConnectionReport(Result):
    """What a try of the endpoint found."""

    ok: bool
    sentence: str
    models: tuple[str, ...] = ()
    dialect: DialectName | None = None
    context_tokens: int | None = None
    first_ms: int | None = None


Ask = Annotated[
    TriageAsk
    | ChatAsk
    | SummaryAsk
    | ReplyAsk
    | RewriteAsk
    | ExplainAsk
    | FilterAsk
    | SearchAsk
    | ConnectionAsk,
    Field(discriminator="kind"),
]


# --- conversations ----------------------------------------------------------------------------


class Speaker(Labelled):
    """Who said something in a conversation."""

    PERSON = "person"
    ASSISTANT = "assistant"


class MessageState(Labelled):
    """Whether an answer came to its end."""

    COMPLETE = "complete"
    STOPPED = "stopped"
    CUT = "cut"


class MessageView(Result):
    """One thing said in a conversation."""

    id: int
    speaker: Speaker
    text: str
    at: datetime
    state: MessageState = MessageState.COMPLETE
    origin: Origin | None = None
    sentences: tuple[CitedSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    found_nothing: bool = False


class ConversationRow(Result):
    """A conversation as a list shows it."""

    id: int
    title: str
    updated_at: datetime
    ticket_id: int | None


class ConversationView(Result):
    """A whole conversation; once handed over, ``ticket_id`` is the ticket it became."""

    id: int
    title: str
    messages: tuple[MessageView, ...]
    ticket_id: int | None


class FirstResponseState(Labelled):
    """What became of the automatic first response to a ticket."""

    WAITING = "waiting"
    SENT = "sent"
    NOTHING = "nothing"
    HELPED = "helped"
    HANDED_OVER = "handed_over"


class TicketProposal(Result):
    """A ticket made of a conversation, for its person to look over, and what is missing still."""

    subject: str
    description: str
    category_id: int | None
    missing: tuple[str, ...]


class HandOver(Request):
    """Hand a conversation to people, as a ticket; without one it is made of what was said."""

    ticket: NewTicket | None = None


# --- answers ----------------------------------------------------------------------------------


class FilterAnswer(Result):
    """A filter made of words, and which of the words stand for nothing in it."""

    query: TicketQuery
    not_understood: str = ""
    people: tuple[PersonRef, ...] = ()
    """Who the query names, for their names to be shown."""


class Answer(Result):
    """A whole answer; which fields are filled depends on what was asked."""

    text: str = ""
    origin: Origin = Origin.MODEL
    sentences: tuple[CitedSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    cautions: tuple[str, ...] = ()
    found_nothing: bool = False
    cut_off: bool = False
    """Whether the model stopped because its answer got too long."""
    notice: str = ""
    """Why there is less than might be, in a sentence: the model is away, a secret was taken out."""
    call_id: int | None = None
    """Which question to the model it comes from, to say whether it was of use."""
    suggestion: TicketSuggestion | None = None
    message: MessageView | None = None
    filter: FilterAnswer | None = None
    articles: tuple[ArticleRow, ...] = ()
    report: ConnectionReport | None = None


class PartKind(Labelled):
    """What a part of an answer is."""

    SOURCES = "sources"
    TEXT = "text"
    DONE = "done"
    FAILED = "failed"


class AnswerPart(Result):
    """A part of an answer as it comes in.

    First perhaps ``SOURCES``: what the answer will rest on, and for a triage what the history
    suggests. Then ``TEXT``, piece by piece, and at the end either ``DONE`` with the whole answer
    or ``FAILED`` with a sentence; what came before it stays.
    """

    kind: PartKind
    text: str = ""
    answer: Answer | None = None
    code: str = ""
    sentence: str = ""
    retry_possible: bool = False


class AskPreview(Request):
    """A question whose sending is to be looked at before it is asked."""

    ask: Ask


class SentMessage(Result):
    """A message as it would leave the desk."""

    role: str
    text: str


class Redaction(Result):
    """How many different things of a kind were replaced, such as two of 'e-mail address'."""

    kind: str
    count: int


class SendingPreview(Result):
    """What would be sent for a question, word for word, and what was taken out of it."""

    place: str
    messages: tuple[SentMessage, ...]
    redacted: tuple[Redaction, ...]


# --- figures ----------------------------------------------------------------------------------


class CallsQuery(Request):
    """Which days to count."""

    days: Annotated[int, Field(ge=1, le=366)] = 30


class Judgement(Request):
    """Whether an answer of the model was used by who asked for it."""

    accepted: bool


class FeatureFigures(Result):
    """What became of the questions of one kind."""

    feature: Feature
    calls: int
    failed: int
    cached: int
    accepted: int = 0
    refused: int = 0
    """How many answers were used, and how many thrown away, as far as people said so."""
    prompt_tokens: int
    answer_tokens: int
    first_p50_ms: int | None
    total_p50_ms: int | None
    total_p95_ms: int | None


class AcceptanceFigures(Result):
    """How often a suggestion was taken over."""

    field: str
    origin: Origin
    shown: int
    """How many somebody saw and did something beside: took it, dismissed it, or left it."""
    accepted: int
    changed: int
    """In the end another value was set than the suggested one."""


class CallRow(Result):
    """One question to the model, without a word of it."""

    id: int
    at: datetime
    feature: Feature
    model: str
    prompt: str
    outcome: str
    prompt_tokens: int | None
    answer_tokens: int | None
    first_ms: int | None
    total_ms: int
    retries: int
    accepted: bool | None = None


class AssistantFigures(Result):
    """What the assistant did, and what it was worth."""

    days: int
    features: tuple[FeatureFigures, ...]
    acceptance: tuple[AcceptanceFigures, ...]
    automatic_sent: int
    automatic_helped: int
    automatic_handed_over: int
    latest: tuple[CallRow, ...]


ConnectionAsk.model_rebuild()
ASK: TypeAdapter[Ask] = TypeAdapter(Ask)
