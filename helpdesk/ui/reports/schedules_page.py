# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports that are sent by themselves: when, to whom, and how it went."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from zoneinfo import available_timezones

from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict
from helpdesk.core.schemas.reports import (
    ReportKind,
    ReportRequest,
    ScheduleChange,
    ScheduleSettings,
    ScheduleView,
)
from helpdesk.ui.dashboard import words as figure_words
from helpdesk.ui.dashboard.choices import Choices
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.reports.schedule_dialog import Known, ScheduleDialog, names_of
from helpdesk.ui.reports.words import KINDS, when_words
from helpdesk.ui.settings.record_list import RecordList, RecordRow
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import full_time
from helpdesk.ui.widgets.toast import Toast

_EDGE, _TOP = 24, 20
_HINT = (
    "A report can be sent by mail every day, week or month, as PDF or CSV. The desk needs to send"
    " mail for that; an admin sets it up in Settings, Mail."
)
_MAIL_OFF = (
    "The desk sends no mail at present, so nothing is sent; an admin sets it up in Settings, Mail."
)
_PAUSED: tuple[str, Tone] = ("paused", "neutral")
_PROBLEM: tuple[str, Tone] = ("not sent", "urgent")


class SchedulesPage(QWidget):
    """A list, and what can be done with the one that is chosen."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin without a list; `load` asks for it."""
        super().__init__()
        self.desktop = desktop
        self.usual = ReportRequest(kind=ReportKind.SUMMARY)
        """What a new schedule begins with."""
        self.choices = Choices()
        self.schedules: dict[int, ScheduleView] = {}
        self.dialog: ScheduleDialog | None = None
        self._is_loaded = False
        self._zones: tuple[str, ...] = ()
        self._build()

    @property
    def chosen(self) -> ScheduleView | None:
        """The schedule that is chosen."""
        row = self.list.current
        return self.schedules.get(row.id) if row is not None else None

    def load(self) -> None:
        """Ask what is sent."""
        if not self._is_loaded:
            self.states.show_loading()
        job = self.desktop.background.latest(self, _read, self.desktop.desk)
        job.then(self._show).failed(self._on_not_loaded)

    def set_choices(self, choices: Choices) -> None:
        """Take note of the desk's teams, people and categories."""
        self.choices = choices
        if self._is_loaded:
            self._show_rows()

    def add(self) -> None:
        """Ask for a new schedule."""
        self._ask(None)

    def edit(self) -> None:
        """Show the fields of the chosen schedule."""
        if self.chosen is not None:
            self._ask(self.chosen)

    def pause(self) -> None:
        """Send the chosen one no more for now, or again."""
        chosen = self.chosen
        if chosen is not None:
            active = not chosen.settings.active
            self._change(chosen, chosen.settings.model_copy(update={"active": active}))

    def remove(self) -> None:
        """Send the chosen one no more; for a moment it can be had back."""
        chosen = self.chosen
        if chosen is not None:
            self._call(
                partial(self.desktop.desk.reports.unschedule, chosen.id),
                lambda: self._say_removed(chosen.settings),
            )

    def _build(self) -> None:
        title = QLabel("By schedule")
        title.setProperty("role", "title")
        self.add_button = QPushButton("Send a report…")
        self.add_button.setProperty("kind", "primary")
        self.add_button.clicked.connect(self.add)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.add_button)
        self.edit_button, self.pause_button = QPushButton("Edit…"), QPushButton("Pause")
        self.remove_button = QPushButton("Remove")
        self.remove_button.setProperty("kind", "danger")
        self.edit_button.clicked.connect(self.edit)
        self.pause_button.clicked.connect(self.pause)
        self.remove_button.clicked.connect(self.remove)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.edit_button, self.pause_button, self.remove_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.list = RecordList("Reports by schedule")
        self.list.opened.connect(lambda _: self.edit())
        self.list.currentRowChanged.connect(lambda _: self._show_buttons())
        self.problem = PlainLabel(role="error")
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(10)
        rows.addLayout(buttons)
        rows.addWidget(self.problem)
        rows.addWidget(self.list)
        rows.addStretch(1)
        area = QScrollArea()
        area.setObjectName("dashboard")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.NoFrame)
        area.setWidget(inside)
        self.banner = Banner()
        self.states = StateView(area)
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE, _TOP, _EDGE, _EDGE)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.banner)
        column.addWidget(self.states, 1)

    def _show(self, told: tuple[tuple[ScheduleView, ...], tuple[str, ...]]) -> None:
        schedules, self._zones = told
        self._is_loaded = True
        self.schedules = {each.id: each for each in schedules}
        self._show_rows()

    def _show_rows(self) -> None:
        self.list.show_rows([self._row(each) for each in self.schedules.values()])
        if self.schedules:
            self.states.show_content()
        else:
            self.states.show_empty("Nothing is sent by itself yet", _HINT)
        self._show_buttons()

    def _show_buttons(self) -> None:
        chosen = self.chosen
        is_active = chosen is None or chosen.settings.active
        self.pause_button.setText("Pause" if is_active else "Resume")
        for button in (self.edit_button, self.pause_button, self.remove_button):
            button.setEnabled(chosen is not None)
        problem = problem_of(chosen) if chosen is not None else ""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def _row(self, schedule: ScheduleView) -> RecordRow:
        settings = schedule.settings
        report = settings.report
        days = figure_words.span_words(report.span)
        what = f"{KINDS[report.kind].name} as {settings.format.value.upper()}, {days.lower()}"
        chips = [_PAUSED] if not settings.active else [_PROBLEM] if problem_of(schedule) else []
        last = f"Last sent {full_time(schedule.last_at)}" if schedule.last_at else "Not sent yet"
        is_due = schedule.next_at is not None and settings.active
        upcoming = f"Next {full_time(schedule.next_at)}" if is_due and schedule.next_at else ""
        return RecordRow(
            id=schedule.id,
            title=settings.name,
            lines=(
                f"{what} · {when_words(settings)}",
                f"To {names_of(settings.recipient_ids, self.choices)} · set up by {schedule.owner}",
                " · ".join(filter(None, (upcoming, last))),
            ),
            chips=tuple(chips),
        )

    def _on_not_loaded(self, error: Exception) -> None:
        if self._is_loaded:
            self.banner.show_error(sentence_of(error), "Retry", self.load)
        else:
            self.states.show_failed(sentence_of(error), self.load)

    def _ask(self, schedule: ScheduleView | None) -> None:
        settings = schedule.settings if schedule is not None else None
        about = Known(self.desktop.person.id, self.choices, self._zones)
        dialog = ScheduleDialog(settings, self.usual, about, self)
        dialog.save_wanted.connect(partial(self._save, dialog, schedule))
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _save(
        self, dialog: ScheduleDialog, schedule: ScheduleView | None, settings: ScheduleSettings
    ) -> None:
        reports = self.desktop.desk.reports
        if schedule is None:
            job = self.desktop.background.run(dialog, reports.schedule, settings)
        else:
            change = ScheduleChange(**settings.model_dump(), version=schedule.version)
            job = self.desktop.background.run(dialog, reports.change_schedule, schedule.id, change)
        job.then(lambda saved: self._on_saved(dialog, saved)).failed(dialog.show_failed)

    def _on_saved(self, dialog: ScheduleDialog, saved: ScheduleView) -> None:
        dialog.accept()
        self.schedules[saved.id] = saved
        self._is_loaded = True
        self._show_rows()
        ids = [row.id for row in self.list.rows]
        self.list.setCurrentRow(ids.index(saved.id))
        self.list.setFocus()

    def _change(self, schedule: ScheduleView, settings: ScheduleSettings) -> None:
        change = ScheduleChange(**settings.model_dump(), version=schedule.version)
        self._call(partial(self.desktop.desk.reports.change_schedule, schedule.id, change))

    def _call(self, call: Callable[[], object], after: Callable[[], object] = lambda: None) -> None:
        self.banner.clear()
        job = self.desktop.background.run(self, call)
        job.then(lambda _: after()).failed(self._on_failed)
        job.finally_(self.load)

    def _on_failed(self, error: Exception) -> None:
        sentence = sentence_of(error)
        if isinstance(error, Conflict):
            sentence = f"{sentence} It is shown as it is now."
        self.banner.show_error(sentence)

    def _say_removed(self, settings: ScheduleSettings) -> None:
        def bring_back() -> None:
            self._call(partial(self.desktop.desk.reports.schedule, settings))

        Toast.say(self.window(), f"“{settings.name}” was removed.", "Undo", bring_back)


def problem_of(schedule: ScheduleView) -> str:
    """Say what keeps a report from being sent, and the remedy, if anything does."""
    return schedule.problem if schedule.mail_is_on else _MAIL_OFF


def _read(desk: HelpDesk) -> tuple[tuple[ScheduleView, ...], tuple[str, ...]]:
    """Return what is sent, and the zones of the world, which takes a while to find out."""
    zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
    return desk.reports.schedules(), tuple(zones)
