# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches what is suggested for a ticket: from the history at once, then perhaps from the model.

Nothing waits for either. What was suggested for an older state of the ticket is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from helpdesk.core.errors import Conflict
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.assistant import Answer, TriageAsk
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.schemas.triage import (
    Origin,
    Suggested,
    SuggestedField,
    SuggestionChoice,
    TicketSuggestion,
)
from helpdesk.ui.ai_response_thread import AnswerFailed, Asked
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.assist.model_status import ModelStatus

DWELL_MS = 600
"""Whoever only passes a ticket by, with J and K, costs no question to the model."""


class Seen(NamedTuple):
    """Which state of which ticket something was suggested for."""

    ticket_id: int
    version: int


class Suggestions(QObject):
    """Knows the suggestion for the ticket shown and takes it over when told to."""

    changed = pyqtSignal()
    """There is another suggestion, or none any more, or more is known about it."""
    taken = pyqtSignal(object, object, object)
    """The ticket before, the ticket now, and the fields that were taken over."""
    outdated = pyqtSignal(object)
    """Somebody else was quicker; the ``TicketView`` as it is now, or ``None``."""
    failed = pyqtSignal(object)

    def __init__(self, desktop: Desktop, model: ModelStatus, parent: QObject) -> None:
        """Begin without a ticket."""
        super().__init__(parent)
        self._desktop = desktop
        self._model = model
        self._ticket: TicketView | None = None
        self._seen: Seen | None = None
        self._asked: Asked | None = None
        self._is_choosing = False
        self.suggestion: TicketSuggestion | None = None
        self.notice = ""
        """Why the model adds nothing, in a sentence."""
        self.dwell = QTimer(self)
        self.dwell.setSingleShot(True)
        self.dwell.setInterval(DWELL_MS)
        self.dwell.timeout.connect(self._ask_model)
        model.changed.connect(self._on_model)

    @property
    def is_asking(self) -> bool:
        """Whether the model is being asked."""
        return self._asked is not None and not self._asked.over

    def show_ticket(self, ticket: TicketView) -> None:
        """Suggest for another ticket, or for a newer state of the same."""
        seen = Seen(ticket.id, ticket.version)
        self._ticket = ticket
        if seen == self._seen:
            return
        self._give_up()
        if self._seen is None or self._seen.ticket_id != ticket.id:
            self.suggestion = None
        self._seen, self.notice = seen, ""
        self.changed.emit()
        self._ask_history(seen)

    def clear(self) -> None:
        """Suggest nothing."""
        self._give_up()
        self._seen = self._ticket = self.suggestion = None
        self.changed.emit()

    def stop(self) -> None:
        """Ask the model no more; what the history suggests stays."""
        if self.is_asking:
            self._give_up()
            self.changed.emit()

    def show_again(self) -> None:
        """Show what was dismissed."""
        if self.suggestion is not None:
            self.suggestion = self.suggestion.model_copy(update={"dismissed": False})
            self.changed.emit()

    def take(self, fields: Sequence[Suggested]) -> None:
        """Take fields over as they are seen."""
        if self._ticket is None or self.suggestion is None or not fields or self._is_choosing:
            return
        choice = SuggestionChoice(
            version=self.suggestion.version,
            fields=tuple(each.field for each in fields),
            values=tuple(each.value for each in fields),
            origins=tuple(each.origin for each in fields),
            **self._shown(self.suggestion),
        )
        self._choose(choice, tuple(fields))

    def dismiss(self) -> None:
        """Suggest nothing more for this state of the ticket."""
        if self._ticket is None or self.suggestion is None:
            return
        choice = SuggestionChoice(version=self.suggestion.version, **self._shown(self.suggestion))
        self._give_up()
        self.suggestion = self.suggestion.model_copy(update={"dismissed": True})
        self.changed.emit()
        choose = self._desktop.desk.triage.choose
        job = self._desktop.background.run(self, choose, self._ticket.id, choice)
        # It is out of sight already; that it could not be noted matters to nobody here.
        job.failed(lambda _: None)

    def note_reply_used(self) -> None:
        """Tell the desk that the suggested reply was put into the box, for its figures."""
        suggestion, choose = self.suggestion, self._desktop.desk.triage.choose
        if self._ticket is None or suggestion is None or not suggestion.reply:
            return
        choice = SuggestionChoice(
            version=suggestion.version,
            fields=(SuggestedField.REPLY,),
            values=("",),
            origins=(suggestion.reply.origin,),
            reply_used=True,
            **self._shown(suggestion),
        )
        job = self._desktop.background.run(self, choose, self._ticket.id, choice)
        job.failed(lambda _: None)

    # --- asking -------------------------------------------------------------------------------

    def _ask_history(self, seen: Seen) -> None:
        suggest = self._desktop.desk.triage.for_ticket
        job = self._desktop.background.latest(self, suggest, seen.ticket_id)
        # Without a suggestion the work goes on as it always did.
        job.then(partial(self._on_history, seen)).failed(lambda _: self._dwell_on())

    def _on_history(self, seen: Seen, suggestion: TicketSuggestion) -> None:
        if self._take_in(seen, suggestion):
            self._dwell_on()

    def _take_in(self, seen: Seen, suggestion: TicketSuggestion) -> bool:
        if seen != self._seen or suggestion.version != seen.version:
            return False
        self.suggestion = suggestion
        self.changed.emit()
        return True

    def _dwell_on(self) -> None:
        ticket, suggestion = self._ticket, self.suggestion
        is_wanted = suggestion is None or not suggestion.dismissed
        if ticket is not None and ticket.status.is_open and is_wanted and self._model.has_model:
            self.dwell.start()

    def _on_model(self) -> None:
        if self._seen is not None and self._asked is None and self.suggestion is not None:
            self._dwell_on()

    def _ask_model(self) -> None:
        seen = self._seen
        if seen is None:
            return
        asked = self._desktop.assistant.ask(self, TriageAsk(ticket_id=seen.ticket_id))
        self._asked = asked
        asked.sources(partial(self._on_answer, seen)).then(partial(self._on_answer, seen))
        asked.failed(partial(self._on_model_failed, seen))
        self.changed.emit()

    def _on_answer(self, seen: Seen, answer: Answer) -> None:
        if seen != self._seen:
            return
        self.notice = answer.notice
        suggestion = answer.suggestion
        if suggestion is None or not self._take_in(seen, suggestion):
            self.changed.emit()

    def _on_model_failed(self, seen: Seen, error: AnswerFailed) -> None:
        if seen == self._seen:
            self.notice = f"The model did not answer. {error}"
            self.changed.emit()

    def _give_up(self) -> None:
        self.dwell.stop()
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None

    # --- choosing -----------------------------------------------------------------------------

    def _choose(self, choice: SuggestionChoice, fields: tuple[Suggested, ...]) -> None:
        before = self._ticket
        if before is None:
            return
        self._give_up()
        self._is_choosing = True
        choose = self._desktop.desk.triage.choose
        job = self._desktop.background.run(self, choose, before.id, choice)
        job.finally_(self._on_chosen_or_not)
        job.then(partial(self._on_taken, before, fields))
        job.failed(partial(self._on_not_taken, before.id))

    def _on_chosen_or_not(self) -> None:
        self._is_choosing = False

    def _on_taken(self, before: TicketView, fields: tuple[Suggested, ...], now: TicketView) -> None:
        if self._seen is not None and self._seen.ticket_id == now.id and self.suggestion:
            left = tuple(each for each in self.suggestion.fields if each not in fields)
            update = {"fields": left, "version": now.version}
            self.suggestion = self.suggestion.model_copy(update=update)
            self._seen = Seen(now.id, now.version)
            self.changed.emit()
        self.taken.emit(before, now, fields)

    def _on_not_taken(self, ticket_id: int, error: Exception) -> None:
        if not isinstance(error, Conflict):
            self.failed.emit(error)
            return
        if self._seen is not None and self._seen.ticket_id == ticket_id:
            # The same version may come back, and must be asked about anew.
            self._seen = Seen(ticket_id, -1)
        self.outdated.emit(error.current if isinstance(error.current, TicketView) else None)

    def _shown(self, suggestion: TicketSuggestion) -> dict[str, Any]:
        """Return what the card offers, as a choice tells it: what is not taken counts as well."""
        seen: list[tuple[SuggestedField, str, Origin, int | None]] = [
            (each.field, each.value, each.origin, each.confidence)
            for each in suggestion.fields
            if each.field is not SuggestedField.ASSIGNEE or can_assign(self._desktop, each)
        ]
        if suggestion.reply is not None:
            seen.append((SuggestedField.REPLY, "", suggestion.reply.origin, None))
        names = ("shown", "shown_values", "shown_origins", "shown_confidences")
        return dict(zip(names, zip(*seen, strict=True), strict=True)) if seen else {}


def can_assign(desktop: Desktop, suggested: Suggested) -> bool:
    """Whether the person can give a ticket to whom is suggested; technicians only take it."""
    is_me = suggested.value == str(desktop.person.id)
    return is_me or desktop.may(Permission.ASSIGN_TICKET)
