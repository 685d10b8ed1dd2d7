# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries an endpoint for whoever sets it up: what answers there, which models, how fast."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from helpdesk.assistant.chunks import Unreadable, parsed, whole
from helpdesk.assistant.connection import Connection
from helpdesk.assistant.faults import FaultKind, ModelFault
from helpdesk.assistant.messages import Message, ModelRequest
from helpdesk.assistant.pace import TooLate
from helpdesk.assistant.pieces import Ended
from helpdesk.assistant.refusals import Asked, refusal
from helpdesk.assistant.settings import Dialect, EndpointAddress, EndpointSettings
from helpdesk.core.errors import Invalid

if TYPE_CHECKING:
    from helpdesk.assistant.endpoint import Seams

_LIST_SECONDS = 10.0
_LARGEST_LIST = 4 * 1024 * 1024
_MOST_MODELS = 500
_LONGEST_NAME = 200
_OLLAMA_DEFAULT = 4096
_LARGEST_CONTEXT = 10**9
_MISTRAL_HOST = "api.mistral.ai"
_SAMPLE = Message("user", "Answer with the one word OK.")
_SAMPLE_TOKENS = 8

_WORKS = "The model {model} answers after {seconds:.1f} seconds."
_NOT_LISTED = (
    "The model {model} answers after {seconds:.1f} seconds, but the endpoint does not list it:"
    " another one may have answered."
)
_CHOOSE_IT = "The endpoint answers and has 1 model, {model}; choose it."
_CHOOSE = "The endpoint answers and has {count} models; choose one of them."


@dataclass(frozen=True)
class ConnectionReport:
    """How a trial went."""

    ok: bool
    sentence: str
    models: tuple[str, ...] = ()
    dialect: Dialect = Dialect.OTHER
    """The kind of server as it was recognised, or else as it is set."""
    first_ms: int | None = None
    context_tokens: int | None = None
    """What fits into one request, where the server tells."""
    kind: FaultKind | None = None
    """What went wrong, if anything did."""
    detail: str = ""
    """What the server said itself about it."""


@dataclass(frozen=True)
class _Found:
    """What a server tells of itself."""

    models: tuple[str, ...] = ()
    dialect: Dialect | None = None
    context_tokens: int | None = None


async def tried(settings: EndpointSettings, seams: Seams) -> ConnectionReport:
    """List the models, guess the dialect, let the model say a word. Raises no fault."""
    found = _Found()
    try:
        found = await _look(settings)
        if not settings.model.strip() and found.models:
            return _report(settings, found, ok=False, sentence=_choose(found.models))
        guessed = replace(settings, dialect=found.dialect or settings.dialect)
        ended = await _sample(guessed, seams)
        found = await _with_context(guessed, found)
    except Invalid as error:
        return _report(settings, found, ok=False, sentence=str(error), kind=FaultKind.REFUSED)
    except ModelFault as fault:
        return replace(
            _report(settings, found, ok=False, sentence=fault.sentence, kind=fault.kind),
            detail=fault.detail,
        )
    is_listed = not found.models or settings.model in found.models
    sentence = (_WORKS if is_listed else _NOT_LISTED).format(
        model=settings.model, seconds=max(0.1, ended.first_ms / 1000)
    )
    return replace(_report(settings, found, ok=True, sentence=sentence), first_ms=ended.first_ms)


def _choose(models: tuple[str, ...]) -> str:
    if len(models) == 1:
        return _CHOOSE_IT.format(model=models[0])
    return _CHOOSE.format(count=len(models))


def _report(
    settings: EndpointSettings,
    found: _Found,
    *,
    ok: bool,
    sentence: str,
    kind: FaultKind | None = None,
) -> ConnectionReport:
    return ConnectionReport(
        ok=ok,
        sentence=sentence,
        models=found.models,
        dialect=found.dialect or settings.dialect,
        context_tokens=found.context_tokens,
        kind=kind,
    )


