# SPDX-License-Identifier: GPL-3.0-or-later
"""The English words that stand for statuses, priorities and orders of tickets, and for none."""

from __future__ import annotations

import re

from helpdesk.core.schemas.tickets import OPEN_STATUSES, Priority, Sort, Status


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)


NAMED_WORDS = re.compile(
    r"[\"“„](?P<quoted>[^\"“”„]{1,100})[\"”“]"
    r"|\b(?:about|regarding|concerning|mentioning|containing|with the words?|that mention|that say)"
    r"\s+(?P<about>\S.{0,80}?)(?=\s+(?:from|since|before|after|assigned|opened|created|reported|by"
    r"|of|in the|that|which|who|last|this|today|yesterday|sorted|ordered|newest|oldest)"
    r"\b|[,;.](?:\s|$)|$)",
    re.IGNORECASE,
)
"""What the text of a ticket is to contain."""

UNASSIGNED = _words(
    r"(?:that |which )?(?:nobody|no one|no-one|noone|none) (?:has|have|took|owns?"
    r"|is (?:working )?on|works? on|handles?|has taken)(?: yet)?"
    r"|unassigned|unowned|not (?:yet )?(?:assigned|taken)(?: to (?:anyone|anybody))?(?: yet)?"
    r"|(?:without|with no|no|lacking) (?:an? )?(?:assignee|owner|technician|agent)"
    r"|(?:assigned to|belonging to|of|with) (?:nobody|no one|no-one|noone)"
    r"|waiting for (?:an? )?(?:assignee|owner|technician|agent)|in the queue|up for grabs"
)

STATUSES: tuple[tuple[re.Pattern[str], tuple[Status, ...]], ...] = (
    (
        _words(
            r"(?:not|never)(?: yet)? (?:closed|(?:re)?solved|fixed|done|finished)(?: yet)?"
            r"|unresolved|unsolved|unfinished|still open"
        ),
        OPEN_STATUSES,
    ),
    (_words(r"status(?: is)? ?[:=]? ?open"), (Status.OPEN,)),
    (_words(r"in[ -]progress|being worked on|work in progress"), (Status.IN_PROGRESS,)),
    (
        _words(
            r"(?:awaiting|waiting (?:for|on)|pending)(?: the| an?)?"
            r"(?: (?:customers?|requesters?|users?))?(?:['’]s?)?(?: (?:response|reply|answer))?"
        ),
        (Status.AWAITING_CUSTOMER,),
    ),
    (_words(r"open|active|outstanding"), OPEN_STATUSES),
    (re.compile(r"(?<!a )(?<!an )(?<!the )(?<!my )(?<![\w-])new(?![\w-])", re.I), (Status.NEW,)),
    (_words(r"resolved|solved|fixed"), (Status.RESOLVED,)),
    (_words(r"closed|done|finished"), (Status.CLOSED,)),
)
"""In the order they are looked for; the first speaks of what is *not* closed."""

GAP = "\ue000"
"""Stands where words were understood, so that those around them are not read as neighbours."""

LEVELS = {
    "low": Priority.LOW,
    "medium": Priority.MEDIUM,
    "normal": Priority.MEDIUM,
    "high": Priority.HIGH,
    "urgent": Priority.URGENT,
    "critical": Priority.URGENT,
}
_LEVEL = rf"(?:{'|'.join(LEVELS)})"
_PRIORITY = r"(?:prio(?:rity)?)"
PRIORITIES = _words(
    rf"(?P<least>at least {_LEVEL}|{_LEVEL} (?:{_PRIORITY} )?(?:or|and) (?:above|higher|up))"
    rf"(?:[ -]{_PRIORITY})?"
    rf"|(?:{_PRIORITY}(?: is| of)? ?[:=]? ?)?{_LEVEL}(?:(?: ?[,/&]| and| or|, and|, or) ?{_LEVEL})+"
    rf"(?:[ -]{_PRIORITY})?"
    rf"|{_PRIORITY}(?: is| of)? ?[:=]? ?{_LEVEL}|{_LEVEL}[ -]{_PRIORITY}"
    r"|(?:low|medium|normal|high)(?= (?:tickets?|requests?|ones)\b)|urgent|critical"
)
"""'high' alone is more often what a ticket says, 'high load', than how soon it is wanted."""
LEVEL = _words(_LEVEL)

