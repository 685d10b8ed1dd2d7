# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which an admin sees what did not arrive, and sends it again or gives it up."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import QModelIndex, Qt, QTimer
from PyQt5.QtGui import QKeyEvent, QShowEvent
from PyQt5.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QPushButton, QWidget

from helpdesk.core.schemas.notifications import (
    DeliveryChoice,
    DeliveryPage,
    DeliveryState,
    DeliveryView,
)
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.deliveries.list_model import DeliveryListModel
from helpdesk.ui.settings.deliveries.row_delegate import DeliveryRowDelegate
from helpdesk.ui.settings.figure_words import count
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.words import DELIVERIES
from helpdesk.ui.widgets.number_card import NumberCard
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.segmented import Segmented
from helpdesk.ui.widgets.state_view import StateView

_DAYS = "in 30 days"
_STATES: Final = (
    ("", "All"),
    (DeliveryState.WAITING.value, "Waiting"),
    (DeliveryState.PARKED.value, "Parked"),
    (DeliveryState.SENT.value, "Sent"),
    (DeliveryState.DROPPED.value, "Dropped"),
)
_NEWS: Final = ("channel", "ticket")
_PAUSE_MS = 5_000
"""What changes on a busy desk is looked at no more often than this."""
_CAN_BE_SENT = (DeliveryState.WAITING, DeliveryState.PARKED)
_LOWEST = 260
_BATCH = 50
"""So many rows are measured at once; a longer list in several turns."""
_EMPTY: Final = {
    "": (
        "Nothing was sent yet",
        "Mail and chat messages are listed here as soon as there are any.",
    ),
    DeliveryState.WAITING.value: ("Nothing waits", "Everything is on its way or has arrived."),
    DeliveryState.PARKED.value: ("Nothing failed", "What cannot be sent for good is kept here."),
    DeliveryState.SENT.value: ("Nothing was sent yet", "What has left the desk is listed here."),
    DeliveryState.DROPPED.value: ("Nothing was dropped", "What was given up is listed here."),
}


