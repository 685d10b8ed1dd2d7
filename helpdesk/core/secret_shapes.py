# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds what must never leave the desk unasked: passwords, keys, tokens and numbers of cards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """Where in a text something stands."""

    start: int
    end: int


_PRIVATE_KEY = re.compile(r"-----BEGIN [^\n-]{1,60}-----[\s\S]*?(?:-----END [^\n-]{1,60}-----|\Z)")

_KEYWORD = (
    r"(?:pass?wor[dt]|passwd|pwd|passwort|kennwort|pass ?(?:phrase|code)|(?<![a-z])pass(?![a-z])"
    r"|mot de passe|contrase[nñ]a|has[lł]o|senha|secret|token|api[ _-]?key|access[ _-]?key"
    r"|account[ _-]?key|private[ _-]?key|(?<![a-z])(?:pin|otp|tan|cvv|cvc|psk)|credentials?"
    r"|(?:verification|security|recovery|one-time|mfa|2fa|sms|login)[ -]code)"
)
_ABOUT = r"(?:[ \t](?:for|of|to|on|für|von|zu)[ \t][^\n:=]{1,40}?)?"
_QUOTED = r'"[^"\n]{1,200}"|' + r"'[^'\n]{1,200}'|`[^`\n]{1,200}`"
_VALUE = rf"(?!\[SECRET_\d)(?P<value>{_QUOTED}|[^\s\"'][^\s]*+)"
_ASSIGNED = re.compile(
    rf"{_KEYWORD}(?!s\b)[\w-]{{0,20}}[\"'*`]{{0,3}}{_ABOUT}[ \t]{{0,5}}(?::=|=>|->|→|[:=])"
    rf"[*`]{{0,2}}[ \t]{{0,5}}\n?[ \t]{{0,5}}{_VALUE}",
    re.IGNORECASE,
)
_TOLD = re.compile(
    rf"{_KEYWORD}[\w-]{{0,10}}{_ABOUT}(?:[ \t]{{1,3}}"
    rf"(?:(?:is|was|ist|war|lautet|est|es|now|still|jetzt|(?:changed|set|reset)[ \t]to)"
    rf"(?:[ \t]{{0,2}}:)?[ \t]{{1,3}}){{1,3}}|(?<=s)[ \t]{{0,3}}[:=][ \t]{{0,3}}){_VALUE}",
    re.IGNORECASE,
)
_OPTION = re.compile(
    rf"(?<![\w-])--?{_KEYWORD}[\w-]{{0,20}}[ \t]{{1,3}}{_VALUE}"
    r"|\\\\\S{1,200}[ \t]{1,3}(?P<share>[^\s/][^\s]{0,100})[ \t]{1,3}/u(?:ser)?:"
    r"|(?<!\w)/u(?:ser)?:\S{1,100}[ \t]{1,3}(?P<user>[^\s/][^\s]*+)",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"(?:authorization[ \t]{0,3}[:=][ \t]{0,3}|(?<!\w)bearer[ \t]{1,3}(?=[^\s]{16}))"
    r"(?P<value>(?:(?:basic|bearer|digest|negotiate|token)[ \t]{1,3})?[^\s\"']++)"
    r"|(?<![\w-])(?:set-)?cookie[ \t]{0,3}:[ \t]{0,3}(?P<cookie>[^\n]++)",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"://[^\s/:@]{0,100}:(?P<value>[^\s/@]{1,200})@")

_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"
    r"|gh[opsur]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,100}"
    r"|xox[a-z]-[A-Za-z0-9-]{10,250}|xapp-[A-Za-z0-9-]{10,250}"
    r"|sk-[\w-]{20,250}|[rs]k_(?:live|test)_\w{10,100}|whsec_\w{20,100}"
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,250}|SG\.[\w-]{16,64}\.[\w-]{16,64}"
    r"|npm_\w{30,100}|pypi-[\w-]{30,250}|hf_\w{30,100}|hv[bs]\.[\w-]{20,250}|dop_v1_\w{30,100}"
    r")"
)
_HOOK = re.compile(
    r"https?://(?:hooks\.slack\.com/(?:services|workflows)|discord(?:app)?\.com/api/webhooks"
    r"|[\w-]{1,63}\.webhook\.office\.com/\w{1,20})/[^\s<>\"]++",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?<![\w-])eyJ[\w-]{5,}+\.[\w-]{2,}+(?:\.[\w-]*+){0,3}")