async def _look(settings: EndpointSettings) -> _Found:
    """Return what the list of models tells; a server without one is asked for a word all the same.

    Raises ``ModelFault`` where the word would fail for the same reason, and ``Invalid``.
    """
    if not settings.url.strip():
        return _Found()
    address = EndpointAddress.parse(settings.url, settings.private_names)
    try:
        value = await _got(settings, "/v1/models")
    except ModelFault as fault:
        if fault.kind in (FaultKind.UNREACHABLE, FaultKind.TLS, FaultKind.REFUSED_KEY):
            raise
        return _Found()
    entries = _objects(value.get("data"))
    dialect = _dialect_of(address, entries)
    context = _context_in(entries, settings.model)
    return _Found(_names_in(entries), dialect, context)


async def _with_context(settings: EndpointSettings, found: _Found) -> _Found:
    """Return what was found with the context that the server really uses, which it tells apart."""
    try:
        if found.dialect is Dialect.LLAMA_CPP:
            props = await _got(settings, "/props")
            context = _size(_dict(props.get("default_generation_settings")).get("n_ctx"))
            return replace(found, context_tokens=context or found.context_tokens)
        if found.dialect is Dialect.OLLAMA:
            loaded = await _got(settings, "/api/ps")
            return replace(found, context_tokens=_loaded_context(loaded, settings.model))
    except ModelFault:
        pass  # it works without
    return found


async def _sample(settings: EndpointSettings, seams: Seams) -> Ended:
    from helpdesk.assistant.endpoint import Endpoint

    request = ModelRequest(
        messages=(_SAMPLE,),
        max_tokens=_SAMPLE_TOKENS,
        temperature=0,
        total_seconds=settings.first_token_seconds + settings.idle_seconds,
    )
    endpoint = Endpoint(settings, seams)
    try:
        async with aclosing(endpoint.stream(request)) as said:
            async for each in said:
                if isinstance(each, Ended):
                    return each
    finally:
        await endpoint.aclose()
    raise AssertionError("an answer has an end")


async def _got(settings: EndpointSettings, path: str) -> Mapping[str, Any]:
    """Return a JSON object that the endpoint has at a path. Raises ``ModelFault``."""
    address = EndpointAddress.parse(settings.url, settings.private_names)
    asked = Asked(address.host, settings.model, settings.key)
    before = asyncio.get_running_loop().time() + _LIST_SECONDS
    connection = Connection(settings, address)
    try:
        async with connection.asked("GET", path, None, before) as answer:
            body = await answer.all(before, _LARGEST_LIST)
            if not 200 <= answer.status < 300:
                raise refusal(answer.status, body, asked, None)
    except TooLate as error:
        raise ModelFault(FaultKind.TIMEOUT, "It took too long.") from error
    finally:
        await connection.aclose()
    try:
        return _dict(parsed(body.decode("utf-8", "replace")))
    except Unreadable:
        return {}


def _dialect_of(address: EndpointAddress, entries: list[dict[str, Any]]) -> Dialect | None:
    if address.host == _MISTRAL_HOST:
        return Dialect.MISTRAL
    owners = {each.get("owned_by") for each in entries if isinstance(each.get("owned_by"), str)}
    for owner, dialect in (
        ("llamacpp", Dialect.LLAMA_CPP),
        ("vllm", Dialect.VLLM),
        ("mistralai", Dialect.MISTRAL),
        ("library", Dialect.OLLAMA),
    ):
        if owner in owners:
            return dialect
    return None


def _names_in(entries: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    names = (each.get("id") for each in entries)
    shown = (whole(name)[0] for name in names if isinstance(name, str))
    return tuple(name for name in shown if 0 < len(name) <= _LONGEST_NAME)[:_MOST_MODELS]


def _context_in(entries: Iterable[dict[str, Any]], model: str) -> int | None:
    for each in entries:
        if each.get("id") == model:
            sizes = (each.get("max_model_len"), each.get("max_context_length"))
            return next((size for size in map(_size, sizes) if size), None)
    return None


def _loaded_context(loaded: Mapping[str, Any], model: str) -> int:
    """Return the context of a loaded model at Ollama, which cuts longer prompts in silence."""
    for each in _objects(loaded.get("models")):
        if each.get("name") in (model, f"{model}:latest"):
            return _size(each.get("context_length")) or _OLLAMA_DEFAULT
    return _OLLAMA_DEFAULT


def _size(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LARGEST_CONTEXT:
        return value
    return None


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
