# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a model, and the form of a conversation that every server takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True)
class ModelRequest:
    """One question to a model."""

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float
    total_seconds: float
    schema: dict[str, Any] | None = None
    """A JSON schema, for ``Endpoint.structured``; only its portable part is understood."""
    schema_name: str = "answer"
    background: bool = False
    """Whether nobody waits for it: then those that somebody waits for go first."""


def portable(messages: Iterable[Message], *, native_system_role: bool) -> tuple[Message, ...]:
    """Return a conversation that begins and ends with the user and in which turns alternate.

    Templates of older models refuse anything else. Instructions go before the first user turn
    unless the model knows a system role; what the assistant said before any question is left out,
    which is how a conversation begins whose oldest part was cut off.
    """
    system: list[str] = []
    turns: list[Message] = []
    for message in messages:
        if message.role == "system":
            system.append(message.content)
        elif turns and turns[-1].role == message.role:
            joined = f"{turns[-1].content}\n\n{message.content}"
            turns[-1] = Message(message.role, joined)
        elif turns or message.role == "user":
            turns.append(message)
    return _begun(system, turns, native_system_role)


def _begun(system: list[str], turns: list[Message], native: bool) -> tuple[Message, ...]:
    """Return the turns with the instructions before them."""
    instructions = "\n\n".join(text for text in system if text)
    if not turns and instructions:
        return (Message("user", instructions),)
    if not turns or turns[-1].role != "user":
        raise ValueError("a request ends with what the user says")
    if not instructions:
        return tuple(turns)
    if native:
        return (Message("system", instructions), *turns)
    first = Message("user", f"{instructions}\n\n{turns[0].content}")
    return (first, *turns[1:])
