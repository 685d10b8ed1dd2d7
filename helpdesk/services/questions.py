# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a question that say what it is about, for finding what may answer it."""

from __future__ import annotations

from collections.abc import Iterable

from helpdesk.database.article_search import joined
from helpdesk.database.tokens import tokens_of

MOST_STEMS = 12
_SHORTEST = 3
_ENDINGS = ("ings", "ing", "ers", "ies", "ed", "er", "es", "en", "s", "e", "y")
_DOUBLING = {"ings", "ing", "ed", "er", "ers"}
"""Before these a last letter is often written twice: 'dropping'."""
_LEFT, _LEFT_OF_PLURAL = 4, 3
"""Letters that must stay when an ending is cut, and when it is an 's' alone: 'jobs'."""

_ENGLISH = """
a about after afternoon again all also always am an and any anyone are as ask asks at be because
been before being but by can cannot cant could couldn day days did didn different do does doesn
doesnt doing don dont down each else even evening ever every everybody few for friday from get
gets getting give go goes going got had happen happened happens has hasn have haven having he
hello help her here hers hi him his hour hours how however i if in into is isn isnt issue issues
it its itself just keep keeping keeps kept know last let like ll make many may maybe me mean
mine minute minutes monday month more morning most much must my need needs never new next no nor
not nothing now of off often ok old on once one only or other our ours out over own per please
problem re really right said same say says see seem seems shall she should show shows since so
some somebody someone something sometimes still stop stopped stops such suddenly sure take than
thank thanks that the their them then there these they thing things think this those though
through thursday time to today too tried trouble try trying tuesday two under until up us use
used user uses using ve very want was way we wednesday week well were what when where which
while who whom why will with won work worked working works would wouldn yes yesterday yet you
your
"""
_GERMAN = """
aber alle als am an auch auf aus bei beim bin bis bitte da dann das dass dem den der des die
dies diese dieser doch du durch ein eine einem einen einer eines er es etwas euch fur geht gibt
habe haben hallo hat hier hilfe ich ihr ihre im immer in ist ja jetzt kann kein keine konnen man
mehr mein meine mich mir mit muss nach nicht nichts noch nun nur oder ohne schon sehr sein seine
seit sich sie sind so uber und uns unser vom von vor war was weil wenn wer werden wie wieder wir
wird wo zu zum zur
"""
_STOP = frozenset(f"{_ENGLISH} {_GERMAN}".split())
"""What everybody writes, without accents, as the tokenizer yields it."""


def telling_words(text: str) -> dict[str, str]:
    """Return up to ``MOST_STEMS`` telling words of a text by their stems, the first ones.

    A stem is a word without its ending, so that 'printing' finds 'printer'; what everybody
    writes, numbers and single letters are left out.
    """
    (tokens,) = tokens_of([text + joined(text)])
    return telling_tokens(tokens)


def telling_stems(text: str) -> set[str]:
    """Return the stems of all telling words of a text, however many there are."""
    (tokens,) = tokens_of([text])
    return {stem_of(token) for token in tokens if is_telling(token)}


def is_telling(token: str) -> bool:
    """Return whether a word says what a text is about."""
    return len(token) >= _SHORTEST and token not in _STOP and not token.isdigit()


def telling_tokens(tokens: Iterable[str]) -> dict[str, str]:
    """Return the telling ones of some words by their stems, up to ``MOST_STEMS``."""
    found: dict[str, str] = {}
    for token in tokens:
        if is_telling(token):
            found.setdefault(stem_of(token), token)
            if len(found) == MOST_STEMS:
                break
    return found


def stem_of(token: str) -> str:
    """Return the beginning that a word has in common with its other forms."""
    for ending in _ENDINGS:
        least = _LEFT_OF_PLURAL if ending == "s" else _LEFT
        if token.endswith(ending) and len(token) - len(ending) >= least:
            stem = token[: -len(ending)]
            is_doubled = ending in _DOUBLING and stem[-1] == stem[-2] and stem[-1] not in "lsz"
            return stem[:-1] if is_doubled else stem
    return token
