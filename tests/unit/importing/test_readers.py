# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports of osTicket, Zammad and FreeScout, as their databases dump them, say what they hold."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from helpdesk.core.errors import DeskError, Invalid, NotFound
from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.import_records import (
    ExportReader,
    ImportedFile,
    ImportedPerson,
    ImportedTicket,
)
from helpdesk.core.schemas.tickets import Status
from helpdesk.importing.opening import Reader, open_export
from tests.unit.importing.exports import EXPORTS


def _read(
    kind: str, place: Path
) -> tuple[dict[str, ImportedPerson], dict[str, ImportedTicket], list[str]]:
    reader: Reader = open_export(kind, place)
    as_agreed: ExportReader = reader
    people = {person.ref: person for person in as_agreed.people()}
    tickets = {ticket.ref: ticket for ticket in as_agreed.tickets()}
    assert list(reader.tickets()) == list(tickets.values())
    said = [f"{problem.where}: {problem.sentence}" for problem in reader.problems]
    assert len(said) == len(set(said))
    reader.close()
    return people, tickets, said


def _content(file: ImportedFile) -> bytes:
    return Path(file.path).read_bytes() if file.path else file.content or b""


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_osticket() -> None:
    people, tickets, said = _read("osticket", EXPORTS / "osticket")

    assert people["staff:2"] == ImportedPerson(
        "staff:2", "Jón O'Brien", "jon@example.com", True, False
    )
    assert people["user:1"] == ImportedPerson(
        "user:1", 'Ana "Annie" Petrović', "ana@example.org", False, True
    )
    assert list(tickets) == ["004711", "004712", "004714", "004715"]
    vpn = tickets["004711"]
    assert vpn.subject == 'VPN drops: it\'s "down" at C:\\vpn\\'
    assert vpn.description.startswith('Hello,\nit says "no route" & stops;\n\nSee C:\\temp')
    assert (vpn.requester_ref, vpn.assignee_ref) == ("user:1", "staff:1")
    assert (vpn.team, vpn.category) == ("Networks & Phones", "VPN")
    assert (vpn.status, vpn.priority) == (Status.AWAITING_CUSTOMER, Priority.URGENT)
    assert (vpn.created_at, vpn.updated_at) == (_at("2024-03-01 09:30"), _at("2024-03-02 08:15"))
    assert vpn.fields == {"Building": "Headquarters", "source": "Email", "team": "Level II"}
    assert [(each.ref, each.author_ref, each.internal) for each in vpn.comments] == [
        ("3", "staff:1", False),
        ("4", "staff:2", True),
        ("5", "user:2", False),
    ]
    assert vpn.comments[1].body == "Looked at the gateway\n\nLine one\nLine two\twith a tab"
    assert [(file.name, _content(file)) for file in (*vpn.files, *vpn.comments[0].files)] == [
        ("shot '1'.png", bytes.fromhex("89504E470D0A1A0A00275C22000A1AFFFE27273B")),
        ("renamed.log", b"lines"),
    ]
    assert tickets["004712"].status is Status.RESOLVED
    assert tickets["004712"].closed_at == _at("2024-03-05 17:00")
    assert tickets["004714"].subject == "Only in the copy"
    assert said == [
        "ticket 004711: Its file cut.txt is not whole in the dump, and was left out.",
        "ticket 004713: It is deleted in osTicket, and was left out.",
        "ticket 004715: The priority 'vip' is not known here: medium was taken.",
    ]


def test_other_options_of_the_dump_make_no_difference(tmp_path: Path) -> None:
    shutil.copytree(EXPORTS / "osticket" / "files", tmp_path / "files")
    shutil.copy(EXPORTS / "osticket-other-options" / "osticket.sql.gz", tmp_path)

    people, tickets, said = _read("osticket", tmp_path)

    plain = _read("osticket", EXPORTS / "osticket")
    assert (people, said) == (plain[0], plain[2])
    assert {ref: (each.description, each.fields) for ref, each in tickets.items()} == {
        ref: (each.description, each.fields) for ref, each in plain[1].items()
    }
    assert tickets["004711"].files == plain[1]["004711"].files


