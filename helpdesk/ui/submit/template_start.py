# SPDX-License-Identifier: GPL-3.0-or-later
"""The way into a new ticket by a template, and what of its text is still as it was filled in."""

from __future__ import annotations

import re
from typing import NamedTuple

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QTextCursor
from PyQt5.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton

from helpdesk.core.macro_text import fill
from helpdesk.core.schemas.templates import TemplateView
from helpdesk.core.template_text import template_values
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.submit.template_picker import TemplatePicker

_ASKS = ":"
"""With it a line ends that asks for something."""
_AT_THE_END = re.compile(r":[ \t]*$", re.MULTILINE)


class _Filled(NamedTuple):
    """What was written by a template."""

    template: TemplateView
    subject: str
    description: str


class TemplateStart(QPushButton):
    """A button that is there as soon as there are templates."""

    chosen = pyqtSignal(object)
    """The ``TemplateView`` to begin with."""

    def __init__(self, desktop: Desktop, subject: QLineEdit, description: QPlainTextEdit) -> None:
        """Fill in these two fields; ``load`` asks for the templates."""
        super().__init__("Start from a te&mplate…")
        self._desktop = desktop
        self._subject, self._description = subject, description
        self._templates: tuple[TemplateView, ...] = ()
        self._filled: _Filled | None = None
        self._requester = desktop.person.full_name
        self.setIcon(icon("article"))
        self.setToolTip("Fill the form in with what comes again and again (Alt+M)")
        self.clicked.connect(self.open)
        self.hide()
        desktop.feed.changed.connect(self._on_changed)

    def load(self) -> None:
        """Ask the desk for the templates; without an answer those that are known go on."""
        job = self._desktop.background.latest(self, self._desktop.desk.templates.all)
        job.then(self._show).failed(lambda _: None)

    def open(self) -> TemplatePicker:
        """Offer the templates."""
        picker = TemplatePicker(self._templates, self._text_of, self.window())
        picker.taken.connect(self.chosen)
        picker.open()
        return picker

    def fill_in(self, template: TemplateView) -> None:
        """Write a template into the fields.

        A subject of the person's own stays, and so does what they wrote, below that of the
        template; only what another template has filled in makes room.
        """
        subject, own = self._subject.text(), self._description.toPlainText()
        before = self._filled
        if before is not None:
            subject = "" if subject == before.subject else subject
            own = "" if own == before.description else own
        filled = self._filled_by(template)
        if not subject.strip():
            self._subject.setText(filled.subject)
        parts = (filled.description, own)
        text = "\n\n".join(part for part in parts if part.strip())
        self._description.setPlainText(text)
        self._filled = filled
        self._go_to_first_question()

    def follow(self, requester: str) -> None:
        """Put another name in, where the text is still as the template made it."""
        self._requester, before = requester, self._filled
        if before is None:
            return
        self._filled = now = self._filled_by(before.template)
        if self._subject.text() == before.subject:
            self._subject.setText(now.subject)
        if self._description.toPlainText() == before.description:
            self._description.setPlainText(now.description)

    def forget(self) -> None:
        """Begin anew: the form is about something else."""
        self._filled = None

    def _filled_by(self, template: TemplateView) -> _Filled:
        texts = (self._text_of(text) for text in (template.subject, template.description))
        # What asks is answered behind a blank.
        return _Filled(template, *(_AT_THE_END.sub(": ", text) for text in texts))

    def _text_of(self, text: str) -> str:
        today = self._desktop.clock().astimezone().date()
        return fill(
            text, template_values(self._requester, self._desktop.person.full_name, today)
        ).text

    def _go_to_first_question(self) -> None:
        """Put the cursor where the template waits for words."""
        if self._subject.text().rstrip().endswith(_ASKS):
            self._subject.setFocus()
            self._subject.end(False)
            return
        self._description.setFocus()
        cursor = self._description.textCursor()
        cursor.movePosition(QTextCursor.Start)
        cursor.movePosition(QTextCursor.EndOfBlock)
        self._description.setTextCursor(cursor)

    def _show(self, templates: tuple[TemplateView, ...]) -> None:
        # Who sets them up is told of those that are not in use, too.
        self._templates = tuple(each for each in templates if each.active)
        self.setVisible(bool(self._templates))

    def _on_changed(self, kind: str, _ids: tuple[int, ...]) -> None:
        if kind == "template":
            self.load()
