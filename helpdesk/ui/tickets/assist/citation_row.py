# SPDX-License-Identifier: GPL-3.0-or-later
"""Links to the articles and tickets that an answer rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QLabel, QPushButton, QWidget

from helpdesk.core.schemas.triage import Citation
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import plain_tooltip

_NUMBER = re.compile(r"\b(?:KB|HD)-\d{1,12}\b")
_SOURCE = re.compile(r"^((?:KB|HD)-\d{1,12}) (.+)$", re.MULTILINE)
_MOST = 12


class CitationRow(QWidget):
    """A few words and small links, in as many lines as they need; hidden without any."""

    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)

    def __init__(self, title: str = "From") -> None:
        """Begin without links; ``title`` stands before them."""
        super().__init__()
        self._title = QLabel(title)
        self._title.setProperty("role", "secondary")
        self._links: list[QPushButton] = []
        self._row = FlowLayout(6)
        self.setLayout(self._row)
        self._row.addWidget(self._title)
        self.hide()

    def show_citations(self, citations: Sequence[Citation]) -> None:
        """Show other links."""
        for link in self._links:
            self._row.removeWidget(link)
            link.hide()
            link.deleteLater()
        self._links = [self._link(each) for each in citations[:_MOST] if _leads(each)]
        for link in self._links:
            self._row.addWidget(link)
            link.show()
            # Its words stand on a line with those of the links.
            self._title.setFixedHeight(link.sizeHint().height())
        self.setVisible(bool(self._links))
        self.updateGeometry()

    def _link(self, citation: Citation) -> QPushButton:
        link = QPushButton(citation.number, self)
        link.setProperty("kind", "tag")
        link.setCursor(Qt.PointingHandCursor)
        link.setAccessibleName(f"{citation.number} {citation.title}".strip())
        link.setToolTip(plain_tooltip(citation.title))
        link.clicked.connect(partial(self._on_clicked, citation))
        return link

    def _on_clicked(self, citation: Citation, _checked: bool = False) -> None:
        if citation.article_id is not None:
            self.article_wanted.emit(citation.article_id)
        elif citation.ticket_id is not None:
            self.ticket_wanted.emit(citation.ticket_id)


def citations_in(text: str) -> tuple[Citation, ...]:
    """Return what a text cites by number, such as KB-12 or HD-5, each once.

    A line that begins with a number goes on with the title.
    """
    titles = {found[1]: found[2].strip() for found in _SOURCE.finditer(text)}
    numbers = dict.fromkeys(found[0] for found in _NUMBER.finditer(text))
    return tuple(_citation(number, titles.get(number, "")) for number in numbers)


def _citation(number: str, title: str) -> Citation:
    kind, _, digits = number.partition("-")
    key = "article_id" if kind == "KB" else "ticket_id"
    return Citation.model_validate({"number": number, "title": title, key: int(digits)})


def _leads(citation: Citation) -> bool:
    return citation.article_id is not None or citation.ticket_id is not None
