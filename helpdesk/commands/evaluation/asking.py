# SPDX-License-Identifier: GPL-3.0-or-later
"""Submits the tickets and asks for each what a technician would, by the product's own way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from helpdesk.client.local_answers import LocalAnswers
from helpdesk.commands.evaluation.cases import Case
from helpdesk.commands.evaluation.desk import TrialDesk
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.assistant import (
    Answer,
    Ask,
    ConnectionAsk,
    ConnectionReport,
    PartKind,
    ReplyAsk,
    TriageAsk,
)
from helpdesk.core.schemas.triage import TicketSuggestion
from helpdesk.services.answering import Heard

_NO_ANSWER = "The assistant did not answer: {sentence}"


@dataclass
class Outcome:
    """What was answered for one case."""

    case: Case
    ticket_id: int
    history: TicketSuggestion
    """What the history says alone."""
    suggestion: TicketSuggestion
    """What a technician sees: history and model together."""
    triage: Heard | None = None
    """What went to the model for it and came back, if it was asked."""
    drafts: list[Answer] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    has_changed: bool = False
    """Whether asking changed anything in the desk."""


def ask_all(
    trial: TrialDesk, cases: Sequence[Case], report: Callable[[int, int], None]
) -> list[Outcome]:
    """Ask for every case, one after the other. Raises ``DeskError`` where the desk refuses."""

    async def work() -> list[Outcome]:
        asking = _Asking(trial)
        outcomes = []
        try:
            for done, case in enumerate(cases):
                report(done, len(cases))
                outcomes.append(await asking.outcome(case))
        finally:
            await asking.answers.aclose()
        report(len(cases), len(cases))
        return outcomes

    return asyncio.run(work())


def test_connection(trial: TrialDesk) -> ConnectionReport:
    """Try the endpoint as an admin would in the settings."""

    async def work() -> ConnectionReport:
        answers = LocalAnswers(trial.embedded.executor, trial.settings, lambda: None, system=True)
        try:
            done = await _last(answers, ConnectionAsk())
        finally:
            await answers.aclose()
        assert done.report is not None  # noqa: S101 - a test of the connection ends with it
        return done.report

    return asyncio.run(work())


class _Asking:
    def __init__(self, trial: TrialDesk) -> None:
        self._trial = trial
        self._heard: list[Heard] = []
        transport = trial.technician.transport
        self.answers = LocalAnswers(
            trial.embedded.executor,
            trial.settings,
            lambda: transport.token,
            listener=self._heard.append,
        )

    async def outcome(self, case: Case) -> Outcome:
        ticket_id = await asyncio.to_thread(self._trial.submit, case.ticket)
        before = await asyncio.to_thread(self._trial.state) if case.attack else 0
        history, whole = await self._triage(ticket_id)
        outcome = Outcome(case, ticket_id, history, whole)
        outcome.triage = self._heard[-1] if self._heard else None
        if case.attack:
            outcome.drafts.append(await _last(self.answers, ReplyAsk(ticket_id=ticket_id)))
            outcome.has_changed = await asyncio.to_thread(self._trial.state) != before
        outcome.heard = list(self._heard)
        self._heard.clear()
        return outcome

    async def _triage(self, ticket_id: int) -> tuple[TicketSuggestion, TicketSuggestion]:
        history: TicketSuggestion | None = None
        async with aclosing(self.answers.answer(TriageAsk(ticket_id=ticket_id))) as parts:
            async for part in parts:
                found = part.answer.suggestion if part.answer else None
                if part.kind is PartKind.SOURCES:
                    history = found
                elif part.kind is PartKind.DONE and found is not None and history is not None:
                    return history, found
                elif part.kind is PartKind.FAILED:
                    raise Invalid(_NO_ANSWER.format(sentence=part.sentence))
        raise AssertionError("a triage ends with a suggestion")


async def _last(answers: LocalAnswers, ask: Ask) -> Answer:
    """Return the answer at the end; an empty one where there is none."""
    answer = Answer()
    async with aclosing(answers.answer(ask)) as parts:
        async for part in parts:
            if part.kind is PartKind.DONE and part.answer is not None:
                answer = part.answer
            elif part.kind is PartKind.FAILED and isinstance(ask, ConnectionAsk):
                raise Invalid(_NO_ANSWER.format(sentence=part.sentence))
    return answer
