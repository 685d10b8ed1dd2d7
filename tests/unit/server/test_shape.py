# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON that is refused before it is read, and how little that costs."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.errors import DeskError, Invalid, Malformed, TooLarge
from helpdesk.server.shape import DEEPEST, MOST_PARTS, require_readable

MEGABYTES = 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"[" * (DEEPEST + 1), Malformed),
        (b'{"a":' * (DEEPEST + 1), Malformed),
        (b"[" * 100_000 + b"]" * 100_000, TooLarge),
        (b"{" + b",".join(b'"%d":1' % n for n in range(MOST_PARTS)) + b"}", TooLarge),
        (rb'{"a": "\u0000"}', Invalid),
        (rb'{"a": "\\\u0000"}', Invalid),
    ],
    ids=["deep", "deep objects", "very deep", "many keys", "nul", "nul after a backslash"],
)
def test_what_would_cost_too_much_is_refused(body, error):
    with pytest.raises(error):
        require_readable(body)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEEPEST + b"]" * DEEPEST,
        json.dumps({"description": "[{:," * 100_000}).encode(),
        json.dumps({"description": '\\"[' * 100_000}).encode(),
        rb'{"a": "\\u0000"}',
        b"",
    ],
    ids=["just deep enough", "text", "text with quotes", "no nul", "nothing"],
)
def test_what_people_write_is_let_through(body):
    require_readable(body)


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner, max_size=4)))
def test_text_never_looks_like_parts(value):
    text = json.dumps({"subject": "[" * 100, "value": value}).encode()
    if b"\\u0000" not in text:
        require_readable(text)


@pytest.mark.parametrize(
    "body",
    [b'"' * MEGABYTES, b'"' + b'\\"' * (MEGABYTES // 2), b"\\" * MEGABYTES, b"[]" * MEGABYTES,
     rb"\u0000"[:-1] * (MEGABYTES // 5), b"\\" * MEGABYTES + b"u0000"],
    ids=["quotes", "escaped quotes", "backslashes", "brackets", "nearly nul", "backslashes, nul"],
)  # fmt: skip
def test_the_cost_grows_with_the_length_alone(body):
    # A pattern that starts anew from each quotation mark would take hours.
    body += b"[" * (DEEPEST + 1)
    started = time.process_time()
    with suppress(DeskError):
        require_readable(body)
    assert time.process_time() - started < 5
