# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks one model endpoint, and gives what it says or a fault that a person understands."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from helpdesk.assistant.attempt import Attempt
from helpdesk.assistant.breaker import Breaker, State
from helpdesk.assistant.budget import TokenRatio
from helpdesk.assistant.dialects import Form, body_of
from helpdesk.assistant.faults import FaultKind, FormRefused, ModelFault
from helpdesk.assistant.ladder import Ladder
from helpdesk.assistant.messages import Message, ModelRequest
from helpdesk.assistant.pace import Pace
from helpdesk.assistant.pieces import Ended, Piece
from helpdesk.assistant.record import CallRecord
from helpdesk.assistant.refusals import Asked
from helpdesk.assistant.retries import wait_before
from helpdesk.assistant.settings import EndpointAddress, EndpointSettings
from helpdesk.assistant.structured import first_object
from helpdesk.assistant.turns import Turns
from helpdesk.core.clock import Clock, monotonic, system_clock
from helpdesk.core.errors import Invalid

if TYPE_CHECKING:
    from helpdesk.assistant.connection import Connection
    from helpdesk.assistant.trial import ConnectionReport

__all__ = ["Ended", "Endpoint", "Piece", "Seams", "State"]

logger = logging.getLogger(__name__)

Answer = AsyncGenerator[Piece | Ended, None]

_LIMIT_SECONDS = 60.0
_MOST_REPAIRED = 4000
_MOST_PROBLEMS = 10
_NO_ENDPOINT = (
    "The assistant has no model endpoint; an administrator can enter one in the settings of the"
    " assistant."
)
_NO_MODEL = "No model is chosen; choose one in the settings of the assistant."
_CLOSED = "The assistant was switched off or its settings have changed; try again."
_NO_KEY = (
    "The API key of the model endpoint holds characters that no key has; enter it anew in the"
    " settings of the assistant."
)
_LIMIT_NEAR = "The model endpoint {host} takes no more requests in this minute; try again then."
_NO_OBJECT = "The model's answer does not have the form that was asked for; try again."
_CUT_OBJECT = "The model's answer was cut off before its end; try again, or ask about less."
_REPAIR = (
    "That answer cannot be used: {problems}. Answer again with the whole JSON object, corrected,"
    " and nothing else."
)
_NOT_JSON = "it holds no JSON object"


