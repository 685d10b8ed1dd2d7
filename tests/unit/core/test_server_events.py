# SPDX-License-Identifier: GPL-3.0-or-later
"""The parser of the event stream: every line end, every cut, bounded sizes."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpdesk.core.server_events import EventParser, ServerEvent, TooLong

PIECES = st.sampled_from(
    [
        b"data", b"event", b"id", b"retry", b":", b" ", b"\r", b"\n", b"\r\n", b"\n\n", b"\r\n\r\n",
        b"\xef\xbb\xbf", b"\xff", b"\0", "ü€😀".encode(), b"x", b"17", b"data: {}\n\n", b": beat\n",
        b"event: changes\nid: 1.2.3\ndata: a\ndata: b\n\n",
    ]
)  # fmt: skip


def parsed(*parts: bytes) -> tuple[list[ServerEvent], str, float | None]:
    parser = EventParser()
    found = [event for part in parts for event in parser.feed(part)]
    return found, parser.last_id, parser.retry_seconds


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({place % (len(stream) + 1) for place in places})
    return [stream[a:b] for a, b in zip([0, *marks], [*marks, len(stream)], strict=True)]


@given(st.lists(PIECES).map(b"".join) | st.binary(), st.lists(st.integers(0, 2000)))
@example(b"\xef\xbb\xbfdata: x\r\n\r\n", [1, 2, 3, 10, 11, 12])
@example(b"data: x\r\r\n\ndata: y\r\n\r\n", list(range(30)))
def test_wherever_it_is_cut_the_same_events_come(stream: bytes, places: list[int]):
    assert parsed(*cut(stream, places)) == parsed(stream)


@given(st.lists(PIECES).map(b"".join))
def test_byte_by_byte_is_as_good(stream: bytes):
    assert parsed(*(stream[i : i + 1] for i in range(len(stream)))) == parsed(stream)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_an_event_has_kind_data_and_id_by_every_line_end(end: bytes):
    stream = end.join([b"event: changes", b"id: e.1.2", b"data: {", b"data:}", b"", b""])
    assert parsed(stream)[0] == [ServerEvent("changes", "{\n}", "e.1.2")]


def test_comments_and_unknown_fields_say_nothing():
    assert parsed(b": beat\n\n:\n\nnews: x\nfield\n\n") == ([], "", None)


def test_an_event_without_data_is_none_and_its_kind_does_not_stay():
    events, last_id, _ = parsed(b"event: changes\nid: 7\n\ndata: x\n\n")
    assert events == [ServerEvent("message", "x", "7")]
    assert last_id == "7"


def test_an_id_stays_until_the_next_one_and_holds_no_null():
    events, _, _ = parsed(b"id: 1\ndata: a\n\ndata: b\n\nid: 2\0\ndata: c\n\nid\ndata: d\n\n")
    assert [event.id for event in events] == ["1", "1", "1", ""]


def test_only_one_blank_after_the_colon_is_left_out():
    assert parsed(b"data:  x \n\n")[0][0].data == " x "


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(b"1500", 1.5), (b"0", 0.0), (b"x", None), (b"-1", None), (b"9" * 40, None), (b"", None)],
)
def test_how_long_to_wait_is_told_in_milliseconds(said: bytes, seconds: float | None):
    assert parsed(b"retry: " + said + b"\n")[2] == seconds


def test_bytes_that_are_no_text_are_replaced():
    assert parsed(b"data: \xff\n\n")[0][0].data == "\ufffd"


@pytest.mark.parametrize(
    "stream", [b"data: " + b"x" * 1_100_000, b"data: " + b"x" * 1_100_000 + b"\n\n"]
)
def test_a_line_without_end_is_given_up(stream: bytes):
    with pytest.raises(TooLong):
        parsed(*cut(stream, list(range(0, 1_100_000, 65536))))


def test_an_event_without_end_is_given_up():
    line = b"data: " + b"x" * 500_000 + b"\n"
    with pytest.raises(TooLong):
        parsed(*[line] * 20)
