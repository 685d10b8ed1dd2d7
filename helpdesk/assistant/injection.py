# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps text of tickets and articles data when a model reads it, and drafts harmless to send.

None of it is the defence: that is that a model can only suggest. It makes attacks rarer and seen.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Sequence

from helpdesk.assistant.cleaning import has_unseen, one_line, plain
from helpdesk.assistant.shapes import EMAIL, HOST, LINK, PHONE, is_host, is_phone, without_tail
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.secret_shapes import long_runs

_ROLE_MARKERS = re.compile(
    r"(?<=[\[<])(?=/?(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT"
    r"|CALL_ID|ARGS|PREFIX|SUFFIX|MIDDLE|IMG|IMG_BREAK|IMG_END|THINK)\])"
    r"|(?<=<)(?=/?(?:s|unk|pad|bos|eos|mask|think|tool_call|tool_response|system|assistant|user"
    r"|(?:start|end)_of_turn|<?SYS>?)[>|]|\||<SYS|0x[0-9a-f]{2}>|｜)"
    r"|(?<=\|)(?=>)",
    re.IGNORECASE,
)
_TAG_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_NONCE = re.compile(r"[0-9a-z]{4,64}")
_NO_LIMIT = 10_000_000


class Fence:
    """Sets texts of others apart, in blocks whose name nobody outside this question knows."""

    def __init__(self, nonce: str | None = None) -> None:
        self.nonce = secrets.token_hex(6) if nonce is None else nonce
        if not _NONCE.fullmatch(self.nonce):
            raise ValueError("A nonce has at least four lower-case letters and digits.")
        self._own = re.compile(self.nonce, re.IGNORECASE)

    def tag(self, name: str) -> str:
        """Return the name of a block, such as 'ticket-8f3a91c2b7d4'."""
        if not _TAG_NAME.fullmatch(name):
            raise ValueError("A block's name has lower-case letters, digits and underscores alone.")
        return f"{name}-{self.nonce}"

    def data_block(self, name: str, text: str) -> str:
        """Return a text between tags that it cannot close, and without marks of roles."""
        tag = self.tag(name)
        harmless = _without_markers(self._own.sub(" ", plain(text, _NO_LIMIT)))
        return f"<{tag}>\n{harmless}\n</{tag}>"


def _without_markers(text: str) -> str:
    """Break up what some servers read as the border between people and model."""
    return _ROLE_MARKERS.sub(" ", text)


# --- attacks ------------------------------------------------------------------------------------

