# SPDX-License-Identifier: GPL-3.0-or-later
"""A tab with a list of tickets at the left and the chosen one at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QByteArray, Qt, pyqtSignal
from PyQt5.QtWidgets import QSplitter, QVBoxLayout

from helpdesk.core.schemas.figures import Behind
from helpdesk.core.schemas.tickets import TicketRow
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.shapes import LIST
from helpdesk.ui.tickets.ticket_list import TicketList
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.tickets.views import View

_LIST_WIDTH, _PANE_WIDTH = 560, 660
_LEAST_LIST, _LEAST_PANE = 330, 400


class TicketListTab(BaseTab):
    """List and ticket side by side; what changes on the desk is shown in both."""

    article_wanted = pyqtSignal(int)
    """The id of an article to read in the knowledge base."""
    article_edit_wanted = pyqtSignal(int)
    """The id of an article to write in the knowledge base."""
    dashboard_wanted = pyqtSignal()
    """Back to the figure whose tickets were shown."""

    def __init__(
        self, desktop: Desktop, views: Sequence[View], name: str, *, working: bool
    ) -> None:
        """Offer the views; ``name`` is what their state is remembered under."""
        super().__init__(desktop)
        self.setObjectName("page")
        self._name = name
        self.list = TicketList(desktop, views, name, working=working)
        self.pane = TicketPane(desktop, working=working)
        self.list.chosen.connect(self._on_chosen)
        self.pane.gone.connect(self._on_gone)
        self.list.bulk.deleted.connect(self._on_deleted)
        self.list.opened.connect(self._on_opened)
        self.list.said.connect(self.said)
        self.list.shape_changed.connect(lambda _shape: self._arrange())
        self.list.pane_button.toggled.connect(self._on_pane_toggled)
        self.list.back_wanted.connect(self.dashboard_wanted)
        self.pane.said.connect(self.said)
        self.pane.reply_box.left.connect(self.list.focus_rows)
        self.pane.properties.left.connect(self.list.focus_rows)
        self.pane.articles.article_wanted.connect(self.article_wanted)
        self.pane.articles.article_edit_wanted.connect(self.article_edit_wanted)
        self.pane.articles.ticket_wanted.connect(self.show_ticket)
        self._splitter = QSplitter(Qt.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.list)
        self._splitter.addWidget(self.pane)
        self._splitter.setStretchFactor(1, 1)
        self.list.setMinimumWidth(_LEAST_LIST)
        self.pane.setMinimumWidth(_LEAST_PANE)
        self._splitter.setSizes([_LIST_WIDTH, _PANE_WIDTH])
        sizes = desktop.state.value(desktop.own(f"{name}/splitter"))
        if isinstance(sizes, QByteArray):
            self._splitter.restoreState(sizes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)
        self.pane.clear("No ticket chosen", "Choose a ticket in the list to read it.")
        self._arrange()
        self.list.load()

    @property
    def shows_pane(self) -> bool:
        """Whether the ticket is shown beside the list."""
        return not self.pane.isHidden()

    def show_pane(self, *, shown: bool) -> None:
        """Show the ticket beside the list, or give the list its room."""
        self.list.pane_button.setChecked(shown)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Return whether a change is of a ticket, or of the views."""
        return kind in ("ticket", "view", "own_view")

    def refresh(self) -> None:
        """Load the list and the ticket again."""
        self.list.refresh()
        self.pane.refresh()

    def show_ticket(self, ticket_id: int) -> None:
        """Show one ticket, wherever it stands in the list."""
        self.list.select(ticket_id)
        self.show_pane(shown=True)
        self.pane.open(ticket_id)

    def show_behind(self, behind: Behind, words: str, place: str) -> None:
        """Show the tickets behind a figure; ``place`` is where it stands, such as dashboard."""
        self.pane.clear("No ticket chosen", "The tickets behind the number are being read.")
        self.list.show_behind(behind, words, place)
        self.list.focus_rows()

    def focus_first(self) -> None:
        """Begin in the list."""
        self.list.focus_rows()

    def save_state(self) -> None:
        """Keep the view and the width of the list."""
        self.list.save_state()
        key = self.desktop.own(f"{self._name}/splitter")
        self.desktop.state.setValue(key, self._splitter.saveState())

    def _arrange(self) -> None:
        """Show the ticket beside a list from the start, beside a wide shape when it is opened."""
        shown = self.desktop.state.value(self._pane_place(), self.list.shape == LIST, type=bool)
        self.list.pane_button.setChecked(bool(shown))
        self.pane.setVisible(bool(shown))

    def _on_pane_toggled(self, shown: bool) -> None:
        self.pane.setVisible(shown)
        self.desktop.state.setValue(self._pane_place(), shown)

    def _pane_place(self) -> str:
        return self.desktop.own(f"{self._name}/pane/{self.list.shape}")

    def _on_opened(self) -> None:
        if self.shows_pane:
            self.pane.reply()
        else:
            self.show_pane(shown=True)

    def _on_gone(self, ticket_id: int) -> None:
        """Go on with the ticket that stands in the place of one that is gone."""
        if self.shows_pane:
            self.list.leave(ticket_id)

    def _on_deleted(self, ids: tuple[int, ...]) -> None:
        shown = self.pane.wanted_id or self.list.chosen_id
        if shown in ids:
            self._on_gone(shown)

    def _on_chosen(self, row: TicketRow | None) -> None:
        if row is None:
            self.pane.clear("No ticket chosen", "There is nothing in this view to read.")
        else:
            self.pane.open(row.id)
