# SPDX-License-Identifier: GPL-3.0-or-later
"""D02, D03 and B03: files that try to be shown, run or decoded, as other systems send them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.api import API_PREFIX
from helpdesk.core.schemas.attachments import PIECE_BYTES
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.database.checks import examine
from helpdesk.models import Attachment, AttachmentPiece
from helpdesk.server.file_routes import disposition_of
from tests.contract.desks import opened, person
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.servers import running

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)

MB = 1024 * 1024
FILES = API_PREFIX + "/attachments"
HOSTILE = {
    "a.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "a.html": b"<script>alert(1)</script>",
    "a.pdf": b"%PDF-1.7 /OpenAction /JavaScript",
    "a.eml": b"Content-Type: text/html\r\n\r\n<script>alert(1)</script>",
    "a.desktop": b"[Desktop Entry]\nExec=xmessage hello",
    "a.lnk": b"L\x00\x00\x00\x01\x14\x02\x00",
    "bomb.zip": b"PK\x03\x04" + b"\0" * 1000,
    # 30,000 by 30,000 pixels, as its head says.
    "huge.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\x06\0\0\0",
}


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[EmbeddedDesk]:
    with opened(tmp_path_factory.mktemp("files"), template, kind=desk_kind) as embedded:
        limited = embedded.settings.attachments.model_copy(update={"limit_mb": 1})
        settings = embedded.settings.model_copy(update={"attachments": limited})
        yield EmbeddedDesk(embedded.database, settings)


@pytest.fixture(scope="module")
def port(desk: EmbeddedDesk) -> Iterator[int]:
    with running(desk, desk.settings) as server:
        yield server.port


@pytest.fixture
def alice(desk: EmbeddedDesk, port: int) -> Iterator[httpx.Client]:
    token = person(desk, "alice").sessions.current().token
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def rows(desk: EmbeddedDesk) -> tuple[int, int]:
    with desk.database.reading() as session:
        return session.query(Attachment).count(), session.query(AttachmentPiece).count()


def test_d02_a_file_is_only_ever_given_to_be_saved(desk: EmbeddedDesk, alice: httpx.Client):
    for name, data in HOSTILE.items():
        sent = alice.post(
            FILES, params={"name": f"../../{name}"}, content=data,
            headers={"Content-Type": "text/html; charset=utf-8"},
        )  # fmt: skip
        assert sent.status_code == 201, sent.text
        assert sent.json()["name"] == name
        key = sent.json()["key"]
        new = {"subject": "Look at this", "attachment_keys": [key]}
        ticket = alice.post(f"{API_PREFIX}/tickets", json=new)
        assert ticket.status_code == 201, ticket.text
        got = alice.get(f"{FILES}/{key}/file")
        assert got.content == data
        assert got.headers["content-type"] == "application/octet-stream"
        assert got.headers["content-disposition"].startswith(f'attachment; filename="{name}"')
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in got.headers["content-security-policy"]
        assert got.headers.get_list("content-security-policy")[0].count("default-src") == 1
        assert got.headers["cache-control"] == "no-store"


def test_d01_names_do_not_break_out_of_their_header():
    for name in ('a"b.txt', "a\\b", "Größe €.txt", "a%41.txt", "x;filename=y"):
        header = disposition_of(name)
        header.encode("ascii")
        plain = header.partition('filename="')[2].partition('"; ')[0]
        assert not set(plain) & set('"\\%')
    assert disposition_of("€.txt").endswith("filename*=UTF-8''%E2%82%AC.txt")


def test_d03_a_file_that_is_too_large_is_refused_before_it_is_taken_in(
    desk: EmbeddedDesk, alice: httpx.Client, port: int
):
    before = rows(desk)
    token = alice.headers["Authorization"]
    for head, most in ((f"Content-Length: {1024 * MB}", 0), ("Transfer-Encoding: chunked", MB)):
        with socket.create_connection(("127.0.0.1", port)) as link:
            link.settimeout(30)
            request = f"POST {FILES}?name=x HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
            link.sendall(f"{request}{head}\r\n\r\n".encode())
            answer = _pushed(link, is_chunked=most > 0)
        assert answer.startswith(b"HTTP/1.1 413 "), answer[:200]
        assert b"1 MB" in answer
    # Nothing of it stays.
    assert rows(desk) == before


def _pushed(link: socket.socket, *, is_chunked: bool) -> bytes:
    """Send until there is an answer, at the most 64 MB, and return it."""
    data = b"\0" * PIECE_BYTES
    if is_chunked:
        data = f"{len(data):x}\r\n".encode() + data + b"\r\n"
    link.setblocking(False)
    rest, sent, until = b"", 0, time.monotonic() + 30
    while time.monotonic() < until and sent < 64 * MB:
        try:
            return link.recv(65536)
        except BlockingIOError:
            pass
        rest = rest or data
        try:
            count = link.send(rest)
        except BlockingIOError:
            continue
        rest, sent = rest[count:], sent + count
    raise AssertionError(f"no answer after {sent} bytes")


def test_d03_a_file_without_a_length_is_taken_in_by_parts(desk: EmbeddedDesk, alice: httpx.Client):
    parts = [b"x" * 1000] * 600
    sent = alice.post(FILES, params={"name": "x.log"}, content=iter(parts))
    assert sent.status_code == 201, sent.text
    assert sent.json()["size"] == 600_000
    assert alice.delete(f"{FILES}/{sent.json()['key']}").status_code == 204


@pytest.mark.parametrize(
    ("query", "content", "status"),
    [
        ({}, b"x", 422),
        ({"name": "x"}, b"", 422),
        ([("name", "x"), ("name", "y")], b"x", 422),
    ],
)
def test_what_is_no_file_is_refused(alice: httpx.Client, query, content: bytes, status: int):
    assert alice.post(FILES, params=query, content=content).status_code == status


def test_strangers_neither_send_nor_read(port: int, alice: httpx.Client):
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as nobody:
        assert nobody.post(FILES, params={"name": "x"}, content=b"x").status_code == 401
        assert nobody.get(f"{FILES}/{'0' * 32}/file").status_code == 401
    assert alice.get(f"{FILES}/{'0' * 32}/file").status_code == 404
    assert alice.put(FILES, params={"name": "x"}, content=b"x").status_code == 405


def test_b03_the_file_of_a_note_is_nowhere_for_its_requester(
    desk: EmbeddedDesk, alice: httpx.Client, port: int
):
    bob = person(desk, "bob")
    own = person(desk, "alice").tickets.open(NewTicket(subject="Mine"))
    headers = {"Authorization": f"Bearer {bob.sessions.current().token}"}
    url = f"http://127.0.0.1:{port}{FILES}"
    sent = httpx.post(
        url, params={"name": "ocarina.txt"}, content=b"ocarina", headers=headers, trust_env=False
    )
    key = sent.json()["key"]
    note = NewComment(body="For us.", internal=True, attachment_keys=(key,))
    bob.tickets.comment(own.id, note)
    answers = [
        alice.get(f"{API_PREFIX}/tickets/{own.id}"),
        alice.get(f"{API_PREFIX}/tickets", params={"q": "ocarina"}),
        alice.get(f"{API_PREFIX}/tickets/{own.id}/comments", params={"before": 10**6}),
        alice.get(f"{FILES}/{key}/file"),
        alice.get(f"{FILES}/{key}/pieces/1"),
        alice.get(f"{API_PREFIX}/events", params={"after": ""}),
    ]
    assert not any("ocarina" in each.text for each in answers)
    assert [each.status_code for each in answers[3:5]] == [404, 404]
    missing = alice.get(f"{FILES}/{'0' * 32}/file").json()
    assert answers[3].json() == missing
    listed = httpx.get(f"{url}/{key}/file", headers=headers, trust_env=False)
    assert listed.content == b"ocarina"


def test_all_of_it_is_sound(desk: EmbeddedDesk):
    assert examine(desk.database).findings == ()
