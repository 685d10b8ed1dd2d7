# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the model is told from files with versions, and fills in what a question is about."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from string import Template

from helpdesk.assistant.cleaning import one_line
from helpdesk.assistant.injection import Fence
from helpdesk.core.paths import resource

_FILE = re.compile(r"(?P<name>[a-z_]+)\.v(?P<version>[1-9]\d*)\.txt")
_HASH_SHOWN = 8
NONE_FOUND = "(none)"

REWRITINGS = {
    "shorter": "Make the text half as long and keep every step.",
    "friendlier": "Make the text friendlier and plainer, for somebody new to computers.",
}
_LANGUAGE_LIMIT = 40


@dataclass(frozen=True)
class Prompt:
    """One version of what the model is told."""

    name: str
    version: int
    sha: str
    text: str

    @property
    def id(self) -> str:
        """What a suggestion is stored with, such as 'triage.v1+ab12cd34'."""
        return f"{self.name}.v{self.version}+{self.sha[:_HASH_SHOWN]}"


def load(name: str) -> Prompt:
    """Return the newest version of a prompt."""
    return _newest(resource("prompts"), name)


def names() -> tuple[str, ...]:
    """Return what there are prompts for."""
    matches = (_FILE.fullmatch(path.name) for path in resource("prompts").iterdir())
    return tuple(sorted({match["name"] for match in matches if match}))


@functools.cache
def _newest(folder: Path, name: str) -> Prompt:
    versions = {
        int(match["version"]): path
        for path in folder.glob(f"{name}.v*.txt")
        if (match := _FILE.fullmatch(path.name)) and match["name"] == name
    }
    if not versions:
        raise FileNotFoundError(f"There is no prompt {name} in {folder}.")
    version = max(versions)
    # The same hash on every platform, however its files end lines.
    text = versions[version].read_text("utf-8").replace("\r\n", "\n").strip()
    return Prompt(name, version, hashlib.sha256(text.encode()).hexdigest(), text)


def render(prompt: Prompt, **parts: str) -> str:
    """Return the message with its parts filled in; what is filled in is never read as a template.

    A part that is missing, or that the prompt has no place for, is a mistake of the caller.
    """
    template = Template(prompt.text)
    if unknown := parts.keys() - places(prompt):
        raise ValueError(f"{prompt.id} has no place for {', '.join(sorted(unknown))}.")
    return template.substitute(parts)


def places(prompt: Prompt) -> set[str]:
    """Return the parts that a prompt has a place for."""
    return set(Template(prompt.text).get_identifiers())


def passage_blocks(fence: Fence, passages: Iterable[tuple[str, str, str]]) -> str:
    """Return passages, each with number and title above its text, or that there are none."""
    blocks = [
        fence.data_block("passage", f"[{number}] {one_line(title, 250)}\n{text}")
        for number, title, text in passages
    ]
    return "\n".join(blocks) or NONE_FOUND


def wish(how: str, language: str = "English") -> str:
    """Return how a text is to be rewritten: 'shorter', 'friendlier' or 'translate'."""
    if how != "translate":
        return REWRITINGS[how]
    # A language comes from a field that people type into: letters alone cannot add a wish.
    letters = "".join(letter for letter in language if letter.isalpha() or letter in " -()")
    return f"Translate the text into {one_line(letters, _LANGUAGE_LIMIT) or 'English'}."
