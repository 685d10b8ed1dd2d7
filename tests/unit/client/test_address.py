# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of a server: one spelling, and nothing that would send a password in clear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.client.address import ServerAddress
from helpdesk.core.errors import Invalid


@pytest.mark.parametrize(
    ("text", "url", "host"),
    [
        ("https://desk.example.org", "https://desk.example.org", "desk.example.org"),
        (" https://Desk.Example.ORG:443/ ", "https://desk.example.org", "desk.example.org"),
        ("HTTPS://desk.example.org:8443", "https://desk.example.org:8443", "desk.example.org:8443"),
        ("https://example.org/desk/", "https://example.org/desk", "example.org"),
        ("https://[2001:db8::5]", "https://[2001:db8::5]", "[2001:db8::5]"),
        ("https://bücher.example", "https://bücher.example", "bücher.example"),
        ("http://localhost:8080", "http://localhost:8080", "localhost:8080"),
        ("http://127.0.0.1", "http://127.0.0.1", "127.0.0.1"),
        ("http://127.9.9.9:80", "http://127.9.9.9", "127.9.9.9"),
        ("http://[::1]:8080", "http://[::1]:8080", "[::1]:8080"),
    ],
)
def test_an_address_has_one_spelling_and_a_name_for_people(text: str, url: str, host: str):
    assert ServerAddress.parse(text) == ServerAddress(url, host)


@pytest.mark.parametrize(
    "text",
    [
        "http://desk.example.org", "http://10.0.0.1", "http://0.0.0.0", "http://127.1",
        "http://2130706433", "http://0x7f000001", "http://localhost.example.org",
        "http://[::]", "http://[::ffff:10.0.0.1]", "http://127.0.0.1.example.org",
    ],
)  # fmt: skip
def test_without_tls_only_this_machine_is_spoken_to(text: str):
    with pytest.raises(Invalid, match="https://"):
        ServerAddress.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "desk.example.org", "localhost:8080", "ftp://desk.example.org", "https://", "https:///x",
        "https://a..b", "https://" + "x" * 64 + ".org", "https://desk.example.org:0",
        "https://desk.example.org:99999", "https://desk.example.org:port", "https://[::1",
        "https://desk.example.org?x=1", "https://desk.example.org#x", "https://desk\n.example.org",
        "https://desk.example.org\\@evil.example", "https://desk%2eexample.org", "file:///etc/passwd",
        "https://desk .example.org", "https://desk\u202e.example.org", "//desk.example.org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_an_example(text: str):
    with pytest.raises(Invalid, match=r"https://desk\.example\.org\.") as refused:
        ServerAddress.parse(text)
    assert refused.value.field == "server"


@pytest.mark.parametrize("person", ["alice", "alice:secret", ":secret", ""])
def test_a_password_in_an_address_is_refused_and_not_repeated(person: str):
    with pytest.raises(Invalid, match="name and password") as refused:
        ServerAddress.parse(f"https://{person}@desk.example.org")
    assert "secret" not in str(refused.value)


@given(st.text())
def test_any_text_is_an_address_or_invalid(text: str):
    try:
        address = ServerAddress.parse("https://" + text)
    except Invalid:
        return
    assert ServerAddress.parse(address.url) == address
