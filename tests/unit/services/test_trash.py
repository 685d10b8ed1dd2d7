# SPDX-License-Identifier: GPL-3.0-or-later
"""A deleted ticket leaves everything, and comes back with all that was on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from helpdesk.client.file_transfer import Outgoing
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.audit import AuditAction, AuditQuery
from helpdesk.core.schemas.bulk import BulkChange
from helpdesk.core.schemas.ticket_work import LinkKind
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Status, TicketQuery
from helpdesk.core.schemas.trash import TrashQuery
from helpdesk.core.schemas.users import Role
from helpdesk.database.search import search_of
from helpdesk.models import (
    Attachment,
    AttachmentPiece,
    Tag,
    TicketLink,
    TicketMerge,
    TicketTag,
    TimeEntry,
    Watcher,
)
from helpdesk.repositories.attachments import AttachmentRepository
from helpdesk.services import trash
from tests.conftest import SettableClock
from tests.contract.desks import dump, opened, statements
from tests.matrix import LOCAL
from tests.unit.services.undoable import BOB, Undoable

pytestmark = pytest.mark.desk_kinds(*LOCAL)
_LEFT_OUT = (
    "audit_entry", "deed", "deed_step", "desk_fact", "desk_change", "trashed_ticket",
    "session", "user", "sign_in_source", "ticket_search_data", "ticket_search_idx",
    "ticket_search_docsize", "article_search_data",
)  # fmt: skip
"""What tells of deleting and restoring itself."""
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Undoable]:
    clock = SettableClock()
    with opened(tmp_path_factory.mktemp("trash"), template, clock, desk_kind) as embedded:
        yield Undoable(embedded, clock)


def content(desk: Undoable) -> dict[str, list[str]]:
    """Return every table but what tells of deleting, without entries of a restoring."""
    found = dump(desk.embedded.database, without=_LEFT_OUT)
    found["event"] = [row for row in found["event"] if "restored" not in row]
    # A row of zeros is as good as none.
    found["daily_figure"] = [row for row in found["daily_figure"] if any(_amounts(row))]
    found["hourly_figure"] = [row for row in found["hourly_figure"] if row[-1]]
    return {table: sorted(map(repr, rows)) for table, rows in found.items()}


def _amounts(row: tuple[object, ...]) -> list[object]:
    return [each for each in row[4:] if each not in (None, 0)]


def furnish(desk: Undoable, ticket: int, other: int) -> int:
    """Put rows of many tables on a ticket, and return the number of a file on it."""
    with desk.embedded.database.writing() as session:
        tag = Tag(name=f"tag{ticket}", name_folded=f"tag{ticket}")
        session.add(tag)
        session.flush()
        file = Attachment(
            key=f"{ticket:032x}", ticket_id=ticket, owner_id=1, name="a.txt",
            media_type="text/plain", size=1, created_at=AT, completed_at=AT,
            sha256=sha256(b"x").hexdigest(),
        )  # fmt: skip
        session.add_all(
            [
                TicketTag(ticket_id=ticket, tag_id=tag.id),
                Watcher(ticket_id=ticket, person_id=BOB, at=AT),
                TicketLink(from_id=ticket, to_id=other, kind=LinkKind.BLOCKS, at=AT),
                TimeEntry(
                    ticket_id=ticket, person_id=BOB, started_at=AT, ended_at=AT, seconds=60, note=""
                ),
                file,
            ]
        )
        session.flush()
        session.add(AttachmentPiece(attachment_id=file.id, position=0, data=b"x"))
        search_of(session).add_comment(session, ticket, "a.txt", internal=False)
        search_of(session).index_around(session, (ticket,))
        return file.id


def delete(desk: Undoable, ticket: int) -> int:
    version = desk.charlie.tickets.view(ticket).version
    return desk.charlie.trash.delete(ticket, version).id


@settings(max_examples=12)
@given(edits=st.lists(st.integers(0, 18), max_size=6), replies=st.integers(0, 2))
def test_deleting_and_restoring_is_as_if_nothing_had_been(
    desk: Undoable, edits: list[int], replies: int
):
    ticket, other = desk.new(), desk.new("Other printer")
    furnish(desk, ticket, other)
    for what in edits:
        desk.edit(desk.charlie, ticket, what)
    for number in range(replies):
        for who in (desk.alice, desk.bob):
            if "comment" in who.tickets.view(ticket).allowed:
                who.tickets.comment(ticket, NewComment(body=f"Printer {number}"))
    before = content(desk)
    delete(desk, ticket)
    desk.require_sound()
    assert not desk.charlie.tickets.search(TicketQuery(text=f"HD-{ticket}")).items
    desk.charlie.trash.restore(ticket)
    assert content(desk) == before
    desk.require_sound()


def test_nothing_of_it_is_found_or_counted_while_it_is_away(desk: Undoable):
    before = desk.state()
    ticket = desk.new("Quince printer")
    desk.bob.tickets.comment(ticket, NewComment(body="On it."))
    delete(desk, ticket)
    assert desk.state() == before
    with pytest.raises(NotFound):
        desk.charlie.tickets.view(ticket)
    (told,) = desk.charlie.trash.search(TrashQuery(text="quince")).items
    assert (told.id, told.subject, told.requester.full_name) == (
        ticket, "Quince printer", "Alice Moreau",
    )  # fmt: skip
    assert told.gone_at == told.deleted_at + timedelta(days=30)
    assert not desk.charlie.trash.search(TrashQuery(text="nothing")).items


def test_a_deleted_ticket_is_found_by_its_number_and_no_digit_stops_the_search(desk: Undoable):
    ticket = desk.new("Scanner")
    delete(desk, ticket)
    for number in (f"HD-{ticket}", f"hd {ticket}", f"HD{ticket}", f"#{ticket}", f"{ticket}"):
        found = desk.charlie.trash.search(TrashQuery(text=number)).items
        assert [each.id for each in found] == [ticket]
    for other in ("\u00b2", "HD-\u2460", "9" * 400):
        assert not desk.charlie.trash.search(TrashQuery(text=other)).items


def test_its_number_is_given_to_no_other(desk: Undoable):
    ticket = desk.new()
    delete(desk, ticket)
    later = desk.new()
    assert later > ticket
    desk.bob.tickets.comment(later, NewComment(body="Hello"))
    desk.charlie.trash.restore(ticket)
    assert desk.charlie.tickets.view(ticket).number == f"HD-{ticket}"
    desk.require_sound()


def test_a_deletion_is_undone_as_a_deed_and_done_again(desk: Undoable):
    ticket = desk.new()
    deed = delete(desk, ticket)
    assert desk.charlie.deeds.recent()[0].label == f"HD-{ticket} deleted"
    assert desk.charlie.deeds.undo(deed).undone == 1
    assert desk.charlie.tickets.view(ticket).events[0].kind == "restored"
    assert desk.charlie.deeds.redo(deed).undone == 1
    with pytest.raises(NotFound):
        desk.charlie.tickets.view(ticket)


def test_a_link_comes_back_with_the_last_of_its_ends(desk: Undoable):
    ticket, other = desk.new(), desk.new()
    furnish(desk, ticket, other)
    delete(desk, ticket)
    delete(desk, other)
    desk.charlie.trash.restore(ticket)
    desk.charlie.trash.restore(other)
    with desk.embedded.database.reading() as session:
        links = session.execute(
            text("SELECT count(*) FROM ticket_link WHERE from_id = :id"), {"id": ticket}
        ).scalar_one()
    assert links == 1


def test_merged_tickets_and_stale_views_are_refused(desk: Undoable):
    ticket, other = desk.new(), desk.new()
    with desk.embedded.database.writing() as session:
        session.add(
            TicketMerge(
                merged_id=ticket, survivor_id=other, at=AT, status=Status.NEW, watchers="[]"
            )
        )
    for each in (ticket, other):
        with pytest.raises(Invalid, match="undo the merge first"):
            desk.charlie.trash.delete(each, 1)
    with desk.embedded.database.writing() as session:
        session.execute(text("DELETE FROM ticket_merge"))
    desk.bob.tickets.take(other, 1)
    with pytest.raises(Conflict):
        desk.charlie.trash.delete(other, 1)


def test_files_wait_with_their_ticket_and_go_with_it_for_good(desk: Undoable):
    ticket, other = desk.new(), desk.new()
    file = furnish(desk, ticket, other)
    delete(desk, ticket)
    with desk.embedded.database.reading() as session:
        waiting = session.get_one(Attachment, file)
        assert (waiting.ticket_id, waiting.trashed_id) == (None, ticket)
    with pytest.raises(Forbidden):
        desk.charlie.trash.purge(ticket)
    desk.dana.trash.purge(ticket)
    with desk.embedded.database.reading() as session:
        assert session.get(Attachment, file) is None
    with pytest.raises(NotFound):
        desk.charlie.trash.restore(ticket)
    desk.require_sound()


def test_files_of_a_deleted_ticket_are_not_on_the_way(desk: Undoable):
    sent = Outgoing("notes.txt", b"What it says").send(desk.bob)
    ticket = desk.bob.tickets.open(NewTicket(subject="With a file", attachment_keys=(sent.key,))).id
    owner = Actor(id=BOB, username="bob", full_name="Bob Keller", role=Role.TECHNICIAN)
    delete(desk, ticket)
    with desk.embedded.database.reading() as session:
        files = AttachmentRepository(session, owner)
        assert files.pending(BOB, 100).files == 0
        assert not files.own_pending_of([sent.key])
        assert not files.unattached(desk.clock.now + timedelta(days=90), 10)
    other = desk.new()
    with pytest.raises(NotFound):
        desk.bob.attachments.discard(sent.key)
    with pytest.raises(Invalid):
        desk.bob.tickets.comment(other, NewComment(body="It", attachment_keys=(sent.key,)))
    desk.charlie.trash.restore(ticket)
    assert desk.bob.tickets.view(ticket).attachments == (sent,)


def test_the_audit_log_tells_of_it(desk: Undoable):
    ticket = desk.new()
    delete(desk, ticket)
    desk.charlie.trash.restore(ticket)
    told = desk.dana.audit.search(AuditQuery(about="ticket", about_id=ticket)).items
    assert [each.action for each in told] == [
        AuditAction.TICKET_RESTORED, AuditAction.TICKET_DELETED,
    ]  # fmt: skip
    assert {each.actor_name for each in told} == {"Charlie Hart"}


def test_open_windows_load_everything_anew(desk: Undoable):
    ticket = desk.new()
    cursor = desk.bob.tickets.changes("").cursor
    delete(desk, ticket)
    assert desk.bob.tickets.changes(cursor).everything


def test_a_restored_ticket_is_indexed_once_however_much_was_said(desk: Undoable):
    ticket = desk.new("Long thread")
    for number in range(4):
        desk.alice.tickets.comment(ticket, NewComment(body=f"mellotron{number}"))
        desk.bob.tickets.comment(ticket, NewComment(body=f"ondes{number}", internal=True))
    delete(desk, ticket)
    with statements() as seen:
        desk.charlie.trash.restore(ticket)
    assert len([each for each in seen if "ticket_search" in each and "SELECT 1" not in each]) == 1
    desk.require_sound()


def test_long_tickets_come_back_in_more_steps_than_short_ones(
    desk: Undoable, monkeypatch: pytest.MonkeyPatch
):
    *short, long = [desk.new() for _ in range(4)]
    for number in range(20):
        desk.bob.tickets.comment(long, NewComment(body=f"Line {number}"))
    deed = desk.charlie.bulk.begin("Away")
    gone = BulkChange(ticket_ids=(*short, long), delete=True)
    assert len(desk.charlie.bulk.change(deed.id, gone).changed) == 4
    # Room for the short ones, or for the long one alone.
    monkeypatch.setattr(trash, "_MOST_ROWS", 3 * trash.RESTORED + 50)
    steps = [desk.charlie.deeds.undo(deed.id)]
    while steps[-1].more:
        steps.append(desk.charlie.deeds.undo(deed.id))
    assert [(each.undone, each.left) for each in steps] == [(3, 1), (1, 0)]
    desk.require_sound()
