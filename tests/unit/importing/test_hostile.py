# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers wrote into another system is a problem of its ticket, and stops no import."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.ticket_imports import Loaded, Wanted, import_tickets
from helpdesk.client.ticket_sources import opened
from helpdesk.core.errors import DeskError, Invalid
from helpdesk.importing.html_text import text_of_html
from helpdesk.importing.opening import open_export
from tests.unit.importing.exports import EXPORTS

_DIGITS = b"9" * 5000
_DEEP = b"[" * 100_000
_HOSTILE = (
    *(b"&#" + _DIGITS + b";", b"&#x" + b"f" * 5000 + b";", b"0b" + b"1" * 20_000 + b")", _DIGITS),
    *(_DEEP, b"{" * 3000, b'{"a":' * 1200 + b"1" + b"}" * 1200, "²".encode(), b'[{"a": [1]}]'),
    *(b"\0", b"\xff\xfe", b"\\ud800", b"\t", b"\n", b"\r", b"'", b'"', b"`", b"\\", b",", b");"),
    *(b"0001-01-01 00:00:00", b"9999-12-31T23:59:59-14:00", b"{{", b"<!--", b"NULL", b"../../x"),
)
_JSON = json.dumps(
    [
        {"ref": ref, "requester": "ann@x.example", "subject": "Old", "tags": ["a"],
         "created_at": "2024-01-01T00:00:00Z", "fields": {"Asset": "P-1"}, "comments": [
            {"author": {"name": "Bob", "email": "b@x.example"}, "at": "2024-01-02", "body": "Hi"}]}
        for ref in ("1", "2")
    ]
).encode()  # fmt: skip
_CSV = (
    b"Number,Subject,Status,Priority,Requester,Created,Labels\n1,Old,closed,high,Ann,2024-01-01,a\n"
)
_FILES = {
    "osticket": EXPORTS / "osticket" / "osticket.sql",
    "osticket-list": EXPORTS / "osticket-list" / "tickets.csv",
    "zammad": EXPORTS / "zammad" / "20260110_zammad_db.psql.gz",
    "zammad-api": EXPORTS / "zammad-api",
    "freescout": EXPORTS / "freescout" / "freescout.sql",
}
_KINDS = (*_FILES, "json", "csv")
_DUMP = """
INSERT INTO `customers` (`id`,`first_name`,`last_name`) VALUES (1,'Ann','Ray');
INSERT INTO `conversations` (`id`,`number`,`status`,`state`,`customer_id`,`subject`,`created_at`)
VALUES (1,1,1,2,1,'First','2024-01-01 00:00:00'),(2,2,1,2,1,'Second','2024-01-01 00:00:00');
INSERT INTO `threads`
(`id`,`conversation_id`,`type`,`state`,`created_by_customer_id`,`body`,`created_at`)
VALUES (1,1,1,2,1,'BODY','2024-01-01 00:00:00'),(2,2,1,2,1,'fine','2024-01-01 00:00:00');
"""


def _whole(kind: str) -> dict[str, bytes]:
    """The files of an export that mean something to its reader, uncompressed."""
    if kind in {"json", "csv"}:
        return {f"tickets.{kind}": _JSON if kind == "json" else _CSV}
    place = _FILES[kind]
    if place.is_dir():
        return {each.name: each.read_bytes() for each in place.glob("*.json")}
    content = place.read_bytes()
    is_packed = place.suffix == ".gz"
    return {place.name.removesuffix(".gz"): gzip.decompress(content) if is_packed else content}


@contextmanager
def _laid_down(folder: Path, kind: str, files: dict[str, bytes]) -> Iterator[Path]:
    place = folder / kind
    place.mkdir()
    for name, content in files.items():
        (place / name).write_bytes(content)
    yield place / next(iter(files)) if kind in {"json", "csv"} else place
    shutil.rmtree(place)


def _tried(desk: EmbeddedDesk, kind: str, place: Path) -> Loaded | None:
    """Look what would become of an export; nothing where there is nothing that can be read."""
    try:
        with opened(kind.split("-")[0], place) as reader:
            return import_tickets(desk.as_system(), reader, Wanted(kind, trial=True))
    except DeskError:
        return None


