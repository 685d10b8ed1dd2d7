# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks for a new category of articles: its name, and what it belongs below."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.articles import ArticleCategoryView, NewArticleCategory
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel

_WIDTH = 380
_INDENT = "\u2003"


class CategoryDialog(Dialog):
    """Two fields; the error stands below them."""

    added = pyqtSignal(object)
    """The new ``ArticleCategoryView``."""

    def __init__(
        self, desktop: Desktop, categories: Sequence[ArticleCategoryView], parent: QWidget
    ) -> None:
        """Offer the categories that there are as places for the new one."""
        super().__init__(parent)
        self._desktop = desktop
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("New category")
        self.setFixedWidth(_WIDTH)
        self.name = QLineEdit()
        self.parent_category = DropDown([(None, "At the top"), *tree_choices(categories)])
        self._error = QLabel()
        self._error.setProperty("role", "error")
        self._error.setWordWrap(True)
        self._error.hide()
        foot = DialogFoot(self, "Add category")
        self.save_button = foot.save_button
        self.save_button.clicked.connect(self._on_save)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(6)
        for title, field in (("Name", self.name), ("Below", self.parent_category)):
            column.addWidget(FieldLabel(title, field))
            column.addWidget(field)
        column.addWidget(self._error)
        column.addSpacing(10)
        column.addLayout(foot)

    def _on_save(self) -> None:
        key = self.parent_category.key
        try:
            new = NewArticleCategory(
                name=self.name.text(), parent_id=key if isinstance(key, int) else None
            )
        except ValidationError as error:
            self._on_failed(invalid(error))
            return
        self.save_button.setEnabled(False)
        add = self._desktop.desk.articles.add_category
        self._desktop.background.run(self, add, new).then(self._on_added).failed(self._on_failed)

    def _on_added(self, category: ArticleCategoryView) -> None:
        self.added.emit(category)
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        is_name = isinstance(error, DeskError) and error.field == "name"
        empty = is_name and not self.name.text().strip()
        self._error.setText("Type a name." if empty else sentence_of(error))
        self._error.show()
        self.name.setFocus()


def tree_choices(categories: Sequence[ArticleCategoryView]) -> list[tuple[object, str]]:
    """Return the categories as choices, each below its parent and a step to the right of it."""
    children: dict[int | None, list[ArticleCategoryView]] = {}
    known = {each.id for each in categories}
    for each in sorted(categories, key=lambda category: category.name.casefold()):
        parent = each.parent_id if each.parent_id in known else None
        children.setdefault(parent, []).append(each)
    choices: list[tuple[object, str]] = []

    def add(parent: int | None, depth: int) -> None:
        for each in children.get(parent, ()):
            choices.append((each.id, f"{_INDENT * depth}{each.name}"))
            add(each.id, depth + 1)

    add(None, 0)
    return choices
