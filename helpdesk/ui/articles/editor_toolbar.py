# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons above an article's text, each with a key; each is one step to undo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QAction, QMenu, QToolButton, QWidget

from helpdesk.ui.articles import markdown_marks as marks
from helpdesk.ui.articles.markdown_edit import MarkdownEdit
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.flow_layout import FlowLayout


class _Tool(NamedTuple):
    name: str
    icon: str
    keys: str
    act: Callable[[], object]


class EditorToolbar(QWidget):
    """Acts on a field; the keys hold in the whole editor."""

    picture_wanted = pyqtSignal()
    """Somebody wants to choose the file of a picture."""

    def __init__(self, edit: MarkdownEdit, editor: QWidget) -> None:
        """Act on the field of an editor."""
        super().__init__()
        self._edit = edit
        self._editor = editor
        self.actions_by_name: dict[str, QAction] = {}
        self._row = FlowLayout(2)
        self.setLayout(self._row)
        lines = edit.change_lines
        for tool in (
            _Tool("Heading", "heading", "Ctrl+H", partial(lines, marks.with_headings)),
            _Tool("Bold", "bold", "Ctrl+B", partial(edit.toggle_mark, "**")),
            _Tool("Italic", "italic", "Ctrl+I", partial(edit.toggle_mark, "*")),
            _Tool("Bulleted list", "bullets", "Ctrl+Shift+8", partial(lines, marks.with_bullets)),
            _Tool("Numbered list", "numbers", "Ctrl+Shift+7", partial(lines, marks.with_numbers)),
            _Tool("Quotation", "quote", "Ctrl+Shift+9", partial(lines, marks.quoted)),
            _Tool("Code", "code", "Ctrl+E", edit.toggle_code),
            _Tool("Table", "table", "Ctrl+Shift+T", edit.insert_table),
        ):
            self._add_button(self._action(tool))
        self._add_links()
        picture = _Tool("Picture", "image", "Ctrl+Shift+I", self.picture_wanted.emit)
        self._add_button(self._action(picture))

    def _action(self, tool: _Tool) -> QAction:
        action = QAction(icon(tool.icon), tool.name, self)
        action.setShortcut(QKeySequence(tool.keys))
        action.setShortcutContext(Qt.WidgetWithChildrenShortcut)
        action.setToolTip(f"{tool.name} ({tool.keys})")
        action.triggered.connect(lambda: tool.act())
        self._editor.addAction(action)
        self.actions_by_name[tool.name] = action
        return action

    def _add_links(self) -> None:
        """Add one button for both kinds of links."""
        menu = QMenu(self)
        edit = self._edit
        menu.addAction(
            self._action(
                _Tool("Link to an article", "article", "Ctrl+Shift+L", edit.begin_article_link)
            )
        )
        menu.addAction(
            self._action(_Tool("Link to a web page", "link", "Ctrl+L", edit.insert_web_link))
        )
        button = QToolButton()
        button.setIcon(icon("link"))
        button.setToolTip("Link (Ctrl+L to the web, Ctrl+Shift+L or [[ to an article)")
        button.setAccessibleName("Link")
        button.setPopupMode(QToolButton.InstantPopup)
        button.setMenu(menu)
        self._row.addWidget(button)

    def _add_button(self, action: QAction) -> None:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
        button.setFocusPolicy(Qt.TabFocus)
        self._row.addWidget(button)
