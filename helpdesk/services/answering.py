# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers what the assistant is asked, in parts, on the event loop of whoever runs it.

The same for a desk in this process and at a server: the database gives what the answer may rest on
(``AnswerSteps``), it is composed and redacted (``answer_requests``), the model is asked outside of
every transaction, and what came of it is checked and noted. Whatever fails, what needs no model is
answered without it. Giving a question up, at any stage, closes the model's connection first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from helpdesk.core.clock import monotonic
from helpdesk.core.errors import DeskError
from helpdesk.core.operation import Operation, operations_of
from helpdesk.core.schemas.assistant import (
    Answer,
    AnswerPart,
    Ask,
    AskPreview,
    ChatAsk,
    ConnectionAsk,
    ConnectionReport,
    DialectName,
    Feature,
    MessageState,
    MessageView,
    PartKind,
)
from helpdesk.repositories.assistant import CACHED, DONE, STOPPED
from helpdesk.services import answer_requests, answer_results
from helpdesk.services.answer_material import Material
from helpdesk.services.answer_steps import AnswerSteps, Asked, Kept, Noted, Said, Wider
from helpdesk.services.assistant_setup import Setup, key_of, setup_of
from helpdesk.services.first_responses import FirstResponses, Response

if TYPE_CHECKING:
    from helpdesk.assistant.endpoint import Ended, Endpoint
    from helpdesk.assistant.settings import EndpointSettings
    from helpdesk.core.settings import Settings
    from helpdesk.services.answer_requests import Composed

logger = logging.getLogger(__name__)

Call = Callable[[Operation, dict[str, Any]], Awaitable[Any]]
"""Runs an operation for whoever asks, off the event loop."""

_STEPS, _RESPONSE = operations_of(AnswerSteps), operations_of(FirstResponses)
_ONLY_MODEL = frozenset({Feature.SUMMARY, Feature.REWRITE, Feature.EXPLAIN})
"""What nothing but a model can answer."""
_BY_HAND = _ONLY_MODEL | {Feature.REPLY}
_NOT_KEPT = "The answer could not be kept in the conversation; copy what you need of it."
_LEAST_CONTEXT = 512
_ENDPOINTS = 3
"""So many are kept connected; more than one only for a while after the settings have changed."""
_AWAY = "The model does not answer at the moment; try again later."
_BROKE_OFF = "The answer broke off; try again."
_NO_MODEL = "No model is set up; an admin can do that in Settings."


@dataclass
class _Question:
    """One question under way, and what becomes known of it."""

    call: Call
    material: Material
    setup: Setup
    fallback: Answer
    by_hand: bool = False
    """Whether somebody asks for it on purpose, so that a resting endpoint is tried once more."""
    is_again: bool = False
    """Whether the answer before broke off: what of it came must not give way to less."""
    call_id: int | None = None
    """Under which number its figures are kept."""
    text: str = ""
    is_kept: bool = False
    """Whether the answer of a conversation was kept."""
    begun: float = field(default_factory=monotonic)

    @property
    def feature(self) -> Feature:
        return self.material.feature

    @property
    def in_conversation(self) -> bool:
        """Whether there is something to keep in a conversation."""
        return self.material.conversation_id is not None and bool(self.text)


@dataclass(frozen=True)
class Heard:
    """What was sent to the model and what came of it, for whoever measures the assistant."""

    material: Material
    composed: Composed
    outcome: str
    """'done', 'cached', 'stopped' or the kind of fault."""
    found: object = None
    """What the model said, of an answer with a form."""
    ended: Ended | None = None


Listener = Callable[[Heard], None]