@dataclass(frozen=True)
class Seams:
    """What tests set in place of time and chance."""

    monotonic: Callable[[], float] = monotonic
    now: Clock = system_clock
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Endpoint:
    """One endpoint, for one event loop. Changed settings make another one."""

    def __init__(self, settings: EndpointSettings, seams: Seams | None = None) -> None:
        """Bind to settings; nothing is sent yet."""
        self._settings = settings
        self._seams = seams or Seams()
        self._host, self._problem = _checked(settings)
        self._breaker = Breaker(self._host, self._seams.monotonic)
        self._ladder = Ladder(self._seams.monotonic)
        self._turns = Turns(settings.at_once)
        self.token_ratio = TokenRatio()
        """How the endpoint counts tokens, learnt from its answers."""
        self._connection: Connection | None = None
        self._is_closed = False
        self._background_rests_until = 0.0

    @property
    def settings(self) -> EndpointSettings:
        """What it was made of."""
        return self._settings

    @property
    def state(self) -> State:
        """What is known of the endpoint, for a line of status."""
        return State.CLOSED if self._is_closed else self._breaker.state

    @property
    def resting_until(self) -> datetime | None:
        """Until when it is left alone, if it is."""
        left = self._breaker.seconds_left
        return self._seams.now() + timedelta(seconds=left) if left > 0 else None

    def wake(self) -> None:
        """Let the next request through although the endpoint rests: a person wants it tried."""
        self._breaker.wake()

    async def stream(self, request: ModelRequest) -> Answer:
        """Yield the answer piece by piece, and last how it ended. Raises ``ModelFault``.

        Cancelling the task ends the connection at once, wherever it stands; who stops listening
        without that closes the generator (``contextlib.aclosing``).
        """
        async with aclosing(self._answered(request, None)) as said:
            async for each in said:
                yield each

    async def structured(
        self, request: ModelRequest, problems_of: Callable[[object], list[str]]
    ) -> tuple[object, Ended]:
        """Return a JSON object without problems, and how the call ended. Raises ``ModelFault``.

        A model that misses the form is told the problems once. What it wrote last stands in the
        fault's ``partial``, for a caller that can use some of it.
        """
        value, ended, problems = await self._tried(request, problems_of)
        if not problems:
            return value, ended
        again = _repairing(request, ended, problems)
        if again.total_seconds <= 0:
            raise ModelFault(FaultKind.BROKEN, _NO_OBJECT, partial=ended.text)
        value, repaired, problems = await self._tried(again, problems_of)
        if problems:
            raise ModelFault(FaultKind.BROKEN, _NO_OBJECT, partial=repaired.text)
        return value, repaired.after(ended)

    async def test(self) -> ConnectionReport:
        """Try the connection as a person would, and say how it went; raises no fault."""
        from helpdesk.assistant.trial import tried

        report = await tried(self._settings, self._seams)
        if report.ok:
            self._breaker.reset()
        return report

    async def aclose(self) -> None:
        """End all connections; what is under way fails as switched off."""
        self._is_closed = True
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.aclose()

    async def _tried(
        self, request: ModelRequest, problems_of: Callable[[object], list[str]]
    ) -> tuple[object, Ended, list[str]]:
        """Ask for an object once, and return what is wrong with it."""
        ended = await self._in_strictest_form(request)
        value = first_object(ended.text)
        if value is not None:
            return value, ended, problems_of(value)
        if ended.finish == "length":
            raise ModelFault(FaultKind.TRUNCATED, _CUT_OBJECT, partial=ended.text)
        return None, ended, [_NOT_JSON]

    async def _in_strictest_form(self, request: ModelRequest) -> Ended:
        while True:
            form = self._ladder.form
            if form is Form.SCHEMA and request.schema is None:
                form = Form.OBJECT
            try:
                return await self._whole(request, form)
            except FormRefused as fault:
                if not self._ladder.step_down(form):
                    raise
                logger.info("the model endpoint refuses %s: %s", form.value, fault.kind.value)

    async def _whole(self, request: ModelRequest, form: Form) -> Ended:
        async with aclosing(self._answered(request, form)) as said:
            async for each in said:
                if isinstance(each, Ended):
                    return each
        raise AssertionError("an answer has an end")

    async def _answered(self, request: ModelRequest, form: Form | None) -> Answer:
        """Wait for a turn and ask, as often as it makes sense."""
        call = CallRecord(request, self._seams.monotonic)
        ended: Ended | None = None
        try:
            self._require_usable(request)
            wait = self._settings.wait_seconds
            async with self._turns.turn(background=request.background, seconds=wait):
                self._require_usable(request)
                call.turn()
                with self._breaker.watching():
                    async with aclosing(self._attempts(call, request, form)) as said:
                        async for each in said:
                            if isinstance(each, Ended):
                                ended = each
                            else:
                                yield each
            call.outcome = "ended"
        except ModelFault as fault:
            call.outcome = fault.kind.value
            raise
        finally:
            call.log()
        # Only now, since who has heard it listens no longer.
        if ended is not None:
            yield ended

    async def _attempts(self, call: CallRecord, request: ModelRequest, form: Form | None) -> Answer:
        ends_at = _loop_time() + request.total_seconds
        while True:
            attempt = self._attempt(request, form, ends_at)
            try:
                async with aclosing(attempt.pieces(self._body(request, form))) as texts:
                    async for text in texts:
                        call.word()
                        yield Piece(text)
                yield call.ended(attempt, self._settings, self.token_ratio)
                return
            except ModelFault as fault:
                if self._is_closed:
                    raise ModelFault(FaultKind.OFF, _CLOSED, partial=fault.partial) from fault
                wait = wait_before(call.retries, fault, self._seams.chance)
                if wait is None or _loop_time() + wait >= ends_at:
                    raise
            finally:
                self._note_limit(attempt)
            await self._seams.sleep(wait)
            call.retries += 1

    def _attempt(self, request: ModelRequest, form: Form | None, ends_at: float) -> Attempt:
        settings = self._settings
        first, idle = settings.first_token_seconds, settings.idle_seconds
        pace = Pace(_loop_time, first, idle, ends_at, request.total_seconds)
        with_form = form in (Form.SCHEMA, Form.OBJECT)
        asked = Asked(self._host, settings.model, settings.key, with_form)
        return Attempt(self._connected(), asked, pace, self._seams.now)

    def _body(self, request: ModelRequest, form: Form | None) -> dict[str, object]:
        return body_of(
            request,
            self._settings.model,
            self._settings.dialect,
            native_system_role=self._settings.native_system_role,
            form=form,
        )

    def _note_limit(self, attempt: Attempt) -> None:
        if attempt.requests_left.strip() == "0":
            self._background_rests_until = self._seams.monotonic() + _LIMIT_SECONDS

    def _require_usable(self, request: ModelRequest) -> None:
        """Raise ``ModelFault`` where asking would be of no use."""
        if self._is_closed:
            raise ModelFault(FaultKind.OFF, _CLOSED)
        if self._problem is not None:
            kind, sentence = self._problem
            raise ModelFault(kind, sentence, is_lasting=True)
        self._breaker.require()
        left = self._background_rests_until - self._seams.monotonic()
        if request.background and left > 0:
            sentence = _LIMIT_NEAR.format(host=self._host)
            raise ModelFault(FaultKind.RESTING, sentence, retry_after=left)

    def _connected(self) -> Connection:
        # Imported late: httpx takes a while, and most of the program never needs it.
        from helpdesk.assistant.connection import Connection

        if self._connection is None:
            settings = self._settings
            address = EndpointAddress.parse(settings.url, settings.private_names)
            self._connection = Connection(settings, address)
        return self._connection


def _checked(settings: EndpointSettings) -> tuple[str, tuple[FaultKind, str] | None]:
    """Return the host of an endpoint, and what makes its settings useless."""
    if not settings.url.strip():
        return "", (FaultKind.OFF, _NO_ENDPOINT)
    try:
        address = EndpointAddress.parse(settings.url, settings.private_names)
    except Invalid as error:
        return "", (FaultKind.REFUSED, str(error))
    if not settings.model.strip():
        return address.host, (FaultKind.OFF, _NO_MODEL)
    key = settings.key.strip()
    if not (key.isascii() and (key.isprintable() or not key)):
        return address.host, (FaultKind.REFUSED_KEY, _NO_KEY)
    return address.host, None


def _repairing(request: ModelRequest, ended: Ended, problems: list[str]) -> ModelRequest:
    """Return a request that asks for the same once more, in what is left of its time."""
    wish = _REPAIR.format(problems="; ".join(problems[:_MOST_PROBLEMS]))
    said = Message("assistant", ended.text[:_MOST_REPAIRED] or "{}")
    return replace(
        request,
        messages=(*request.messages, said, Message("user", wish)),
        total_seconds=request.total_seconds - ended.total_ms / 1000,
    )


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
