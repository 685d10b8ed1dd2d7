# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells what an endpoint's error means: each server has a shape and words of its own for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from helpdesk.assistant.chunks import Unreadable, parsed, whole
from helpdesk.assistant.faults import FaultKind, FormRefused, ModelFault

_LONGEST_DETAIL = 300
_DEEPEST = 5
_MOST_WORDS = 4000
_SHORTEST_KEY = 4

_KEY = (
    "The model endpoint {host} refuses the API key; enter a valid one in the settings of the"
    " assistant."
)
_MODEL = (
    "The model endpoint {host} has no model called {model}; choose one that it has in the"
    " settings of the assistant."
)
_ADDRESS = (
    "There is no model service at the address of {host}; check the address in the settings of"
    " the assistant."
)
_TOO_LONG = (
    "The text is too long for the model {model}; ask about less, or choose a model with a"
    " larger context."
)
_LIMITED = "The model endpoint {host} takes no more requests for now; try again {later}."
_CAPACITY = "The model endpoint {host} is overloaded or starting; try again in a moment."
_ELSEWHERE = (
    "The model endpoint {host} sends requests on to another address, where the API key must not"
    " go; enter the final address in the settings of the assistant."
)
_REQUEST = (
    "The model endpoint {host} refuses the request; test the connection in the settings of the"
    " assistant, where the kind of server can be chosen."
)
_LASTING = frozenset({_KEY, _MODEL, _ADDRESS, _ELSEWHERE})

_OVERFLOW = re.compile(
    r"exceed_context_size|context_length|context length|context size|context window"
    r"|maximum context|too many tokens|prompt is too long|too large for model|n_ctx"
)
_NO_KEY = re.compile(r"\bunauthorized\b|invalid api.?key")
_NO_MODEL = re.compile(
    r"unknown_model|invalid_model|model_not_found|invalid model|no such model|unknown model"
    r"|model\b.{0,200}\b(?:not found|does not exist|not exist|retired|deprecated)"
    r"|pull(?:ing)? it first",
    re.DOTALL,
)
_FORM = re.compile(
    r"response_format|json_schema|json_object|structured.?output|guided_|\bgrammar\b|json mode"
)
_CAPACITY_WORDS = re.compile(r"capacity|overloaded")
_STATUS_OF_TYPE = {
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "exceed_context_size_error": 400,
    "invalid_request_error": 400,
    "badrequesterror": 400,
    "not_supported_error": 501,
    "unavailable_error": 503,
    "rate_limited": 429,
    "rate_limit_error": 429,
    "overloaded_error": 503,
}


class Asked(NamedTuple):
    """What was asked, as far as a refusal is about it."""

    host: str
    model: str
    key: str
    with_form: bool = False
    """Whether an answer by a schema or as JSON was asked for."""


def refusal(status: int, body: bytes, asked: Asked, retry_after: float | None) -> ModelFault:
    """Return what an answer with an error status means."""
    text = body.decode("utf-8", "replace")
    try:
        value = parsed(text)
    except Unreadable:
        # A page of a proxy: its words are about the proxy.
        value = "" if text.lstrip()[:1] == "<" else text[:_LONGEST_DETAIL]
    return _fault(status, value, asked, retry_after)


def refusal_within(error: object, asked: Asked) -> ModelFault:
    """Return what an error means that came where an answer was expected."""
    return _fault(_status_in(error), error, asked, None)


def _fault(status: int, error: object, asked: Asked, retry_after: float | None) -> ModelFault:
    words = " ".join(_words(error))[:_MOST_WORDS]
    kind, sentence = _meaning(status, words.casefold())
    is_about_form = _is_about_form(kind, words.casefold(), asked)
    if is_about_form:
        # Whatever the status: it is no outage.
        kind, sentence = FaultKind.REFUSED, _REQUEST
    shown = sentence.format(host=asked.host, model=asked.model, later=_later(retry_after))
    return (FormRefused if is_about_form else ModelFault)(
        kind,
        shown,
        retry_after=retry_after,
        detail=_detail(words, asked.key),
        counts=_counts(error) if kind is FaultKind.TOO_LONG else None,
        is_lasting=sentence in _LASTING,
    )


def _meaning(status: int, words: str) -> tuple[FaultKind, str]:
    """Return kind and sentence; the surest signs come first."""
    meanings = (
        (status in (401, 403) or _NO_KEY.search(words), FaultKind.REFUSED_KEY, _KEY),
        (status < 400, FaultKind.REFUSED, _ELSEWHERE),
        (status == 413 or _OVERFLOW.search(words), FaultKind.TOO_LONG, _TOO_LONG),
        (_NO_MODEL.search(words), FaultKind.UNKNOWN_MODEL, _MODEL),
        (
            status == 429 and not _CAPACITY_WORDS.search(words),
            FaultKind.RATE_LIMITED,
            _LIMITED,
        ),
        (status in (404, 405), FaultKind.REFUSED, _ADDRESS),
        (
            status in (408, 425, 429) or (status >= 500 and status != 501),
            FaultKind.OVERLOADED,
            _CAPACITY,
        ),
    )
    for holds, kind, sentence in meanings:
        if holds:
            return kind, sentence
    return FaultKind.REFUSED, _REQUEST


def _is_about_form(kind: FaultKind, words: str, asked: Asked) -> bool:
    could_be = kind in (FaultKind.REFUSED, FaultKind.OVERLOADED)
    return asked.with_form and could_be and bool(_FORM.search(words))


def _status_in(error: object) -> int:
    """Return the status that an error without one would have had."""
    for each in _objects(error):
        code = each.get("code")
        if isinstance(code, int) and 400 <= code < 600:
            return code
        kind = each.get("type")
        if isinstance(kind, str) and kind.casefold() in _STATUS_OF_TYPE:
            return _STATUS_OF_TYPE[kind.casefold()]
    return 500


def _objects(value: object, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        if depth < _DEEPEST:
            for key in ("error", "message", "detail"):
                yield from _objects(value.get(key), depth + 1)


def _words(value: object, depth: int = 0) -> Iterator[str]:
    """Yield what an error says; not ``input``, in which servers repeat what was sent to them."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield from _words_in(value, depth)
    elif isinstance(value, list):
        for each in value[:10]:
            yield from _words(each, depth + 1)
    elif isinstance(value, dict):
        for key in ("message", "error", "detail", "msg", "type", "code", "param", "loc"):
            yield from _words(value.get(key), depth + 1)


def _words_in(text: str, depth: int) -> Iterator[str]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            yield from _words(parsed(text), depth + 1)
            return
        except Unreadable:
            pass
    yield text[:_LONGEST_DETAIL]


def _counts(error: object) -> tuple[int, int] | None:
    for each in _objects(error):
        prompt, context = each.get("n_prompt_tokens"), each.get("n_ctx")
        if isinstance(prompt, int) and isinstance(context, int):
            return prompt, context
    return None


def _detail(words: str, key: str) -> str:
    """Return a server's own words on one line, without the key that some repeat."""
    if len(key) >= _SHORTEST_KEY:
        words = words.replace(key, "…")
    line = " ".join(whole(words)[0].split())
    return "".join(letter for letter in line if letter.isprintable())[:_LONGEST_DETAIL]


def _later(seconds: float | None) -> str:
    if seconds is None or seconds <= 1:
        return "in a moment"
    if seconds < 90:
        return f"in {seconds:.0f} seconds"
    return f"in {seconds / 60:.0f} minutes"
