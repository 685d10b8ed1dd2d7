# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklist of a ticket: what is still to be done, and a line to write the next task into."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pydantic import ValidationError
from PyQt5.QtCore import QEvent, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QKeySequence
from PyQt5.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from helpdesk.core.schemas.tasks import (
    MOST_TASKS,
    TASK_LIMIT,
    Checklist,
    NewTasks,
    TaskRename,
    TaskView,
)
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.panels.panel import TicketPanel
from helpdesk.ui.tickets.work.task_list import TaskList
from helpdesk.ui.widgets.plain_label import PlainLabel

_PASTED = 60_000
_TOO_LONG = f"A task is one line of at most {TASK_LIMIT} characters; at most {MOST_TASKS} at once."
_EMPTY = "No tasks yet."
_HOW = "Write a task and press Enter, or paste several lines"


class TasksPanel(TicketPanel):
    """A heading with how many are done, the tasks, and the line below them."""

    loaded = pyqtSignal(int, int, int)
    """A ticket, how many of its tasks are open, and how many it has."""

    left = pyqtSignal()
    """There is nothing here to go back to."""

    def __init__(self, desktop: Desktop, *, working: bool) -> None:
        """Show nothing to those who do not work tickets."""
        super().__init__(desktop, working=working)
        self._ticket: TicketView | None = None
        self._shown: tuple[int, int] | None = None
        self._may_change = False
        title = QLabel("Tasks")
        title.setProperty("role", "secondary")
        self.progress = QLabel()
        self.progress.setProperty("role", "secondary")
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.progress)
        self.list = TaskList()
        self.list.ticked.connect(self._tick)
        self.list.renamed.connect(self._rename)
        self.list.moved.connect(self._move)
        self.list.removed.connect(self._remove)
        self.empty = PlainLabel(_EMPTY, role="muted")
        self.field = _Lines()
        self.field.setPlaceholderText("Add a task")
        self.field.setAccessibleName("Add a task")
        self.field.setToolTip(_HOW)
        self.field.returnPressed.connect(self._on_enter)
        self.field.pasted.connect(self._add)
        self.field.left.connect(self._leave)
        self.problem = PlainLabel(role="error")
        self.retry = QPushButton("Retry")
        self.retry.setProperty("kind", "link")
        self.retry.clicked.connect(lambda: self._load())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        for widget in (self.list, self.empty, self.field, self.problem, self.retry):
            column.addWidget(widget)
        self.problem.hide()
        self.retry.hide()
        self.hide()

    def show_ticket(self, ticket: TicketView) -> None:
        """Ask for the tasks of a ticket, where they may be others than before."""
        if not self.working:
            return
        is_other = self._ticket is None or self._ticket.id != ticket.id
        self._ticket, self._may_change = ticket, "change" in ticket.allowed
        self.field.setVisible(self._may_change)
        if is_other:
            self.field.clear()
            self._show_tasks((), is_known=False)
        newest = ticket.events[0].id if ticket.events else 0
        if (ticket.id, newest) != self._shown:
            self._shown = (ticket.id, newest)
            self._load()

    def begin(self) -> None:
        """Go to the tasks, or to the line for the first one."""
        if self.list.tasks:
            self.list.focus()
        else:
            self.field.setFocus()

    def _leave(self) -> None:
        """Go from the line to the tasks; without any the keys are for the list again."""
        if self.list.tasks:
            self.list.focus()
        else:
            self.field.clearFocus()
            self.left.emit()

    def _load(self) -> None:
        if self._ticket is not None:
            read = self.desktop.desk.tasks.of_ticket
            job = self.desktop.background.latest(self, read, self._ticket.id)
            job.then(partial(self._show, self._ticket.id)).failed(self._on_load_failed)

    def _show(self, ticket_id: int, tasks: Checklist) -> None:
        if self._ticket is None or self._ticket.id != ticket_id:
            return
        self.problem.hide()
        self.retry.hide()
        self._show_tasks(tasks.tasks, is_known=True)
        self.loaded.emit(ticket_id, len(tasks.tasks) - tasks.done, len(tasks.tasks))

    def _show_tasks(self, tasks: tuple[TaskView, ...], *, is_known: bool) -> None:
        self.list.show_tasks(tasks, may_change=self._may_change)
        self.list.setVisible(bool(tasks))
        self.empty.setVisible(is_known and not tasks and self._may_change)
        done = sum(each.is_done for each in tasks)
        self.progress.setText(f"{done} of {len(tasks)}" if tasks else "")
        self.progress.setAccessibleName(f"{done} of {len(tasks)} tasks are done")
        self.setVisible(self._may_change or bool(tasks))

    def _on_load_failed(self, error: Exception) -> None:
        self._shown = None
        self._say_problem(sentence_of(error))
        self.retry.show()
        self.show()

    def _say_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.show()

    # --- what somebody does ---------------------------------------------------------------------

    def _on_enter(self) -> None:
        if self.field.text().strip():
            self._add(self.field.text())

    def _add(self, text: str) -> None:
        lines = tuple(line.strip() for line in text.splitlines() if line.strip())
        try:
            new = NewTasks(texts=lines)
        except ValidationError:
            self._say_problem(_TOO_LONG)
            return
        words = "Task added" if len(lines) == 1 else f"{len(lines)} tasks added"
        add = self.desktop.desk.tasks.add
        self._run(lambda id_: add(id_, new), words, offers=len(lines) > 1, adds=True)

    def _tick(self, task_id: int, done: bool) -> None:
        words, tick = "Task done" if done else "Task is open again", self.desktop.desk.tasks.tick
        self._run(lambda id_: tick(id_, task_id, done), words)

    def _rename(self, task_id: int, text: str) -> None:
        was = next(each.text for each in self.list.tasks if each.id == task_id)
        try:
            change = TaskRename(text=text, was=was)
        except ValidationError:
            self._say_problem(_TOO_LONG)
            self.list.show_tasks(self.list.tasks, may_change=self._may_change)
            return
        rename = self.desktop.desk.tasks.rename
        self._run(lambda id_: rename(id_, task_id, change), "Task renamed", offers=True)

    def _move(self, task_id: int, place: int) -> None:
        move = self.desktop.desk.tasks.move
        self._run(lambda id_: move(id_, task_id, place), "Task moved")

    def _remove(self, task_id: int) -> None:
        remove = self.desktop.desk.tasks.remove
        self._run(lambda id_: remove(id_, task_id), "Task removed", offers=True)

    def _run(
        self,
        call: Callable[[int], Checklist],
        words: str,
        *,
        offers: bool = False,
        adds: bool = False,
    ) -> None:
        if self._ticket is None:
            return
        ticket_id = self._ticket.id
        job = self.desktop.background.run(self, call, ticket_id)
        job.then(partial(self._on_done, ticket_id, words, offers, adds))
        job.failed(partial(self._on_refused, ticket_id))

    def _on_done(
        self, ticket_id: int, words: str, offers: bool, adds: bool, tasks: Checklist
    ) -> None:
        self._show(ticket_id, tasks)
        if adds and self._ticket is not None and self._ticket.id == ticket_id:
            self.field.clear()
        self.said.emit(words)
        if offers and tasks.undo is not None:
            self.done.emit(tasks.undo, words)

    def _on_refused(self, ticket_id: int, error: Exception) -> None:
        if self._ticket is not None and self._ticket.id == ticket_id:
            self._say_problem(sentence_of(error))
            self.list.show_tasks(self.list.tasks, may_change=self._may_change)


class _Lines(QLineEdit):
    """A line into which several lines can be pasted at once; Esc empties it, and then leaves it."""

    pasted = pyqtSignal(str)
    left = pyqtSignal()

    def event(self, event: QEvent) -> bool:
        """Take Esc, which is for nothing around while this has the focus."""
        if (
            event.type() == QEvent.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Say that several lines came; one is pasted as ever."""
        if event.key() == Qt.Key_Escape:
            if self.text():
                # Ctrl+Z brings the words back.
                self.clear()
            else:
                self.left.emit()
            return
        text = QApplication.clipboard().text() if event.matches(QKeySequence.Paste) else ""
        if len(text.strip().splitlines()) > 1:
            self.pasted.emit(text[:_PASTED])
        else:
            super().keyPressEvent(event)
