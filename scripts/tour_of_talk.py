# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the tour that shows what is said on a ticket: replies, files, links, and collisions.

It has tickets of its own, which are deleted for good after it.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtGui import QColor, QImage, QLinearGradient, QPainter
from PyQt5.QtWidgets import QToolButton
from tour_stage import Stage

if TYPE_CHECKING:
    from helpdesk.client.help_desk import HelpDesk
    from helpdesk.core.schemas.tickets import TicketView
    from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
    from helpdesk.ui.tickets.panels.panel import TicketPanel
    from helpdesk.ui.tickets.ticket_pane import TicketPane

_LARGE = 24 * 1024 * 1024
_SUBJECTS = (
    "VPN drops every hour since the update",
    "VPN drops in the meeting rooms",
    "Cannot reach the file server from home",
    "New certificate for the VPN gateway",
)
_PROBLEM = """\
Since this morning's update the VPN disconnects about once an hour, for me and for two colleagues.

I have attached what the client says, and a picture of its settings."""
_NOTE = "The gateway's certificate runs out on Friday; @bob please look at it before you answer."
_ANSWER = """\
Dear Alice,

thank you for the log. The client falls back to the old gateway; please choose "Lyon 2" for now."""


class Cast(NamedTuple):
    """The tickets of the scenes: one in the middle, and those that hang on it."""

    main: TicketView
    others: tuple[TicketView, ...]


def of_talk(stage: Stage, person: str) -> int:
    """Take the pictures of one person; return how many."""
    if stage.colleagues is None:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        files = _files(Path(folder))
        if person == "alice":
            return _submit(stage, files) + _asked(stage, files)
        return _worked(stage, files) if person == "bob" else 0


# --- who asks -------------------------------------------------------------------------------------


def _submit(stage: Stage, files: tuple[Path, ...]) -> int:
    """Show the form with tickets that are alike, and files on their way."""
    from helpdesk.ui.submit_ticket_tab import SubmitTicketTab

    tab = stage.window.open_tab("submit")
    assert isinstance(tab, SubmitTicketTab)  # noqa: S101 - what the key stands for
    stage.settle()
    stage.type_into(tab.subject, stage.answer(_own_subject))
    stage.until(lambda: not tab.similar.isHidden())
    stage.settle()
    taken = stage.take(stage.window, "submit-similar")
    taken += _attach(stage, tab, files)
    tab.discard_button.click()
    stage.settle()
    return taken


def _attach(stage: Stage, tab: SubmitTicketTab, files: tuple[Path, ...]) -> int:
    tab.description.setPlainText(_PROBLEM)
    tab.tray.add_paths(files)
    stage.until(lambda: any("%" in chip.said for chip in tab.tray.chips[-1:]))
    taken = stage.take(stage.window, "submit-files")
    tab.submit_button.setFocus()
    tab.tray.discard()
    stage.settle()
    return taken


def _asked(stage: Stage, files: tuple[Path, ...]) -> int:
    """Show a ticket to whom it belongs: with its files, and merged into another one."""
    cast = _open(stage, files)
    tab = stage.list_of("view")
    stage.answer(lambda desk: _say(desk, cast.main.id, _ANSWER), "bob")
    tab.show_ticket(cast.main.id)
    stage.settle()
    taken = stage.take(stage.window, "own-ticket")
    _merge(stage, cast)
    tab.show_ticket(cast.others[0].id)
    stage.settle()
    taken += stage.take(stage.window, "merged")
    _close(stage, cast)
    return taken


# --- who works ------------------------------------------------------------------------------------


def _worked(stage: Stage, files: tuple[Path, ...]) -> int:
    """Show a ticket to whoever works on it."""
    cast = _open(stage, files)
    tab = stage.list_of("manage")
    tab.list.show_view(next(each for each in tab.list.views if each.key == "mine"))
    tab.show_ticket(cast.main.id)
    stage.settle()
    pane = tab.pane
    taken = _around(stage, pane) + _reply(stage, pane, files)
    taken += _send(stage, cast, pane) + _collide(stage, cast, pane)
    _merge(stage, cast)
    for ticket, name in ((cast.others[0], "merged"), (cast.main, "merged-into")):
        tab.show_ticket(ticket.id)
        stage.settle()
        taken += stage.take(stage.window, name)
    tab.list.show_view(tab.list.views[0])
    _close(stage, cast)
    return taken


def _around(stage: Stage, pane: TicketPane) -> int:
    """Show files, tags, links and followers, and what is asked before a parent ends."""
    from helpdesk.ui.tickets.messages import Messages
    from helpdesk.ui.tickets.panels.followers import FollowersPanel
    from helpdesk.ui.tickets.panels.linked import LinkedPanel

    messages = pane.findChild(Messages)
    assert messages is not None  # noqa: S101 - what every ticket has
    messages.verticalScrollBar().setValue(0)
    stage.settle()
    taken = stage.take(stage.window, "files")
    pane.show_fields()
    for kind, name in ((LinkedPanel, "linked"), (FollowersPanel, "followers")):
        pane.properties.ensureWidgetVisible(_panel(pane, kind))
        stage.settle()
        taken += stage.take(stage.window, name)
    pane.properties.verticalScrollBar().setValue(0)
    _back_to_talk(pane)
    return taken + stage.dialog(pane.resolve, "end-children")


