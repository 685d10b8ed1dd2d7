# SPDX-License-Identifier: GPL-3.0-or-later
"""'How did we do?' at the head of one's own ticket that is solved."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.schemas.ratings import LOW, LowReason, NewTicketRating, TicketRating
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.satisfaction.low_scroller import LowScroller
from helpdesk.ui.tickets.satisfaction.rating_form import RatingForm
from helpdesk.ui.tickets.satisfaction.score_row import ScoreRow
from helpdesk.ui.tickets.satisfaction.words import own_words, score_words
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel

_COMMENT_LINES = 2
_LEAST_HEIGHT, _ALL_ELSE = 96, 350
"""How much of a pane it may take at least, and what the heading, a message and the reply take."""


class SatisfactionCard(QWidget):
    """One click rates; what went wrong and a comment may follow, and all of it be changed.

    What is chosen and written is kept on disk for its resolution until the desk has it.
    """

    said = pyqtSignal(str)
    toggled = pyqtSignal()
    """It takes more room than before, or less."""
    rated = pyqtSignal(int)
    """The desk has a new rating of this ticket."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin without a ticket."""
        super().__init__()
        self._desktop = desktop
        self._ticket: TicketView | None = None
        self._rating: TicketRating | None = None
        self._place = ""
        self._asks = self._writes = self._thanks = self._busy = False
        self._build()

    def show_ticket(self, ticket: TicketView) -> None:
        """Show how somebody found the solution of a ticket; what is being written stays."""
        if "rate" not in ticket.allowed:
            self._ticket, self._place = None, ""
            self.hide()
            return
        place = _place_of(ticket)
        self._ticket = ticket
        if place != self._place:
            self._begin(place, ticket.rating)
        elif not self._busy:
            self._meet(ticket.rating)
        self.show()
        self._show()

    @property
    def is_writing(self) -> bool:
        """Whether it takes the room of a form."""
        return not self.isHidden() and not self.form.isHidden()

    def set_height(self, height: int) -> None:
        """Leave room for the conversation in a pane of this height."""
        self._scroller.set_limit(max(_LEAST_HEIGHT, height - _ALL_ELSE))

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self._frame = QFrame()
        self._frame.setProperty("kind", "raised")
        self._question = QLabel("How did we do?")
        self._question.setProperty("role", "strong")
        self._hint = PlainLabel(role="muted")
        asked = QVBoxLayout()
        asked.setSpacing(2)
        asked.addWidget(self._question)
        asked.addWidget(self._hint)
        words = QWidget()
        words.setLayout(asked)
        asked.setContentsMargins(0, 6, 16, 0)
        self.scores = ScoreRow()
        self.scores.chosen.connect(self._on_score)
        self._ask = QWidget()
        flow = FlowLayout(4)
        self._ask.setLayout(flow)
        flow.addWidget(words)
        flow.addWidget(self.scores)
        self._error = PlainLabel(role="error")
        self._error.hide()
        self.form = RatingForm()
        self.form.typed.connect(self._on_typed)
        self.form.sent.connect(self._on_sent)
        self.form.left.connect(self._on_left)
        column = QVBoxLayout(self._frame)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        column.addWidget(self._ask)
        column.addWidget(self._told())
        column.addWidget(self.form)
        column.addWidget(self._error)
        inside = QWidget()
        margins = QVBoxLayout(inside)
        margins.setContentsMargins(16, 12, 16, 0)
        margins.addWidget(self._frame)
        self._scroller = LowScroller(inside)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self._scroller)
        self.hide()

    def _told(self) -> QWidget:
        """Return the line that says what was said, with what can be done about it."""
        self._said = PlainLabel()
        self._comment = PlainLabel(role="muted", max_lines=_COMMENT_LINES)
        self.comment_button = QPushButton("Add a comment")
        self.comment_button.clicked.connect(lambda: self._on_comment())
        self.change_button = QPushButton("Change")
        self.change_button.setAccessibleName("Change your rating")
        self.change_button.clicked.connect(lambda: self._on_change())
        for button in (self.comment_button, self.change_button):
            button.setProperty("kind", "quiet")
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._said, 1)
        row.addWidget(self.comment_button, 0, Qt.AlignTop)
        row.addWidget(self.change_button, 0, Qt.AlignTop)
        self._line = QWidget()
        told = QVBoxLayout(self._line)
        told.setContentsMargins(0, 0, 0, 0)
        told.setSpacing(2)
        told.addLayout(row)
        told.addWidget(self._comment)
        return self._line

    # --- what is shown ------------------------------------------------------------------------

    def _begin(self, place: str, rating: TicketRating | None) -> None:
        """Begin with another resolution, and with what was being written on it."""
        self._place, self._rating = place, rating
        self._asks = self._thanks = False
        draft = self._desktop.drafts.load(place)
        reason, comment = _reason_in(draft), draft.get("comment", "")
        self._writes = rating is not None and bool(comment or reason)
        if self._writes:
            self.form.fill(reason, comment)
        elif rating is not None:
            self.form.fill(rating.reason, rating.comment)
        else:
            self.form.fill(None, "")
        self._error.hide()
        self._set_busy(busy=False)
        self.scores.show_score(rating.score if rating else None)

    def _meet(self, rating: TicketRating | None) -> None:
        """Show what was said elsewhere meanwhile, such as by the link of a mail."""
        if rating == self._rating:
            return
        self._rating = rating
        if rating is not None and not self._writes:
            self.form.fill(rating.reason, rating.comment)
        if not self._asks:
            self.scores.show_score(rating.score if rating else None)

    def _show(self) -> None:
        was_writing = self.is_writing
        self._show_parts()
        if was_writing != self.is_writing:
            self.toggled.emit()

    def _show_parts(self) -> None:
        rating = self._rating
        asks = rating is None or self._asks
        self._ask.setVisible(asks)
        self._hint.setText("One click is enough." if rating is None else "Choose another.")
        self._line.setVisible(rating is not None and not self._asks)
        self.form.setVisible(rating is not None and self._writes and not self._asks)
        if rating is None:
            return
        thanks = " Thank you." if self._thanks else ""
        self._said.setText(own_words(rating) + thanks)
        self._comment.setText(rating.comment)
        self._comment.setVisible(bool(rating.comment) and not self._writes)
        self.comment_button.setText("Edit comment" if rating.comment else "Add a comment")
        self.comment_button.setVisible(not self._writes)
        self.form.show_kind(low=rating.score <= LOW)

    def _begin_form(self) -> None:
        self._scroller.show_inside(self.form.begin(low=self._is_low))

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        self.scores.setDisabled(busy)
        self.form.set_busy(busy=busy)
        self.change_button.setDisabled(busy)
        self.comment_button.setDisabled(busy)

    def _fail(self, sentence: str) -> None:
        self._error.setText(sentence)
        self._error.show()

    # --- what the person does -----------------------------------------------------------------

    def _on_score(self, score: int) -> None:
        before, low = self._rating, score <= LOW
        if before is not None and before.score == score:
            self._asks = False
            self._show()
            return
        reason = before.reason if before and low else None
        self._send(NewTicketRating(score=score, reason=reason, comment=_comment_of(before)))

    def _on_change(self) -> None:
        self._asks, self._thanks = True, False
        self._show()
        self.scores.focus_score(self._rating.score if self._rating else None)

    def _on_comment(self) -> None:
        self._writes, self._thanks = True, False
        self._show()
        self._begin_form()

    def _on_left(self) -> None:
        rating, self._writes = self._rating, False
        self._desktop.drafts.remove(self._place)
        self.form.fill(rating.reason if rating else None, _comment_of(rating))
        self._error.hide()
        self._show()
        self.change_button.setFocus(Qt.TabFocusReason)

    def _on_typed(self) -> None:
        reason = self.form.reason
        draft = {"comment": self.form.comment.toPlainText(), "reason": reason or ""}
        self._desktop.drafts.keep(self._place, draft)
        self._error.hide()
        if self.form.problem:
            self._fail(self.form.problem)

    def _on_sent(self) -> None:
        if self._rating is None:
            return
        reason = self.form.reason if self._is_low else None
        new = NewTicketRating(score=self._rating.score, reason=reason, comment=self.form.text)
        self._send(new, is_form=True)

    @property
    def _is_low(self) -> bool:
        return self._rating is not None and self._rating.score <= LOW

    # --- sending ------------------------------------------------------------------------------

    def _send(self, new: NewTicketRating, *, is_form: bool = False) -> None:
        if self._ticket is None or self._busy:
            return
        self._error.hide()
        self._set_busy(busy=True)
        ticket, place = self._ticket, self._place
        job = self._desktop.background.run(self, self._rate, ticket.id, new, place, is_form)
        job.then(partial(self._on_taken, ticket, place, is_form))
        job.failed(partial(self._on_refused, place))

    def _rate(self, id_: int, new: NewTicketRating, place: str, is_form: bool) -> TicketRating:
        """Send a rating, and forget the draft that it was; runs on a thread of the pool."""
        rating = self._desktop.desk.ratings.rate(id_, new)
        if is_form:
            self._desktop.drafts.sent(place)
        return rating

    def _on_taken(
        self, ticket: TicketView, place: str, is_form: bool, rating: TicketRating
    ) -> None:
        self.said.emit(f"You gave {ticket.number} {score_words(rating.score)}")
        if place == self._place:
            self._take(rating, is_form=is_form)
        self.rated.emit(ticket.id)

    def _take(self, rating: TicketRating, *, is_form: bool) -> None:
        self._rating, self._asks, self._thanks = rating, False, True
        self._set_busy(busy=False)
        self.scores.show_score(rating.score)
        # Of a low rating it is asked at once; of any other whoever likes says more.
        self._writes = not is_form and (self._writes or rating.score <= LOW)
        if is_form or not self._desktop.drafts.load(self._place):
            self.form.fill(rating.reason, rating.comment)
        self._show()
        if self._writes:
            self._begin_form()
        else:
            self.comment_button.setFocus(Qt.TabFocusReason)

    def _on_refused(self, place: str, error: Exception) -> None:
        if place != self._place:
            return
        self._set_busy(busy=False)
        kept = " What you chose and wrote is kept." if self._writes else ""
        self._fail(f"{sentence_of(error)}{kept}")
        self.scores.show_score(self._rating.score if self._rating else None)
        if isinstance(error, (Invalid, NotFound)):
            # The ticket is no longer what it was when it was asked.
            self.rated.emit(self._ticket.id if self._ticket else 0)


def _place_of(ticket: TicketView) -> str:
    """Return where drafts of a resolution lie; another one is asked anew."""
    at = ticket.resolved_at
    return f"satisfaction-{ticket.id}-{int(at.timestamp()) if at else 0}"


def _comment_of(rating: TicketRating | None) -> str:
    return rating.comment if rating else ""


def _reason_in(draft: dict[str, str]) -> LowReason | None:
    found = draft.get("reason", "")
    return LowReason(found) if found in set(LowReason) else None
