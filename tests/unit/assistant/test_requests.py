# SPDX-License-Identifier: GPL-3.0-or-later
"""A request in the form that each kind of server takes, and the settings that say which it is."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.assistant.dialects import Form, body_of
from helpdesk.assistant.messages import Message, ModelRequest, portable
from helpdesk.assistant.settings import Dialect, EndpointAddress, EndpointSettings, Reach, reach_of
from helpdesk.core.errors import Invalid

S, U, A = "system", "user", "assistant"
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}
REQUEST = ModelRequest(
    messages=(Message("system", "Answer in JSON."), Message("user", "Help.")),
    max_tokens=50,
    temperature=0.0,
    total_seconds=9.0,
    schema=SCHEMA,
    schema_name="triage",
)

# --- bodies -------------------------------------------------------------------------------------

MISTRAL_KEYS = {
    "model", "messages", "temperature", "top_p", "max_tokens", "stream", "stop", "random_seed",
    "response_format", "tools", "tool_choice", "presence_penalty", "frequency_penalty", "n",
    "prediction", "parallel_tool_calls", "prompt_mode", "reasoning_effort", "safe_prompt",
    "metadata", "guardrails", "prompt_cache_key",
}  # fmt: skip
OLLAMA_KEYS = {
    "model", "messages", "frequency_penalty", "presence_penalty", "response_format", "seed",
    "stop", "stream", "stream_options", "temperature", "top_p", "max_tokens", "tools",
}  # fmt: skip
COMMON = {"model", "messages", "temperature", "max_tokens", "stream", "response_format"}
ALLOWED = {
    Dialect.MISTRAL: MISTRAL_KEYS,
    Dialect.OLLAMA: OLLAMA_KEYS,
    Dialect.LLAMA_CPP: COMMON | {"seed", "stream_options"},
    Dialect.VLLM: COMMON | {"seed", "stream_options"},
    Dialect.OTHER: COMMON,
}


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("form", [None, *Form])
def test_no_server_gets_a_key_that_it_refuses(dialect: Dialect, form: Form | None):
    body = body_of(REQUEST, "tiny", dialect, form=form)
    assert set(body) <= ALLOWED[dialect]
    assert all(set(message) == {"role", "content"} for message in body["messages"])
    wanted = body.get("response_format", {})
    assert set(wanted) <= {"type", "json_schema"}
    assert set(wanted.get("json_schema", {})) <= {"name", "schema", "strict"}


def test_the_request_to_mistral_as_it_is_sent():
    assert body_of(REQUEST, "ministral-8b-latest", Dialect.MISTRAL, form=Form.SCHEMA) == {
        "model": "ministral-8b-latest",
        "messages": [{"role": "user", "content": "Answer in JSON.\n\nHelp."}],
        "temperature": 0.0,
        "max_tokens": 50,
        "stream": True,
        "random_seed": 7,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "triage", "schema": SCHEMA, "strict": True},
        },
    }


def test_the_request_to_ollama_as_it_is_sent():
    body = body_of(REQUEST, "mistral", Dialect.OLLAMA, native_system_role=True, form=Form.OBJECT)
    assert body == {
        "model": "mistral",
        "messages": [
            {"role": "system", "content": "Answer in JSON."},
            {"role": "user", "content": "Help."},
        ],
        "temperature": 0.0,
        "max_tokens": 50,
        "stream": True,
        "seed": 7,
        "stream_options": {"include_usage": True},
        "response_format": {"type": "json_object"},
    }


# --- messages -----------------------------------------------------------------------------------


def talk(*turns: str) -> list[Message]:
    """Return messages from texts such as ``u:hello``."""
    roles: dict[str, Any] = {"s": S, "u": U, "a": A}
    return [Message(roles[turn[0]], turn[2:]) for turn in turns]


@pytest.mark.parametrize(
    ("turns", "merged", "native"),
    [
        (["s:be", "u:1"], ["u:be\n\n1"], ["s:be", "u:1"]),
        (["u:1", "u:2", "a:3", "u:4"], ["u:1\n\n2", "a:3", "u:4"], ["u:1\n\n2", "a:3", "u:4"]),
        (["a:0", "u:1"], ["u:1"], ["u:1"]),
        (["s:be", "a:0", "u:1", "s:kind"], ["u:be\n\nkind\n\n1"], ["s:be\n\nkind", "u:1"]),
        (["s:be"], ["u:be"], ["u:be"]),
    ],
)
def test_a_conversation_takes_the_portable_form(
    turns: list[str], merged: list[str], native: list[str]
):
    assert portable(talk(*turns), native_system_role=False) == tuple(talk(*merged))
    assert portable(talk(*turns), native_system_role=True) == tuple(talk(*native))


@pytest.mark.parametrize("turns", [[], ["a:1"], ["u:1", "a:2"], ["s:be", "u:1", "a:2"]])
def test_a_conversation_ends_with_a_question(turns: list[str]):
    with pytest.raises(ValueError, match="ends with what the user says"):
        portable(talk(*turns), native_system_role=False)


@given(st.lists(st.builds(Message, st.sampled_from([S, U, A]), st.text(max_size=3)), max_size=8))
def test_turns_alternate_and_no_word_of_a_user_is_lost(messages: list[Message]):
    messages.append(Message("user", "last"))
    turns = portable(messages, native_system_role=False)
    assert [each.role for each in turns] == [U if n % 2 == 0 else A for n in range(len(turns))]
    assert len(turns) % 2 == 1
    said = "\n\n".join(each.content for each in turns)
    assert all(each.content in said for each in messages if each.role != A)


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("http://localhost:11434", "http://localhost:11434"),
        ("http://localhost:11434/v1/", "http://localhost:11434"),
        (" http://127.0.0.1:8080/v1/chat/completions ", "http://127.0.0.1:8080"),
        ("https://API.Mistral.ai/v1", "https://api.mistral.ai"),
        ("https://models.example.org:443/team/v1/", "https://models.example.org/team"),
        ("https://models.example.org/v1/models", "https://models.example.org"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
    ],
)
def test_an_address_is_read_however_it_ends(written: str, base: str):
    assert EndpointAddress.parse(written).base == base


@pytest.mark.parametrize(
    "written",
    [
        "", "models.example.org", "ftp://models.example.org", "https://", "https://a b",
        "https://models.example.org/v1?key=1", "https://models.example.org/#x", "https://a:0",
        "https://a:99999", "https://a\\b", "https://a%41", "https://" + "a" * 70,
        "https://me:secret@models.example.org", "http://models.example.org", "http://8.8.8.8",
        "http://2130706433", "http://0.0.0.0", "http://169.254.169.254", "http://[::ffff:8.8.8.8]",
        "http://localhost.example.org", "http://10.0.0.1.example.org",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_or_that_sends_in_clear_is_refused(written: str):
    with pytest.raises(Invalid) as raised:
        EndpointAddress.parse(written)
    assert str(raised.value).endswith(".")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "reach"),
    [
        ("http://localhost:11434", Reach.LOOPBACK),
        ("http://LOCALHOST./v1", Reach.LOOPBACK),
        ("http://127.8.9.1", Reach.LOOPBACK),
        ("http://[::1]", Reach.LOOPBACK),
        ("http://[::ffff:127.0.0.1]", Reach.LOOPBACK),
        ("http://10.1.2.3", Reach.PRIVATE),
        ("https://172.31.0.1", Reach.PRIVATE),
        ("https://172.32.0.1", Reach.PUBLIC),
        ("http://192.168.1.1:8080", Reach.PRIVATE),
        ("http://[fd00::1]", Reach.PRIVATE),
        ("https://[2001:4860::1]", Reach.PUBLIC),
        ("http://gpu.corp.example", Reach.PUBLIC),
        ("https://api.mistral.ai", Reach.PUBLIC),
        ("nonsense", Reach.PUBLIC),
        ("", Reach.PUBLIC),
    ],
)
def test_how_far_an_address_lies(url: str, reach: Reach):
    assert reach_of(url) is reach


def test_a_name_lies_as_far_as_an_administrator_says():
    settings = EndpointSettings("http://GPU.corp:8080", "m", private_names=(" gpu.corp ",))
    assert settings.reach is Reach.PRIVATE
    assert EndpointAddress.parse(settings.url, settings.private_names).host == "gpu.corp:8080"
    assert reach_of("http://gpu.corp.evil", settings.private_names) is Reach.PUBLIC


def test_a_key_is_not_shown():
    assert "sk-1" not in repr(EndpointSettings("https://models.example.org", "m", "sk-1"))


def test_the_program_starts_without_what_speaks_http():
    code = (
        "import sys; import helpdesk.assistant.endpoint, helpdesk.assistant.settings;"
        "import json; print(json.dumps([n for n in ('httpx', 'anyio') if n in sys.modules]))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert json.loads(shown) == []