def _reply(stage: Stage, pane: TicketPane, files: tuple[Path, ...]) -> int:
    """Show what stands at a reply: who reads it, a note, a secret, canned replies, files."""
    box = pane.reply_box
    pane.reply()
    box.text.setPlainText(_ANSWER)
    stage.settle()
    taken = stage.take(stage.window, "reply")
    more = next(each for each in box.findChildren(QToolButton) if "set" in each.text())
    taken += stage.menu(more, "reply-menu")
    box.text.setPlainText("The password of the gateway is Tr0ub4dor&3.")
    taken += stage.dialog(box.send_button.click, "reply-secret")
    box.text.clear()
    pane.note()
    box.text.setPlainText(_NOTE)
    stage.settle()
    taken += stage.take(stage.window, "note")
    box.text.clear()
    stage.type_into(box.text, "Please look at this, @cha")
    at = box.text.cursorRect().bottomLeft()
    taken += stage.over(box.text, "mention", QPoint(at.x(), at.y() + 2))
    box.text.clear()
    pane.reply()
    taken += stage.dialog(pane.conversing.pick_macro, "macros")
    taken += stage.dialog(partial(pane.conversing.pick_macro, "vpn"), "macros-found")
    tray = pane.reply_files.tray
    if tray is None:
        return taken
    box.text.setPlainText(_ANSWER)
    tray.add_paths(files)
    stage.until(lambda: any("%" in chip.said for chip in tray.chips[-1:]))
    taken += stage.take(stage.window, "reply-files")
    tray.discard()
    box.text.clear()
    stage.settle()
    return taken


def _send(stage: Stage, cast: Cast, pane: TicketPane) -> int:
    """Show a reply that waits to leave, beside its ticket and elsewhere, and keep it back."""
    from helpdesk.core.schemas.tickets import Status

    pane.reply_box.text.setPlainText(_ANSWER)
    pane.reply_box.send(Status.AWAITING_CUSTOMER)
    stage.settle()
    taken = stage.take(stage.window, "sending")
    pane.open(cast.others[1].id)
    stage.settle()
    taken += stage.take(stage.window, "sending-elsewhere")
    stage.window.undo()
    stage.settle()
    pane.open(cast.main.id)
    stage.settle()
    pane.reply_box.text.clear()
    return taken


def _collide(stage: Stage, cast: Cast, pane: TicketPane) -> int:
    """Show that others look and write, and what they did while one was writing."""
    from helpdesk.core.schemas.presence import Present
    from helpdesk.core.schemas.tickets import NewComment, TicketChange

    presence = stage.window.desktop.presence
    charlie, dana = (stage.answer(_myself, each) for each in ("charlie", "dana"))
    there = (
        Present(ticket_id=cast.main.id, person=charlie, typing=True, expires_in=40),
        Present(ticket_id=cast.main.id, person=dana, typing=False, expires_in=40),
        Present(ticket_id=cast.others[1].id, person=dana, typing=False, expires_in=40),
    )
    presence.show(there)
    stage.settle()
    taken = stage.take(stage.window, "others")
    pane.reply_box.text.setPlainText(_ANSWER)
    stage.settle()
    urgent = TicketChange(priority="urgent", status="in_progress", version=0)
    stage.answer(lambda desk: _change(desk, cast.main.id, urgent), "charlie")
    body = "I have it: the gateway is restarted at ten, please do not touch it before."
    said = NewComment(body=body, internal=True)
    stage.answer(lambda desk: desk.tickets.comment(cast.main.id, said), "charlie")
    stage.answer(lambda desk: _say(desk, cast.main.id, "It works again."), "alice")
    taken += stage.take(stage.window, "news")
    taken += stage.dialog(pane.reply_box.send_button.click, "stale")
    pane.reply_box.text.clear()
    presence.show(())
    stage.settle()
    return taken


# --- what is done for it, and taken back ----------------------------------------------------------


def _open(stage: Stage, files: tuple[Path, ...]) -> Cast:
    """Open the tickets of the scenes, as Alice, and set up around them what there can be."""
    main = stage.answer(partial(_opened, subject=_SUBJECTS[0], files=files[:-1]), "alice")
    opened = [stage.answer(partial(_opened, subject=each), "alice") for each in _SUBJECTS[1:]]
    stage.answer(lambda desk: _tie(desk, main, opened), "dana")
    note = partial(_say, ticket_id=main.id, body=_NOTE, internal=True)
    stage.answer(note, "charlie")
    return Cast(main, tuple(opened))