_RULES = r"(?:instruct|prompt|rules?\b|guideline|directi|programming|guardrail|restriction)"
_ATTACKS: tuple[tuple[str, str], ...] = (
    (
        "asks the assistant to ignore its rules",
        rf"\b(?:ignore|disregard|forget|override|bypass|do not follow|don't follow)\b"
        rf".{{0,60}}?{_RULES}"
        r"|\b(?:ignore|disregard|forget)\b.{0,20}\b(?:everything|all|anything)\b.{0,20}"
        r"\b(?:above|before|previous|said|told)"
        r"|\b(?:ignorier|vergiss|missachte)\w*\b.{0,60}?(?:anweisung|vorgaben|regeln|instruktion)"
        r"|\b(?:ignore[zr]?|oublie[zr]?)\b.{0,60}?(?:consignes|instructions)"
        r"|\b(?:ignora|olvida)\w*\b.{0,60}?(?:instrucciones|reglas|istruzioni)"
        r"|\bnew (?:system )?(?:instructions|rules|task)\s{0,3}(?:are\b|is\b|:)",
    ),
    (
        "asks for the assistant's own instructions",
        r"\b(?:system|hidden|initial|original|developer) ?(?:prompt|instructions|message)\b"
        r"|\b(?:print|reveal|show|repeat|output|tell me|leak|dump)\b.{0,30}\b(?:your|the)\b.{0,20}"
        r"\b(?:prompt|instructions)\b|\bsystemprompt\b"
        r"|\brepeat (?:everything|all|the (?:text|words)) above\b",
    ),
    (
        "asks the assistant to play another part",
        r"\byou are (?:now|no longer)\b.{0,40}\b(?:ai|assistant|model|bot|admin\w*|root|dan"
        r"|unrestricted|free|developer)\b|\b(?:act|behave|respond) as (?:if you|an? (?:admin"
        r"|unrestricted|different|system))\b|\b(?:developer|god|jailbreak|dan) mode\b"
        r"|\bjailbreak\b|\bdo anything now\b|\bdu bist (?:jetzt|nun)\b",
    ),
    (
        "speaks to the assistant",
        r"\b(?:dear|hey|attention|note (?:to|for)|message (?:to|for)|hello|hi|to) (?:the )?"
        r"(?:ai|llm|language model|chatbot|gpt|ai[ -](?:assistant|agent|model))\b"
        r"|\bif you(?:'re| are) an? (?:ai|llm|language model|assistant|bot|automated)\b"
        r"|\bas an? (?:ai|llm|language model)\b"
        r"|(?:^|\n)[#\s]{0,9}(?:system|assistant)\s{0,3}:\s{0,3}"
        r"(?:you|ignore|new|from now|always)\b",
    ),
    (
        "asks for what others wrote",
        r"\b(?:list|show|print|send|reveal|give|output|include|dump|forward|summari[sz]e)\b.{0,40}?"
        r"\b(?:(?:all|other|every)\b.{0,20}?\b(?:tickets?|users?|customers?)\b.{0,30}?(?:data\b"
        r"|password|address|content|detail|text)|(?:other|all other) (?:tickets|users|customers)\b"
        r"|internal notes?\b|(?:admin|api|secret|all) (?:passwords?|keys?|credentials)\b)",
    ),
    (
        "tells the assistant what to answer",
        r"\b(?:respond|reply|answer|output|say)\b.{0,12}\b(?:only|exactly|nothing but|just)\b"
        r".{0,12}(?:with|:|[\"'{])|[{,]\s{0,5}\"(?:category|priority|technician|assignee|reply)\"\s{0,5}:",
    ),
)
_LABELS = [(label, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for label, pattern in _ATTACKS]
_LOOKED_AT = 50_000
_LONG_RUN = 200


def looks_like_attack(text: str) -> tuple[str, ...]:
    """Return what a text seems to try on a model, each as words that follow 'it'.

    Only labels for people: a clever attack has none of these words.
    """
    seen = " ".join(plain(text[:_LOOKED_AT], _LOOKED_AT).split(" "))
    found = [label for label, pattern in _LABELS if pattern.search(seen)]
    if _ROLE_MARKERS.search(seen):
        found.append("holds marks that part people and model")
    if has_unseen(text[:_LOOKED_AT]):
        found.append("holds invisible letters")
    if any(end - start >= _LONG_RUN for start, end in long_runs(seen)):
        found.append("holds a long encoded text")
    return tuple(found)


def capped_priority(suggested: Priority, usual: Priority) -> Priority:
    """Return a suggested priority, but at most one level above what the desk's own rules say.

    Text that talks a model into 'urgent' must not be worth a click.
    """
    levels = list(Priority)
    return levels[min(levels.index(suggested), levels.index(usual) + 1)]


# --- drafts -------------------------------------------------------------------------------------

_QUOTED_COMMAND = re.compile(r"`{3}[^\n`]*\n([^`]+)`{3}|`([^`\n]{2,300})`")
_PROMPTED_COMMAND = re.compile(
    r"^[ \t]{0,8}(?:\$|#|>|PS[^>\n]{0,80}>|[A-Z]:\\[^>\n]{0,80}>)[ \t]{1,3}(\S[^\n]{1,300})",
    re.MULTILINE,
)
_KNOWN_COMMAND = re.compile(
    r"(?<![\w./\\-])(?:sudo|rm|dd|mkfs|chmod|chown|curl|wget|bash|sh|python3?|powershell|pwsh|cmd"
    r"|del|erase|format|diskpart|bcdedit|reg|regsvr32|rundll32|mshta|certutil|schtasks|sc|net|netsh"
    r"|wmic|icacls|takeown|cipher|vssadmin|wevtutil|msiexec|invoke-\w{2,30}|iex|iwr|set-\w{3,30}"
    r"|remove-\w{3,30}|ipconfig|gpupdate|sfc|dism|chkdsk|taskkill|shutdown|systemctl|apt(?:-get)?"
    r"|yum|dnf|pip3?|npm|docker|kubectl|git|ssh|scp|telnet|nslookup|ping|tracert|route)(?:\.exe)?"
    r"[ \t]{1,3}(?=[-/\\{$\"'|]|https?:|\d{1,3}\.|(?:user|localgroup|stop|delete|add|install)\b)"
    r"[^\n`]{1,200}",
    re.IGNORECASE,
)
_SHOWN = 80
Found = Callable[[str], Iterable[str]]


def cautions_of(reply: str, *, allowed_texts: Sequence[str]) -> tuple[str, ...]:
    """Return what a draft says that stands in none of the texts it may rest on, in sentences.

    Links, addresses, telephone numbers and commands are compared whole, so that neither a longer
    nor a shorter one passes for one that is known.
    """
    allowed = "\n".join(allowed_texts)
    cautions = []
    for what, found in _RISKS:
        known = {_compared(value) for value in found(allowed)}
        fresh = dict.fromkeys(value for value in found(reply) if _compared(value) not in known)
        cautions += [
            f"The {what} {one_line(value, _SHOWN)} stands neither in the ticket nor in the"
            " articles; check it before you send this."
            for value in fresh
            if what != "command" or not _stands_in(value, allowed)
        ]
    return tuple(cautions)


def _compared(value: str) -> str:
    letters = value.casefold().rstrip("/")
    digits = re.sub(r"[ ()/.\u00a0-]", "", letters)
    return digits if re.fullmatch(r"\+?\d+", digits) else " ".join(letters.split())


def _links(text: str) -> list[str]:
    links = [without_tail(match[0]) for match in LINK.finditer(text)]
    rest = EMAIL.sub(" ", LINK.sub(" ", text))
    return links + [match[0] for match in HOST.finditer(rest) if is_host(match[0])]


def _addresses(text: str) -> list[str]:
    return [re.sub(r"^\W+", "", match[0]) for match in EMAIL.finditer(text)]


def _phones(text: str) -> list[str]:
    rest = LINK.sub(" ", text)
    return [match[0] for match in PHONE.finditer(rest) if is_phone(match[0])]


def _commands(text: str) -> list[str]:
    quoted = [line for match in _QUOTED_COMMAND.finditer(text) for line in _lines(match)]
    typed = [match[1] for match in _PROMPTED_COMMAND.finditer(text)]
    known = [match[0] for match in _KNOWN_COMMAND.finditer(_QUOTED_COMMAND.sub(" ", text))]
    trimmed = (value.strip().rstrip(".,;:!?") for value in [*quoted, *typed, *known])
    return [value for value in trimmed if value]


def _lines(match: re.Match[str]) -> list[str]:
    return [line for line in (match[1] or match[2]).splitlines() if line.strip()]


def _stands_in(command: str, allowed: str) -> bool:
    """Whether a command is written out in a text, however it is set off there."""
    words = r"\s+".join(map(re.escape, command.split()))
    return re.search(rf"(?<![^\s`'\"(*]){words}(?![^\s`'\")*.,;:!?])", allowed, re.I) is not None


_RISKS: tuple[tuple[str, Found], ...] = (
    ("link", _links),
    ("e-mail address", _addresses),
    ("telephone number", _phones),
    ("command", _commands),
)
