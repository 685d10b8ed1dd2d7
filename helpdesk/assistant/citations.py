# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the sources that a model names off its sentences, and tells whether they bear them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from helpdesk.core.schemas.triage import CitedSentence

Stems = Callable[[str], set[str]]
"""Returns the words of a text that say what it is about, without their endings."""

LEAST_SHARED = 3
"""Words that a sentence and its source must have in common."""


class Passage(NamedTuple):
    """A piece of an article or a ticket that an answer may rest on."""

    number: str
    title: str
    text: str


_NUMBER = r"[A-Za-z]{1,8}[- ]?\d{1,18}"
_MARK = re.compile(
    rf"[ \t]{{0,3}}[\[(【][ \t]{{0,3}}(?:(?:see|siehe|source)[: ]{{1,2}})?"
    rf"({_NUMBER}(?:(?:[ \t]{{0,2}}[,;/&][ \t]{{0,2}}|[ \t]and[ \t]){_NUMBER}){{0,9}})"
    r"[ \t]{0,3}[\])】]",
    re.IGNORECASE,
)
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]*]{0,3}[ \t]+(?=[\"'“‘(*`\[]{0,3}[^\W_a-z])|(?<=[。！？])")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|approx|no|nr|ca|bzw|evtl|ggf|inkl|usw|z\.\s?b|d\.\s?h|u\.\s?a"
    r"|mr|mrs|ms|dr|prof|st|inc|ltd|fig|tel|ext|ver|min|max|\w|\d{1,3})\.$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[ \t]*(?:[-*•–]|\d{1,3}[.)])[ \t]*")


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text; each line ends one, as steps and headings do."""
    return [sentence for line in text.splitlines() for sentence in _sentences_of(line)]


def cited(text: str, passages: Sequence[Passage], stems: Stems) -> tuple[CitedSentence, ...]:
    """Return a text's sentences with the numbers they cite, which are taken off them.

    Numbers of nothing that was given as a source are dropped. A sentence is supported when one of
    its sources has at least ``LEAST_SHARED`` of its telling words.
    """
    known = {_plain_number(passage.number): passage for passage in passages}
    words = {passage.number: stems(f"{passage.title}\n{passage.text}") for passage in passages}
    return tuple(
        CitedSentence(
            text=sentence,
            numbers=numbers,
            supported=_is_supported(stems(sentence), [words[number] for number in numbers]),
        )
        for sentence, numbers in _with_numbers(text, known)
    )


def without_marks(text: str, passages: Sequence[Passage]) -> str:
    """Return a text without the marks of its sources, as it goes to a requester."""
    known = {_plain_number(passage.number): passage for passage in passages}
    return _MARK.sub(lambda match: "" if _is_citation(match, known) else match[0], text)


def _is_supported(said: set[str], sources: Sequence[set[str]]) -> bool:
    return any(len(said & source) >= LEAST_SHARED for source in sources)


def _with_numbers(text: str, known: dict[str, Passage]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in text.splitlines():
        found: list[tuple[str, tuple[str, ...]]] = []
        for raw in _sentences_of(line):
            leading, sentence = _leading_marks(raw, known)
            if leading and found and not found[-1][1]:
                # 'Restart it. [KB-12] Then ...': the mark stands behind the sentence it belongs to.
                found[-1] = found[-1][0], leading
                leading = ()
            numbers = tuple(dict.fromkeys([*leading, *_numbers(sentence, known)]))
            bare = _MARK.sub(
                lambda match: "" if _is_citation(match, known) else match[0], sentence
            ).strip()
            if _BULLET.sub("", bare, count=1):
                found.append((bare, numbers))
            elif numbers and found:
                found[-1] = found[-1][0], tuple(dict.fromkeys([*found[-1][1], *numbers]))
        yield from found


def _leading_marks(sentence: str, known: dict[str, Passage]) -> tuple[tuple[str, ...], str]:
    numbers: list[str] = []
    while (match := _MARK.match(sentence)) and _is_citation(match, known):
        numbers += _numbers(match[0], known)
        sentence = sentence[match.end() :]
    return tuple(dict.fromkeys(numbers)), sentence


def _numbers(sentence: str, known: dict[str, Passage]) -> list[str]:
    named = [
        _plain_number(number)
        for match in _MARK.finditer(sentence)
        for number in re.findall(_NUMBER, match[1])
    ]
    return [known[number].number for number in named if number in known]


def _is_citation(match: re.Match[str], known: dict[str, Passage]) -> bool:
    """Tell '[KB-12]', also one that was not given, from '(RFC 822)' and '(COVID-19)'."""
    prefixes = {"kb", "hd", *(number.rstrip("0123456789").rstrip("-") for number in known)}
    letters = (
        re.match("[a-z]+", _plain_number(number)) for number in re.findall(_NUMBER, match[1])
    )
    return all(found is not None and found[0] in prefixes for found in letters)


def _plain_number(number: str) -> str:
    return re.sub(r"(?<=[a-z])[- ]?(?=\d)", "-", number.casefold(), count=1)


def _sentences_of(line: str) -> Iterator[str]:
    begin = 0
    bullet = _BULLET.match(line)
    for match in _END.finditer(line, bullet.end() if bullet else 0):
        # What closes the sentence stays with it.
        end = match.start() + len(match[0].rstrip())
        if not _ABBREVIATION.search(line[max(begin, end - 12) : end]):
            yield from _present(line[begin:end])
            begin = match.end()
    yield from _present(line[begin:])


def _present(sentence: str) -> Iterator[str]:
    if sentence.strip():
        yield sentence.strip()
