# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes out of texts what identifies people and machines, before they leave, and puts it back.

What was taken out leaves a placeholder such as ``[EMAIL_1]``, the same one wherever the same thing
stood, so that a model can still speak of it. Secrets leave one too but never come back.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from helpdesk.assistant.shapes import EMAIL, HOST, PHONE, is_host, is_phone, without_tail
from helpdesk.core.secret_shapes import secrets_in

KINDS = MappingProxyType(
    {
        "SECRET": "secret",
        "IBAN": "bank account",
        "URL": "link",
        "EMAIL": "e-mail address",
        "MAC": "network card address",
        "IP": "IP address",
        "SERIAL": "serial number",
        "PHONE": "phone number",
        "HOST": "host name",
        "USER": "user name",
        "NAME": "name",
    }
)
"""What stands in placeholders, and what people call it."""

_FOR_GOOD = "SECRET"
_PLACEHOLDER = re.compile(rf"\[({'|'.join(KINDS)})_(\d{{1,9}})\]", re.IGNORECASE)
_SHORTEST_PART = 3
"""Letters that a part of a name or a login must have to be looked for alone."""

Values = Callable[[re.Match[str]], "tuple[int, int] | None"]
"""Tells where in a match the thing to hide stands, if it is one."""


@dataclass(frozen=True)
class Redacted:
    """Texts without what identifies anybody; ``kinds`` counts the different things of each kind."""

    texts: tuple[str, ...]
    kinds: Mapping[str, int]
    secrets: int
    originals: Mapping[str, str] = field(default_factory=dict, repr=False)

    def restored(self, text: str) -> str:
        """Return a text with what stood in place of its placeholders, but for secrets."""
        return _PLACEHOLDER.sub(lambda match: self.originals.get(match[0].upper(), match[0]), text)


def redact(
    texts: Sequence[str], *, names: Sequence[str] = (), logins: Sequence[str] = ()
) -> Redacted:
    """Replace what identifies people and machines in all texts, with one numbering.

    ``names`` are full names of people, hidden whole and in their parts; ``logins`` are user names.
    """
    register = _Register(texts)
    cleared = [_without_secrets(text, register) for text in texts]
    finders = [*_FINDERS, ("USER", *_logins(logins)), ("NAME", *_names(names))]
    for kind, pattern, values in finders:
        cleared = [_without(text, kind, pattern, values, register) for text in cleared]
    return register.redacted(cleared)


def without_secrets(texts: Sequence[str]) -> Redacted:
    """Replace secrets alone, and leave who and what is spoken of as it is."""
    register = _Register(texts)
    return register.redacted([_without_secrets(text, register) for text in texts])


def holds_secret(text: str) -> bool:
    """Whether a password, key, token or number of a card stands in a text."""
    return bool(secrets_in(text))


