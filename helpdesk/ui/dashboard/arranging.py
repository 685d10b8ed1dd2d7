# SPDX-License-Identifier: GPL-3.0-or-later
"""Arranging a dashboard: cards come, go and change, and nothing is kept before 'Done'."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PyQt5 import sip
from PyQt5.QtCore import QObject

from helpdesk.core.errors import Conflict
from helpdesk.core.schemas.dashboards import (
    DashboardChange,
    DashboardView,
    Layout,
    SharedLayout,
)
from helpdesk.core.schemas.figures import MOST_CARDS, Card
from helpdesk.core.schemas.teams import TeamView
from helpdesk.ui.dashboard import packing
from helpdesk.ui.dashboard.card_dialog import About, CardDialog
from helpdesk.ui.dashboard.card_view import CardView
from helpdesk.ui.dashboard.gallery import Gallery
from helpdesk.ui.dashboard.kinds import kind_of
from helpdesk.ui.desktop import sentence_of
from helpdesk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from helpdesk.ui.dashboard.page import DashboardPage


class Arranging(QObject):
    """What the buttons and covers of the page do while it is arranged."""

    def __init__(self, page: DashboardPage) -> None:
        """Listen to the page's buttons."""
        super().__init__(page)
        self._page = page
        self._grid, head = page.grid, page.head
        self._kept: Layout | None = None
        self._undo: Toast | None = None
        head.customise_button.clicked.connect(self.begin)
        head.add_button.clicked.connect(self.choose_card)
        head.reset_button.clicked.connect(self.reset)
        head.discard_button.clicked.connect(self.discard)
        head.done_button.clicked.connect(self.done)
        head.team_chosen.connect(self.share)
        head.own_chosen.connect(self.unshare)
        self._grid.remove_wanted.connect(self.remove)
        self._grid.configure_wanted.connect(self.configure)

    @property
    def is_active(self) -> bool:
        """Whether the dashboard is being arranged."""
        return self._kept is not None

    def begin(self) -> None:
        """Cover the cards, so that they can be held."""
        if self.is_active or not self._page.is_loaded:
            return
        self._kept = self._page.layout_now
        self._page.show_grid()
        self._grid.cover()
        self._page.head.show_arranging(True)
        if self._grid.covers:
            self._grid.covers[0].setFocus()
        else:
            self._page.head.add_button.setFocus()

    def discard(self) -> None:
        """Go back to the dashboard as it was kept."""
        kept = self._kept
        self._end()
        if kept is not None and kept != self._page.layout_now:
            self._page.show_layout(kept)

    def leave(self) -> None:
        """Stop arranging, as Escape asks: at once where nothing was changed, else it is asked."""
        if self._kept is None or self._page.layout_now == self._kept:
            self.discard()
            return
        self._page.banner.show_warning("Keep the dashboard as it is now?", "Done", self.done)
        self._page.banner.also_offer("Discard", self.discard)

    def done(self) -> None:
        """Keep the dashboard as it is now."""
        if self._kept is None:
            return
        if self._page.layout_now == self._kept:
            self._end()
            return
        self._save(self._page.layout_now, self._page.version)

    def choose_card(self) -> None:
        """Offer the kinds of cards."""
        if len(self._grid.cards) >= MOST_CARDS:
            self._page.said.emit(f"A dashboard has at most {MOST_CARDS} cards; remove one first.")
            return
        gallery = Gallery(self._page.desktop.clock, self._page, may_see_all=self._page.may_see_all)
        gallery.chosen.connect(partial(self._configure_new))
        gallery.open()

    def add(self, card: Card) -> None:
        """Put a further card where there is room."""
        size = kind_of(card.style).usual
        areas = packing.add(self._grid.areas, size.columns, size.rows)
        self._page.set_cards([*self._grid.cards, self._page.make_card(card)], areas)
        self._grid.covers[-1].setFocus()

    def remove(self, which: int) -> None:
        """Take a card out; a toast brings it back."""
        card, area = self._grid.cards[which].card, self._grid.areas[which]
        title = self._grid.cards[which].title
        rest = [each for at, each in enumerate(self._grid.cards) if at != which]
        self._page.set_cards(rest, packing.remove(self._grid.areas, which))
        if self._grid.covers:
            self._grid.covers[min(which, len(self._grid.covers) - 1)].setFocus()
        self._undo = Toast.say(
            self._page.window(),
            f"'{title}' was removed.",
            "Undo",
            partial(self._bring_back, card, area, which),
        )

    def configure(self, which: int) -> None:
        """Change what a card tells."""
        shown = self._grid.cards[which]
        if not self.is_active:
            self.begin()
        self._open_dialog(shown.card, partial(self._replace, shown), is_new=False)

    def reset(self) -> None:
        """Begin anew with the dashboard of the role or team; a toast brings the own one back."""
        before = self._page.layout_now if self._page.version else None
        job = self._page.run(self._page.desktop.desk.dashboards.reset)
        job.then(partial(self._on_reset, before)).failed(self._on_failed)

    def share(self, team: TeamView) -> None:
        """Let a team's people begin with the dashboard as it is now."""
        shared = SharedLayout(team_id=team.id, layout=self._page.layout_now)
        job = self._page.run(self._page.desktop.desk.dashboards.share, shared)
        job.then(lambda _: self._on_shared(team)).failed(self._on_failed)

    def unshare(self, team: TeamView) -> None:
        """Let a team's people begin with what their role begins with."""
        job = self._page.run(self._page.desktop.desk.dashboards.unshare, team.id)
        said = f"People of {team.name} begin with the dashboard of their role."
        job.then(lambda _: self._page.said.emit(said)).failed(self._on_failed)

    def _configure_new(self, card: Card) -> None:
        self._open_dialog(card, self.add, is_new=True)

    def _open_dialog(self, card: Card, slot: Callable[[Card], object], *, is_new: bool) -> None:
        page = self._page
        about = About(page.choices, page.span, page.scope, page.may_see_all)
        dialog = CardDialog(page.desktop, card, about, page, is_new=is_new)
        dialog.saved.connect(slot)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _replace(self, shown: CardView, card: Card) -> None:
        if shown not in self._grid.cards or shown.card == card:
            return
        which = self._grid.cards.index(shown)
        least = kind_of(card.style).least
        cards, areas = list(self._grid.cards), list(self._grid.areas)
        cards[which] = self._page.make_card(card)
        area = areas[which]
        columns, rows = max(area.columns, least.columns), max(area.rows, least.rows)
        grown = packing.resize(areas, which, columns, rows, least)
        self._page.set_cards(cards, grown)
        if self._grid.covers:
            self._grid.covers[which].setFocus()

    def _bring_back(self, card: Card, area: packing.Area, which: int) -> None:
        if not self.is_active:
            return
        cards, areas = list(self._grid.cards), list(self._grid.areas)
        which = min(which, len(cards))
        cards.insert(which, self._page.make_card(card))
        areas.insert(which, area)
        self._page.set_cards(cards, packing.settle(areas, which))
        self._grid.covers[which].setFocus()

    def _save(self, layout: Layout, version: int) -> None:
        change = DashboardChange(layout=layout, version=version)
        job = self._page.run(self._page.desktop.desk.dashboards.save, change)
        job.then(self._on_saved).failed(self._on_not_saved)
        self._page.head.done_button.setEnabled(False)
        job.finally_(lambda: self._page.head.done_button.setEnabled(True))

    def _on_saved(self, view: DashboardView) -> None:
        self._end()
        self._page.take(view)
        self._page.said.emit("Your dashboard was kept.")

    def _on_not_saved(self, error: Exception) -> None:
        """Say so in place; the arrangement stays as it is."""
        if isinstance(error, Conflict):
            self._page.banner.show_warning(sentence_of(error), "Keep this one", self._overwrite)
        else:
            self._page.banner.show_error(sentence_of(error), "Try again", self.done)

    def _overwrite(self) -> None:
        """Keep the arrangement of this window in place of the other's."""
        job = self._page.run(self._page.desktop.desk.dashboards.mine)
        job.then(lambda view: self._save(self._page.layout_now, view.version))
        job.failed(self._on_failed)

    def _on_reset(self, before: Layout | None, view: DashboardView) -> None:
        self._end()
        self._page.take(view)
        self._page.show_layout(view.layout)
        whose = f"your team {view.team}" if view.team else "your role"
        Toast.say(
            self._page.window(),
            f"This is the dashboard of {whose} again.",
            "Undo" if before is not None else None,
            partial(self._undo_reset, before) if before is not None else None,
        )

    def _undo_reset(self, before: Layout) -> None:
        self._page.show_layout(before)
        self._save(before, self._page.version)

    def _on_shared(self, team: TeamView) -> None:
        Toast.say(
            self._page.window(),
            f"People of {team.name} who have no dashboard of their own begin with this one.",
            "Undo",
            partial(self.unshare, team),
        )

    def _on_failed(self, error: Exception) -> None:
        self._page.banner.show_error(sentence_of(error))

    def _end(self) -> None:
        self._kept = None
        if self._undo is not None and not sip.isdeleted(self._undo):
            # What it would bring back belongs to an arrangement that has come to its end.
            self._undo.close()
        self._grid.uncover()
        self._grid.place()
        self._page.banner.clear()
        self._page.head.show_arranging(False)
        self._page.head.customise_button.setFocus()
