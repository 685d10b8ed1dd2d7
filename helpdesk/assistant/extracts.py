# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers a question with the desk's own sentences, word for word, where there is no model."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from helpdesk.assistant.citations import Passage, Stems, split_sentences
from helpdesk.core.schemas.triage import CitedSentence

_MOST_PASSAGES = 2
_LEAST_SHARE = 0.5
"""How much of what a question is about a passage must speak of to answer it."""
_SECOND_SHARE = 0.7
"""How well a second passage must fit, next to the best one, to be quoted as well."""
_FROM_HEADING = 0.5
"""What a word counts that stands above a sentence and not in it."""
_FROM_TITLE, _FROM_TITLE_TO_NUMBERED = 0.25, 0.8
"""The numbered steps of an article are mostly what its title promises."""
_STEP = re.compile(r"\s*(?:\d{1,2}[.)]|[-*•])\s+(?=\S)")
_MARKUP = re.compile(r"\*\*|__|`|^\s{0,3}>\s?|!?\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<words>.+?)\s*#*$")
_RULE = re.compile(r"[\s|:_*=-]*")
_STEP_BONUS = 1.3
_MOST_STEPS = 12
_SHORTEST = 3
"""Words of a sentence that says something."""


class _Unit(NamedTuple):
    text: str
    is_step: bool
    is_numbered: bool
    own: set[str]
    above: set[str]


def answer(
    question_stems: Collection[str], passages: Sequence[Passage], stems: Stems, limit: int = 4
) -> tuple[CitedSentence, ...]:
    """Return the sentences and steps that answer best, in their order, each with its source.

    ``passages`` come in the order of how well a search found that they fit. Where none speaks of
    enough of the question, there is no answer.
    """
    wanted = set(question_stems)
    contents = [wanted & stems(f"{passage.title}\n{passage.text}") for passage in passages]
    weights = _weights(wanted, contents)
    titles = [wanted & stems(passage.title) for passage in passages]
    scored = [
        (_sum(shared, weights) + _FROM_HEADING * _sum(title, weights), -index)
        for index, (shared, title) in enumerate(zip(contents, titles, strict=True))
    ]
    best = max(scored, default=(0.0, 0))
    if best[0] <= 0 or best[0] < _LEAST_SHARE * _sum(wanted, weights):
        return ()
    fitting = [pair for pair in sorted(scored, reverse=True) if pair[0] >= _SECOND_SHARE * best[0]]
    found: list[CitedSentence] = []
    chosen = fitting[:_MOST_PASSAGES]
    for place, (_, index) in enumerate(chosen):
        passage = passages[-index]
        # The last sentence is for the second passage, if there is one.
        is_shared = place + 1 < len(chosen) and limit > 1
        texts, is_list = _best_of(passage, wanted, weights, stems, limit - len(found) - is_shared)
        if is_list and found:
            break
        for text in texts:
            found.append(CitedSentence(text=text, numbers=(passage.number,), supported=True))
        if is_list:
            break
    return tuple(found)


def _weights(wanted: set[str], contents: Sequence[set[str]]) -> dict[str, float]:
    """Return what each word tells: one that all passages have tells least."""
    spread = Counter(word for shared in contents for word in shared)
    return {word: math.log(1 + (len(contents) + 1) / (spread[word] + 0.5)) for word in wanted}


def _sum(words: set[str], weights: dict[str, float]) -> float:
    return sum(weights[word] for word in words)


def _best_of(
    passage: Passage, wanted: set[str], weights: dict[str, float], stems: Stems, room: int
) -> tuple[list[str], bool]:
    """Return the best sentences of a passage, or the whole list that the best one is a step of."""
    units = list(_units(passage, stems))
    title = wanted & stems(passage.title)
    scores = [_score(unit, wanted, title, weights) for unit in units]
    top = max(scores, default=0.0)
    if room <= 0 or top <= 0:
        return [], False
    ranked = sorted(range(len(units)), key=lambda index: (-scores[index], index))
    if units[ranked[0]].is_step:
        return _whole_list(ranked[0], units), True
    chosen = [index for index in ranked if scores[index] >= top / 2][:room]
    return [units[index].text for index in sorted(chosen)], False


def _whole_list(index: int, units: Sequence[_Unit]) -> list[str]:
    """Return all the steps of the list that one of them stands in: half a recipe helps nobody."""
    first = last = index
    while first > 0 and _go_together(units[first - 1], units[index]):
        first -= 1
    while last + 1 < len(units) and _go_together(units[last + 1], units[index]):
        last += 1
    steps = units[first : last + 1][:_MOST_STEPS]
    if not units[index].is_numbered:
        return [step.text for step in steps]
    return [f"{place}. {step.text}" for place, step in enumerate(steps, start=1)]


def _go_together(one: _Unit, other: _Unit) -> bool:
    same = one.is_numbered == other.is_numbered and one.above == other.above
    return one.is_step and other.is_step and same


def _score(unit: _Unit, wanted: set[str], title: set[str], weights: dict[str, float]) -> float:
    own, above = wanted & unit.own, (wanted & unit.above) - unit.own
    from_title = _FROM_TITLE_TO_NUMBERED if unit.is_numbered else _FROM_TITLE
    implied = _FROM_HEADING * _sum(above, weights) + from_title * _sum(title - above - own, weights)
    return (_sum(own, weights) + implied) * (_STEP_BONUS if unit.is_step else 1)


def _units(passage: Passage, stems: Stems) -> Iterator[_Unit]:
    above: set[str] = set()
    for line in passage.text.splitlines():
        if heading := _HEADING.fullmatch(line):
            above = stems(heading["words"])
            continue
        if _RULE.fullmatch(line):
            continue
        step = _STEP.match(line)
        is_numbered = step is not None and step[0].strip()[0].isdigit()
        plain = _plain(line[step.end() :] if step else line)
        for text in [plain] if step else split_sentences(plain):
            if len(text.split()) >= _SHORTEST:
                yield _Unit(text, step is not None, is_numbered, stems(text), above)


def _plain(line: str) -> str:
    """Return a line of Markdown as it is read; the cells of a row follow one another."""
    text = _MARKUP.sub(lambda match: match[1] or "", line)
    if text.lstrip().startswith("|"):
        text = ": ".join(
            filter(None, (cell.strip() for cell in text.strip().strip("|").split("|")))
        )
    return " ".join(text.split())
