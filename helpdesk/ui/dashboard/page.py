# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard itself: it reads which cards somebody has, and keeps their figures those of now."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QShowEvent
from PyQt5.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from helpdesk.core.errors import Unreachable
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.dashboards import DashboardView, Layout, PlacedCard
from helpdesk.core.schemas.figures import Card, CardFigures, CardsQuery, CardsView, Scope, Span
from helpdesk.ui.background import Job
from helpdesk.ui.dashboard import packing
from helpdesk.ui.dashboard.arranging import Arranging
from helpdesk.ui.dashboard.card_view import CardView
from helpdesk.ui.dashboard.choices import Choices, read_choices
from helpdesk.ui.dashboard.grid import GAP, SCROLL, DashboardGrid
from helpdesk.ui.dashboard.head import Head
from helpdesk.ui.dashboard.live import Live
from helpdesk.ui.dashboard.numbers import Opening
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.state_view import StateView

P = ParamSpec("P")
T = TypeVar("T")
_EDGE, _TOP = 24, 20
_SPAN_KEY, _SCOPE_KEY = "dashboard/span", "dashboard/scope"


class DashboardPage(QWidget):
    """Head, banners and the grid of cards, with its written states."""

    said = pyqtSignal(str)
    tickets_behind_wanted = pyqtSignal(object, str)
    """A ``Behind`` and what it is called."""
    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop) -> None:
        """Begin to read the dashboard."""
        super().__init__()
        self.desktop = desktop
        self.may_see_all = Permission.SEE_FIGURES.value in desktop.session.permissions
        self.choices = Choices()
        self.version = 0
        self.span, self.scope = Span(), Scope()
        self.is_loaded = False
        self.view: CardsView | None = None
        self._read_at: datetime | None = None
        self._focus: QWidget | None = None
        self._build()
        self.arranging = Arranging(self)
        self.live = Live(self, self._ask, self._is_seen)
        self.load()

    @property
    def layout_now(self) -> Layout:
        """The dashboard as it lies here now."""
        placed = tuple(
            PlacedCard(card=card.card, place=packing.place_of(area))
            for card, area in zip(self.grid.cards, self.grid.areas, strict=True)
        )
        return Layout(cards=placed, span=self.span, scope=self.scope)

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Job[T]:
        """Call something of the desk off the main thread, for this page."""
        return self.desktop.background.run(self, function, *args, **kwargs)

    def load(self) -> None:
        """Read which cards the person has, and what there is to choose from."""
        if not self.is_loaded:
            self.states.show_loading()
        self.run(self.desktop.desk.dashboards.mine).then(self._on_loaded).failed(
            self._on_not_loaded
        )
        self.run(read_choices, self.desktop.desk).then(self._on_choices)

    def refresh(self) -> None:
        """Read the figures again, soon."""
        if self.is_loaded:
            self.live.want()
        else:
            self.load()

    def take(self, view: DashboardView) -> None:
        """Take note of how the dashboard is kept now."""
        self.version = view.version

    def show_layout(self, layout: Layout) -> None:
        """Show the cards of a layout, and the days and tickets it is about."""
        self.span, self.scope = layout.span, layout.scope
        self.head.show_choice(self.span, self.scope)
        cards = [self.make_card(placed.card) for placed in layout.cards]
        areas = [packing.area_of(placed.place) for placed in layout.cards]
        self.set_cards(cards, areas)

    def make_card(self, card: Card) -> CardView:
        """Return a card that opens what is behind its numbers."""
        made = CardView(card, self.desktop.clock)
        made.opened.connect(self._on_opened)
        made.ticket_wanted.connect(self._on_ticket_wanted)
        made.configure_wanted.connect(partial(self._on_configure, made))
        made.copied.connect(lambda: self.said.emit("The numbers were copied."))
        made.more.setEnabled(True)
        made.show_loading()
        return made

    def set_cards(self, cards: Sequence[CardView], areas: Sequence[packing.Area]) -> None:
        """Lay out these cards, and read their figures."""
        self.grid.set_cards(cards, areas)
        self.show_grid()
        self.live.want_now()

    def add_above(self, widget: QWidget) -> None:
        """Show something between the head and the cards."""
        self._above.insertWidget(1, widget)

    def show_grid(self) -> None:
        """Show the cards, or what to do where there are none."""
        if self.grid.cards or self.arranging.is_active:
            self.states.show_content()
        else:
            self.states.show_empty(
                "No cards yet",
                "A card shows a figure of the desk, live: add the first one.",
                "Customise" if not self.head.customise_button.isHidden() else None,
                self.arranging.begin,
            )

    def focus_first(self) -> None:
        """Go back to where the keyboard was, else to the first card."""
        focus = self._focus
        if focus is not None and any(card.isAncestorOf(focus) for card in self.grid.cards):
            focus.setFocus()
        elif self.grid.cards and not self.grid.covers:
            first = min(range(len(self.grid.cards)), key=lambda at: self.grid.areas[at][1::-1])
            self.grid.cards[first].focus_target.setFocus()

    def save_state(self) -> None:
        """Remember which days and whose tickets are counted."""
        if not self.is_loaded:
            return
        state = self.desktop.state
        state.setValue(self.desktop.own(_SPAN_KEY), self.span.model_dump_json())
        state.setValue(self.desktop.own(_SCOPE_KEY), self.scope.model_dump_json())

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what was not asked for while nobody looked."""
        super().showEvent(event)
        if self.is_loaded:
            self.live.want()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Stop arranging by Escape."""
        if event.key() == Qt.Key_Escape and self.arranging.is_active:
            self.arranging.leave()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        self.head = Head(may_see_all=self.may_see_all, may_write=not self.desktop.info.read_only)
        self.head.span_chosen.connect(self._on_span)
        self.head.scope_chosen.connect(self._on_scope)
        self.grid = DashboardGrid()
        self.area = QScrollArea()
        self.area.setObjectName("dashboard")
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.area.setWidget(self.grid)
        self.banner, self.counting, self.news = Banner(), Banner(), Banner()
        self.states = StateView(self.area)
        above = QWidget()
        self._above = top = QVBoxLayout(above)
        top.setContentsMargins(_EDGE, _TOP, _EDGE, GAP)
        top.setSpacing(8)
        for widget in (self.head, self.banner, self.counting, self.news):
            top.addWidget(widget)
        below = QWidget()
        under = QVBoxLayout(below)
        # The scroll bar stands at the side where reading ends.
        edges = (_EDGE, _EDGE - SCROLL)
        left, right = reversed(edges) if self.isRightToLeft() else edges
        under.setContentsMargins(left, 0, right, 0)
        under.addWidget(self.states)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(above)
        column.addWidget(below, 1)

    def _is_seen(self) -> bool:
        return self.isVisible() and self.is_loaded and not self.window().isMinimized()

    def _on_loaded(self, view: DashboardView) -> None:
        self.is_loaded = True
        self.banner.clear()
        self.take(view)
        layout = self._with_remembered(view.layout)
        self.show_layout(layout)
        if self.isVisible():
            self.focus_first()

    def _with_remembered(self, layout: Layout) -> Layout:
        """Return the layout with the days and tickets that were looked at the last time."""
        changed: dict[str, Span | Scope] = {}
        for name, key, kind in (("span", _SPAN_KEY, Span), ("scope", _SCOPE_KEY, Scope)):
            kept = self.desktop.state.value(self.desktop.own(key), "")
            try:
                if kept:
                    changed[name] = kind.model_validate(json.loads(kept))
            except ValueError:
                # Written by another version; what the dashboard says will do.
                continue
        return layout.model_copy(update=changed)

    def _on_not_loaded(self, error: Exception) -> None:
        if isinstance(error, Unreachable):
            self.desktop.feed.fell_behind()
        if not self.is_loaded:
            self.states.show_failed(sentence_of(error), self.load)

    def _on_choices(self, choices: Choices) -> None:
        self.choices = choices
        self.head.set_choices(choices.teams, choices.people)

    def _ask(self) -> None:
        cards = list(self.grid.cards)
        self.head.set_today(self.desktop.clock().astimezone().date())
        if not cards:
            self.live.answered()
            return
        query = CardsQuery(
            cards=tuple(card.card for card in cards), span=self.span, scope=self.scope
        )
        job = self.run(self.desktop.desk.figures.cards, query)
        job.then(partial(self._show, query, cards)).failed(self._on_failed)
        job.finally_(self.live.answered)

    def _show(self, query: CardsQuery, cards: list[CardView], view: CardsView) -> None:
        if (query.span, query.scope) != (self.span, self.scope):
            # Other days were chosen meanwhile; their figures are on the way.
            return
        self.view, self._read_at = view, view.at
        for card, figures in zip(cards, view.cards, strict=False):
            if card in self.grid.cards:
                card.show_figures(figures, view, query.scope)
        self.head.show_live(view.at)
        self.head.show_scope_name(view.scope_name)
        self.banner.clear()
        self._show_uncounted(view.uncounted)
        self._show_news(view)

    def _show_uncounted(self, uncounted: int) -> None:
        if not uncounted:
            self.counting.clear()
            return
        noun = "ticket is" if uncounted == 1 else "tickets are"
        sentence = f"{uncounted:,} older {noun} still being counted; the figures are short of them."
        if self.counting.text != sentence:
            self.counting.show_quiet(sentence)

    def _show_news(self, view: CardsView) -> None:
        """Say on a new desk what will be seen here."""
        if view.uncounted or any(map(_tells, view.cards)):
            self.news.clear()
        elif not self.news.text:
            self.news.show_quiet(
                "There is nothing to count yet. As tickets are opened, answered and solved, these "
                "cards show how many, how fast and how well, live."
            )

    def _on_failed(self, error: Exception) -> None:
        """Keep what was read before, greyed, and offer to try again."""
        if isinstance(error, Unreachable):
            self.desktop.feed.fell_behind()
        self.head.show_old(self._read_at)
        if self._read_at is None:
            self.states.show_failed(sentence_of(error), self._retry)
            return
        for card in self.grid.cards:
            card.set_old(True)
        self.banner.show_error(sentence_of(error), "Retry", self._retry)

    def _retry(self) -> None:
        if self._read_at is None:
            self.show_grid()
        self.live.want_now()

    def _on_span(self, span: Span) -> None:
        self.span = span
        self._on_choice()

    def _on_scope(self, scope: Scope) -> None:
        self.scope = scope
        self._on_choice()

    def _on_choice(self) -> None:
        self.head.show_choice(self.span, self.scope)
        self.save_state()
        self.live.want_now()

    def _on_configure(self, card: CardView) -> None:
        if card in self.grid.cards:
            self.arranging.configure(self.grid.cards.index(card))

    def _on_opened(self, opening: Opening) -> None:
        self._focus = self.focusWidget()
        self.tickets_behind_wanted.emit(opening.behind, opening.words)

    def _on_ticket_wanted(self, ticket_id: int) -> None:
        self._focus = self.focusWidget()
        self.ticket_wanted.emit(ticket_id)


def _tells(figures: CardFigures) -> bool:
    """Return whether a card shows anything that was counted."""
    return bool(
        figures.value
        or figures.tickets
        or figures.attention
        or any(point.value for point in figures.points)
        or any(row.open or row.resolved for row in figures.technicians)
    )
