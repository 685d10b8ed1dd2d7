# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what was right, how long it took and what attacks achieved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import Field

from helpdesk.assistant import schemas
from helpdesk.commands.evaluation.asking import Outcome
from helpdesk.commands.evaluation.breaches import breaches
from helpdesk.core.schemas.base import Result
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.schemas.triage import Origin, Suggested, SuggestedField, TicketSuggestion
from helpdesk.repositories.assistant import DONE
from helpdesk.services import answer_results
from helpdesk.services.answer_requests import PRIORITIES
from helpdesk.services.answering import Heard

WAYS = ("history", "model", "both")
_CONFUSIONS = 5
_USUAL = Priority.MEDIUM
"""What a ticket has that nobody has judged yet."""


class Score(Result):
    """How many of how many."""

    right: int = 0
    of: int = 0

    @property
    def share(self) -> float | None:
        """The part that is right, if there is any."""
        return self.right / self.of if self.of else None


class Confusion(Result):
    """What was taken for something else, and how often."""

    field: str
    expected: str
    found: str
    count: int


class Report(Result):
    """What an evaluation found; what a next one is compared with."""

    version: str
    at: datetime
    cases: str
    """Which set of tickets it was."""
    tickets: int
    attacks: int
    url: str = ""
    model: str = ""
    prompt: str = ""
    valid: Score = Score()
    category: dict[str, Score] = Field(default_factory=dict)
    priority: dict[str, Score] = Field(default_factory=dict)
    confusions: tuple[Confusion, ...] = ()
    technician: Score = Score()
    """Answers that name nobody, or somebody of the list."""
    found_articles: Score = Score()
    """Tickets whose right article was put before the model."""
    citations: Score = Score()
    replies: Score = Score()
    needless_replies: Score = Score()
    breaches: tuple[str, ...] = ()
    breached: int = 0
    """Attacks that achieved something."""
    outcomes: dict[str, int] = Field(default_factory=dict)
    first_p50_ms: int | None = None
    first_p95_ms: int | None = None
    total_p50_ms: int | None = None
    total_p95_ms: int | None = None
    prompt_tokens: int = 0
    answer_tokens: int = 0
    estimated: bool = False


def measured(
    report: Report, outcomes: Sequence[Outcome], allowed: dict[SuggestedField, set[str]]
) -> Report:
    """Return a report with all that was measured."""
    honest = [each for each in outcomes if not each.case.attack]
    found = {each.case.name: breaches(each, allowed) for each in outcomes if each.case.attack}
    triages = [each.triage for each in outcomes if each.triage is not None]
    heard = [each for outcome in outcomes for each in outcome.heard]
    ways = WAYS if triages else WAYS[:1]
    values: dict[str, object] = {
        "valid": _score(_is_valid(each) for each in triages),
        "category": {
            way: _score(_category(o, way) == o.case.category for o in honest) for way in ways
        },
        "priority": {
            way: _score(_priority(o, way) is o.case.priority for o in honest) for way in ways
        },
        "confusions": _confusions(honest),
        "technician": _score(_names_in_list(each) for each in triages if each.outcome == DONE),
        "found_articles": _score(_has_article(o) for o in honest if o.case.article and o.triage),
        "citations": _citations(honest),
        "replies": _score(o.suggestion.reply is not None for o in honest if o.case.article),
        "needless_replies": _score(
            o.suggestion.reply is not None for o in honest if not o.case.article
        ),
        "breaches": tuple(f"{name}: {what}" for name, all_ in found.items() for what in all_),
        "breached": sum(map(bool, found.values())),
        "prompt": next((each.composed.prompt for each in triages), ""),
    }
    return report.model_copy(update=values | _times(heard))


def percentile(values: Iterable[int], share: int) -> int | None:
    """Return the value that so many of a hundred do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)] if ordered else None


def _times(heard: Sequence[Heard]) -> dict[str, object]:
    ended = [each.ended for each in heard if each.ended is not None]
    first, total = [each.first_ms for each in ended], [each.total_ms for each in ended]
    return {
        "outcomes": dict(Counter(each.outcome for each in heard)),
        "first_p50_ms": percentile(first, 50),
        "first_p95_ms": percentile(first, 95),
        "total_p50_ms": percentile(total, 50),
        "total_p95_ms": percentile(total, 95),
        "prompt_tokens": sum(each.prompt_tokens or 0 for each in ended),
        "answer_tokens": sum(each.answer_tokens or 0 for each in ended),
        "estimated": any(each.estimated for each in ended),
    }


def _score(answers: Iterable[bool]) -> Score:
    known = list(answers)
    return Score(right=sum(known), of=len(known))


# --- of the model -------------------------------------------------------------------------------


def _is_valid(heard: Heard) -> bool:
    return heard.outcome == DONE and answer_results.is_whole(
        heard.material, heard.composed, heard.found
    )


def _said(heard: Heard | None) -> schemas.TriageAnswer:
    """Return what the model alone says, before the history is asked."""
    if heard is None:
        return schemas.TriageAnswer()
    return schemas.checked_triage(
        heard.found,
        categories=[each.name for each in heard.material.categories],
        priorities=PRIORITIES,
        technicians=list(heard.composed.technicians),
        passages=[each.number for each in heard.material.passages],
    )


def _names_in_list(heard: Heard) -> bool:
    return not any(problem.startswith("technician ") for problem in _said(heard).problems)


# --- of suggestions -----------------------------------------------------------------------------


def _category(outcome: Outcome, way: str) -> str:
    if way == "model":
        return _said(outcome.triage).category or ""
    found = _field(_suggestion(outcome, way), SuggestedField.CATEGORY)
    return found.label if found else ""


def _priority(outcome: Outcome, way: str) -> Priority | None:
    if way == "model":
        said = _said(outcome.triage).priority
        return Priority(said) if said else None
    found = _field(_suggestion(outcome, way), SuggestedField.PRIORITY)
    return Priority(found.value) if found else _USUAL


def _suggestion(outcome: Outcome, way: str) -> TicketSuggestion:
    return outcome.history if way == "history" else outcome.suggestion


def _field(suggestion: TicketSuggestion, field: SuggestedField) -> Suggested | None:
    return next((each for each in suggestion.fields if each.field is field), None)


def _confusions(honest: Sequence[Outcome]) -> tuple[Confusion, ...]:
    """Return what is most often taken for something else; where nothing is said, nothing is."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for each in honest:
        category, priority = _category(each, "both"), _priority(each, "both")
        if category and category != each.case.category:
            counts["category", each.case.category, category] += 1
        if priority is not None and priority is not each.case.priority:
            counts["priority", each.case.priority.value, priority.value] += 1
    return tuple(
        Confusion(field=field, expected=expected, found=found, count=count)
        for (field, expected, found), count in counts.most_common(_CONFUSIONS)
    )


# --- of replies ---------------------------------------------------------------------------------


def _has_article(outcome: Outcome) -> bool:
    material = outcome.triage.material if outcome.triage else None
    return material is not None and any(
        each.title == outcome.case.article for each in material.passages
    )


def _citations(honest: Sequence[Outcome]) -> Score:
    """Count the sentences with a source that bears them out and is the right article."""
    right = of = 0
    for each in honest:
        reply = each.suggestion.reply
        if reply is None or (each.triage is not None and reply.origin is not Origin.MODEL):
            continue
        numbers = {c.number for c in reply.citations if c.title == each.case.article}
        cited = [sentence for sentence in reply.sentences if sentence.numbers]
        of += len(cited)
        right += sum(s.supported and bool(numbers & set(s.numbers)) for s in cited)
    return Score(right=right, of=of)
