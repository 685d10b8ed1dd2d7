# SPDX-License-Identifier: GPL-3.0-or-later
"""Composes what is sent to the model; no input or output.

Each feature has a prompt (``resources/prompts``) and what is filled into it. Texts of people are
redacted first, all with one numbering, then cut to the model's context, and set apart as data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpdesk.assistant import prompts, schemas
from helpdesk.assistant.budget import (
    Cut,
    Part,
    available_tokens,
    estimate,
    estimate_messages,
    fit,
)
from helpdesk.assistant.citations import Passage
from helpdesk.assistant.injection import Fence, looks_like_attack
from helpdesk.assistant.leaks import Instructions
from helpdesk.assistant.messages import Message, ModelRequest, Role, portable
from helpdesk.assistant.redaction import Redacted, redact, without_secrets
from helpdesk.assistant.settings import Reach
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.assistant import Feature, Redaction, SendingPreview, SentMessage
from helpdesk.core.schemas.tickets import Priority, Sort, Status
from helpdesk.core.settings import AssistantSection
from helpdesk.services.answer_material import Material
from helpdesk.services.assistant_setup import Setup
from helpdesk.services.proposals import next_question

PRIORITIES = tuple(each.value for each in Priority)
STATUSES = tuple(each.value for each in Status)
SORTS = tuple(each.value for each in Sort if each is not Sort.RELEVANCE)
_TRIAGE_TEMPERATURE, _CHAT_TEMPERATURE = 0.0, 0.3
_SHARE_OF_ANSWER = 3
"""An answer gets at most the third part of a small context."""
_ALL_TOLD = "nothing more: all is told"


@dataclass(frozen=True)
class _Piece(Part):
    """A text of somebody, and where it goes."""

    slot: str = ""
    block: str = ""
    head: str = ""
    """What stands above the text within its block, such as '[KB-12] Title'."""
    role: Role = "user"


@dataclass(frozen=True)
class _Draft:
    """A question before it is redacted, cut and rendered."""

    prompt: str
    pieces: tuple[_Piece, ...]
    max_tokens: int
    plain: Mapping[str, str] = field(default_factory=dict)
    schema: dict[str, Any] | None = None
    temperature: float = _TRIAGE_TEMPERATURE
    last_prompt: str = ""
    """The prompt of the last message, where a conversation comes before it."""


@dataclass(frozen=True)
class Composed:
    """One question as it is sent, and what is needed to read its answer."""

    request: ModelRequest
    prompt: str
    redacted: Redacted
    passages: tuple[Passage, ...]
    technicians: Mapping[str, int]
    """The people that the question knows as 't1' and so on."""
    tokens: int
    """About how many tokens it has, as we count them."""
    fingerprint: str
    instructions: Instructions
    is_last: bool = True

    def key(self, section: AssistantSection) -> str:
        """Return what names the question among kept answers: all that the answer depends on."""
        whole = (section.url, section.model, section.dialect, self.prompt, self.fingerprint)
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


class Showing:
    """Puts back what was redacted while a text comes in, wherever its pieces are cut."""

    _LONGEST = 40

    def __init__(self, redacted: Redacted) -> None:
        """Bind to what was taken out of a question."""
        self._redacted = redacted
        self._held = ""

    def take(self, text: str) -> str:
        """Return what of the text so far can be shown: not half of a placeholder."""
        text = self._held + text
        begun = text.rfind("[")
        cut = begun if begun >= 0 and "]" not in text[begun:] else len(text)
        if len(text) - cut > self._LONGEST:
            cut = len(text)
        self._held = text[cut:]
        return self._redacted.restored(text[:cut])

    def rest(self) -> str:
        """Return what was held back, at the end."""
        held, self._held = self._held, ""
        return self._redacted.restored(held)


def composed(material: Material, setup: Setup, ratio: float = 1.0) -> Composed | None:
    """Return the question for the model, or ``None`` where there is none to ask.

    Raises ``TooLarge`` where even the shortest form does not fit the context.
    """
    if not setup.asks or not _is_for_model(material):
        return None
    return _composed(material, setup, _DRAFTS[material.feature](material, setup), ratio)


def ranking(material: Material, setup: Setup, ratio: float = 1.0) -> Composed | None:
    """Return the second question of a search by meaning: which of the articles fit, in order."""
    if len(material.articles) < 2:
        return None
    return _composed(material, setup, _rerank(material), ratio)


def preview(material: Material, setup: Setup) -> SendingPreview:
    """Return word for word what a question would send, and how much was taken out of it."""
    if material.feature not in _DRAFTS:
        raise Invalid("A try of the connection sends no ticket; there is nothing to look at.")
    draft = _DRAFTS[material.feature](material, setup)
    question = _composed(material, setup, draft)
    sent = portable(question.request.messages, native_system_role=setup.section.native_system_role)
    return SendingPreview(
        place=setup.place,
        messages=tuple(SentMessage(role=each.role, text=each.content) for each in sent),
        redacted=tuple(
            Redaction(kind=kind, count=count) for kind, count in question.redacted.kinds.items()
        ),
    )


def _is_for_model(material: Material) -> bool:
    """Whether the model could say more than is known: without a passage it would invent."""
    if material.feature is Feature.FIRST_RESPONSE:
        # Nobody reads it before it is sent.
        text = f"{material.subject} {material.description}"
        return bool(material.passages) and not looks_like_attack(text)
    if material.feature is Feature.CHAT:
        return bool(material.passages)
    return material.feature is not Feature.TEST


# --- from draft to request ----------------------------------------------------------------------


def _composed(material: Material, setup: Setup, draft: _Draft, ratio: float = 1.0) -> Composed:
    redacted = _redacted(material, setup, draft.pieces)
    texts = zip(draft.pieces, redacted.texts, strict=True)
    pieces = tuple(_with_text(piece, text) for piece, text in texts)
    prompt = prompts.load(draft.prompt)
    last = prompts.load(draft.last_prompt) if draft.last_prompt else None
    max_tokens = min(draft.max_tokens, setup.context_tokens // _SHARE_OF_ANSWER)
    told = prompt.text + (last.text if last else "") + "".join(draft.plain.values())
    fixed = estimate(told, ratio)
    room = available_tokens(setup.context_tokens, max_tokens) - fixed
    kept = tuple(piece for piece in fit(pieces, room, ratio) if isinstance(piece, _Piece))
    seconds = setup.section.chat_seconds if draft.schema is None else setup.section.triage_seconds
    fence = Fence()
    request = ModelRequest(
        messages=_messages(fence, prompt, last, draft.plain, kept),
        max_tokens=max_tokens,
        temperature=draft.temperature,
        total_seconds=seconds,
        schema=draft.schema,
        schema_name=draft.prompt,
        background=material.feature in (Feature.TRIAGE, Feature.FIRST_RESPONSE),
    )
    filled = [[piece.slot, piece.head, piece.text] for piece in kept]
    whole = json.dumps(
        [
            filled,
            sorted(_technicians(material).items()),
            dict(draft.plain),
            draft.schema,
            max_tokens,
        ]
    )
    return Composed(
        request=request,
        prompt=last.id if last else prompt.id,
        redacted=redacted,
        passages=passages_of(material),
        technicians=_technicians(material),
        tokens=estimate_messages(each.content for each in request.messages),
        fingerprint=hashlib.sha256(whole.encode()).hexdigest(),
        instructions=Instructions(f"{prompt.text}\n{last.text if last else ''}", fence.nonce),
        is_last=draft.prompt != "search",
    )


def _redacted(material: Material, setup: Setup, pieces: Sequence[_Piece]) -> Redacted:
    texts = [piece.text for piece in pieces]
    if setup.reach is Reach.LOOPBACK:
        return Redacted(tuple(texts), {}, 0)
    if not setup.redacts:
        # An own network may see who writes, but no password.
        return without_secrets(texts)
    return redact(texts, names=material.names, logins=material.logins)


def _with_text(piece: _Piece, text: str) -> _Piece:
    return _Piece(text, piece.cut, piece.score, piece.slot, piece.block, piece.head, piece.role)


def _messages(
    fence: Fence,
    prompt: prompts.Prompt,
    last: prompts.Prompt | None,
    plain: Mapping[str, str],
    pieces: Sequence[_Piece],
) -> tuple[Message, ...]:
    if last is None:
        return (Message("user", _rendered(prompt, fence, plain, pieces)),)
    said = [piece for piece in pieces if piece.slot == "said"]
    asked = [piece for piece in pieces if piece.slot != "said"]
    turns = [Message(each.role, _harmless(fence, each)) for each in said]
    return (
        Message("user", _rendered(prompt, fence, plain, ())),
        *turns,
        Message("user", _rendered(last, fence, {}, asked)),
    )


def _rendered(
    prompt: prompts.Prompt, fence: Fence, plain: Mapping[str, str], pieces: Sequence[_Piece]
) -> str:
    slots: dict[str, list[str]] = {}
    for piece in pieces:
        slots.setdefault(piece.slot, []).append(_harmless(fence, piece))
    parts = {name: "\n".join(blocks) for name, blocks in slots.items()}
    wanted = prompts.places(prompt)
    missing = dict.fromkeys(wanted - parts.keys() - plain.keys(), prompts.NONE_FOUND)
    missing.pop("nonce", None)
    return prompts.render(prompt, **parts, **plain, **missing, nonce=fence.nonce)


def _harmless(fence: Fence, piece: _Piece) -> str:
    head = f"{piece.head}\n" if piece.head else ""
    return fence.data_block(piece.block, head + piece.text)


# --- what is asked ------------------------------------------------------------------------------


def _passages(material: Material) -> tuple[_Piece, ...]:
    """Return the passages, the best of which is cut last."""
    return tuple(
        _Piece(
            each.text,
            Cut.PASSAGE,
            score=-place,
            slot="passages",
            block="passage",
            # The subject of a ticket is somebody's text; it stands in the passage, redacted.
            head=f"[{each.number}]" if each.ticket_id else f"[{each.number}] {each.title}",
        )
        for place, each in enumerate(material.passages)
    )


def _ticket(material: Material) -> _Piece:
    text = f"{material.subject}\n\n{material.description}".strip()
    return _Piece(text, Cut.BODY, slot="ticket", block="ticket")


def _thread(material: Material, *, notes: bool) -> tuple[_Piece, ...]:
    return tuple(
        _Piece(
            f"{_speaker(turn.speaker, internal=turn.internal)}: {turn.text}",
            Cut.TURN,
            slot="thread",
            block="message",
        )
        for turn in material.turns
        if notes or not turn.internal
    )


def _speaker(speaker: str, *, internal: bool) -> str:
    if internal:
        return "Note among staff"
    return "The requester" if speaker == "requester" else "The service desk"


def _triage(material: Material, _setup: Setup) -> _Draft:
    names = [each.name for each in material.categories]
    technicians = list(_technicians(material))
    numbers = [each.number for each in material.passages]
    known = [f"t{place}: {each.about}" for place, each in enumerate(material.people, start=1)]
    return _Draft(
        "triage",
        (_ticket(material), *_passages(material)),
        schemas.ANSWER_TOKENS,
        plain={
            "categories": ", ".join(names),
            "priorities": ", ".join(PRIORITIES),
            "technicians": "\n".join(known) or prompts.NONE_FOUND,
        },
        schema=schemas.triage_schema(names, PRIORITIES, technicians, numbers),
    )


def _chat(material: Material, _setup: Setup) -> _Draft:
    said = [turn.text for turn in material.turns if turn.speaker == "person"]
    earlier = list(material.turns)
    while earlier and earlier[-1].speaker != "person":
        # An answer that broke off, and is asked for again.
        earlier.pop()
    earlier = earlier[:-1]
    turns = tuple(
        _Piece(
            turn.text,
            Cut.TURN,
            slot="said",
            block="said",
            role="user" if turn.speaker == "person" else "assistant",
        )
        for turn in earlier
    )
    question = _Piece(material.question, Cut.BODY, slot="question", block="question")
    needed = next_question(" ".join(said)) or _ALL_TOLD
    return _Draft(
        "chat",
        (*turns, *_passages(material), question),
        800,
        plain={"needed": needed},
        temperature=_CHAT_TEMPERATURE,
        last_prompt="chat_question",
    )


def _reply(material: Material, _setup: Setup) -> _Draft:
    thread = _thread(material, notes=False)
    pieces = (_ticket(material), *thread, *_passages(material))
    return _Draft("reply", pieces, 500, temperature=_CHAT_TEMPERATURE)


def _summary(material: Material, setup: Setup) -> _Draft:
    # What staff write among themselves stays within the own network.
    notes = setup.reach is not Reach.PUBLIC
    return _Draft("summary", (_ticket(material), *_thread(material, notes=notes)), 300)


def _rewrite(material: Material, _setup: Setup) -> _Draft:
    text = _Piece(material.question, Cut.BODY, slot="text", block="text")
    wish = prompts.wish(material.style, material.language)
    return _Draft("rewrite", (text,), 900, plain={"wish": wish}, temperature=_CHAT_TEMPERATURE)


def _explain(material: Material, _setup: Setup) -> _Draft:
    text = _Piece(material.question, Cut.BODY, slot="text", block="log")
    return _Draft("explain", (text, *_passages(material)), 400, temperature=_CHAT_TEMPERATURE)


def _filter(material: Material, _setup: Setup) -> _Draft:
    names = [each.name for each in material.categories]
    text = _Piece(material.question, slot="text", block="words")
    return _Draft(
        "filter",
        (text,),
        300,
        plain={"categories": ", ".join(names), "today": f"{material.now:%A %Y-%m-%d}"},
        schema=schemas.filter_schema(STATUSES, PRIORITIES, names, SORTS),
    )


def _search(material: Material, _setup: Setup) -> _Draft:
    text = _Piece(material.question, Cut.BODY, slot="text", block="words")
    return _Draft("search", (text,), 120, schema=schemas.search_schema())


def _rerank(material: Material) -> _Draft:
    found = tuple(
        _Piece(
            each.summary or each.title,
            Cut.PASSAGE,
            score=-place,
            slot="articles",
            block="article",
            head=f"[{each.number}] {each.title}",
        )
        for place, each in enumerate(material.articles)
    )
    text = _Piece(material.question, Cut.BODY, slot="text", block="words")
    numbers = [each.number for each in material.articles]
    return _Draft("rerank", (*found, text), 160, schema=schemas.rerank_schema(numbers))


def _first_response(material: Material, _setup: Setup) -> _Draft:
    numbers = [each.number for each in material.passages]
    return _Draft(
        "first_response",
        (_ticket(material), *_passages(material)),
        schemas.ANSWER_TOKENS,
        schema=schemas.first_response_schema(numbers),
    )


_DRAFTS: dict[Feature, Callable[[Material, Setup], _Draft]] = {
    Feature.TRIAGE: _triage,
    Feature.CHAT: _chat,
    Feature.SUMMARY: _summary,
    Feature.REPLY: _reply,
    Feature.REWRITE: _rewrite,
    Feature.EXPLAIN: _explain,
    Feature.FILTER: _filter,
    Feature.SEARCH: _search,
    Feature.FIRST_RESPONSE: _first_response,
}


def passages_of(material: Material) -> tuple[Passage, ...]:
    """Return the passages as citations are checked against."""
    return tuple(Passage(each.number, each.title, each.text) for each in material.passages)


def _technicians(material: Material) -> dict[str, int]:
    return {f"t{place}": each.id for place, each in enumerate(material.people, start=1)}