_ORDER = r"(?:(?:sort|order)(?:ed)?(?: by)? )?(?:the )?"
_SORTED = r"(?:sort|order)(?:ed)? by"
SORTS: tuple[tuple[re.Pattern[str], Sort], ...] = (
    (
        _words(rf"{_ORDER}(?:last|recently|latest|newly) (?:updated|changed)(?: first)?"),
        Sort.UPDATED,
    ),
    (
        _words(rf"{_SORTED} (?:update|last update|change|activity)"),
        Sort.UPDATED,
    ),
    (
        _words(rf"{_ORDER}(?:newest|latest|most recent)(?: ones)?(?: first)?|newest to oldest"),
        Sort.NEWEST,
    ),
    (
        _words(rf"{_ORDER}(?:oldest|longest waiting)(?: ones)?(?: first)?|oldest to newest"),
        Sort.OLDEST,
    ),
    (
        _words(rf"{_SORTED} (?:priority|urgency|due(?: date| time)?)|most urgent first"),
        Sort.URGENCY,
    ),
    (_words(rf"{_SORTED} relevance|best match(?:es)? first"), Sort.RELEVANCE),
)

NOT_POSSIBLE = _words(
    r"(?:except|excluding|other than|but not|not|never|without|neither|nor)(?: from| by| of| for"
    r"| in)?(?: (?:the|an?|any))? [\w'-]+"
    r"|(?:how many|number of|count(?: of)?|average|mean|median|sum of|total)(?: \w+)?"
    r"|(?:grouped|group|per|split) (?:by )?\w+"
    r"|overdue|past due|late|breach(?:ed|ing)?(?: (?:the )?sla)?|sla(?: breach(?:ed|es)?)?"
    r"|due (?:today|tomorrow|soon|this week|next week)|next (?:week|month|year)|tomorrow"
    r"|(?:with|having|more than|at least|fewer than|less than)(?: \d+)?"
    r" (?:comments?|attachments?|repl(?:y|ies))"
    r"|(?:since|before|after|until|till)(?: the| an?)? [\w'-]+"
    r"|reopened|escalated|merged|duplicates?|deleted|archived"
)
"""What a list cannot be filtered by."""

OTHER_MOMENT = re.compile(
    r"\b(updated|changed|modified|answered|(?:re)?solved|closed|fixed|finished|reopened|assigned|taken)"
    r"(?:\s+\w+)?\s*$",
    re.IGNORECASE,
)
"""What a date behind it is about, instead of when a ticket was opened."""

UNKNOWN_PERSON = re.compile(
    r"\b(?:assigned to|given to|opened by|created by|reported by|requested by|submitted by"
    r"|raised by|sent by|handled by|owned by|held by|taken by|solved by|closed by)"
    r"\s+[^\W\d_][\w'’.-]*(?:\s+[A-Z][\w'’-]*)*"
    r"|\b(?:of|from|for|by)\s+[A-Z][a-z][\w'’-]*(?:\s+[A-Z][\w'’-]*)*"
    r"|(?<![\w'’])(?:my|mine|me|myself)(?=\s+tickets?\b|\s*$|\s*[,.\ue000])"
    r"|\b[A-Z][a-z]+['’]s(?=\s+(?:\w+\s+){0,2}(?:tickets?|requests?|issues?)\b)"
)

_FILLERS = """
a about again all also am an and any anybody anyone are as assigned at be been being both but by
came can categories category come comes contain containing could created currently did display do
does ever every everything find first for from get gimme give given got had handled has have
having help i in incident incidents into is issue issues it its just kindly let like list logged
look made many may me might mine must my need needs now of on ones only open opened or other our
out owned please priority problem problems queue raised received report reported request requested
requester requesting requests resolved search see select sent shall should show since some sorted
status still submitted tell than that the their them then there these they thing things this those
through ticket tickets to too type until up us view waiting want wanted was we were what when
where which who whose will with work working would yet you your
"""
FILLERS = frozenset(_FILLERS.split())
"""What says nothing about which tickets are wanted."""