def _opened(desk: HelpDesk, subject: str, files: tuple[Path, ...] = ()) -> TicketView:
    from helpdesk.client.file_transfer import Outgoing
    from helpdesk.core.schemas.tickets import NewTicket

    keys = tuple(Outgoing(each.name, each).send(desk).key for each in files)
    category = next(each.id for each in desk.tickets.categories() if each.name == "Network")
    return desk.tickets.open(
        NewTicket(subject=subject, description=_PROBLEM, category_id=category, attachment_keys=keys)
    )


def _tie(desk: HelpDesk, main: TicketView, others: list[TicketView]) -> None:
    """Give the ticket to Bob, and tags, followers and links to it.

    It is done by somebody whose deeds are shown nowhere.
    """
    from helpdesk.core.schemas.links import NewLink, Relation, TagsChange
    from helpdesk.core.schemas.tickets import Assignment

    bob = desk.watchers.candidates("Bob")[0].person.id
    for ticket in (main, others[1]):
        given = Assignment(assignee_id=bob, version=ticket.version)
        desk.tickets.assign(ticket.id, given)
    version = desk.tickets.view(main.id).version
    desk.tags.set(main.id, TagsChange(tags=("vpn", "lyon", "after-update"), version=version))
    for name in ("Charlie", "Dana"):
        found = desk.watchers.candidates(name)
        desk.watchers.add(main.id, found[0].person.id)
    relations = (Relation.PARENT, Relation.PARENT, Relation.BLOCKED_BY)
    for other, relation in zip(others, relations, strict=True):
        desk.ticket_links.add(main.id, NewLink(other_id=other.id, relation=relation))


def _merge(stage: Stage, cast: Cast) -> None:
    from helpdesk.core.schemas.links import MergeInto

    merged = cast.others[0].id

    def merge(desk: HelpDesk) -> None:
        version = desk.tickets.view(merged).version
        desk.merging.merge(merged, MergeInto(survivor_id=cast.main.id, version=version))

    stage.answer(merge, "dana")


def _close(stage: Stage, cast: Cast) -> None:
    """Delete the tickets for good."""

    def purge(desk: HelpDesk) -> None:
        desk.merging.unmerge(cast.others[0].id)
        for ticket in (cast.main, *cast.others):
            desk.trash.delete(ticket.id, desk.tickets.view(ticket.id).version)
            desk.trash.purge(ticket.id)

    stage.answer(purge, "dana")


def _say(desk: HelpDesk, ticket_id: int, body: str, *, internal: bool = False) -> None:
    from helpdesk.core.schemas.tickets import NewComment

    desk.tickets.comment(ticket_id, NewComment(body=body, internal=internal))


def _change(desk: HelpDesk, ticket_id: int, change: object) -> None:
    from helpdesk.core.schemas.tickets import TicketChange

    assert isinstance(change, TicketChange)  # noqa: S101 - what is handed over here
    version = desk.tickets.view(ticket_id).version
    desk.tickets.change(ticket_id, change.model_copy(update={"version": version}))


def _myself(desk: HelpDesk) -> object:
    from helpdesk.core.schemas.users import PersonRef

    me = desk.sessions.current().user
    return PersonRef(id=me.id, full_name=me.full_name)


def _own_subject(desk: HelpDesk) -> str:
    """Return the subject of a ticket of one's own."""
    from helpdesk.core.schemas.tickets import TicketQuery

    mine = TicketQuery(requester_ids=(desk.sessions.current().user.id,), limit=1)
    return desk.tickets.search(mine).items[0].subject


def _panel(pane: TicketPane, kind: type[TicketPanel]) -> TicketPanel:
    return next(each for each in pane.panels if isinstance(each, kind))


def _back_to_talk(pane: TicketPane) -> None:
    if pane.details_button.isChecked():
        pane.details_button.click()


def _files(folder: Path) -> tuple[Path, ...]:
    """Write a picture, a log with a long name, and something large."""
    picture = folder / "settings of the client.png"
    image = QImage(640, 400, QImage.Format_RGB32)
    with QPainter(image) as painter:
        shade = QLinearGradient(0, 0, 640, 400)
        shade.setColorAt(0, QColor("#2b6cb0"))
        shade.setColorAt(1, QColor("#b7d3f2"))
        painter.fillRect(image.rect(), shade)
        painter.setPen(Qt.white)
        painter.drawText(image.rect(), int(Qt.AlignCenter), "Gateway: Lyon 1")
    image.save(str(picture))
    log = folder / "what the VPN client wrote between Monday and Wednesday.log"
    log.write_text("09:14 disconnected: no answer from the gateway\n" * 900)
    large = folder / "recording of the screen.mp4"
    large.write_bytes(b"a picture that moves" * (_LARGE // 20))
    return picture, log, large