def test_times_are_of_the_zone_that_is_named() -> None:
    reader = open_export("osticket", EXPORTS / "osticket", ZoneInfo("Europe/Vienna"))

    assert next(reader.tickets()).created_at == _at("2024-03-01 08:30")
    reader.close()


def test_a_list_of_osticket() -> None:
    people, tickets, said = _read("osticket", EXPORTS / "osticket-list" / "tickets.csv")

    assert people["agent:Mira Okafor"] == ImportedPerson(
        "agent:Mira Okafor", "Mira Okafor", "", True, True
    )
    assert tickets["004711"].subject == 'VPN "drops", again and again'
    assert tickets["004711"].status is Status.AWAITING_CUSTOMER
    assert tickets["004711"].fields["Building"] == "Headquarters"
    assert tickets["004712"].closed_at == _at("2024-03-05 17:00")
    assert list(tickets) == ["004711", "004712"]
    assert len(said) == 3


def test_a_list_in_another_language_names_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Ticketnummer;Erstellt\n1;2\n", encoding="utf-8-sig")

    with pytest.raises(Invalid, match="English"):
        open_export("osticket", tmp_path)


def test_a_backup_of_zammad() -> None:
    people, tickets, said = _read("zammad", EXPORTS / "zammad")

    assert people == {
        "user:2": ImportedPerson("user:2", "Mira Okafor", "mira@example.com", True, True),
        "user:3": ImportedPerson("user:3", "Ana Petrović", "ana@example.org", False, True),
        "user:4": ImportedPerson("user:4", "lei", "", False, False),
    }
    first = tickets["22001"]
    assert first.subject == 'No network in room "4\\2" 🖧'
    assert first.description == "Since today\\.\n\\N is not NULL;\ntab: here"
    assert first.created_at == _at("2026-01-05 08:00:00.125")
    assert (first.team, first.tags) == ("IT::Network", ("network", "room-4"))
    assert (first.status, first.priority) == (Status.AWAITING_CUSTOMER, Priority.HIGH)
    assert first.comments[0].body == "Switch 7 was off\n\\.\nsee the log\\t"
    assert [(each.internal, each.author_ref) for each in first.comments] == [
        (True, "user:2"),
        (False, "user:2"),
    ]
    assert first.files == (ImportedFile("room.png", "image/png", b"\x00\x01\xff\\\n\t"),)
    assert _content(first.comments[0].files[0]) == b"lines"
    assert tickets["22002"].assignee_ref is None
    assert (tickets["22003"].status, tickets["22003"].tags) == (Status.CLOSED, ("merged",))
    assert tickets["22003"].comments[0].author_ref is None
    assert tickets["22004"].status is Status.OPEN
    assert [each.partition(" is ")[0] for each in said] == ["ticket 22001: Its file gone.bin"]


def test_answers_of_zammads_api() -> None:
    people, tickets, said = _read("zammad", EXPORTS / "zammad-api")

    assert [person.staff for person in people.values()] == [True, False, False]
    first = tickets["22001"]
    assert (first.description, first.team) == ("Since today.", "IT::Network")
    assert first.tags == ("network", "room-4")
    assert first.fields == {"building": "HQ", "pending_time": "2026-01-20T08:00:00.000Z"}
    assert [_content(file) for file in (*first.files, *first.comments[0].files)] == [
        b"plain",
        b"lines",
    ]
    assert (tickets["22002"].status, tickets["22002"].description) == (Status.CLOSED, "Empty")
    assert len(said) == 3