@pytest.mark.parametrize("kind", _KINDS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 1), st.sampled_from(_HOSTILE) | st.binary(max_size=8), st.booleans()
        ),
        max_size=4,
    )
)
@example([])
def test_hostile_bytes_give_problems_and_nothing_else(
    embedded: EmbeddedDesk, tmp_path: Path, kind: str, pieces: list[tuple[float, bytes, bool]]
) -> None:
    files = _whole(kind)
    for part, piece, replaces in pieces:
        name = sorted(files)[int(part * 1000) % len(files)]
        content, at = files[name], int(part * len(files[name]))
        files[name] = content[:at] + piece + content[at + len(piece) * replaces :]

    with _laid_down(tmp_path, kind, files) as place:
        told = _tried(embedded, kind, place)

    if told is not None:
        assert all(str(each).encode() for each in told.problems)
        assert pieces or (told.error is None and told.added)


@pytest.mark.parametrize("kind", ["osticket", "zammad", "freescout"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.floats(0, 1), st.sampled_from(_HOSTILE) | st.binary(max_size=8))
def test_damaged_archives_give_problems_and_nothing_else(
    embedded: EmbeddedDesk, tmp_path: Path, kind: str, part: float, piece: bytes
) -> None:
    place = tmp_path / "export.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _whole(kind).items():
            archive.writestr(name, content)
    packed = place.read_bytes()
    # Most of what is odd about an archive stands in its last bytes.
    at = max(0, len(packed) - int(part * 300))
    place.write_bytes(packed[:at] + piece + packed[at + len(piece) :])

    _tried(embedded, kind, place)


@pytest.mark.parametrize(
    "body", ["<p>&#" + "9" * 5000 + ";</p>", "<a href='&#x" + "f" * 5000 + "'>"]
)
def test_a_message_that_cannot_be_read_keeps_no_other_out(
    embedded: EmbeddedDesk, tmp_path: Path, body: str
) -> None:
    dump = tmp_path / "dump.sql"
    quoted = body.replace("'", "''")
    dump.write_text(_DUMP.replace("BODY", quoted))

    done = _tried(embedded, "freescout", dump)

    assert done is not None
    assert (done.added, done.error) == (2, None)


def test_what_one_ticket_says_is_a_problem_of_that_ticket(
    embedded: EmbeddedDesk, tmp_path: Path
) -> None:
    place = tmp_path / "zammad-api"
    shutil.copytree(EXPORTS / "zammad-api", place)
    tickets = json.loads((place / "tickets-1.json").read_text())
    whole = _tried(embedded, "zammad-api", place)
    tickets[0]["tags"] = [[["a"]], {"b": "\ud800"}, "\ud800" * 3]
    (place / "tickets-1.json").write_text(json.dumps(tickets))
    users = json.loads((place / "users.json").read_text())
    users[0] |= {"role_ids": [[1]], "roles": [["Admin"], {}]}
    (place / "users.json").write_text(json.dumps(users))

    done = _tried(embedded, "zammad-api", place)

    assert whole is not None
    assert done is not None
    assert done.error is None
    assert done.tickets == whole.tickets


@pytest.mark.parametrize(
    "head", [b"A" * 200_000, b'"' + b"A" * 3_000_000, b",a" * 5_000_000, b"\r\n" * 3 + b'"a\rb'],
    ids=["long", "endless", "many", "breaks"],
)  # fmt: skip
def test_a_list_with_an_odd_first_line_names_the_remedy(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "list.csv").write_bytes(head + b",Ticket Number\n1,2\n")

    with pytest.raises(Invalid, match=r"list\.csv"):
        open_export("osticket", tmp_path / "list.csv")


def test_references_to_no_character_stay_as_they_are() -> None:
    endless = "&#" + "1" * 5000 + ";"

    assert text_of_html(f"<p>a &amp; {endless} &#228;&#xE4;</p>") == f"a & {endless} ää"
