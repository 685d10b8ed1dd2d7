# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a ticket of a conversation: what it is about, all that was said, and what is missing.

A ticket that can be worked at once says what is wrong, where, since when and for whom. Which of
these a conversation has told is found by words, in English; nobody is kept from submitting.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from helpdesk.core.schemas.assistant import Speaker, TicketProposal
from helpdesk.core.text import BODY_LIMIT, ellipsis, single_line
from helpdesk.models import ConversationMessage

SUBJECT_LETTERS = 120
_GREETING = re.compile(
    r"^(hi|hello|hey|good (morning|afternoon|evening)|dear \w+)(?![\w-])[,.! ]*", re.I
)


_FAULT = re.compile(
    r"n't\b|\b(not|no longer|cannot|never|fail\w*|error\w*|broke\w*|crash\w*|freez\w*|froze\w*"
    r"|hang\w*|slow\w*|drop\w*|stop\w*|lost|lose\w*|miss\w*|wrong|stuck|block\w*|lock\w*|jam\w*"
    r"|blank|disconnect\w*|keeps?|problem\w*|issue\w*|trouble\w*)\b",
    re.I,
)
"""Words of somebody for whom something does not work: only of that can be asked since when."""


class _Wanted(NamedTuple):
    name: str
    question: str
    told: re.Pattern[str]


_WANTED = (
    _Wanted(
        "since when it happens",
        "Since when does it happen?",
        re.compile(
            r"\b(since|yesterday|today|tonight|this (morning|afternoon|week)"
            r"|last (week|night|month)|(mon|tues|wednes|thurs|fri|satur|sun)day"
            r"|(minute|hour|day|week)s? ago"
            r"|after (the|an?|my) \w+|\d{1,2}[:.]\d\d|just now|suddenly|always|never worked)\b",
            re.I,
        ),
    ),
    _Wanted(
        "on which device or in which program",
        "On which device or in which program does it happen?",
        re.compile(
            r"\b(laptop|computer|pc|mac(book)?|notebook|phone|mobile|iphone|android|tablet|ipad"
            r"|printer|scanner|monitor|screen|keyboard|mouse|dock(ing)?|headset|server|vpn|wi-?fi"
            r"|network|outlook|teams|word|excel|powerpoint|office|browser|chrome|firefox|edge"
            r"|windows|linux|sap|portal|website|account|password|mailbox|e-?mail|share|drive"
            r"|intranet|app|application|program|software)\b",
            re.I,
        ),
    ),
    _Wanted(
        "whether others are affected, too",
        "Are you the only one, or does it happen to others, too?",
        re.compile(
            r"\b(only me|just me|for me|everyone|everybody|colleagues?|others?|whole (team|office|"
            r"department|floor)|all of us|nobody else|no one else|several people|my team|we all"
            r"|\d+ (people|users|colleagues))\b",
            re.I,
        ),
    ),
)


def proposal(said: Sequence[ConversationMessage]) -> TicketProposal:
    """Return a ticket of what a person said, and what it does not tell yet."""
    own = [each.text.strip() for each in said if each.speaker is Speaker.PERSON]
    text = "\n\n".join(line for line in own if line)
    return TicketProposal(
        subject=_subject(own),
        description=ellipsis(text, BODY_LIMIT),
        category_id=None,
        missing=missing_in(text),
    )


def missing_in(text: str) -> tuple[str, ...]:
    """Return what a ticket of this text would leave open, as it is named to people."""
    return tuple(wanted.name for wanted in _WANTED if not wanted.told.search(text))


def next_question(text: str) -> str:
    """Return the one question to ask next of a fault, or nothing where all is told."""
    if not _FAULT.search(text):
        return ""
    for wanted in _WANTED:
        if not wanted.told.search(text):
            return wanted.question
    return ""


def transcript(said: Sequence[ConversationMessage]) -> str:
    """Return a conversation as text, for the people it is handed over to."""
    who = {Speaker.PERSON: "I asked", Speaker.ASSISTANT: "The assistant answered"}
    lines = [f"{who[each.speaker]}:\n{each.text.strip()}" for each in said if each.text.strip()]
    return ellipsis("What was said to the assistant before:\n\n" + "\n\n".join(lines), BODY_LIMIT)


def _subject(own: Sequence[str]) -> str:
    """Return the first line that says something, without a greeting."""
    for text in own:
        line = _GREETING.sub("", single_line(text)).strip()
        if len(line) > 2:
            return ellipsis(line[0].upper() + line[1:], SUBJECT_LETTERS)
    return ellipsis(single_line(own[0]), SUBJECT_LETTERS) if own else ""