def test_freescout() -> None:
    people, tickets, said = _read("freescout", EXPORTS / "freescout")

    assert [(each.ref, each.active) for each in people.values() if each.staff] == [
        ("user:1", True),
        ("user:2", False),
        ("user:3", False),
    ]
    assert people["customer:1"].email == "ana@example.org"
    laptop = tickets["101"]
    assert laptop.subject == 'Laptop won\'t "wake" 💻'
    assert laptop.description == "Hi,\nthe lid \\ closed; it's black.\nAna"
    assert laptop.tags == ("Needs-parts-soon", "vpn")
    assert [(each.ref, each.internal) for each in laptop.comments] == [("3", True), ("4", False)]
    assert [_content(file) for file in laptop.files] == [b"A picture"]
    assert (tickets["102"].status, tickets["102"].closed_at) == (
        Status.CLOSED,
        _at("2025-05-04 12:00"),
    )
    assert list(tickets) == ["101", "102"]
    # One of the two names a file outside of the folder.
    assert sum("storage/app/attachment" in sentence for sentence in said) == 2


@pytest.mark.parametrize("kind", ["osticket", "zammad", "freescout"])
def test_an_archive_says_the_same_as_its_folder(kind: str, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "export"), "zip", EXPORTS / kind)

    people, tickets, said = _read(kind, tmp_path / "export.zip")

    plain = _read(kind, EXPORTS / kind)
    assert (people, said) == (plain[0], plain[2])
    assert [_contents(each) for each in tickets.values()] == [
        _contents(each) for each in plain[1].values()
    ]


def _contents(ticket: ImportedTicket) -> list[bytes]:
    files = [*ticket.files, *(file for comment in ticket.comments for file in comment.files)]
    return [_content(file) for file in files]


@pytest.mark.parametrize("kind", ["osticket", "zammad", "freescout"])
def test_what_is_no_export_names_the_remedy(kind: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_export(kind, tmp_path / "nothing")
    with pytest.raises(NotFound, match="dump"):
        open_export(kind, tmp_path)
    (tmp_path / "a.sql").write_bytes(
        b"CREATE TABLE `x` (\n `a` int\n);\nINSERT INTO `x` VALUES (1);"
    )
    with pytest.raises(Invalid, match="whole database"):
        open_export(kind, tmp_path)
    (tmp_path / "a.sql").write_bytes(b"PGDMP\x01")
    with pytest.raises(DeskError):
        open_export(kind, tmp_path)


def test_a_dump_that_breaks_off_gives_what_there_is_and_says_so(tmp_path: Path) -> None:
    whole = (EXPORTS / "osticket" / "osticket.sql").read_bytes()
    (tmp_path / "osticket.sql").write_bytes(whole[: whole.index(b"(3,2,0,'lei@") + 5])

    people, tickets, said = _read("osticket", tmp_path)

    assert list(tickets) == ["004711", "004712", "004714", "004715"]
    assert (people["user:1"].email, people["user:2"].email) == ("ana@example.org", "")
    assert any("breaks off" in sentence for sentence in said)


def test_a_dump_without_its_tickets_is_refused(tmp_path: Path) -> None:
    whole = (EXPORTS / "osticket" / "osticket.sql").read_bytes()
    (tmp_path / "osticket.sql").write_bytes(
        whole[: whole.index(b"Table structure for table `ost_ticket`")]
    )

    with pytest.raises(Invalid, match="missing"):
        open_export("osticket", tmp_path)


def test_values_of_the_wrong_kind_harm_nothing(tmp_path: Path) -> None:
    dump = (EXPORTS / "osticket" / "osticket.sql").read_bytes()
    dump = dump.replace(b"'2024-03-01 09:30:00'", b"'0000-00-00 00:00:00'")
    dump = dump.replace(b"(1,1,'T'", b"('x',NULL,7").replace(b"'html'", b"NULL")
    (tmp_path / "osticket.sql").write_bytes(dump)

    _, tickets, _ = _read("osticket", tmp_path)

    assert "004712" in tickets
