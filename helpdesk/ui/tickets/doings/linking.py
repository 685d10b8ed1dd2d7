# SPDX-License-Identifier: GPL-3.0-or-later
"""Follow, link, merge, split and follow up a ticket, as entries of its menu."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from helpdesk.core.schemas.links import FollowUp, MergeInto, SplitOff
from helpdesk.core.schemas.tickets import Status, TicketView
from helpdesk.ui.tickets.doings.doing import Doing
from helpdesk.ui.tickets.linking.pick_dialogs import MergeDialog
from helpdesk.ui.tickets.linking.split_dialog import SplitDialog
from helpdesk.ui.tickets.panels.linked import LinkedPanel
from helpdesk.ui.tickets.undo.undoer import DEEDS, LINKS
from helpdesk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from helpdesk.ui.tickets.ticket_pane import TicketPane


def _works(pane: TicketPane, ticket: TicketView) -> bool:
    return pane.working and "change" in ticket.allowed


def _follows_not(pane: TicketPane, ticket: TicketView) -> bool:
    return _works(pane, ticket) and not ticket.watching


def _follows(_pane: TicketPane, ticket: TicketView) -> bool:
    return ticket.watching


def _may_split(pane: TicketPane, ticket: TicketView) -> bool:
    replies = (each for each in ticket.comments if each.id > 0 and not each.internal)
    return _works(pane, ticket) and any(replies)


def _is_closed(pane: TicketPane, ticket: TicketView) -> bool:
    return _works(pane, ticket) and ticket.status is Status.CLOSED


def _is_merged(pane: TicketPane, ticket: TicketView) -> bool:
    return pane.working and "unmerge" in ticket.allowed


def _follow(pane: TicketPane, ticket: TicketView) -> None:
    add, own = pane.desktop.desk.watchers.add, pane.desktop.person.id
    job = pane.desktop.background.run(pane, add, ticket.id, own)
    undo = partial(_stop_following, pane, ticket)
    job.then(lambda _: _refreshed(pane, f"You follow {ticket.number}", undo))
    job.failed(pane.show_not_done)


def _stop_following(pane: TicketPane, ticket: TicketView) -> None:
    job = pane.desktop.background.run(pane, pane.desktop.desk.watchers.leave, ticket.id)
    # Who is not of the staff cannot let oneself follow again.
    undo = partial(_follow, pane, ticket) if pane.working else None
    job.then(lambda _: _refreshed(pane, f"You no longer follow {ticket.number}", undo))
    job.failed(pane.show_not_done)


def _refreshed(pane: TicketPane, words: str, undo: Callable[[], object] | None) -> None:
    pane.said.emit(words)
    pane.refresh()
    Toast.say(pane.window(), words, "Undo" if undo else None, undo, topic=LINKS)


def _link(pane: TicketPane, _ticket: TicketView) -> None:
    panel = next(each for each in pane.panels if isinstance(each, LinkedPanel))
    panel.begin()


def _merge(pane: TicketPane, ticket: TicketView) -> None:
    dialog = MergeDialog(pane.desktop, ticket, pane.window())
    dialog.merged.connect(partial(_merge_into, pane, ticket))
    dialog.open()


def _merge_into(pane: TicketPane, ticket: TicketView, survivor_id: int) -> None:
    into = MergeInto(survivor_id=survivor_id, version=ticket.version)
    merge = pane.desktop.desk.merging.merge
    job = pane.desktop.background.run(pane, merge, ticket.id, into)
    job.then(partial(_on_merged, pane, ticket)).failed(pane.show_not_done)


def _on_merged(pane: TicketPane, ticket: TicketView, survivor: TicketView) -> None:
    words = f"{ticket.number} is merged into {survivor.number}"
    pane.said.emit(words)
    pane.articles.ticket_wanted.emit(survivor.id)
    Toast.say(pane.window(), words, "Undo", partial(_unmerge, pane, ticket), topic=DEEDS)


def _unmerge(pane: TicketPane, ticket: TicketView) -> None:
    job = pane.desktop.background.run(pane, pane.desktop.desk.merging.unmerge, ticket.id)
    job.then(partial(_on_unmerged, pane)).failed(pane.show_not_done)


def _on_unmerged(pane: TicketPane, ticket: TicketView) -> None:
    pane.said.emit(f"The merge of {ticket.number} is undone")
    pane.articles.ticket_wanted.emit(ticket.id)


def _split(pane: TicketPane, ticket: TicketView) -> None:
    dialog = SplitDialog(ticket, pane.window())
    dialog.split.connect(partial(_split_off, pane, ticket))
    dialog.open()


def _split_off(
    pane: TicketPane, ticket: TicketView, subject: str, comment_ids: tuple[int, ...]
) -> None:
    off = SplitOff(comment_ids=comment_ids, subject=subject)
    job = pane.desktop.background.run(pane, pane.desktop.desk.splitting.split, ticket.id, off)
    job.then(partial(_on_split, pane, ticket)).failed(pane.show_not_done)


def _on_split(pane: TicketPane, ticket: TicketView, made: TicketView) -> None:
    words = f"{made.number} is split off {ticket.number}"
    pane.said.emit(words)
    pane.articles.ticket_wanted.emit(made.id)
    Toast.say(pane.window(), words)


def _follow_up(pane: TicketPane, ticket: TicketView) -> None:
    follow_up = pane.desktop.desk.splitting.follow_up
    job = pane.desktop.background.run(pane, follow_up, ticket.id, FollowUp())
    job.then(partial(_on_made, pane)).failed(pane.show_not_done)


def _on_made(pane: TicketPane, ticket: TicketView) -> None:
    pane.said.emit(f"{ticket.number} is opened")
    pane.articles.ticket_wanted.emit(ticket.id)


FOLLOW = Doing("Follow", _follow, _follows_not, key="F")
STOP_FOLLOWING = Doing("Stop following", _stop_following, _follows, key="F")
LINK = Doing("Link…", _link, _works, key="L")
MERGE = Doing("Merge…", _merge, _works, key="M")
UNMERGE = Doing("Undo the merge", _unmerge, _is_merged)
SPLIT = Doing("Split…", _split, _may_split)
FOLLOW_UP = Doing("Follow-up ticket", _follow_up, _is_closed)
