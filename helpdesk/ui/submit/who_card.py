# SPDX-License-Identifier: GPL-3.0-or-later
"""Who will get a ticket like the one that is written, and when they usually answer."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.schemas.triage import DraftSuggestion
from helpdesk.ui.submit.card import Card
from helpdesk.ui.submit.due_words import due_words, span_words
from helpdesk.ui.widgets.plain_label import PlainLabel


class WhoCard(Card):
    """One sentence from the desk's own figures; it hides while there are none."""

    def __init__(self) -> None:
        """Begin hidden."""
        super().__init__("Who will get it")
        self.tells_due = False
        """Whether it says when the answer is due."""
        self._sentence = PlainLabel(role="muted")
        self.add_line(self._sentence)
        self.hide()

    def show_figures(self, suggestion: DraftSuggestion, now: datetime) -> None:
        """Say what is known; how long an answer takes counts more than when it must be there."""
        usual, due = suggestion.usual_minutes, suggestion.due
        said = "The support team"
        said += f", usually answered in {span_words(usual)}." if usual is not None else "."
        self.tells_due = due is not None and due > now
        if due is not None and self.tells_due:
            said += f" Response due {due_words(due, now)}."
        self._sentence.setText(said)
        self.setVisible(usual is not None or self.tells_due)
