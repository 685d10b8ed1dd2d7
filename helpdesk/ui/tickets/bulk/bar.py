# SPDX-License-Identifier: GPL-3.0-or-later
"""The bar over a list while tickets are marked: what can be done to all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PyQt5.QtCore import QPoint, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.snoozes import SnoozeChoice
from helpdesk.core.schemas.teams import TeamView
from helpdesk.core.schemas.ticket_work import TicketRef
from helpdesk.core.schemas.tickets import Assignable, CategoryView, Priority, Status
from helpdesk.core.text import ellipsis
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.bulk.children_dialog import ChildrenDialog
from helpdesk.ui.tickets.bulk.merging import MOST, MergeRun
from helpdesk.ui.tickets.bulk.refusals_dialog import RefusalsDialog
from helpdesk.ui.tickets.bulk.run import BulkRun, Outcome
from helpdesk.ui.tickets.bulk.tags_dialog import TagsDialog
from helpdesk.ui.tickets.copying import link_text
from helpdesk.ui.tickets.marks import Marks
from helpdesk.ui.tickets.snoozing.dialog import SnoozeDialog
from helpdesk.ui.tickets.undo.undoer import Undoer
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.times import full_time, span
from helpdesk.ui.widgets.toast import Toast

_STEPS, _SUBJECT = 1000, 60
_UNDO_SECONDS = 15


class BulkBar(QFrame):
    """Takes no room while nothing is marked and nothing is under way."""

    all_wanted = pyqtSignal()
    """All tickets that match shall be marked, loaded or not."""
    ended = pyqtSignal()
    """Something was done to tickets: they are to be read again."""
    deleted = pyqtSignal(tuple)
    """The ids of tickets that were put into the trash, before they are read again."""
    said = pyqtSignal(str)

    def __init__(self, desktop: Desktop, marks: Marks) -> None:
        """Work on what is marked."""
        super().__init__()
        self._desktop = desktop
        self._marks = marks
        self._matching: int | None = None
        self._categories: Sequence[CategoryView] = ()
        self._people: Sequence[Assignable] = ()
        self._teams: Sequence[TeamView] = ()
        self._has_teams = False
        self.setProperty("kind", "bulk")
        self.run = BulkRun(desktop, self)
        self.run.progressed.connect(self._on_progressed)
        self.run.ended.connect(self._on_ended)
        self.run.asked.connect(self._ask_children)
        self._undoer = Undoer(desktop, self)
        self._undoer.said.connect(self.said)
        self._undoer.done.connect(self.ended)
        self._merging = MergeRun(desktop, self)
        self._merging.ended.connect(self._on_merged)
        self._build()
        marks.changed.connect(self._show_marks)
        self._show_marks()

    @property
    def is_offered(self) -> bool:
        """Whether something can be done to marked tickets just now."""
        return bool(len(self._marks) or self._marks.whole) and not self.run.is_busy

    def set_choices(
        self, categories: Sequence[CategoryView] | None, people: Sequence[Assignable] | None
    ) -> None:
        """Offer what the filters of the list offer."""
        self._categories = self._categories if categories is None else categories
        self._people = self._people if people is None else people

    def set_matching(self, count: int | None, *, has_more: bool) -> None:
        """Tell how many match in all, and whether some of them are not loaded."""
        self._matching = count if has_more else None
        self._show_marks()

    def act(self, key: str) -> bool:
        """Do what a single key stands for; return whether it stands for anything here."""
        button = {
            "A": self.assign_button,
            "S": self.status_button,
            "P": self.priority_button,
            "C": self.category_button,
            "T": self.tags_button,
            "M": self.merge_button,
            "Z": self.snooze_button,
        }.get(key)
        if key == "E" and self.is_offered:
            self._set_status(Status.RESOLVED)
        elif button is None or not self.is_offered or button.isHidden():
            return False
        else:
            button.click()
        return True

    def set_status(self, status: Status) -> None:
        """Set the status of all marked tickets."""
        self._set_status(status)

    def set_priority(self, priority: Priority) -> None:
        """Set the priority of all marked tickets."""
        self._change({"priority": priority}, "Priority of {} to " + priority.label)

    def take(self) -> None:
        """Become the assignee of all marked tickets."""
        self._assign(self._desktop.person.id, self._desktop.person.full_name)

    def delete(self) -> None:
        """Put all marked tickets into the trash, which can be undone."""
        if self._desktop.may(Permission.DELETE_TICKET) and self.is_offered:
            self._change({"delete": True}, "Deleting {}")

    def _build(self) -> None:
        self._banner = Banner()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(4)
        column.addWidget(self._make_choice())
        column.addWidget(self._make_progress())
        column.addWidget(self._banner)

    def _make_choice(self) -> QWidget:
        self._choice = QWidget()
        self._label = PlainLabel(role="strong")
        self._label.setWordWrap(False)
        self._all = QPushButton()
        self._all.setProperty("kind", "link")
        self._all.clicked.connect(lambda: self.all_wanted.emit())
        clear = QToolButton()
        clear.setIcon(icon("close"))
        clear.setAccessibleName("Take all marks away")
        clear.setToolTip("Take all marks away (Esc)")
        clear.clicked.connect(lambda: self._marks.clear())
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._label)
        head.addWidget(self._all)
        head.addStretch(1)
        head.addWidget(clear)
        actions = QWidget()
        flow = FlowLayout(spacing=6)
        actions.setLayout(flow)
        for button in self._make_buttons():
            flow.addWidget(button)
        column = QVBoxLayout(self._choice)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(actions)
        return self._choice

    def _make_buttons(self) -> tuple[QPushButton, ...]:
        self.assign_button = self._button("Assign", "A", self._open_assign)
        self.status_button = self._button("Status", "S", self._open_status)
        self.priority_button = self._button("Priority", "P", self._open_priority)
        self.category_button = self._button("Category", "C", self._open_category)
        self.team_button = self._button("Team", "", self._open_team)
        self.tags_button = self._button("Tags…", "T", self._ask_tags)
        self.snooze_button = self._button("Snooze…", "Z", self._ask_snooze)
        self.merge_button = self._button("Merge", "M", self._open_merge)
        self.delete_button = self._button("Delete", "Del", self.delete)
        self.delete_button.setProperty("kind", "danger")
        if not self._desktop.may(Permission.DELETE_TICKET):
            # Only hidden: showing what has no parent yet would open a window of its own.
            self.delete_button.hide()
        return (
            self.assign_button, self.status_button, self.priority_button, self.category_button,
            self.team_button, self.tags_button, self.snooze_button, self.merge_button,
            self.delete_button,
        )  # fmt: skip

    def _button(self, text: str, key: str, on_clicked: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(
            f"{text.rstrip('…')} of all marked tickets" + (f" ({key})" if key else "")
        )
        button.setAccessibleName(f"{text.rstrip('…')} of all marked tickets")
        button.clicked.connect(lambda: on_clicked())
        return button

    def _make_progress(self) -> QWidget:
        self._progress = QWidget()
        self._doing = ElidedLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._bar.setAccessibleName("Progress")
        self.stop_button = QPushButton("Cancel")
        self.stop_button.setToolTip("What is done stays done, and can be undone")
        self.stop_button.clicked.connect(self.run.stop)
        row = QHBoxLayout(self._progress)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(10)
        row.addWidget(self._doing, 3)
        row.addWidget(self._bar, 1)
        row.addWidget(self.stop_button)
        self._progress.hide()
        return self._progress

    def _show_marks(self) -> None:
        count, whole = len(self._marks), self._marks.whole
        is_busy = self.run.is_busy
        self._choice.setVisible(bool(count or whole) and not is_busy)
        marked = f"{self._amount()} {'marked' if whole is None else 'are marked'}"
        self._label.setText(marked[:1].upper() + marked[1:])
        self.merge_button.setVisible(whole is None and 1 < count <= MOST)
        self._all.setVisible(self._matching is not None and whole is None and count > 1)
        self._all.setText(f"Mark all {self._matching or 0:,} that match")
        self.setVisible(bool(count or whole) or is_busy or bool(self._banner.text))

    def _amount(self) -> str:
        """Say how many are marked: "12 tickets", "all 1,204 tickets that match"."""
        if self._marks.whole is not None:
            number = f"{self._matching:,} " if self._matching is not None else ""
            return f"all {number}tickets that match"
        count = len(self._marks)
        return f"{count:,} ticket" + ("" if count == 1 else "s")

    # --- what can be chosen -------------------------------------------------------------------

    def _open_assign(self) -> None:
        menu, own = self._menu(), self._desktop.person
        menu.addAction("Me", self.take)
        if self._desktop.may(Permission.ASSIGN_TICKET):
            menu.addAction("Nobody", partial(self._assign, None, "nobody"))
            menu.addSeparator()
            for each in self._people:
                if each.id != own.id:
                    name = each.full_name
                    menu.addAction(name.replace("&", "&&"), partial(self._assign, each.id, name))
        self._pop_up(menu, self.assign_button)

    def _open_status(self) -> None:
        menu = self._menu()
        for status in Status:
            if status is not Status.NEW:
                menu.addAction(status.label, partial(self._set_status, status))
        self._pop_up(menu, self.status_button)

    def _open_priority(self) -> None:
        menu = self._menu()
        for priority in reversed(Priority):
            menu.addAction(priority.label, partial(self.set_priority, priority))
        self._pop_up(menu, self.priority_button)

    def _open_category(self) -> None:
        self._open_named(self.category_button, "category_id", "Category", self._categories)

    def _open_team(self) -> None:
        if self._has_teams:
            self._open_named(self.team_button, "team_id", "Team", self._teams)
        else:
            job = self._desktop.background.latest(self, self._desktop.desk.teams.all)
            job.then(self._on_teams).failed(self._on_not_read)

    def _on_teams(self, teams: Sequence[TeamView]) -> None:
        self._teams, self._has_teams = teams, True
        self._open_team()

    def _open_named(
        self,
        button: QPushButton,
        field: str,
        title: str,
        choices: Sequence[CategoryView] | Sequence[TeamView],
    ) -> None:
        menu = self._menu()
        menu.addAction("None", partial(self._change, {field: None}, f"{title} of {{}} to none"))
        menu.addSeparator()
        for each in choices:
            label = f"{title} of {{}} to {_braced(each.name)}"
            act = partial(self._change, {field: each.id}, label)
            menu.addAction(each.name.replace("&", "&&"), act)
        self._pop_up(menu, button)

    def _open_merge(self) -> None:
        """Offer each marked ticket as the one in which the others go on, the oldest first."""
        menu, rows = self._menu(), self._marks.rows
        for row in sorted(rows, key=lambda row: row.id):
            words = ellipsis(f"Into {link_text(row)}", _SUBJECT).replace("&", "&&")
            menu.addAction(words, partial(self._merging.merge, rows, row))
        self._pop_up(menu, self.merge_button)

    def _on_merged(self, outcome: Outcome, merged: tuple[int, ...]) -> None:
        self._marks.clear()
        self._say_refused(outcome)
        words = outcome_words(outcome)
        if merged and not outcome.undoes:
            part = partial(self._merging.part, merged)
            Toast.say(self.window(), words, "Undo", part, _UNDO_SECONDS)
        else:
            Toast.say(self.window(), words)
        self._show_marks()
        self.ended.emit()

    def _ask_tags(self) -> None:
        dialog = TagsDialog(self._amount(), self.window())
        dialog.decided.connect(self._set_tags)
        dialog.open()

    def _ask_snooze(self) -> None:
        amount, is_one = self._amount(), self._marks.whole is None and len(self._marks) == 1
        dialog = SnoozeDialog(amount, self._desktop.clock, self.window(), many=not is_one)
        dialog.chosen.connect(self._snooze)
        dialog.open()

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        return menu

    @staticmethod
    def _pop_up(menu: QMenu, button: QPushButton) -> None:
        menu.setAccessibleName(button.accessibleName())
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))
        if menu.actions():
            menu.setActiveAction(menu.actions()[0])

    # --- what is done -------------------------------------------------------------------------

    def _set_status(self, status: Status) -> None:
        self._change({"status": status}, f"Status of {{}} to {status.label}")

    def _assign(self, person_id: int | None, name: str) -> None:
        self._change({"assignee_id": person_id}, f"{{}} to {_braced(name)}")

    def _set_tags(self, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
        signs = [f"+{each}" for each in add] + [f"\N{MINUS SIGN}{each}" for each in remove]
        label = f"Tags of {{}}: {_braced(', '.join(signs))}"
        self._change({"add_tags": add, "remove_tags": remove}, label)

    def _snooze(self, choice: SnoozeChoice) -> None:
        until = [full_time(choice.until)] if choice.until else []
        reply = ["a reply"] if choice.until_reply else []
        self._change({"snooze": choice}, f"{{}} snoozed until {' or '.join(until + reply)}")

    def _change(self, fields: dict[str, Any], label: str) -> None:
        if not self.is_offered:
            return
        self._banner.clear()
        amount, whole = self._amount(), self._marks.whole
        said = label.format(amount)
        said = said[:1].upper() + said[1:]
        if whole is not None:
            self.run.change_all(whole, fields, said)
        else:
            self.run.change(self._marks.ids, fields, said)

    def _ask_children(self, marked: int, children: tuple[TicketRef, ...], status: Status) -> None:
        dialog = ChildrenDialog(marked, children, status, self.window())
        dialog.chosen.connect(
            lambda children_too: self.run.answer(go_on=True, children_too=children_too)
        )
        dialog.rejected.connect(lambda: self.run.answer(go_on=False))
        dialog.open()

    def _on_progressed(self, outcome: Outcome) -> None:
        if outcome.deed_id is None:
            how_far = f"{outcome.total:,} found" if outcome.total else ""
        else:
            how_far = f"{outcome.passed:,} of {outcome.total:,}" if outcome.total else ""
        left = self.run.seconds_left
        ends = f"about {_length(left)} left" if left else ""
        parts = (how_far, ends, outcome.label)
        self._doing.setText(" · ".join(part for part in parts if part))
        has_total = bool(outcome.total and outcome.deed_id is not None)
        self._bar.setRange(0, _STEPS if has_total else 0)
        if has_total:
            self._bar.setValue(_STEPS * outcome.passed // outcome.total)
        self.stop_button.setEnabled(not outcome.stopped)
        self._progress.show()
        self._show_marks()

    def _on_ended(self, outcome: Outcome) -> None:
        self._progress.hide()
        is_whole = self._marks.whole is not None or outcome.deletes
        if outcome.error is None and not outcome.stopped and is_whole:
            self._marks.clear()
        self._say_outcome(outcome)
        self._show_marks()
        if outcome.deletes and outcome.changed:
            self.deleted.emit(self.run.ids)
        self.ended.emit()

    def _say_outcome(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            rest = f" {outcome.changed:,} were changed before." if outcome.changed else ""
            self._banner.show_error(sentence_of(outcome.error) + rest)
        else:
            self._say_refused(outcome)
        words = outcome_words(outcome)
        if outcome.deed_id is not None and outcome.changed:
            self._undoer.offer(outcome.deed_id, words)
        elif outcome.error is None:
            Toast.say(self.window(), words)

    def _say_refused(self, outcome: Outcome) -> None:
        count = len(outcome.refused)
        if count:
            said = "1 ticket was left as it is." if count == 1 else f"{count:,} tickets were left."
            self._banner.show_warning(
                said,
                "Show why",
                lambda: RefusalsDialog(outcome.refused, self.window()).open(),
            )

    def _on_not_read(self, error: Exception) -> None:
        self._banner.show_error(sentence_of(error))
        self._show_marks()


def outcome_words(outcome: Outcome) -> str:
    """Say what has come of it."""
    tickets = f"{outcome.changed:,} ticket" + ("" if outcome.changed == 1 else "s")
    ended = " before it was stopped" if outcome.stopped else ""
    if outcome.undoes:
        return f"Undone for {tickets}{ended}"
    if not outcome.changed:
        return "Nothing was changed" if outcome.refused or ended else "All were so already"
    if outcome.deletes:
        return f"{tickets} {'is' if outcome.changed == 1 else 'are'} in the trash{ended}"
    left = outcome.passed - outcome.changed - len(outcome.refused)
    rest = [f"{len(outcome.refused):,} left as they are"] if outcome.refused else []
    rest += [f"{left:,} had it already"] if left > 0 else []
    if outcome.stopped or rest:
        return "; ".join((f"{outcome.label}: {tickets} changed{ended}", *rest))
    return outcome.label


def _length(seconds: int) -> str:
    return span(-(-seconds // 60)) if seconds > 90 else f"{seconds} s"


def _braced(name: str) -> str:
    """Return a name that is put into a pattern."""
    return name.replace("{", "{{").replace("}", "}}")
