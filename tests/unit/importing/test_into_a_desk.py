# SPDX-License-Identifier: GPL-3.0-or-later
"""What another help desk has exported arrives in a desk: texts, people, times and files."""

from __future__ import annotations

import base64

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.ticket_imports import Loaded, Wanted, import_tickets
from helpdesk.client.ticket_sources import opened
from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.ticket_work import AttachmentView
from helpdesk.core.schemas.tickets import Status, TicketQuery, TicketView
from tests.conftest import SignIn
from tests.unit.importing.exports import EXPORTS


def _imported(desk: EmbeddedDesk, kind: str) -> Loaded:
    with opened(kind, EXPORTS / kind) as reader:
        done = import_tickets(desk.as_system(), reader, Wanted(kind))
    assert done.error is None
    assert done.refused == 0
    return done


def _ticket(desk: HelpDesk, subject: str) -> TicketView:
    for row in desk.tickets.search(TicketQuery()).items:
        if row.subject == subject:
            return desk.tickets.view(row.id)
    raise AssertionError(subject)


def _bytes(desk: HelpDesk, files: tuple[AttachmentView, ...]) -> dict[str, bytes]:
    return {file.name: base64.b64decode(desk.attachments.part(file.key, 1).data) for file in files}


def _thread(ticket: TicketView) -> list[tuple[str, bool, str]]:
    return [(each.author.full_name, each.internal, each.body) for each in ticket.comments]


def test_osticket_arrives(embedded: EmbeddedDesk, sign_in: SignIn) -> None:
    done = _imported(embedded, "osticket")

    desk = sign_in("dana")
    # One account is the import's own, which writes what the desk has no field for.
    assert (done.added, done.new_people) == (4, 5)
    vpn = _ticket(desk, 'VPN drops: it\'s "down" at C:\\vpn\\')
    assert vpn.requester.full_name == 'Ana "Annie" Petrović'
    assert vpn.requester_email == "ana@example.org"
    assert (vpn.status, vpn.priority) == (Status.AWAITING_CUSTOMER, Priority.URGENT)
    assert vpn.category is not None
    assert vpn.category.name == "VPN"
    assert vpn.created_at.isoformat() == "2024-03-01T09:30:00+00:00"
    assert [name for name, _, _ in _thread(vpn)][:3] == ["Mira Okafor", "Jón O'Brien", "李雷"]
    assert vpn.comments[0].created_at.isoformat() == "2024-03-01T10:06:00+00:00"
    assert [internal for _, internal, _ in _thread(vpn)][:3] == [False, True, False]
    assert _bytes(desk, vpn.attachments) == {
        "shot '1'.png": bytes.fromhex("89504E470D0A1A0A00275C22000A1AFFFE27273B")
    }
    assert _bytes(desk, vpn.comments[0].attachments) == {"renamed.log": b"lines"}


def test_a_second_import_changes_nothing(embedded: EmbeddedDesk) -> None:
    _imported(embedded, "osticket")

    again = _imported(embedded, "osticket")

    assert (again.added, again.known, again.new_people) == (0, 4, 0)


def test_zammad_arrives(embedded: EmbeddedDesk, sign_in: SignIn) -> None:
    done = _imported(embedded, "zammad")

    desk = sign_in("dana")
    assert done.added == 4
    network = _ticket(desk, 'No network in room "4\\2" 🖧')
    assert network.description == "Since today\\.\n\\N is not NULL;\ntab: here"
    assert (network.status, network.tags) == (
        Status.AWAITING_CUSTOMER,
        ("network", "room-4"),
    )
    assert network.created_at.isoformat() == "2026-01-05T08:00:00.125000+00:00"
    assert _thread(network)[:2] == [
        ("Mira Okafor", True, "Switch 7 was off\n\\.\nsee the log\\t"),
        ("Mira Okafor", False, "It is on again."),
    ]
    assert _bytes(desk, network.attachments) == {"room.png": b"\x00\x01\xff\\\n\t"}
    assert _bytes(desk, network.comments[0].attachments) == {"switch.log": b"lines"}
    assert _ticket(desk, "Toner").status is Status.CLOSED


def test_freescout_arrives(embedded: EmbeddedDesk, sign_in: SignIn) -> None:
    done = _imported(embedded, "freescout")

    desk = sign_in("dana")
    assert done.added == 2
    laptop = _ticket(desk, 'Laptop won\'t "wake" 💻')
    assert laptop.description == "Hi,\nthe lid \\ closed; it's black.\nAna"
    assert laptop.requester.full_name == "Ana Petrović"
    assert laptop.tags == ("Needs-parts-soon", "vpn")
    assert _thread(laptop)[:2] == [
        ("Mira Okafor", True, "Serial 4711, in warranty"),
        ("Mira Okafor", False, "Hold the power key for ten seconds (https://example.com/reset)."),
    ]
    assert _bytes(desk, laptop.attachments) == {"lid photo.txt": b"A picture"}
    phoned = _ticket(desk, "(no subject)")
    assert phoned.closed_at is not None
    assert phoned.closed_at.isoformat() == "2025-05-04T12:00:00+00:00"
