# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons over a reply that ask the assistant: draft, rewrite, and what would be sent."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtWidgets import QAction, QHBoxLayout, QMenu, QToolButton, QWidget

from helpdesk.core.schemas.assistant import Rewriting
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.assist.model_status import ModelStatus

LANGUAGES = (
    "English",
    "French",
    "German",
    "Spanish",
    "Italian",
    "Portuguese",
    "Dutch",
    "Polish",
    "Turkish",
    "Arabic",
    "Chinese",
    "Japanese",
)


class ReplyTools(QWidget):
    """A button that drafts, with a menu of the rest, and one that rewrites what is written."""

    draft_wanted = pyqtSignal()
    rewrite_wanted = pyqtSignal(object, str)
    """How to rewrite, and the language to translate to."""
    explain_wanted = pyqtSignal()
    summary_wanted = pyqtSignal()
    sending_wanted = pyqtSignal()
    suggestion_wanted = pyqtSignal()
    """What was dismissed is to be seen again."""
    menu_opening = pyqtSignal()
    """The menu is about to be shown: now is the time to say what it can do."""

    def __init__(self, model: ModelStatus) -> None:
        """Offer what needs a model only while there is one."""
        super().__init__()
        self._model = model
        self._has_text = False
        self._build()
        model.changed.connect(self._show_model)
        self._show_model()

    def set_narrow(self, *, narrow: bool) -> None:
        """Leave the words away where there is no room for them."""
        self.draft_button.setText("Draft" if narrow else "Draft with AI")
        self.rewrite_button.setVisible(self._has_text and not narrow)

    def set_has_text(self, *, has_text: bool, narrow: bool) -> None:
        """Offer to rewrite only what is there."""
        self._has_text = has_text
        self.set_narrow(narrow=narrow)
        self._show_model()

    def say_of_suggestion(self, sentence: str, *, can_show: bool) -> None:
        """Say why nothing is suggested, or offer what was dismissed."""
        self._silent.setText(sentence)
        self._silent.setVisible(bool(sentence))
        self._again.setVisible(can_show)

    def set_can_explain(self, *, can: bool) -> None:
        """Offer an explanation while something of a message is selected."""
        self._explain.setEnabled(can and self._model.has_model)

    def set_can_sum_up(self, *, can: bool) -> None:
        """Offer a summary of a ticket that is long enough for one."""
        self._sum_up.setVisible(can)

    def _build(self) -> None:
        self.draft_button = QToolButton()
        self.draft_button.setText("Draft with AI")
        self.draft_button.setAccessibleName("Draft with AI")
        self.draft_button.setIcon(icon("assistant", "ink_accent"))
        self.draft_button.setToolButtonStyle(Qt.ToolButtonTextBesideIcon)
        self.draft_button.setIconSize(QSize(16, 16))
        self.draft_button.setFocusPolicy(Qt.StrongFocus)
        self.draft_button.setPopupMode(QToolButton.MenuButtonPopup)
        self.draft_button.clicked.connect(lambda: self.draft_wanted.emit())
        self.draft_button.setMenu(self._menu())
        self.rewrite_button = QToolButton()
        self.rewrite_button.setText("Rewrite")
        self.rewrite_button.setProperty("kind", "drop")
        self.rewrite_button.setFocusPolicy(Qt.StrongFocus)
        self.rewrite_button.setPopupMode(QToolButton.InstantPopup)
        self.rewrite_button.setMenu(self._rewriting(QMenu(self.rewrite_button)))
        self.rewrite_button.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.draft_button)
        row.addWidget(self.rewrite_button)

    def _menu(self) -> QMenu:
        menu = QMenu(self.draft_button)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.menu_opening)
        _add(menu, "Draft a reply\tD").triggered.connect(lambda: self.draft_wanted.emit())
        self._rewrite_menu = menu.addMenu("Rewrite")
        self._rewriting(self._rewrite_menu)
        self._explain = _add(menu, "Explain the selected text\tX")
        self._explain.triggered.connect(lambda: self.explain_wanted.emit())
        self._sum_up = _add(menu, "Summarise this ticket")
        self._sum_up.triggered.connect(lambda: self.summary_wanted.emit())
        menu.addSeparator()
        self._again = _add(menu, "Show the suggestion again")
        self._again.triggered.connect(lambda: self.suggestion_wanted.emit())
        self._sending = _add(menu, "What will be sent…")
        self._sending.triggered.connect(lambda: self.sending_wanted.emit())
        self._silent = _add(menu, "")
        self._silent.setEnabled(False)
        self._status = _add(menu, "")
        self._status.setEnabled(False)
        self.say_of_suggestion("", can_show=False)
        return menu

    def _rewriting(self, menu: QMenu) -> QMenu:
        menu.setToolTipsVisible(True)
        for how, text in ((Rewriting.SHORTER, "Shorter"), (Rewriting.FRIENDLIER, "Friendlier")):
            action = _add(menu, text)
            action.triggered.connect(lambda _, how=how: self.rewrite_wanted.emit(how, "English"))
        languages = menu.addMenu("Translate to")
        for language in LANGUAGES:
            action = _add(languages, language)
            action.triggered.connect(
                lambda _, to=language: self.rewrite_wanted.emit(Rewriting.TRANSLATE, to)
            )
        return menu

    def _show_model(self) -> None:
        has_model, sentence = self._model.has_model, self._model.sentence
        source = sentence if has_model else f"Answered from articles. {sentence}"
        self.draft_button.setToolTip(f"Draft a reply, to be checked (D). {source}")
        self.rewrite_button.setToolTip("" if has_model else sentence)
        self.rewrite_button.setEnabled(has_model)
        self._rewrite_menu.setEnabled(has_model and self._has_text)
        for action in (self._explain, self._sum_up, self._sending):
            action.setEnabled(has_model)
            action.setToolTip("" if has_model else sentence)
        self._status.setText(sentence)


def _add(menu: QMenu, text: str) -> QAction:
    action = QAction(text, menu)
    menu.addAction(action)
    return action