class _Register:
    """Gives each different thing its placeholder, and none that stands in the texts already."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._taken = {match[0].upper() for text in texts for match in _PLACEHOLDER.finditer(text)}
        self._placeholders: dict[tuple[str, str], str] = {}
        self._last = dict.fromkeys(KINDS, 0)
        self._originals: dict[str, str] = {}

    def placeholder(self, kind: str, value: str) -> str:
        known = self._placeholders.get((kind, value))
        if known is None:
            known = self._placeholders[kind, value] = self._next(kind)
            if kind != _FOR_GOOD:
                self._originals[known] = _expanded(value, self._originals)
        return known

    def _next(self, kind: str) -> str:
        while True:
            self._last[kind] += 1
            placeholder = f"[{kind}_{self._last[kind]}]"
            if placeholder not in self._taken:
                return placeholder

    def redacted(self, texts: Sequence[str]) -> Redacted:
        counts = dict.fromkeys(KINDS, 0)
        for kind, _value in self._placeholders:
            counts[kind] += 1
        kinds = {KINDS[kind]: count for kind, count in counts.items() if count}
        return Redacted(tuple(texts), kinds, counts[_FOR_GOOD], self._originals)


def _expanded(value: str, originals: Mapping[str, str]) -> str:
    """Return a value whose own parts were replaced before as it was, but for secrets."""
    return _PLACEHOLDER.sub(lambda match: originals.get(match[0], match[0]), value)


def _without_secrets(text: str, register: _Register) -> str:
    pieces, position = [], 0
    for start, end in secrets_in(text):
        pieces += [text[position:start], register.placeholder(_FOR_GOOD, text[start:end])]
        position = end
    return "".join([*pieces, text[position:]])


def _without(
    text: str, kind: str, pattern: re.Pattern[str], values: Values, register: _Register
) -> str:
    pieces, position = [], 0
    for match in pattern.finditer(text):
        # Placeholders match first, so that nothing is looked for inside them.
        where = None if _PLACEHOLDER.fullmatch(match[0]) else values(match)
        if where is not None and where[0] < where[1]:
            pieces += [text[position : where[0]]]
            pieces += [register.placeholder(kind, text[where[0] : where[1]])]
            position = where[1]
    return "".join([*pieces, text[position:]])


def _whole(match: re.Match[str]) -> tuple[int, int]:
    return match.span()


def _group(match: re.Match[str]) -> tuple[int, int] | None:
    return match.span("value")


def _if(fits: Callable[[str], bool]) -> Values:
    return lambda match: match.span() if fits(match[0]) else None


def _pattern(pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(f"{_PLACEHOLDER.pattern}|{pattern}", flags)


# --- accounts, links and addresses --------------------------------------------------------------

_IBAN = r"(?<!\w)[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?(?!\w)"
_SHORTEST_IBAN = 15


def _iban(match: re.Match[str]) -> tuple[int, int] | None:
    """Find the end of the number: a word behind it may look like its last group."""
    ends = [match.start() + gap.start() for gap in re.finditer(" |$", match[0])]
    for end in reversed(ends):
        number = match.string[match.start() : end].replace(" ", "").upper()
        digits = "".join(str(int(letter, 36)) for letter in number[4:] + number[:4])
        if len(number) >= _SHORTEST_IBAN and int(digits) % 97 == 1:
            return match.start(), end
    return None


_URL = r"(?<![a-z0-9+.-])(?:[a-z][a-z0-9+.-]{1,15}://|www\.)[^\s<>\"]++"
_TELLING_PART = re.compile(r"\?.|#.|//[^/]*@", re.DOTALL)


def _url(match: re.Match[str]) -> tuple[int, int] | None:
    """Take links whole that carry a query, a fragment or a user; of others the host alone goes."""
    link = without_tail(match[0])
    return (match.start(), match.start() + len(link)) if _TELLING_PART.search(link) else None


def _email(match: re.Match[str]) -> tuple[int, int]:
    """Leave out what often sets an address off, though it could be a part of it: '`' and '*'."""
    lead = _LEAD.match(match[0])
    return match.start() + (lead.end() if lead else 0), match.end()


_LEAD = re.compile(r"[^\w@]+(?=[^@])")
_MAC = (
    r"(?<![\w:-])[0-9A-F]{2}(?::[0-9A-F]{2}){5}(?![\w:])|(?<![\w:-])[0-9A-F]{2}(?:-[0-9A-F]{2}){5}"
    r"(?![\w-])|(?<![\w.])[0-9A-F]{4}\.[0-9A-F]{4}\.[0-9A-F]{4}(?![\w.])"
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|[01]?\d?\d)"
_IP = rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?!\d|\.\d)|(?<![\w:.])[0-9a-f:.]++(?:%\w{{1,32}})?"
_LONGEST_IP = 45


def _ip(match: re.Match[str]) -> tuple[int, int] | None:
    address = match[0].rstrip(".")
    if address.endswith(":") and not address.endswith("::"):
        address = address[:-1]
    if address.count(".") != 3 and address.count(":") < 2:
        return None
    try:
        ipaddress.ip_address(_decimal(address[:_LONGEST_IP]))
    except ValueError:
        return None
    return match.start(), match.start() + len(address)


def _decimal(address: str) -> str:
    """Return an address without leading zeros, which Python refuses in IPv4: '010.001.2.3'."""
    if ":" in address:
        return address
    return ".".join(octet.lstrip("0") or "0" for octet in address.split("."))


# --- machines and telephones --------------------------------------------------------------------

_SERIAL = (
    r"(?<!\w)(?:serial(?:[ -]?(?:number|num|no|nr))?|s/n|service[ -]?tag|asset(?:[ -]?tag)?"
    r"|inventory(?:[ -]?(?:number|no))?|seriennummer|imei)[.:#= \t]{1,4}(?:(?:is|ist)[ \t])?"
    r"(?P<value>(?=[A-Z/-]{0,24}\d)[A-Z0-9][A-Z0-9/-]{3,29})(?!\w)"
)
_CALLED = (
    r"(?<!\w)(?:tele(?:phone|fon)|phone|tel|mobile|handy|fax|ext|extensions?|durchwahl|dial|call"
    r"|(?:ring|reach) me)(?:[ ](?:number|no|nr|me|on|at|is|under|unter))*+[.:# \t]{1,4}"
    r"(?P<value>\d(?:[ ()/.-]{0,2}\d){2,14})(?!\w)"
)
_MACHINE_WORDS = """
pc nb ws lt srv sv svr dc fs prn prt print sw ap rtr fw vm host server client laptop desktop
notebook printer switch router workstation win nas san sql db app web mail mx vpn gw esx hv rdp ts
tc dev lap desk mac ipad iphone surface kiosk scanner scan cam
"""
_MACHINES = frozenset(_MACHINE_WORDS.split())
_NUMBERED = r"(?<![\w-])(?=[a-z_-]{0,40}\d)[a-z][a-z0-9]{0,24}(?:[-_][a-z0-9]{1,24}){0,5}+(?![\w-])"
_NAMED_MACHINE = (
    r"(?<!\w)(?:host|computer|device|machine|pc|rechner|server)[ -]?name[ \t]{0,3}(?:is|ist|[:=])"
    r"[ \t]{0,3}(?P<value>[\w-]{2,63})"
)
_AT_SITE = re.compile(r"[a-z]{2,5}(?:-[a-z]{1,8})*-[a-z]{1,6}\d{1,4}")


def _machine(match: re.Match[str]) -> tuple[int, int] | None:
    """Tell 'LAPTOP-4F2', 'srv-print01' and 'LYO-P12' from 'KB-12', 'x64' and 'UTF-8'."""
    name = match[0].lower()
    pieces = re.split("[-_]", name)
    first, last = pieces[0], pieces[-1]
    is_named_so = any(piece.rstrip("0123456789") in _MACHINES for piece in pieces)
    is_default = first in {"desktop", "laptop", "win"} and len(last) >= _SHORTEST_DEFAULT
    return match.span() if is_named_so or is_default or _AT_SITE.fullmatch(name) else None


_SHORTEST_DEFAULT = 6
_SHARE = r"(?<!\\)\\\\(?P<value>[\w.$-]{1,255})(?=\\)"

_FINDERS: tuple[tuple[str, re.Pattern[str], Values], ...] = (
    ("IBAN", _pattern(_IBAN), _iban),
    ("URL", _pattern(_URL), _url),
    ("EMAIL", _pattern(EMAIL.pattern), _email),
    ("MAC", _pattern(_MAC), _whole),
    ("IP", _pattern(_IP), _ip),
    ("SERIAL", _pattern(_SERIAL), _group),
    ("PHONE", _pattern(PHONE.pattern), _if(is_phone)),
    ("PHONE", _pattern(_CALLED), _group),
    ("HOST", _pattern(HOST.pattern), _if(is_host)),
    ("HOST", _pattern(_SHARE), _group),
    ("HOST", _pattern(_NAMED_MACHINE), _group),
    ("HOST", _pattern(_NUMBERED), _machine),
)


# --- people -------------------------------------------------------------------------------------


def _logins(logins: Sequence[str]) -> tuple[re.Pattern[str], Values]:
    """Look every word up, so that thousands of user names cost no more than one."""
    known = {login.casefold() for login in logins if len(login) >= _SHORTEST_PART}
    return _pattern(r"(?<![\w.@+-])[\w.@+-]++"), lambda match: _login(match, known)


def _login(match: re.Match[str], known: set[str]) -> tuple[int, int] | None:
    word = match[0]
    for candidate in (word, word.rstrip(".-+@"), word.strip(".-+@_")):
        if candidate.casefold() in known:
            start = match.start() + word.index(candidate)
            return start, start + len(candidate)
    return None


def _names(names: Sequence[str]) -> tuple[re.Pattern[str], Values]:
    """Look for each name whole, then turned round, then for its parts."""
    wanted: dict[str, None] = {}
    for name in sorted(names, key=len, reverse=True):
        words = [re.escape(word) for word in name.split()]
        if len(words) > 1:
            wanted[_GAP.join(words)] = None
            wanted[f"{words[-1]},?{_GAP}{_GAP.join(words[:-1])}"] = None
    parts = {part.strip(".,'’\"()") for name in names for part in re.split(r"[\s-]+", name)}
    for part in sorted(parts, key=len, reverse=True):
        if sum(map(str.isalpha, part)) >= _SHORTEST_PART:
            wanted[re.escape(part)] = None
    alternatives = "|".join(wanted) or r"(?!)"
    return _pattern(rf"(?<!\w)(?:{alternatives})(?!\w)"), _whole


_GAP = r"\s{1,3}"
