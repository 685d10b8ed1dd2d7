# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a request as the server at hand takes it: one refuses what another needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from helpdesk.assistant.messages import Message, ModelRequest, portable
from helpdesk.assistant.settings import Dialect

_SEED = 7
"""The same question is answered alike, where the server allows it."""
_JSON_PLEASE = "Answer with one JSON object and nothing else."


class Form(Enum):
    """How the form of an answer is asked for, from the strictest to none."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    WORDS = "words"


@dataclass(frozen=True)
class Habits:
    """What one kind of server takes and does."""

    seed_key: str | None = None
    """Mistral's API refuses ``seed``; a server that nobody knows may refuse any key."""
    usage_on_request: bool = False
    """Whether ``stream_options`` asks for the count of tokens; Mistral's API refuses it."""
    may_cut_prompts: bool = False
    """Whether a prompt beyond the context may be cut without a word."""


HABITS: Mapping[Dialect, Habits] = MappingProxyType(
    {
        Dialect.MISTRAL: Habits(seed_key="random_seed"),
        Dialect.OLLAMA: Habits(seed_key="seed", usage_on_request=True, may_cut_prompts=True),
        Dialect.LLAMA_CPP: Habits(seed_key="seed", usage_on_request=True),
        Dialect.VLLM: Habits(seed_key="seed", usage_on_request=True),
        Dialect.OTHER: Habits(may_cut_prompts=True),
    }
)


def body_of(
    request: ModelRequest,
    model: str,
    dialect: Dialect,
    *,
    native_system_role: bool = False,
    form: Form | None = None,
) -> dict[str, Any]:
    """Return the body of a chat completion; ``form`` is how JSON is asked for, if at all.

    It is always a stream: servers notice a closed stream at once, and a closed call without
    stream late or never.
    """
    habits = HABITS[dialect]
    messages = portable(request.messages, native_system_role=native_system_role)
    if form in (Form.OBJECT, Form.WORDS):
        messages = _with_json_named(messages)
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": each.role, "content": each.content} for each in messages],
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "stream": True,
    }
    if habits.seed_key:
        body[habits.seed_key] = _SEED
    if habits.usage_on_request:
        body["stream_options"] = {"include_usage": True}
    if form is Form.SCHEMA and request.schema is not None:
        wanted = {"name": request.schema_name, "schema": request.schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": wanted}
    elif form is Form.OBJECT:
        body["response_format"] = {"type": "json_object"}
    return body


def _with_json_named(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Return messages that ask for JSON in words: without, some servers refuse or write blanks."""
    if any("json" in each.content.casefold() for each in messages):
        return messages
    last = messages[-1]
    return (*messages[:-1], Message(last.role, f"{last.content}\n\n{_JSON_PLEASE}"))