class Answering:
    """Answers on one event loop; make it there, and close it there."""

    def __init__(self, settings: Settings, listener: Listener | None = None) -> None:
        """Bind to the settings; nothing is connected yet. ``listener`` is told of each question."""
        self._settings = settings
        self._listener = listener
        self._endpoints: dict[EndpointSettings, Endpoint] = {}
        self._contexts: dict[tuple[str, str], int] = {}
        """How much each model reads at once, where that is less than is set."""

    async def answer(self, ask: Ask, call: Call) -> AsyncGenerator[AnswerPart, None]:
        """Yield the parts of an answer; the last one is ``DONE`` or ``FAILED``."""
        try:
            async with aclosing(self.parts(ask, call)) as parts:
                async for part in parts:
                    yield part
        except DeskError as error:
            yield failed(error)

    async def parts(self, ask: Ask, call: Call) -> AsyncGenerator[AnswerPart, None]:
        """Yield the parts of an answer. Raises ``DeskError`` for what is refused."""
        if isinstance(ask, ChatAsk):
            await call(_STEPS["question"], {"ask": ask})
        gathered = await call(_STEPS["gather"], {"asked": AskPreview(ask=ask)})
        material = cast(Material, gathered)
        setup = self._setup(material)
        if isinstance(ask, ConnectionAsk):
            yield _done(Answer(report=await self._report(ask, setup)))
            return
        fallback = answer_results.without_model(material)
        by_hand = ask.retry if isinstance(ask, ChatAsk) else material.feature in _BY_HAND
        is_again = isinstance(ask, ChatAsk) and ask.retry
        question = _Question(call, material, setup, fallback, by_hand, is_again)
        yield AnswerPart(kind=PartKind.SOURCES, answer=answer_results.sources(material, fallback))
        try:
            async with aclosing(self._answered(question)) as parts:
                async for part in parts:
                    yield part
        finally:
            # Given up half-way: what came so far stays in the conversation.
            if not question.is_kept:
                await asyncio.shield(self._keep(question, MessageState.STOPPED))

    async def first_response(self, ticket_id: int, call: Call) -> None:
        """Answer a new ticket by what articles say, with the model or without it, or not at all."""
        material = cast(Material, await call(_RESPONSE["material"], {"ticket_id": ticket_id}))
        setup = self._setup(material)
        question = _Question(call, material, setup, answer_results.without_model(material))
        answer = question.fallback
        try:
            composed = answer_requests.composed(material, setup, await self._ratio(setup))
            if composed is not None:
                answer = await self._structured(question, composed)
        except DeskError as error:
            logger.info("a first response comes from the articles alone: %s", _kind(error))
        response = Response(ticket_id=ticket_id, answer=answer)
        await call(_RESPONSE["respond"], {"response": response})

    def _setup(self, material: Material) -> Setup:
        setup = setup_of(self._settings, material.settings)
        context = self._contexts.get(_model_of(setup))
        return setup if context is None else setup.with_context(context)

    async def aclose(self) -> None:
        """Close every connection to a model."""
        endpoints, self._endpoints = self._endpoints, {}
        for endpoint in endpoints.values():
            await endpoint.aclose()

    async def _answered(self, question: _Question) -> AsyncGenerator[AnswerPart, None]:
        try:
            async with aclosing(self._by_model(question)) as parts:
                async for part in parts:
                    yield part
        except DeskError as error:
            if question.text:
                await self._keep(question, MessageState.CUT)
                yield _told(error, question)
            elif question.feature in _ONLY_MODEL or question.is_again:
                yield _told(error, question)
            else:
                yield await self._without_model(question, _told(error, question).sentence)

    async def _by_model(self, question: _Question) -> AsyncGenerator[AnswerPart, None]:
        """Ask the model; where its context is smaller than was thought, once more with less."""
        try:
            async with aclosing(self._asked_once(question)) as parts:
                async for part in parts:
                    yield part
            return
        except DeskError as error:
            told, context = _told_context(error), _smaller_context(error, question)
            if context is None:
                raise
        if context == told:
            self._contexts[_model_of(question.setup)] = context
        question.setup = question.setup.with_context(context)
        async with aclosing(self._asked_once(question)) as parts:
            async for part in parts:
                yield part

    async def _asked_once(self, question: _Question) -> AsyncGenerator[AnswerPart, None]:
        ratio = await self._ratio(question.setup)
        composed = answer_requests.composed(question.material, question.setup, ratio)
        if composed is None:
            yield await self._without_model(question, "")
        elif composed.request.schema is not None:
            yield _done(await self._structured(question, composed))
        else:
            async with aclosing(self._streamed(question, composed)) as parts:
                async for part in parts:
                    yield part

    async def _ratio(self, setup: Setup) -> float:
        """Return how the model counts tokens next to our estimate, as its answers have taught."""
        if not setup.asks:
            return 1.0
        return (await self._endpoint(setup)).token_ratio.value

    async def _without_model(self, question: _Question, notice: str) -> AnswerPart:
        """Return the answer that needs no model, with why there is no better one."""
        if question.feature in _ONLY_MODEL:
            return AnswerPart(
                kind=PartKind.FAILED, code="off", sentence=_NO_MODEL, retry_possible=False
            )
        answer = question.fallback.model_copy(update={"notice": notice})
        question.text = answer.text
        return _done(await self._kept(question, answer))

    # --- streamed text ------------------------------------------------------------------------

    async def _streamed(
        self, question: _Question, composed: Composed
    ) -> AsyncGenerator[AnswerPart, None]:
        from helpdesk.assistant.endpoint import Piece

        endpoint = await self._endpoint(question.setup)
        if question.by_hand:
            endpoint.wake()
        showing, ended = answer_requests.Showing(composed.redacted), None
        outcome = STOPPED
        try:
            async with aclosing(endpoint.stream(composed.request)) as pieces:
                async for piece in pieces:
                    if not isinstance(piece, Piece):
                        ended = piece
                        break
                    if shown := showing.take(piece.text):
                        question.text += shown
                        yield AnswerPart(kind=PartKind.TEXT, text=shown)
            outcome = DONE
        except DeskError as error:
            outcome = _kind(error)
            raise
        finally:
            self._tell(question, composed, outcome, None, ended)
            await asyncio.shield(self._note(question, composed, outcome, ended))
        if rest := showing.rest():
            question.text += rest
            yield AnswerPart(kind=PartKind.TEXT, text=rest)
        assert ended is not None  # noqa: S101 - a stream ends with it or raises
        answer = answer_results.concluded(question.material, composed, question.text, ended)
        answer = answer.model_copy(update={"call_id": question.call_id})
        yield _done(await self._kept(question, answer))

    # --- structured answers -------------------------------------------------------------------

    async def _structured(self, question: _Question, composed: Composed) -> Answer:
        key = composed.key(question.setup.section)
        kept = cast(Kept, await question.call(_STEPS["kept"], {"key": key}))
        if kept.value is not None:
            await self._note(question, composed, CACHED, None)
            found = answer_results.read(kept.value)
        else:
            found = await self._asked(question, composed, key)
        answer = await self._finished(question, composed, found)
        return answer.model_copy(update={"call_id": question.call_id})

    async def _asked(self, question: _Question, composed: Composed, key: str) -> object:
        endpoint = await self._endpoint(question.setup)
        found: object = None
        outcome, ended, keep = STOPPED, None, ("", "")
        try:
            problems_of = answer_results.problems_of(question.material, composed)
            found, ended = await endpoint.structured(composed.request, problems_of)
            outcome = DONE
            if answer_results.is_whole(question.material, composed, found):
                keep = (key, answer_results.written(found))
            return found
        except DeskError as error:
            outcome = _kind(error)
            raise
        finally:
            self._tell(question, composed, outcome, found, ended)
            await asyncio.shield(self._note(question, composed, outcome, ended, keep))

    async def _finished(self, question: _Question, composed: Composed, found: object) -> Answer:
        """Return the answer of what a model found; a search by meaning asks a second time."""
        if question.feature is not Feature.SEARCH or composed.is_last:
            return answer_results.finished(question.material, composed, found, question.fallback)
        words = answer_results.words_in(found)
        wider = Wider(text=question.material.question, words=words)
        widened = await question.call(_STEPS["widen"], {"wider": wider})
        material = question.material.model_copy(update={"articles": widened.articles})
        question.material = material
        ratio = await self._ratio(question.setup)
        ranking = answer_requests.ranking(material, question.setup, ratio)
        if ranking is None:
            return answer_results.unranked(material)
        return await self._structured(question, ranking)

    # --- endpoint and records -----------------------------------------------------------------

    async def _endpoint(self, setup: Setup) -> Endpoint:
        key, _ = await asyncio.to_thread(key_of, setup)
        wanted = setup.endpoint(key)
        found = self._endpoints.get(wanted)
        if found is None:
            found = self._endpoints[wanted] = _new_endpoint(wanted)
            # An answer may still be under way at the one before, but at none of long ago.
            while len(self._endpoints) > _ENDPOINTS:
                await self._endpoints.pop(next(iter(self._endpoints))).aclose()
        return found

    async def _report(self, ask: ConnectionAsk, setup: Setup) -> ConnectionReport:
        change = ask.settings
        setup = setup.tried(change)
        if change is not None and change.key is not None:
            key = change.key.strip()
        else:
            key, _ = await asyncio.to_thread(key_of, setup)
        endpoint = _new_endpoint(setup.endpoint(key))
        try:
            report = await endpoint.test()
        finally:
            await endpoint.aclose()
        return ConnectionReport(
            ok=report.ok,
            sentence=report.sentence,
            models=report.models,
            dialect=DialectName(report.dialect.value) if report.dialect else None,
            context_tokens=report.context_tokens,
            first_ms=report.first_ms,
        )

    async def _kept(self, question: _Question, answer: Answer) -> Answer:
        """Return a whole answer as it stands in its conversation; it is given if it cannot."""
        message = await self._keep(question, MessageState.COMPLETE, answer)
        if message is None and question.in_conversation:
            notice = " ".join(filter(None, (answer.notice, _NOT_KEPT)))
            return answer.model_copy(update={"notice": notice})
        return answer.model_copy(update={"message": message})

    async def _keep(
        self, question: _Question, state: MessageState, answer: Answer | None = None
    ) -> MessageView | None:
        """Keep what was answered in a conversation, as far as it came; ``None`` if it is not."""
        question.is_kept = True
        conversation_id = question.material.conversation_id
        if conversation_id is None or not question.text:
            return None
        kept = answer or Answer(text=question.text)
        said = Said(conversation_id=conversation_id, state=state, answer=kept)
        try:
            return cast(MessageView, await question.call(_STEPS["answer"], {"said": said}))
        except DeskError as error:
            logger.warning("an answer was not kept in its conversation: %s", error.code)
            return None

    def _tell(
        self,
        question: _Question,
        composed: Composed,
        outcome: str,
        found: object,
        ended: Ended | None,
    ) -> None:
        if self._listener is not None:
            self._listener(Heard(question.material, composed, outcome, found, ended))

    async def _note(
        self,
        question: _Question,
        composed: Composed,
        outcome: str,
        ended: Ended | None,
        keep: tuple[str, str] = ("", ""),
    ) -> None:
        """Note the figures of a question; that this fails must not take its answer away."""
        own = question.setup.section
        asked = Asked(
            feature=question.feature,
            reach=question.setup.reach.value if question.setup.reach else "",
            model=(ended.model if ended else "") or own.model,
            prompt=composed.prompt,
            outcome=outcome,
            prompt_tokens=ended.prompt_tokens if ended else None,
            answer_tokens=ended.answer_tokens if ended else None,
            estimated=ended.estimated if ended else False,
            queued_ms=ended.queued_ms if ended else 0,
            first_ms=ended.first_ms if ended else None,
            total_ms=ended.total_ms if ended else int((monotonic() - question.begun) * 1000),
            retries=ended.retries if ended else 0,
            keep_key=keep[0],
            keep_value=keep[1],
        )
        try:
            noted = cast(Noted, await question.call(_STEPS["note"], {"asked": asked}))
            question.call_id = noted.id
        except DeskError as error:
            logger.warning("the figures of a question were not noted: %s", error.code)