class DeliveriesSection(Section):
    """Numbers, a list with a filter, and two buttons for what is chosen or all that is parked."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, DELIVERIES)
        self._is_loaded = False
        self._parked = 0
        self._current = 0
        self._is_behind = False
        self.pause = QTimer(self)
        self.pause.setSingleShot(True)
        self.pause.setInterval(_PAUSE_MS)
        self.pause.timeout.connect(self._catch_up)
        self.cards = {
            "waiting": NumberCard("Waiting"),
            "sent": NumberCard("Sent"),
            "parked": NumberCard("Parked"),
        }
        self._build()

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to channels, and to tickets: with them messages are written.

        A busy desk tells of several a second. All but the first wait until the pause is over.
        """
        if kind not in _NEWS or not self.isVisible():
            return kind in _NEWS
        if self.pause.isActive():
            self._is_behind = True
            return False
        self.pause.start()
        return True

    def load(self) -> None:
        """Ask the desk what became of its messages."""
        if not self._is_loaded:
            self.states.show_loading()
        self.model.load()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what changed meanwhile."""
        super().showEvent(event)
        self._catch_up()

    def _catch_up(self) -> None:
        if self._is_behind and self.isVisible():
            self._is_behind = False
            self.pause.start()
            self.load()

    def reveal(self, key: str) -> None:
        """Put the focus on the list, or on what sends again."""
        target = self.retry_button if key == "retry" else self.rows
        target.setFocus()

    def chosen(self) -> tuple[DeliveryView, ...]:
        """Return the chosen messages that have not left yet."""
        rows = (self.model.row(index) for index in self.rows.selectionModel().selectedIndexes())
        return tuple(row for row in rows if row is not None and row.state in _CAN_BE_SENT)

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        numbers = QHBoxLayout()
        numbers.setSpacing(12)
        for card in self.cards.values():
            numbers.addWidget(card)
        self.model = DeliveryListModel(self.desktop, self)
        self.model.modelAboutToBeReset.connect(self._keep_current)
        self.model.arrived.connect(self._on_arrived)
        self.model.failed.connect(self._on_failed)
        self.model.more_failed.connect(self.desktop.background.unheard)
        self.rows = _Rows(self)
        self.rows.setModel(self.model)
        self.rows.setItemDelegate(DeliveryRowDelegate(self.rows, self.desktop.clock))
        self.rows.doubleClicked.connect(self.open_ticket)
        self.rows.selectionModel().selectionChanged.connect(self._show_buttons)
        self.list_states = StateView(self.rows)
        self.list_states.setMinimumHeight(_LOWEST)
        self.body.addLayout(numbers)
        self.body.addLayout(self._bar())
        self.body.addWidget(self.list_states, 1)
        QWidget.setTabOrder(self.drop_button, self.rows)

    def _bar(self) -> QHBoxLayout:
        self.filter = Segmented(_STATES)
        self.filter.chosen.connect(self._on_filter)
        self.retry_button = QPushButton()
        self.retry_button.clicked.connect(self._on_retry)
        self.drop_button = QPushButton()
        self.drop_button.setProperty("kind", "danger")
        self.drop_button.clicked.connect(self._on_drop)
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.filter)
        bar.addStretch(1)
        bar.addWidget(self.retry_button)
        bar.addWidget(self.drop_button)
        self._show_buttons()
        return bar

    # --- what is shown ------------------------------------------------------------------------

    def _on_filter(self, key: str) -> None:
        self.list_states.show_loading()
        self.model.show_states((DeliveryState(key),) if key else ())

    def _on_arrived(self, page: DeliveryPage) -> None:
        self._is_loaded = True
        self._show_trouble()
        self._show_numbers(page)
        self.states.show_content()
        if self.model.rowCount():
            self.list_states.show_content()
            self._restore_current()
        else:
            self.list_states.show_empty(*_EMPTY[self.filter.key])
        self._show_buttons()

    def _show_trouble(self) -> None:
        """Say why the mail waits, if it does."""
        if self.model.mail_trouble:
            self.banner.show_warning(self.model.mail_trouble)
        else:
            self.banner.clear()

    def _show_numbers(self, page: DeliveryPage) -> None:
        self._parked = page.parked
        self.cards["waiting"].show_number(count(page.waiting), self._waiting_words(page.waiting))
        self.cards["sent"].show_number(count(page.sent), _DAYS)
        self.cards["parked"].show_number(count(page.parked), f"failed for good {_DAYS}")

    def _waiting_words(self, waiting: int) -> str:
        if self.model.mail_trouble:
            return "no mail is sent at present"
        return "on the way now" if waiting else "nothing is waiting"

    def _show_buttons(self) -> None:
        chosen = len(self.chosen())
        what = f"{chosen:,}" if chosen > 1 else ""
        if not chosen:
            what = f"all parked ({self._parked:,})" if self._parked else "all parked"
        self.retry_button.setText(f"Retry {what}".strip())
        self.drop_button.setText(f"Drop {what}".strip())
        can = bool(chosen or self._parked) and not self.desktop.info.read_only
        self.retry_button.setEnabled(can)
        self.drop_button.setEnabled(can)

    def _on_failed(self, error: Exception) -> None:
        if not self._is_loaded:
            self.states.show_failed(sentence_of(error), self.load)
            return
        if not self.model.rowCount():
            self.list_states.show_failed(sentence_of(error), self.model.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)

    def _keep_current(self) -> None:
        row = self.model.row(self.rows.currentIndex())
        self._current = row.id if row else 0

    def _restore_current(self) -> None:
        found = self.model.index_of(self._current)
        if found.isValid() and not self.rows.currentIndex().isValid():
            self.rows.setCurrentIndex(found)

    # --- what is done -------------------------------------------------------------------------

    def open_ticket(self, index: QModelIndex) -> None:
        """Show the ticket that a message is about."""
        row = self.model.row(index)
        if row is not None and row.ticket_id is not None:
            self.ticket_wanted.emit(row.ticket_id)

    def _choice(self) -> DeliveryChoice:
        return DeliveryChoice(ids=tuple(row.id for row in self.chosen()))

    def _on_retry(self) -> None:
        job = self.desktop.background.run(self, self.desktop.desk.channels.retry, self._choice())
        job.then(lambda _: self._on_done("They are sent again at once.")).failed(self._on_not_done)

    def _on_drop(self) -> None:
        choice = self._choice()
        number = len(choice.ids) or self._parked
        messages = "one message" if number == 1 else f"{number:,} messages"
        question = Question(
            "Give up these messages?",
            f"{messages[:1].upper()}{messages[1:]} that did not arrive.",
            "They will not be sent any more; the tickets they tell of stay as they are.",
            "Drop",
            "Keep",
            self,
        )
        question.agreed.connect(lambda: self._drop(choice))
        question.open()

    def _drop(self, choice: DeliveryChoice) -> None:
        job = self.desktop.background.run(self, self.desktop.desk.channels.drop, choice)
        job.then(lambda _: self._on_done("They were dropped.")).failed(self._on_not_done)

    def _on_done(self, sentence: str) -> None:
        self.said.emit(sentence)
        self.load()

    def _on_not_done(self, error: Exception) -> None:
        self.banner.show_error(sentence_of(error))
        self.model.load()


class _Rows(QListView):
    """Enter opens the ticket of a row."""

    def __init__(self, section: DeliveriesSection) -> None:
        super().__init__()
        self._section = section
        self.setProperty("framed", True)
        self.setAccessibleName("Messages, newest first")
        self.setSelectionMode(QAbstractItemView.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.Adjust)
        self.setLayoutMode(QListView.Batched)
        self.setBatchSize(_BATCH)
        self.setMouseTracking(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key_Return, Qt.Key_Enter):
            self._section.open_ticket(self.currentIndex())
        else:
            super().keyPressEvent(event)
