# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on tickets: how they are sent, what they stand on, who reads and who finds them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.file_transfer import Outgoing, save
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Invalid, NotFound, TooLarge, TooManyAttempts
from helpdesk.core.schemas.attachments import PIECE_BYTES, NewAttachment, NewPiece, UploadEnd
from helpdesk.core.schemas.audit import AuditAction, AuditQuery
from helpdesk.core.schemas.links import MergeInto
from helpdesk.core.schemas.ticket_work import AttachmentView
from helpdesk.core.schemas.tickets import NewComment, NewTicket, TicketQuery, TicketView
from helpdesk.database.checks import examine, rebuild
from helpdesk.database.search import search_of
from helpdesk.jobs.housekeeping import forget_attachments
from helpdesk.models import Attachment
from helpdesk.repositories.attachments import FOUND_LETTERS
from tests.conftest import SettableClock
from tests.contract.desks import opened, person, statements

LARGE = bytes(range(256)) * (PIECE_BYTES // 256) * 2 + b"the end"
"""Of three pieces."""
ERIN = 2
LIMIT = 25 * 1024 * 1024


class Here:
    """A desk, and people who have signed in to it."""

    def __init__(self, embedded: EmbeddedDesk, clock: SettableClock) -> None:
        self.embedded, self.clock = embedded, clock
        self.alice, self.erin = person(embedded, "alice"), person(embedded, "erin")
        self.bob, self.dana = person(embedded, "bob"), person(embedded, "dana")

    def found(self, desk: HelpDesk, text: str) -> list[int]:
        return [row.id for row in desk.tickets.search(TicketQuery(text=text)).items]

    def downloads(self) -> int:
        query = AuditQuery(actions=(AuditAction.DOWNLOADED,), limit=500)
        return len(self.dana.audit.search(query).items)


@pytest.fixture(scope="module")
def here(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Here]:
    clock = SettableClock()
    place = tmp_path_factory.mktemp("files")
    with opened(place, template, clock, desk_kind) as embedded:
        yield Here(embedded, clock)
        assert examine(embedded.database).findings == ()


def sent(desk: HelpDesk, data: bytes = b"What it says.", name: str = "a.bin") -> AttachmentView:
    return Outgoing(name, data).send(desk)


def opened_with(desk: HelpDesk, *files: AttachmentView, subject: str = "Broken") -> TicketView:
    keys = tuple(each.key for each in files)
    return desk.tickets.open(NewTicket(subject=subject, attachment_keys=keys))


def end_of(data: bytes) -> UploadEnd:
    return UploadEnd(size=len(data), sha256=hashlib.sha256(data).hexdigest())


def piece(data: bytes) -> NewPiece:
    return NewPiece(data=base64.b64encode(data).decode())


def read(desk: HelpDesk, file: AttachmentView, target: Path) -> bytes:
    save(desk, file, target)
    return target.read_bytes()


def test_a_file_comes_with_a_ticket_and_is_read_by_who_sees_it(here: Here, tmp_path: Path):
    told: list[tuple[int, int]] = []
    file = Outgoing("C:\\temp\\screen.png", LARGE).send(here.alice, lambda *each: told.append(each))
    assert told == [(PIECE_BYTES, len(LARGE)), (2 * PIECE_BYTES, len(LARGE)), (len(LARGE),) * 2]
    ticket = opened_with(here.alice, file)
    assert ticket.attachments == (
        AttachmentView(key=file.key, name="screen.png", media_type="image/png", size=len(LARGE)),
    )
    assert [event.new for event in ticket.events if event.kind == "attached"] == ["screen.png"]
    before = here.downloads()
    assert read(here.bob, ticket.attachments[0], tmp_path / "x") == LARGE
    assert not (tmp_path / "x").stat().st_mode & 0o111
    assert here.downloads() == before + 1
    entry = here.dana.audit.search(AuditQuery(actions=(AuditAction.DOWNLOADED,))).items[0]
    assert (entry.actor_name, entry.about, entry.about_name) == (
        "Bob Keller", "attachment", "screen.png",
    )  # fmt: skip
    assert entry.changes[0].after == ticket.number


def test_a_download_without_its_first_piece_is_entered_too(here: Here):
    ticket = opened_with(here.alice, sent(here.alice, LARGE))
    before = here.downloads()
    key = ticket.attachments[0].key
    here.bob.attachments.part(key, 2)
    here.bob.attachments.part(key, 3)
    assert here.downloads() == before + 1


def test_files_of_comments_stand_with_them(here: Here):
    ticket = opened_with(here.alice, subject="With files")
    first, second = sent(here.bob, b"1", "1.bin"), sent(here.bob, b"2", "2.bin")
    reply = NewComment(body="Look.", attachment_keys=(second.key, first.key))
    view = here.bob.tickets.comment(ticket.id, reply)
    assert [each.name for each in view.comments[0].attachments] == ["1.bin", "2.bin"]
    # A comment may be nothing but a file.
    third = sent(here.alice, b"3", "3.bin")
    view = here.alice.tickets.comment(ticket.id, NewComment(body="", attachment_keys=(third.key,)))
    assert [each.name for each in view.comments[1].attachments] == ["3.bin"]
    assert view.attachments == ()
    earlier = here.alice.tickets.comments(ticket.id, view.comments[1].id)
    assert len(earlier[0].attachments) == 2


def test_b02_files_of_others_and_of_notes_look_as_if_there_were_none(here: Here):
    ticket = opened_with(here.alice, sent(here.alice))
    note = sent(here.bob, b"xylophone", "xylophone.txt")
    noted = NewComment(body="For us.", internal=True, attachment_keys=(note.key,))
    here.bob.tickets.comment(ticket.id, noted)
    unattached = sent(here.bob, b"Later.")
    refusals = set()
    for desk, key in (
        (here.erin, ticket.attachments[0].key),
        (here.alice, note.key),
        (here.alice, unattached.key),
        (here.alice, "0" * 32),
        (here.alice, "'; --"),
    ):
        with pytest.raises(NotFound) as refused:
            desk.attachments.part(key, 1)
        refusals.add(str(refused.value))
    assert len(refusals) == 1
    assert here.bob.attachments.part(note.key, 1).data
    for number in (-1, 0, 2, 2**63 - 1):
        with pytest.raises(NotFound):
            here.bob.attachments.part(note.key, number)
    assert "xylophone" not in repr(here.alice.tickets.view(ticket.id))
    assert here.found(here.alice, "xylophone") == []
    assert here.found(here.bob, "xylophone") == [ticket.id]
    assert here.alice.tickets.search(TicketQuery(text="Broken")).items[0].attachments == 1
    assert here.bob.tickets.search(TicketQuery(text="xylophone")).items[0].attachments == 2


def taken(desk: HelpDesk, file: AttachmentView) -> bool:
    """Return whether a file can be taken."""
    try:
        return bool(desk.attachments.part(file.key, 1).data)
    except NotFound:
        return False


def test_files_of_merged_tickets_are_for_who_sees_where_they_went(here: Here):
    asked, said, noted = (sent(here.bob, name=f"{each}.bin") for each in ("asked", "said", "noted"))
    low = opened_with(here.bob, asked, subject="Low")
    middle, last = (opened_with(here.bob, subject=each) for each in ("Middle", "Last"))
    theirs = opened_with(here.alice, sent(here.alice), subject="Survivor")
    for file, internal in ((said, False), (noted, True)):
        new = NewComment(body="Look.", internal=internal, attachment_keys=(file.key,))
        here.bob.tickets.comment(low.id, new)
    here.bob.watchers.add(middle.id, ERIN)
    assert not any(taken(desk, asked) for desk in (here.alice, here.erin))
    for merged, into in ((low, middle), (middle, last), (last, theirs)):
        version = here.bob.tickets.view(merged.id).version
        here.bob.merging.merge(merged.id, MergeInto(survivor_id=into.id, version=version))
    chips = {
        file.key
        for each in here.alice.tickets.view(theirs.id).comments
        for file in each.attachments
    }
    assert chips == {asked.key, said.key}
    for desk in (here.alice, here.erin):
        assert [taken(desk, each) for each in (asked, said, noted)] == [True, True, False]
    assert taken(here.bob, noted)
    # Who is taken out of all of it, and what is taken apart.
    here.bob.watchers.remove(middle.id, ERIN)
    assert taken(here.erin, asked)
    for each in (last, theirs):
        if ERIN in {one.person.id for one in here.bob.watchers.of_ticket(each.id)}:
            here.bob.watchers.remove(each.id, ERIN)
    assert not taken(here.erin, asked)
    here.bob.merging.unmerge(last.id)
    assert not taken(here.alice, asked)


def test_a_ticket_is_refused_whole_for_a_file_that_is_not_ones_own_to_give(here: Here):
    used, foreign = sent(here.alice), sent(here.erin)
    opened_with(here.alice, used)
    begun = here.alice.attachments.begin(NewAttachment(name="x", size=3))
    good = sent(here.alice)
    newest = here.bob.tickets.search(TicketQuery(sort="newest", limit=1)).items[0].id
    for bad in (used.key, foreign.key, begun.key, "0" * 32, good.key):
        new = NewTicket(subject="Refused", attachment_keys=(good.key, bad))
        with pytest.raises(Invalid, match="attach it again") as refused:
            here.alice.tickets.open(new)
        assert refused.value.field == "attachment_keys"
    assert here.bob.tickets.search(TicketQuery(sort="newest", limit=1)).items[0].id == newest
    # It is there still, and can be given.
    assert opened_with(here.alice, good).attachments


def test_pieces_are_taken_once_and_only_where_they_fit(here: Here):
    desk = here.alice.attachments
    key = desk.begin(NewAttachment(name="x", size=PIECE_BYTES + 3)).key
    desk.put(key, 2, piece(b"end"))
    desk.put(key, 2, piece(b"end"))
    with pytest.raises(Conflict):
        desk.put(key, 2, piece(b"and"))
    for number, data in ((1, b"short"), (3, b"end"), (10**9, b"x"), (2**62, b"x")):
        with pytest.raises(Invalid):
            desk.put(key, number, piece(data))
    with pytest.raises((Invalid, NotFound)):
        desk.put(key, 0, piece(b"end"))
    with pytest.raises(Invalid):
        desk.put(key, 1, NewPiece(data="%%%%"))
    whole = b"x" * PIECE_BYTES + b"end"
    with pytest.raises(Invalid, match="did not arrive"):
        desk.finish(key, end_of(whole))
    desk.put(key, 1, piece(whole[:PIECE_BYTES]))
    for wrong in (end_of(whole + b"!"), UploadEnd(size=len(whole), sha256="0" * 64)):
        with pytest.raises(Invalid, match="did not arrive"):
            desk.finish(key, wrong)
    with pytest.raises(NotFound):
        here.erin.attachments.finish(key, end_of(whole))
    with pytest.raises(NotFound):
        here.erin.attachments.put(key, 1, piece(whole[:PIECE_BYTES]))
    with pytest.raises(NotFound):
        here.erin.attachments.discard(key)
    desk.finish(key, end_of(whole))
    desk.finish(key, end_of(whole))
    with pytest.raises(Invalid):
        desk.finish(key, end_of(whole + b"!"))
    desk.discard(key)
    with pytest.raises(NotFound):
        desk.discard(key)
    with pytest.raises(NotFound):
        desk.finish(key, end_of(whole))


def test_d03_no_file_is_larger_than_the_desk_takes(here: Here):
    desk = here.alice.attachments
    with pytest.raises(TooLarge, match="25 MB"):
        desk.begin(NewAttachment(name="x", size=LIMIT + 1))
    key = desk.begin(NewAttachment(name="x")).key
    with pytest.raises(TooLarge):
        desk.put(key, LIMIT // PIECE_BYTES + 1, piece(b"x"))
    desk.discard(key)


def test_nobody_has_more_on_the_way_than_is_fair(here: Here):
    desk = here.erin.attachments
    for size, most in ((LIMIT, 4), (1, 50)):
        keys = []
        refused = False
        while not refused:
            try:
                keys.append(desk.begin(NewAttachment(name="x", size=size)).key)
            except TooManyAttempts:
                refused = True
        # What others of these tests have left on the way counts, too.
        assert most - 5 <= len(keys) <= most
        for key in keys:
            desk.discard(key)


def test_what_nobody_puts_anywhere_is_swept_after_a_day(here: Here):
    kept = sent(here.bob, LARGE)
    ticket = opened_with(here.bob, kept)
    waiting = sent(here.bob, b"Waits.")
    here.bob.attachments.begin(NewAttachment(name="x", size=3))
    forget_attachments(here.embedded, here.clock() + timedelta(hours=23))
    assert opened_with(here.bob, waiting).attachments
    sent(here.bob, b"Goes.")
    assert forget_attachments(here.embedded, here.clock() + timedelta(hours=25)) >= 2
    assert here.bob.attachments.part(ticket.attachments[0].key, 3).data


@pytest.mark.parametrize("name", ["a.txt", "A.LOG", "mail.eml", "data.csv"])
def test_the_words_of_text_files_are_found_with_the_ticket(here: Here, name: str):
    word = f"marimba{name.replace('.', '').casefold()}"
    ticket = opened_with(here.alice, sent(here.alice, f"A {word}!".encode(), name))
    assert here.found(here.alice, word) == [ticket.id]
    assert here.found(here.alice, name) != []
    excerpt = here.alice.tickets.search(TicketQuery(text=word)).items[0].excerpt or ""
    assert word in excerpt
    assert here.found(here.erin, word) == []


def test_nothing_but_text_is_read(here: Here):
    for name, data in (
        ("x.pdf", b"%PDF clavichord"),
        ("x.svg", b"<svg>clavichord</svg>"),
        ("x.txt", b"clavichord\0\0"),
    ):
        opened_with(here.alice, sent(here.alice, data, name))
    assert here.found(here.bob, "clavichord") == []


def test_texts_of_files_stay_found_when_the_index_is_made_anew(here: Here):
    ticket = opened_with(here.alice, sent(here.alice, b"harmonium", "h.txt"))
    note = sent(here.bob, b"theremin", "t.txt")
    noted = NewComment(body="x", internal=True, attachment_keys=(note.key,))
    here.bob.tickets.comment(ticket.id, noted)
    here.bob.tickets.comment(ticket.id, NewComment(body="Last."))
    rebuild(here.embedded.database)
    assert here.found(here.alice, "harmonium") == [ticket.id]
    assert here.found(here.alice, "theremin") == []
    assert here.found(here.bob, "theremin") == [ticket.id]


def test_a_ticket_is_found_by_so_much_of_its_files_and_indexed_once_a_comment(here: Here):
    ticket = opened_with(here.alice, subject="Has logs")
    logs = [
        sent(here.alice, f"gamelan{number} {'angklung ' * 12_000}".encode(), f"log{number}.log")
        for number in range(4)
    ]
    reply = NewComment(body="See the logs", attachment_keys=tuple(each.key for each in logs))
    with statements() as seen:
        here.alice.tickets.comment(ticket.id, reply)
    assert len([each for each in seen if each.startswith("UPDATE ticket_search")]) == 1
    with here.embedded.database.reading() as session:
        mine = select(func.sum(func.length(Attachment.said))).where(
            Attachment.ticket_id == ticket.id
        )
        kept = session.execute(mine).scalar_one()
        (texts,) = search_of(session).texts(session, [ticket.id], notes=True)
    # What is left of the room was used up, and beyond it are but names.
    assert FOUND_LETTERS <= kept < FOUND_LETTERS + 100
    assert "See the logs" in texts[3]
    assert here.found(here.alice, "gamelan1 log1.log") == [ticket.id]
    assert here.found(here.alice, "gamelan3") == []
    assert here.found(here.alice, "log3.log") == [ticket.id]
    more = sent(here.bob, b"bonang", "more.log")
    here.bob.tickets.comment(ticket.id, NewComment(body="And", attachment_keys=(more.key,)))
    assert here.found(here.bob, "more.log") == [ticket.id]
    assert here.found(here.bob, "bonang") == []