def _new_endpoint(settings: EndpointSettings) -> Endpoint:
    # Imported late: httpx takes a while, and a desk without a model never needs it.
    from helpdesk.assistant.endpoint import Endpoint

    return Endpoint(settings)


def _smaller_context(error: DeskError, question: _Question) -> int | None:
    """Return how large the context is in truth, where the question was too long for it."""
    from helpdesk.assistant.faults import FaultKind, ModelFault

    too_long = isinstance(error, ModelFault) and error.kind is FaultKind.TOO_LONG
    if not too_long or question.text:
        return None
    assumed, told = question.setup.context_tokens, _told_context(error)
    # As large as was thought: then the words are more tokens than was thought, of this text alone.
    return max(told if 0 < told < assumed else assumed // 2, _LEAST_CONTEXT)


def _told_context(error: DeskError) -> int:
    """Return how much the model reads at once, where it says so; else 0."""
    counts = getattr(error, "counts", None)
    return int(counts[1]) if counts else 0


def _told(error: DeskError, question: _Question) -> AnswerPart:
    """Return the part that tells of an error, to who cannot mend the endpoint without its name."""
    part = failed(error)
    if question.material.may_set_up or not hasattr(error, "kind"):
        return part
    sentence = _BROKE_OFF if question.text else _AWAY
    return part.model_copy(update={"sentence": sentence})


def _model_of(setup: Setup) -> tuple[str, str]:
    return setup.section.url, setup.section.model


def _kind(error: DeskError) -> str:
    return str(getattr(error, "kind", error.code))


def _done(answer: Answer) -> AnswerPart:
    return AnswerPart(kind=PartKind.DONE, answer=answer)


def failed(error: DeskError, *, retry_possible: bool = False) -> AnswerPart:
    """Return the part that tells of an error."""
    return AnswerPart(
        kind=PartKind.FAILED,
        code=_kind(error),
        sentence=str(error),
        retry_possible=bool(getattr(error, "retry_possible", retry_possible)),
    )