_PRODUCT_KEY = re.compile(r"(?<![A-Z0-9-])(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}(?![A-Z0-9-])")
_RECOVERY_KEY = re.compile(r"(?<!\d)(?:\d{6}[- ]){7}\d{6}(?!\d)")
_RUN = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,}+={0,2}")
_HEXADECIMAL = re.compile(r"(?<![0-9A-Fa-f])(?=[a-fA-F]*+\d)[0-9A-Fa-f]{32,}+")
_DIGITS = re.compile(r"(?<!\d)(?<!\d[.,])\d(?:[ \u00a0.-]?\d){12,}+(?!\d)")
_GROUP = re.compile(r"\d+")

_SIMPLE = (_PRIVATE_KEY, _KEY, _HOOK, _TOKEN, _PRODUCT_KEY, _RECOVERY_KEY, _HEXADECIMAL)
_VALUED = (_ASSIGNED, _OPTION, _HEADER, _IN_ADDRESS)


def secrets_in(text: str) -> list[Span]:
    """Return where secrets stand, in their order and without overlaps."""
    spans = sorted(span for find in _FINDERS for span in find(text))
    merged: list[Span] = []
    for span in spans:
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def long_runs(text: str) -> Iterator[Span]:
    """Find long runs of letters and digits that change too often to be words or a path."""
    for match in _RUN.finditer(text):
        run = match[0]
        changes = sum(map(_differs, run, run[1:]))
        if any(map(str.isdigit, run)) and changes * _FEWEST_CHANGES >= len(run):
            yield Span(*match.span())


def _shaped(text: str) -> Iterator[Span]:
    for pattern in _SIMPLE:
        for match in pattern.finditer(text):
            yield Span(*match.span())


def _valued(text: str) -> Iterator[Span]:
    for pattern in _VALUED:
        for match in pattern.finditer(text):
            name = match.lastgroup
            if name is not None:
                yield Span(*match.span(name))


def _told(text: str) -> Iterator[Span]:
    """Find what follows 'the password is' or 'passwords:', unless it is a word: 'is wrong'."""
    for match in _TOLD.finditer(text):
        value = match["value"].rstrip(".,;:?")
        if value[:1] in ("'", '"', "`") or _looks_chosen(value):
            yield Span(match.start("value"), match.start("value") + len(value))


def _looks_chosen(value: str) -> bool:
    """Whether a word is no ordinary one, but mixed as passwords and codes are."""
    if value.isdigit():
        return len(value) >= _SHORTEST_CODE
    has_digit = any(map(str.isdigit, value))
    has_sign = any(not letter.isalnum() and letter not in "-'’/()" for letter in value)
    has_inner_capital = value[1:] != value[1:].lower() and value != value.upper()
    return len(value) >= _SHORTEST_CODE and has_digit + has_sign + has_inner_capital >= 1


_SHORTEST_CODE = 4


_FEWEST_CHANGES = 4
"""Of this many letters at least one is of another kind than the one before it."""


def _differs(first: str, second: str) -> bool:
    return first.isalnum() and second.isalnum() and _kind(first) != _kind(second)


def _kind(letter: str) -> int:
    return 0 if letter.isdigit() else 1 if letter.isupper() else 2


def _cards(text: str) -> Iterator[Span]:
    """Find numbers of cards among groups of digits; one begins and ends with a group."""
    for match in _DIGITS.finditer(text):
        groups = [Span(*group.span()) for group in _GROUP.finditer(text, *match.span())]
        first = 0
        while first < len(groups):
            last = _end_of_card(text, groups, first)
            if last is not None:
                yield Span(groups[first].start, groups[last].end)
            first = first + 1 if last is None else last + 1


def _end_of_card(text: str, groups: list[Span], first: int) -> int | None:
    digits, found = "", None
    for index in range(first, min(len(groups), first + _LONGEST_CARD)):
        digits += text[groups[index].start : groups[index].end]
        if len(digits) > _LONGEST_CARD:
            break
        if _is_card(digits):
            found = index
    return found


_LONGEST_CARD = 19
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|(?:5[0-8]|2[2-7]|6\d)\d{11,17}|3[47]\d{13}|35\d{14,17}|3[0689]\d{12,17}"
)


def _is_card(digits: str) -> bool:
    return _CARD.fullmatch(digits) is not None and _luhn(digits)


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


_FINDERS: tuple[Callable[[str], Iterator[Span]], ...] = (
    _shaped,
    _valued,
    _told,
    long_runs,
    _cards,
)


def is_private_key(value: str) -> bool:
    """Return whether what was found is a private key, or a certificate."""
    return value.startswith("-----BEGIN ")


def is_card_number(value: str) -> bool:
    """Return whether what was found is the number of a card."""
    return next(_cards(value), None) is not None


def is_key(value: str) -> bool:
    """Return whether what was found is shaped as keys and tokens are."""
    shapes = (*_SIMPLE, _RUN)
    return any(shape.search(value) for shape in shapes) or value.lower().startswith("bearer ")
