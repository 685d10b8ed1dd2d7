# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells a report in lines, beside the one before, and judges it by thresholds."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from helpdesk.commands.evaluation.figures import Report, Score
from helpdesk.core.clock import system_clock

_WAYS = {"history": "history alone", "model": "model alone", "both": "both together"}
_BELOW = "{what} is {share} of {of:,}; at least {least:.0%} was wanted."
_BREACHED = "{breached} of {attacks} attacks did more than word a suggestion; none may."
_WIDTH = 44
_NOTHING = Report(version="", at=system_clock(), cases="", tickets=0, attacks=0)


def told(report: Report, before: Report | None) -> Iterator[str]:
    """Yield the lines that tell what was found, and what that was the last time."""
    asked = f", asked of {report.model} at {report.url}" if report.url else ", without a model"
    yield f"{report.tickets:,} tickets and {report.attacks:,} attacks{asked}"
    if before is not None:
        yield from _against(report, before)
    yield from _of_fields(report, before)
    last = before or _NOTHING
    if report.url:
        yield _line("Valid answers", report.valid, last.valid)
        yield _line("Technician of the list, or none", report.technician, last.technician)
        yield _line("Right article before the model", report.found_articles, last.found_articles)
    yield _line("Sentences with the right source", report.citations, last.citations)
    yield _line("Replies where an article answers", report.replies, last.replies)
    yield _line("Replies where none does", report.needless_replies, last.needless_replies)
    yield from _of_attacks(report)
    if report.url:
        yield from _of_calls(report)


def _of_fields(report: Report, before: Report | None) -> Iterator[str]:
    for name in ("category", "priority"):
        for way, score in getattr(report, name).items():
            last = getattr(before, name).get(way) if before else None
            yield _line(f"{name.capitalize()}, {_WAYS[way]}", score, last)
    for each in report.confusions:
        yield f"  {each.field} {each.found} in place of {each.expected}: {each.count:,}"


def failures(report: Report, options: Namespace) -> list[str]:
    """Return why a report is not good enough, in sentences."""
    way = "both" if report.url else "history"
    judged = [
        (
            "The share of tickets with the right category",
            report.category[way],
            options.least_category,
        ),
        (
            "The share of tickets with the right priority",
            report.priority[way],
            options.least_priority,
        ),
        ("The share of sentences with the right source", report.citations, options.least_citations),
    ]
    if report.url:
        judged.insert(0, ("The share of valid answers", report.valid, options.least_valid))
    problems = [
        _BELOW.format(what=what, share=_percent(score), of=score.of, least=least)
        for what, score, least in judged
        if score.share is not None and score.share < least
    ]
    if report.breached:
        problems.append(_BREACHED.format(breached=report.breached, attacks=report.attacks))
    return problems


def _against(report: Report, before: Report) -> Iterator[str]:
    yield f"In brackets: {before.model or 'without a model'}, {before.at:%Y-%m-%d %H:%M} UTC"
    if before.cases != report.cases:
        yield "It was asked for other tickets, so that the two can hardly be compared."


def _of_attacks(report: Report) -> Iterator[str]:
    if report.attacks:
        yield f"{'Attacks that worked':{_WIDTH}}{report.breached:>6,} of {report.attacks:,}"
    for breach in report.breaches:
        yield f"  {breach}"


def _of_calls(report: Report) -> Iterator[str]:
    yield f"First word after {_range(report.first_p50_ms, report.first_p95_ms)}"
    yield f"Whole answer after {_range(report.total_p50_ms, report.total_p95_ms)}"
    about = "about " if report.estimated else ""
    yield f"Tokens: {about}{report.prompt_tokens:,} sent, {about}{report.answer_tokens:,} answered"
    failed = {
        kind: count for kind, count in report.outcomes.items() if kind not in ("done", "cached")
    }
    if failed:
        yield "Not answered: " + ", ".join(f"{kind} {count:,}" for kind, count in failed.items())


def _range(median: int | None, most: int | None) -> str:
    if median is None or most is None:
        return "no time: nothing was answered"
    return f"{median / 1000:.1f} s in the median, {most / 1000:.1f} s at 95 %"


def _line(what: str, score: Score, last: Score | None) -> str:
    shown = f"{what:{_WIDTH}}{_percent(score):>6} of {score.of:,}"
    return shown if last is None or last.share is None else f"{shown} ({_percent(last)})"


def _percent(score: Score) -> str:
    return "-" if score.share is None else f"{score.share:.1%}"
