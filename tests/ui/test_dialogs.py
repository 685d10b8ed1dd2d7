# SPDX-License-Identifier: GPL-3.0-or-later
"""What all dialogs have in common: Enter, the order of the buttons, secrets that are not lost."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import UTC, datetime

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget

import helpdesk.ui
from helpdesk.core.schemas.api_keys import ApiKeyView, CreatedApiKey
from helpdesk.core.schemas.users import PersonRef
from helpdesk.ui.settings.api_keys.dialog import KeyDialog
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.question import Question
from helpdesk.ui.widgets.secret_dialog import SecretDialog

_SECRET = "mango-tractor-violet-92"


@pytest.fixture
def window(qtbot):
    under = QWidget()
    qtbot.addWidget(under)
    under.show()
    return under


class _Form(Dialog):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = QLineEdit()
        self.saved = 0
        foot = DialogFoot(self, "Save")
        foot.save_button.clicked.connect(self._on_save)
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addLayout(foot)

    def _on_save(self) -> None:
        self.saved += 1


def named(dialog: QDialog, text: str) -> QPushButton:
    return next(each for each in dialog.findChildren(QPushButton) if each.text() == text)


def enter_on(qtbot, dialog: QDialog, text: str) -> None:
    button = named(dialog, text)
    button.setFocus()
    qtbot.keyClick(button, Qt.Key_Return)


def asked(dialog: QDialog) -> Question:
    return next(each for each in dialog.findChildren(Question) if each.isVisible())


def test_every_dialog_of_the_program_is_one_of_ours():
    packages = pkgutil.walk_packages(helpdesk.ui.__path__, "helpdesk.ui.")
    modules = [importlib.import_module(each.name) for each in packages]
    kinds = {kind for module in modules for kind in vars(module).values() if isinstance(kind, type)}
    ours = [each for each in kinds if each.__module__.startswith("helpdesk.")]
    dialogs = [each for each in ours if issubclass(each, QDialog)]
    assert len(dialogs) > 20
    assert [each.__name__ for each in dialogs if not issubclass(each, Dialog)] == []


def test_enter_presses_the_focused_button_and_else_the_default(window, qtbot):
    form = _Form(window)
    form.open()
    qtbot.keyClick(form.field, Qt.Key_Return)
    assert form.saved == 1
    enter_on(qtbot, form, "Cancel")
    assert form.saved == 1
    assert form.result() == QDialog.Rejected
    assert not form.isVisible()


def test_a_question_agrees_by_enter_only_where_the_focus_is_and_stands_as_forms_do(window, qtbot):
    question = Question("Remove it?", "Printers", "It is gone then.", "Remove", "Keep it", window)
    agreed: list[bool] = []
    question.agreed.connect(lambda: agreed.append(True))
    question.open()
    assert question.keep_button.x() < question.agree_button.x()
    assert question.focusWidget() is question.keep_button
    enter_on(qtbot, question, "Remove")
    assert agreed == [True]


def test_a_secret_is_copied_by_enter_and_not_lost_by_another(window, qtbot):
    QApplication.clipboard().clear()
    dialog = SecretDialog("One-time password", "Give it to Bob.", _SECRET, 440, window)
    dialog.open()
    for leave in (dialog.reject, dialog.accept, dialog.close):
        leave()
        assert dialog.isVisible()
        asked(dialog).reject()
    qtbot.keyClick(dialog.focusWidget(), Qt.Key_Return)
    assert QApplication.clipboard().text() == _SECRET
    assert dialog.isVisible()
    QApplication.clipboard().clear()
    enter_on(qtbot, dialog, "Done")
    assert not dialog.isVisible()


def test_an_api_key_is_left_uncopied_only_after_a_question(window, qtbot):
    QApplication.clipboard().clear()
    now = datetime.now(UTC)
    view = ApiKeyView(
        id=1, name="Monitoring", scopes=(), created_at=now, expires_at=None, last_used_at=None,
        revoked_at=None, owner=PersonRef(id=1, full_name="Dana"),
    )  # fmt: skip
    dialog = KeyDialog(CreatedApiKey(view=view, key=_SECRET), window)
    dialog.open()
    enter_on(qtbot, dialog, "Done")
    assert dialog.isVisible()
    question = asked(dialog)
    assert question.focusWidget() is question.keep_button
    enter_on(qtbot, question, "Close")
    assert not dialog.isVisible()
