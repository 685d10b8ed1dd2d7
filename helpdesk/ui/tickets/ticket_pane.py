# SPDX-License-Identifier: GPL-3.0-or-later
"""One ticket: its heading with what can be done, the conversation, the reply, the fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from PyQt5.QtCore import QTimer, pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import NotFound, Pending, Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    Priority,
    Reopening,
    Status,
    TicketChange,
    TicketChoices,
    TicketView,
)
from helpdesk.ui.attachments.saved_files import SavedFiles
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.assist.pane_assist import PaneAssist
from helpdesk.ui.tickets.attempts import Attempts, Calls
from helpdesk.ui.tickets.clock.card import ClockCard
from helpdesk.ui.tickets.conversing import Conversing
from helpdesk.ui.tickets.doings.doing import Doing
from helpdesk.ui.tickets.doings.registry import DOINGS
from helpdesk.ui.tickets.linking.ending import Ending
from helpdesk.ui.tickets.linking.mentions import Mentions
from helpdesk.ui.tickets.linking.merged_bar import MergedBar
from helpdesk.ui.tickets.messages import Messages, unsent
from helpdesk.ui.tickets.pane_articles import PaneArticles
from helpdesk.ui.tickets.pane_heading import PaneHeading
from helpdesk.ui.tickets.panels.followers import FollowersPanel
from helpdesk.ui.tickets.panels.linked import LinkedPanel
from helpdesk.ui.tickets.panels.own_fields import OwnFieldsPanel
from helpdesk.ui.tickets.panels.panel import TicketPanel
from helpdesk.ui.tickets.panels.registry import PANELS
from helpdesk.ui.tickets.panels.tags import TagsPanel
from helpdesk.ui.tickets.panels.tasks import TasksPanel
from helpdesk.ui.tickets.properties import Properties
from helpdesk.ui.tickets.reply_box import ReplyBox
from helpdesk.ui.tickets.reply_files import ReplyFiles
from helpdesk.ui.tickets.satisfaction.card import SatisfactionCard
from helpdesk.ui.tickets.ticket_rules import TicketRules
from helpdesk.ui.tickets.ticket_states import state_of, what_changed, with_earlier
from helpdesk.ui.tickets.undo.undoer import Undoer
from helpdesk.ui.waiting_words import KEPT, changed_fields, dto_of, number_of
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import stale_sentence

if TYPE_CHECKING:
    from helpdesk.client.outbox import PendingAction

_MINUTE_MS = 60_000
_LOW, _LOW_BESIDE_FORM = 600, 760
_NARROW = 640
"""Below this width the fields stand in place of the conversation, not beside it."""
_NOT_TO_READ = "It was deleted, or you do not follow it any more; choose another ticket."
_NOT_THERE = "It was deleted, or there never was such a ticket; choose another one."


class TicketPane(QWidget):
    """Shows a ticket and lets the person do with it what the desk allows."""

    said = pyqtSignal(str)
    opened = pyqtSignal(int)
    """Another ticket is shown than before; the first one nobody has chosen."""
    gone = pyqtSignal(int)
    """The person has deleted the ticket shown; another one may take its place."""

    def __init__(self, desktop: Desktop, *, working: bool) -> None:
        """Offer the work of staff only where the tab is for ``working`` tickets."""
        super().__init__()
        self._desktop = desktop
        self._working = working and desktop.may(Permission.WORK_TICKET)
        self._ticket: TicketView | None = None
        self._wanted_id: int | None = None
        self._is_stale = False
        self._loaded_at: datetime | None = None
        self._has_choices = False
        self._offered: tuple[Doing, ...] = ()
        self._unsent: tuple[PendingAction, ...] = ()
        self._put_back: dict[str, PendingAction] = {}
        self._build()
        self.undoer = Undoer(desktop, self)
        self.undoer.said.connect(self.said)
        self.undoer.done.connect(self.refresh)
        self._follow_attempts()
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_MS)
        self._tick.timeout.connect(self._on_minute)
        self._tick.start()
        desktop.link.changed.connect(self._on_link_changed)
        desktop.drafts.saved.connect(self._on_draft_saved)
        if self._working:
            self._load_choices()
            desktop.feed.changed.connect(self._on_changed)

    @property
    def ticket(self) -> TicketView | None:
        """The ticket shown."""
        return self._ticket

    @property
    def wanted_id(self) -> int | None:
        """The ticket that is shown, or is on its way here."""
        return self._wanted_id

    def open(self, ticket_id: int) -> None:
        """Load a ticket and show it."""
        if self._ticket is None:
            self._states.show_loading()
        self._wanted_id = ticket_id
        job = self._desktop.background.latest(self, self._desktop.desk.tickets.view, ticket_id)
        job.then(self._show_loaded).failed(self._on_open_failed)

    def refresh(self) -> None:
        """Load the ticket shown again."""
        if self._working and not self._has_choices:
            self._load_choices()
        if self._wanted_id is not None:
            self.open(self._wanted_id)

    def clear(self, title: str, hint: str) -> None:
        """Show no ticket, and say why."""
        self._ticket = self._wanted_id = None
        self.conversing.leave()
        self._states.show_empty(title, hint)

    def allows(self, name: str) -> bool:
        """Return whether something can be done with the ticket shown.

        While another ticket is on its way nothing can: a quick key would meet the wrong one.
        """
        ticket = self._ticket
        return ticket is not None and ticket.id == self._wanted_id and name in ticket.allowed

    def reply(self) -> None:
        """Begin a reply."""
        self._show_fields(shown=False)
        self.reply_box.write(note=False)

    def note(self) -> None:
        """Begin an internal note."""
        self._show_fields(shown=False)
        self.reply_box.write(note=True)

    def find_article(self) -> None:
        """Find an article for the ticket."""
        if self.finds_articles:
            self.articles.section.find_any()

    def tag(self) -> None:
        """Bring the tags to sight, to be typed."""
        self._show_fields(shown=True)
        for panel in self.panels:
            if isinstance(panel, TagsPanel):
                panel.field.edit.setFocus()
                self.properties.ensureWidgetVisible(panel)

    def draft(self) -> None:
        """Have a reply drafted."""
        if self.assist.can_draft:
            self._show_fields(shown=False)
            self.assist.replying.draft()

    def explain(self) -> None:
        """Have what is selected in a message explained."""
        if self.assist.can_explain:
            self.assist.reading.explain()

    def make_article(self) -> None:
        """Begin an article with the problem and the solution of the ticket."""
        if self.makes_article:
            self.articles.section.make_article()

    @property
    def finds_articles(self) -> bool:
        """Whether articles can be put on the ticket shown."""
        ticket = self._ticket
        return self._working and ticket is not None and ticket.id == self._wanted_id

    @property
    def makes_article(self) -> bool:
        """Whether an article can be made of the ticket shown."""
        return self.finds_articles and self.articles.section.can_make

    def show_fields(self) -> None:
        """Bring the fields to the front where there is no room for them beside."""
        self._show_fields(shown=True)

    def take(self) -> None:
        """Become the assignee."""
        if self.allows("take") and self._ticket:
            take, id_ = self._desktop.desk.tickets.take, self._ticket.id
            mine = {"assignee_id": self._desktop.person.id}
            self._attempt(mine, lambda _, version: partial(take, id_, version))

    def resolve(self) -> None:
        """Mark the ticket as resolved."""
        if self.allows("resolve"):
            self.set_status(Status.RESOLVED)

    def close_ticket(self) -> None:
        """Close the ticket."""
        if self.allows("close") and self._ticket:
            self.ending.ask(self._ticket, Status.CLOSED, self._close, self._end_all)

    def _close(self) -> None:
        if self._ticket:
            close, id_ = self._desktop.desk.tickets.close, self._ticket.id
            mine = {"status": Status.CLOSED}
            self._attempt(mine, lambda _, version: partial(close, id_, version))

    def reopen(self) -> None:
        """Open the ticket again."""
        if self.allows("reopen") and self._ticket:
            reopen, id_ = self._desktop.desk.tickets.reopen, self._ticket.id
            self._attempt({}, lambda _, __: partial(reopen, id_, Reopening()))

    def release(self) -> None:
        """Put the person's own ticket back into the queue."""
        if self.allows("release") and self._ticket:
            release, id_ = self._desktop.desk.tickets.release, self._ticket.id
            mine = {"assignee_id": None}
            self._attempt(mine, lambda _, version: partial(release, id_, version))

    def set_status(self, status: Status) -> None:
        """Change the status; where others hang on the ticket, that is asked about first."""
        if self._ticket:
            go_on = partial(self._change, status=status)
            self.ending.ask(self._ticket, status, go_on, self._end_all)

    def _end_all(self, status: Status) -> None:
        """End the ticket and its open children as one deed."""
        if self._ticket:
            end, id_ = self.ending.end_all, self._ticket.id
            self._attempt({"status": status}, lambda _, version: partial(end, id_, status, version))

    def set_priority(self, priority: Priority) -> None:
        """Change the priority."""
        self._change(priority=priority)

    def set_category(self, category_id: int | None) -> None:
        """Change the category."""
        self._change(category_id=category_id)

    def set_team(self, team_id: int | None) -> None:
        """Give the ticket to a team, or to none."""
        self._change(team_id=team_id)

    def assign(self, assignee_id: int | None) -> None:
        """Give the ticket to somebody, or back to the queue."""
        if self._ticket:
            assign, id_ = self._desktop.desk.tickets.assign, self._ticket.id
            mine = {"assignee_id": assignee_id}
            self._attempt(
                mine,
                lambda fields, version: partial(assign, id_, Assignment(version=version, **fields)),
            )

    def put_back(self, action: PendingAction) -> None:
        """Write again a comment that was not taken, as soon as its ticket is shown."""
        if action.ticket_id is not None:
            self._put_back[self.reply_box.place_of(action.ticket_id)] = action
            self._offer_put_back()

    def review(self, action: PendingAction) -> None:
        """Compare a change that was not taken with how the ticket is now."""
        if action.ticket_id is None:
            return
        view = self._desktop.desk.tickets.view
        job = self._desktop.background.run(self, view, action.ticket_id)
        job.then(partial(self._compare, action)).failed(self._on_act_failed)

    def _compare(self, action: PendingAction, now: TicketView) -> None:
        settled = partial(self._desktop.link.discard, action)
        self._attempts.compare(now, changed_fields(action), self._changes(now.id), settled)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for the conversation where the pane is narrow."""
        super().resizeEvent(event)
        self._arrange()
        self.assist.set_height(self.height())
        self.satisfaction.set_height(self.height())
        self._fit_reply()

    def _fit_reply(self) -> None:
        """Leave the room of some lines to the form of a rating."""
        least = _LOW_BESIDE_FORM if self.satisfaction.is_writing else _LOW
        self.reply_box.set_low(low=self.height() < least)

    def _arrange(self) -> None:
        narrow = self.width() < _NARROW
        shows_details = self.details_button.isChecked()
        self._heading.set_narrow(narrow=narrow)
        self.properties.setVisible(not narrow or shows_details)
        self._between.setVisible(not narrow)
        self._talk.setVisible(not narrow or not shows_details)
        self.properties.set_wide(wide=narrow)

    def _show_fields(self, *, shown: bool) -> None:
        self.details_button.setChecked(shown)
        self._arrange()

    def _build(self) -> None:
        self._heading = PaneHeading(working=self._working)
        self._follow_heading(self._heading)
        self._banner = Banner()
        self._messages = Messages(
            self._desktop.link, partial(self._desktop.pictures.show, self._desktop)
        )
        self._messages.make_files = partial(SavedFiles, self._desktop)
        self._messages.earlier_wanted.connect(self._load_earlier)
        self.reply_box = ReplyBox(
            self._desktop.drafts, self._desktop.works_on, working=self._working
        )
        self.reply_files = ReplyFiles(self._desktop, self.reply_box)
        self.properties = Properties(working=self._working)
        self.properties.status_chosen.connect(self.set_status)
        self.properties.priority_chosen.connect(self.set_priority)
        self.properties.category_chosen.connect(self.set_category)
        self.properties.assignee_chosen.connect(self.assign)
        self.properties.team_chosen.connect(self.set_team)
        self.clock = ClockCard(self._desktop)
        self.properties.add_clock(self.clock)
        self.articles = PaneArticles(
            self._desktop, self.reply_box, self._messages, working=self._working
        )
        self.articles.said.connect(self.said)
        self.articles.talk_wanted.connect(lambda: self._show_fields(shown=False))
        self.assist = PaneAssist(
            self._desktop, self.reply_box, self._messages, working=self._working
        )
        self._follow_assist()
        self.conversing = Conversing(self._desktop, self.reply_box, self._messages, self)
        self.reply_box.sent.connect(self.conversing.send)
        self._heading.add_strip(self.conversing.strip)
        self.satisfaction = SatisfactionCard(self._desktop)
        self.satisfaction.said.connect(self.said)
        self.satisfaction.rated.connect(self._on_rated)
        self.satisfaction.toggled.connect(self._fit_reply)
        self.merged_bar = MergedBar()
        self.merged_bar.ticket_wanted.connect(self.articles.ticket_wanted)
        self._follow_links()
        self.rules = TicketRules(self._desktop, working=self._working)
        self.panels = tuple(self._panel(kind) for kind in PANELS)
        # What is done for the ticket comes before what else may help with it.
        for section in (self.articles.section, self.assist.similar, self.rules):
            self.properties.add_section(section)
        self.properties.why_wanted.connect(self.rules.why)
        self._states = StateView()
        self._states.set_content(self._content())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._states)

    def _panel(self, kind: type[TicketPanel]) -> TicketPanel:
        """Return a panel of the ticket, put below its fields."""
        panel = kind(self._desktop, working=self._working)
        panel.said.connect(self.said)
        panel.changed.connect(self._on_done)
        panel.failed.connect(self._on_act_failed)
        panel.done.connect(lambda deed_id, words: self.undoer.offer(deed_id, words))
        panel.ticket_wanted.connect(self.articles.ticket_wanted)
        if isinstance(panel, OwnFieldsPanel | TagsPanel):
            self.properties.add_fields(panel)
        else:
            self.properties.add_section(panel)
        if isinstance(panel, OwnFieldsPanel):
            panel.arranged.connect(self.properties.follow_layout)
        if isinstance(panel, FollowersPanel):
            panel.told.connect(self.reply_box.show_followers)
        if isinstance(panel, TasksPanel):
            panel.loaded.connect(self.ending.know_tasks)
            panel.left.connect(self.properties.left)
        if isinstance(panel, LinkedPanel):
            panel.loaded.connect(self.ending.know)
        return panel

    def _follow_links(self) -> None:
        """Ask before a ticket ends that others hang on, and propose colleagues behind an ``@``."""
        self.ending = Ending(self._desktop, self)
        self.ending.said.connect(self.said)
        self.ending.done.connect(lambda deed_id, words: self.undoer.offer(deed_id, words))
        self.ending.failed.connect(self._on_act_failed)
        if self._working:
            self.reply_box.gates.append(self._gate_end)
            self.mentions = Mentions(self._desktop, self.reply_box.text)

    def _gate_end(self, new: NewComment, go_on: Callable[[], None]) -> bool:
        """Let a reply through, unless it ends a ticket that others hang on: that is asked first."""
        if new.status is None or new.status.is_open or self._ticket is None:
            return True
        return not self.ending.would_ask(self._ticket, new.status) or (
            self.ending.ask(self._ticket, new.status, go_on)
        )

    def menu_of_doings(self) -> QMenu:
        """Return a menu of what can be done with the ticket shown, for the palette."""
        menu = QMenu("Ticket", self)
        for doing in self.doings():
            words = f"{doing.text}\t{doing.key}" if doing.key else doing.text
            menu.addAction(words, partial(self.do, doing))
        return menu

    def doings(self) -> tuple[Doing, ...]:
        """Return what else can be done with the ticket shown."""
        ticket = self._ticket
        if ticket is None or ticket.id != self._wanted_id:
            return ()
        return tuple(doing for doing in DOINGS if doing.offered(self, ticket))

    def do(self, doing: Doing) -> None:
        """Begin something with the ticket shown, where it can be done still."""
        if self._ticket is not None and doing in self.doings():
            doing.begin(self, self._ticket)

    @property
    def desktop(self) -> Desktop:
        """What the pane works with."""
        return self._desktop

    @property
    def working(self) -> bool:
        """Whether the work of staff is done here."""
        return self._working

    def show_done(self, ticket: TicketView) -> None:
        """Show what came of something that was done with the ticket."""
        self._on_done(ticket)

    def show_not_done(self, error: Exception) -> None:
        """Say over the ticket why something did not come about."""
        self._on_act_failed(error)

    def _fill_more(self) -> None:
        """Offer what can be done; most tickets can do what the one before could."""
        doings = self.doings()
        if doings == self._offered:
            return
        self._offered = doings
        menu = self._heading.more_button.menu()
        menu.clear()
        for doing in doings:
            words = f"{doing.text}\t{doing.key}" if doing.key else doing.text
            menu.addAction(words, partial(self.do, doing))
        self._heading.more_button.setVisible(not menu.isEmpty())

    def _show_panels(self, ticket: TicketView) -> None:
        self.merged_bar.show_ticket(ticket)
        for panel in self.panels:
            panel.show_ticket(ticket)
        self._fill_more()

    def _follow_heading(self, heading: PaneHeading) -> None:
        self.take_button, self.release_button = heading.take_button, heading.release_button
        self.resolve_button, self.close_button = heading.resolve_button, heading.close_button
        self.reopen_button, self.details_button = heading.reopen_button, heading.details_button
        self.take_button.clicked.connect(lambda: self.take())
        self.release_button.clicked.connect(lambda: self.release())
        self.resolve_button.clicked.connect(lambda: self.resolve())
        self.close_button.clicked.connect(lambda: self.close_ticket())
        self.reopen_button.clicked.connect(lambda: self.reopen())
        self.details_button.clicked.connect(lambda: self._arrange())

    def _follow_assist(self) -> None:
        self.assist.said.connect(self.said)
        self.assist.changed.connect(self._on_done)
        self.assist.outdated.connect(self._on_outdated)
        self.assist.failed.connect(self._on_act_failed)
        self.assist.article_wanted.connect(self.articles.article_wanted)
        self.assist.ticket_wanted.connect(self.articles.ticket_wanted)

    def _follow_attempts(self) -> None:
        self._attempts = Attempts(self._desktop, self, self.properties.label_of)
        self._attempts.done.connect(self._on_done)
        self._attempts.kept.connect(self._on_kept)
        self._attempts.failed.connect(self._on_act_failed)
        self._attempts.met.connect(self._on_met)
        self._attempts.agreed.connect(self._on_agreed)
        self._attempts.given_up.connect(self._on_given_up)

    def _content(self) -> QWidget:
        below = QWidget()
        body = QHBoxLayout(below)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        self._talk = QWidget()
        talk = QVBoxLayout(self._talk)
        talk.setContentsMargins(0, 0, 0, 0)
        talk.setSpacing(0)
        talk.addWidget(self.merged_bar)
        talk.addWidget(self.satisfaction)
        talk.addWidget(self.assist.above)
        talk.addWidget(self._messages, 1)
        reading = QVBoxLayout()
        reading.setContentsMargins(16, 16, 16, 12)
        reading.addWidget(self.articles.peek)
        talk.addLayout(reading, 1)
        reply = QVBoxLayout()
        reply.setContentsMargins(16, 0, 16, 16)
        reply.setSpacing(8)
        reply.addWidget(self.conversing.card)
        reply.addWidget(self.assist.replying.card)
        reply.addWidget(self.reply_box)
        talk.addLayout(reply)
        self._between = _line("column")
        body.addWidget(self._talk, 1)
        body.addWidget(self._between)
        body.addWidget(self.properties)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._heading)
        column.addWidget(self._banner)
        column.addWidget(below, 1)
        return content

    def _load_choices(self, *, anew: bool = False) -> None:
        self._desktop.choices.ask(self._desktop, self, self._show_choices, anew=anew)

    def _show_choices(self, found: TicketChoices) -> None:
        self._has_choices = True
        categories, teams = found.categories, {each.id: each.name for each in found.teams}
        self._desktop.link.categories.update({each.id: each.name for each in categories})
        self.properties.set_choices(categories, found.people, teams)
        self._show_waiting()

    def _on_changed(self, kind: str, _ids: tuple[int, ...]) -> None:
        if kind in ("user", "team"):
            self._load_choices(anew=True)

    def _show_loaded(self, ticket: TicketView) -> None:
        self._loaded_at = self._desktop.clock()
        if self._is_stale:
            self._is_stale = False
            self._banner.clear()
        if self._ticket and state_of(ticket) == state_of(self._ticket):
            self._states.show_content()
            self._show_unsent()
            self.clock.show_ticket(ticket)
            self.articles.show_ticket(ticket)
            self.assist.show_ticket(ticket)
            self.conversing.show_ticket(ticket)
            self._show_panels(ticket)
            return
        self._show(ticket)

    def _show(self, ticket: TicketView) -> None:
        before = self._ticket
        is_other = before is None or before.id != ticket.id
        if before is not None and not is_other:
            ticket = with_earlier(ticket, before)
        self._ticket = ticket
        if before is not None and not is_other:
            self._load_new_loads(before, ticket)
        self._heading.show_ticket(ticket, self._desktop.clock())
        if is_other:
            self._banner.clear()
        said_more = before is not None and len(before.comments) != len(ticket.comments)
        self._unsent = self._desktop.link.of_ticket(ticket.id)
        self._show_messages(at_end=is_other or said_more)
        self.reply_box.show_ticket(ticket)
        self.satisfaction.show_ticket(ticket)
        self.clock.show_ticket(ticket)
        self.articles.show_ticket(ticket)
        self.assist.show_ticket(ticket)
        self.conversing.show_ticket(ticket)
        self._show_panels(ticket)
        self._show_properties()
        self._states.show_content()
        self._offer_put_back()
        if is_other and before is not None:
            self.opened.emit(ticket.id)

    def _show_messages(self, *, at_end: bool) -> None:
        if self._ticket is None:
            return
        author = self._desktop.person.full_name
        waiting = [unsent(action, author) for action in self._unsent]
        self._messages.show_ticket(
            self._ticket,
            self._desktop.clock(),
            at_end=at_end,
            unsent=[message for message in waiting if message],
        )

    def _show_properties(self) -> None:
        if self._ticket:
            self.properties.show_ticket(self._ticket, self._desktop.clock())
            self.rules.show_ticket(self._ticket)
            self._show_waiting()

    def _show_waiting(self) -> None:
        """Show over the fields what was chosen while the server was away."""
        fields: dict[str, Any] = {}
        for action in self._unsent:
            if action.sentence is None:
                fields |= changed_fields(action)
        self.properties.show_waiting(fields)

    def _show_unsent(self) -> None:
        """Show what waits on this ticket, if it is something else than before."""
        before = self._unsent
        if self._ticket is None:
            return
        self._unsent = self._desktop.link.of_ticket(self._ticket.id)
        if before != self._unsent:
            self._show_messages(at_end=len(before) < len(self._unsent))
            self._show_properties()

    def _on_link_changed(self) -> None:
        if self._ticket is None:
            return
        left = {action.id for action in self._desktop.link.of_ticket(self._ticket.id)}
        if all(action.id in left for action in self._unsent):
            self._show_unsent()
        else:
            # What is sent stays shown until it comes back as a real comment.
            self.refresh()

    def _offer_put_back(self) -> None:
        if self._ticket is None or self._ticket.id != self._wanted_id:
            return
        action = self._put_back.get(self.reply_box.place_of(self._ticket.id))
        new = dto_of(action) if action else None
        if isinstance(new, NewComment) and self.reply_box.isVisibleTo(self):
            self._show_fields(shown=False)
            self.reply_box.put_back(new)

    def _on_draft_saved(self, place: str) -> None:
        """Forget the refused action only when its words lie on disk as a draft."""
        if place in self._put_back and self._desktop.drafts.is_on_disk(place):
            self._desktop.link.discard(self._put_back.pop(place))

    def _change(self, **fields: Any) -> None:
        if self._ticket:
            self._attempt(fields, self._changes(self._ticket.id))

    def _changes(self, ticket_id: int) -> Calls:
        """Return what makes a call that sets fields of a ticket."""
        change = self._desktop.desk.tickets.change
        return lambda mine, version: partial(
            change, ticket_id, TicketChange(version=version, **mine)
        )

    def _attempt(self, chosen: dict[str, Any], calls: Calls) -> None:
        if self._ticket:
            self._attempts.make(self._ticket, chosen, calls)

    def _on_met(self, now: TicketView) -> None:
        if self._wanted_id == now.id:
            self._show(now)
            self._show_properties()

    def _on_outdated(self, now: TicketView | None) -> None:
        if now is None:
            self.refresh()
        else:
            self._on_met(now)

    def _on_agreed(self, now: TicketView) -> None:
        self._banner.show_info(f"{now.number} is so already: somebody else did the same.")

    def _on_given_up(self, now: TicketView) -> None:
        self._show_properties()
        self.said.emit(f"{now.number} stays as it is now")

    def _on_kept(self) -> None:
        self._show_properties()
        self.said.emit(KEPT)

    def _on_done(self, ticket: TicketView) -> None:
        before = self._ticket
        if self._wanted_id == ticket.id:
            self._banner.clear()
            self._show(ticket)
        words = self.ending.words_of(ticket) or what_changed(before, ticket)
        self.said.emit(words)
        if ticket.undo is not None:
            self.undoer.offer(ticket.undo, words)

    def _on_rated(self, ticket_id: int) -> None:
        if self._wanted_id == ticket_id:
            self.refresh()

    def _load_new_loads(self, before: TicketView, ticket: TicketView) -> None:
        """Count again how much each colleague has, when a ticket has changed hands.

        Whoever did it: news of it may well come before the answer to the one who did.
        """
        if self._working and before.assignee != ticket.assignee:
            self._load_choices(anew=True)

    def _on_act_failed(self, error: Exception) -> None:
        self._banner.show_error(sentence_of(error))
        # The choice the person made did not come about: show what is true.
        self._show_properties()
        if not isinstance(error, Unreachable):
            self.refresh()

    def show_said(self, new: NewComment, ticket: TicketView) -> None:
        """Show what came of a comment, which the text beside it has become."""
        self.reply_box.accepted(ticket.id)
        if self._wanted_id == ticket.id:
            # Whoever goes on typing must not begin a second message to the same reader.
            self._messages.setFocus()
        self.show_reply(new, ticket)

    def show_reply(self, new: NewComment, ticket: TicketView) -> None:
        """Show what came of a comment that has left the text before."""
        if self._wanted_id == ticket.id:
            self._banner.clear()
            self._show(ticket)
        self.ending.went_on(ticket)
        what = "note is on" if new.internal else "reply is on"
        self.said.emit(f"Your {what} {ticket.number}")

    def show_not_said(self, ticket_id: int, error: Exception) -> None:
        """Say why a comment did not come about; its words are in the text."""
        if isinstance(error, Pending):
            self.reply_box.accepted(ticket_id)
            self._messages.setFocus()
            self.say_kept()
            return
        self.reply_box.refused(ticket_id)
        self.reply_files.refused(ticket_id, error)
        self._banner.show_error(f"{sentence_of(error)} What you wrote is kept.")

    def show_met(self, ticket: TicketView) -> None:
        """Show what somebody else has made of the ticket, without calling it an error."""
        self._banner.clear()
        self._on_met(ticket)

    def say_kept(self) -> None:
        """Say that a comment waits for the server."""
        self.said.emit(KEPT)

    def _on_open_failed(self, error: Exception) -> None:
        is_shown = self._ticket is not None and self._ticket.id == self._wanted_id
        if isinstance(error, Unreachable):
            self._desktop.feed.fell_behind()
        if is_shown and isinstance(error, Unreachable) and self._loaded_at:
            self._is_stale = True
            self._banner.show_quiet(stale_sentence(self._loaded_at))
            self._show_unsent()
            return
        if is_shown and not isinstance(error, NotFound):
            self._is_stale = True
            self._banner.show_error(sentence_of(error), "Retry", self.refresh)
            return
        if is_shown and self._ticket is not None:
            # Somebody wanted it so, be it oneself: that is no failure to try again.
            self.clear(f"{self._ticket.number} is not here any more", "Choose another ticket.")
            return
        if isinstance(error, NotFound) and self._wanted_id is not None:
            # News of it may have come before: trying again does not help.
            sees_all = self._desktop.may(Permission.SEE_ALL_TICKETS)
            why = _NOT_THERE if sees_all else _NOT_TO_READ
            self.clear(f"{number_of(self._wanted_id)} cannot be read here", why)
            return
        self._ticket = None
        self._states.show_failed(sentence_of(error), self.refresh)

    def _load_earlier(self) -> None:
        if self._ticket is None or not self._ticket.comments:
            return
        # What a merged ticket began with has no number that a comment has.
        ids = (each.id for each in self._ticket.comments if each.id > 0)
        ticket, first = self._ticket, next(ids, 0)
        job = self._desktop.background.latest(
            self, self._desktop.desk.tickets.comments, ticket.id, first
        )
        job.then(lambda earlier: self._show_earlier(ticket, earlier)).failed(self._on_act_failed)

    def _show_earlier(self, ticket: TicketView, earlier: Sequence[Any]) -> None:
        if self._ticket is not ticket:
            return
        self._ticket = ticket.model_copy(
            update={
                "comments": (*earlier, *ticket.comments),
                "earlier_comments": max(0, ticket.earlier_comments - _numbered(earlier)),
            }
        )
        self._show_messages(at_end=False)

    def _on_minute(self) -> None:
        if self._ticket and self.isVisible():
            self._heading.show_time(self._ticket, self._desktop.clock())
            self._show_properties()


def _numbered(comments: Sequence[Any]) -> int:
    """Return how many comments there are besides what merged tickets began with."""
    return sum(each.id > 0 for each in comments)


def _line(kind: str) -> QFrame:
    line = QFrame()
    line.setProperty("kind", kind)
    return line
