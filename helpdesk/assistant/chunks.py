# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one JSON object of an answer, in each of the shapes in which servers write it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_LONGEST_NAME = 200
_MOST_TOKENS = 2**53
_HIGH_SURROGATE = re.compile("[\ud800-\udbff]$")
_UNSPOKEN = ("reasoning", "reasoning_content", "thinking")
"""Where servers put what a model thinks before it speaks: a sign of life, and no answer."""


class Unreadable(ValueError):
    """It is no JSON, or no part of an answer."""


@dataclass(frozen=True)
class Chunk:
    """What one object says."""

    text: str = ""
    is_alive: bool = False
    """Whether the model produced something with it."""
    is_answer: bool = False
    """Whether it has the shape of an answer at all."""
    finish: str = ""
    model: str = ""
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    error: object = None


def parsed(text: str) -> Any:
    """Return the JSON value of a text; what JSON does not know, as NaN, becomes ``None``.

    Raises ``Unreadable``, also for one that is nested without end.
    """
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is no JSON") from error


def chunk_of(value: object) -> Chunk:
    """Return what a JSON value says. Raises ``Unreadable`` for what is no object."""
    if not isinstance(value, dict):
        raise Unreadable("it is no object")
    if (error := _error_in(value)) is not None:
        return Chunk(error=error)
    choice = _choice_of(value)
    said = _said_in(choice)
    text = _text_of(said.get("content"))
    if not said and isinstance(choice.get("text"), str):
        text = choice["text"]
    usage = _dict(value.get("usage"))
    thinks = any(isinstance(said.get(key), str) and said[key] for key in _UNSPOKEN)
    return Chunk(
        text=text,
        is_alive=bool(text) or thinks or isinstance(said.get("content"), list),
        is_answer=bool(choice) or bool(usage) or isinstance(value.get("choices"), list),
        finish=_line(choice.get("finish_reason") or choice.get("done_reason")),
        model=_line(value.get("model")),
        prompt_tokens=_count(usage.get("prompt_tokens", value.get("prompt_eval_count"))),
        answer_tokens=_count(usage.get("completion_tokens", value.get("eval_count"))),
    )


def whole(text: str) -> tuple[str, str]:
    """Return text that can be encoded, and half of a pair that the next part may complete."""
    rest = ""
    if _HIGH_SURROGATE.search(text):
        text, rest = text[:-1], text[-1]
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "\ufffd"), rest


def _error_in(value: dict[str, Any]) -> object:
    if value.get("error"):
        return value["error"]
    if value.get("object") == "error" or ("detail" in value and "choices" not in value):
        return value
    return None


def _choice_of(value: dict[str, Any]) -> dict[str, Any]:
    """Return the first choice, or the object itself where it is one of Ollama's own."""
    choices = value.get("choices")
    if isinstance(choices, list):
        first = _dict(choices[0]) if choices else {}
        return first if first.get("index", 0) in (0, None) else {}
    is_own = isinstance(value.get("message"), dict) and "done" in value
    return value if is_own else {}


def _said_in(choice: dict[str, Any]) -> dict[str, Any]:
    return _dict(choice.get("delta")) or _dict(choice.get("message"))


def _text_of(content: object) -> str:
    """Return the text of a content: a string, nothing, or a list of parts of which some are."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (_dict(part).get("text") for part in parts)
    return "".join(text for text in texts if isinstance(text, str))


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _line(value: object) -> str:
    return whole(value[:_LONGEST_NAME])[0] if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_TOKENS:
        return value
    return None
