# SPDX-License-Identifier: GPL-3.0-or-later
"""Events come out of bytes alike, wherever the network cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.server_events import EventParser, ServerEvent, TooLong

LIMIT = 256 * 1024

LINES = st.lists(
    st.sampled_from(
        [
            b"",
            b"",
            b"data: one",
            b"data:two",
            b"data",
            b"data:  three\xff",
            b"event: error",
            b": ping",
            b"id: 7",
            b"retry: 10",
            "data: ä\u2028b\u0085c😀".encode(),
            b"nonsense",
            b"\xef\xbb\xbfdata: four",
        ]
    ),
    max_size=12,
)


def events(*parts: bytes) -> tuple[list[ServerEvent], ServerEvent | None]:
    parser = EventParser(LIMIT, LIMIT)
    found = [event for part in parts for event in parser.feed(part)]
    return found, parser.rest()


@given(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.data())
def test_any_cut_gives_the_same_events(lines: list[bytes], end: bytes, data: st.DataObject):
    whole = b"".join(line + end for line in lines)
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=8).map(sorted))
    parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    expected = events(whole)
    assert events(*parts) == expected
    assert events(*(bytes((byte,)) for byte in whole)) == expected


@given(LINES)
def test_every_line_end_gives_the_same_events(lines: list[bytes]):
    ended = [events(b"".join(line + end for line in lines)) for end in (b"\n", b"\r\n", b"\r")]
    assert ended[0] == ended[1] == ended[2]


def test_the_parts_of_an_event():
    assert events(b"\xef\xbb\xbfdata: a\ndata:b\n\nevent: error\ndata: c\n\ndata: d") == (
        [ServerEvent("message", "a\nb"), ServerEvent("error", "c")],
        ServerEvent("message", "d"),
    )


def test_a_name_without_data_is_forgotten():
    assert events(b"event: error\n\ndata: a\n\n") == ([ServerEvent("message", "a")], None)


@pytest.mark.parametrize(
    "part",
    [
        b"data: " + b"x" * LIMIT,
        b"x" * 1024,
        b"data: " + b"x" * 1024 + b"\n",
    ],
    ids=["one line at once", "one line for ever", "one event for ever"],
)
def test_nothing_grows_without_bounds(part: bytes):
    with pytest.raises(TooLong):
        events(*[part] * (LIMIT // 1024 + 2))
