# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks which report is sent, when, and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PyQt5.QtCore import QTime, QTimeZone, pyqtSignal
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.figures import Scope, Span
from helpdesk.core.schemas.reports import (
    MOST_RECIPIENTS,
    FileFormat,
    ReportKind,
    ReportRequest,
    Rhythm,
    ScheduleSettings,
)
from helpdesk.core.schemas.tickets import Assignable
from helpdesk.core.schemas.users import Role
from helpdesk.core.text import NAME_LIMIT, folded
from helpdesk.ui.dashboard.choices import Choices
from helpdesk.ui.dashboard.drops import PeriodDrop, WhichDrop, WhoseDrop
from helpdesk.ui.dashboard.numbers import WEEKDAYS
from helpdesk.ui.desktop import sentence_of
from helpdesk.ui.reports.words import KINDS, RHYTHMS, rhythm_words, with_which, with_whose
from helpdesk.ui.settings.calendars.zone_field import ZoneField
from helpdesk.ui.settings.row import SettingRow
from helpdesk.ui.settings.words import Words
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.dialog_foot import DialogFoot
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.number_field import NumberField
from helpdesk.ui.widgets.segmented import Segmented
from helpdesk.ui.widgets.tab_order import follow_layout
from helpdesk.ui.widgets.value_picker import ValuePicker

_WIDTH, _HEIGHT = 560, 700
_MOST_FOUND = 12
_LAST_DAY, _MOST_NAMED = 31, 3
_NAME = Words("name", "Name", "What its mail is called.")
_REPORT = Words("report", "Report", "It tells what you may see when it is sent.")
_ABOUT = Words("about", "About", "The days move on with each time it is sent.")
_WHEN = Words("when", "When", "")
_WHEN_HELP = {
    Rhythm.DAILY: "At this time on the clock of the time zone below.",
    Rhythm.WEEKLY: "At this time on the clock of the time zone below.",
    Rhythm.MONTHLY: "Where a month has no such day, it is the month's last.",
}
_ZONE = Words("time_zone", "Time zone", "In which the time of day is meant.")
_RECIPIENTS = Words(
    "recipient_ids", "Recipients", "Managers and admins with a mail address: type a name."
)
_NO_NAME = "Give it a name."
_NO_RECIPIENT = "Choose at least one recipient."
_NO_ZONE = "There is no such time zone; choose one from the list."
_GETTERS = frozenset({Role.MANAGER.value, Role.ADMIN.value})


class Known(NamedTuple):
    """What is known for the form: who sets it up, the desk's people, the world's time zones."""

    me: int
    choices: Choices
    zones: tuple[str, ...]


class ScheduleDialog(Dialog):
    """The fields of one schedule; it stays open until the desk has taken it."""

    save_wanted = pyqtSignal(object)
    """``ScheduleSettings`` that are whole."""

    def __init__(
        self, settings: ScheduleSettings | None, usual: ReportRequest, about: Known, parent: QWidget
    ) -> None:
        """Show a schedule, or a new one of the report that was looked at, for oneself."""
        super().__init__(parent)
        self.setWindowTitle(
            "Send a report by schedule" if settings is None else "Edit the schedule"
        )
        self._active = settings is None or settings.active
        self._names_itself = settings is None
        self._people = {str(each.id): each for each in about.choices.people}
        self.scope = Scope()
        self._build()
        self._offer(about.choices, about.zones)
        self._put(settings or _new(usual, about.me))
        self._follow()
        self._lay_out(settings is None)
        self._show_rhythm()
        self.name.setFocus()
        self.name.selectAll()

    @property
    def settings(self) -> ScheduleSettings | None:
        """What the fields make, or ``None`` after saying at them what is wrong."""
        problems = {
            self.name_row: "" if self.name.text().strip() else _NO_NAME,
            self.zone_row: "" if self.zone.is_known else _NO_ZONE,
            self.recipients_row: self.recipients.untaken_problem
            or ("" if self.recipients.values else _NO_RECIPIENT),
        }
        for row, problem in problems.items():
            row.show_error(problem)
        wrong = next((row for row, problem in problems.items() if problem), None)
        if wrong is not None:
            self._bring(wrong)
            return None
        at = self.time.time()
        return ScheduleSettings(
            name=self.name.text().strip(),
            report=ReportRequest(kind=self._kind(), span=self.period.span, scope=self.scope),
            format=FileFormat(self.format.key),
            rhythm=self._rhythm(),
            weekday=int(str(self.weekday.key)),
            day=self.day.value(),
            minute=at.hour() * 60 + at.minute(),
            time_zone=self.zone.zone,
            recipient_ids=tuple(int(value) for value in self.recipients.values),
            active=self._active,
        )

    def show_failed(self, error: Exception) -> None:
        """Say what the desk found wrong, at its field where that is known."""
        self.save_button.setEnabled(True)
        rows = {row.words.key: row for row in (self.name_row, self.zone_row, self.recipients_row)}
        row = rows.get(error.field or "") if isinstance(error, DeskError) else None
        if row is None:
            self.banner.show_error(sentence_of(error))
        else:
            row.show_error(sentence_of(error))
            self._bring(row)

    def _build(self) -> None:
        self.banner = Banner()
        self.name = QLineEdit()
        self.name.setMaxLength(NAME_LIMIT)
        self.kind = DropDown([(kind, words.name) for kind, words in KINDS.items()])
        self.format = Segmented([(each.value, each.value.upper()) for each in FileFormat])
        self.format.setAccessibleName("File")
        self.period = PeriodDrop(moves_on=True)
        self.whose, self.which = WhoseDrop(may_see_all=True), WhichDrop()
        self.rhythm = DropDown(RHYTHMS)
        self.weekday = DropDown([(at, f"on {name}") for at, name in enumerate(WEEKDAYS)])
        self.weekday.setAccessibleName("Day of the week")
        self.day = NumberField(1, _LAST_DAY)
        self.day.setPrefix("on day ")
        self.day.setAccessibleName("Day of the month")
        self.time = QTimeEdit()
        self.time.setDisplayFormat("HH:mm")
        self.time.setAccessibleName("Time of day")
        self.zone = ZoneField()
        self.recipients = ValuePicker("Recipients", most=MOST_RECIPIENTS)
        self.recipients.edit.setPlaceholderText("Type a name")
        self.recipients.also_called(self._called)

    def _offer(self, choices: Choices, zones: Sequence[str]) -> None:
        self.whose.set_choices(choices.teams, choices.people)
        self.which.set_choices(choices.categories)
        self.zone.set_zones(zones)

    def _put(self, settings: ScheduleSettings) -> None:
        report = settings.report
        self.kind.set_key(report.kind)
        self.format.set_key(settings.format.value)
        self.period.show_span(report.span)
        self._on_scope(report.scope)
        self.rhythm.set_key(settings.rhythm)
        self.weekday.set_key(settings.weekday)
        self.day.setValue(settings.day)
        self.time.setTime(QTime(settings.minute // 60, settings.minute % 60))
        self.zone.setText(settings.time_zone)
        self.recipients.set_values(str(id_) for id_ in settings.recipient_ids)
        self.name.setText(settings.name)
        if self._names_itself:
            self._name_it()

    def _follow(self) -> None:
        self.period.chosen.connect(self.period.show_span)
        self.whose.chosen.connect(lambda chosen: self._on_scope(with_whose(self.scope, chosen)))
        self.which.chosen.connect(lambda chosen: self._on_scope(with_which(self.scope, chosen)))
        self.rhythm.activated.connect(lambda _: self._show_rhythm())
        for box in (self.kind, self.rhythm, self.weekday):
            box.activated.connect(lambda _: self._name_it())
        self.day.valueChanged.connect(lambda _: self._name_it())
        self.time.timeChanged.connect(lambda _: self._name_it())
        self.name.textEdited.connect(lambda _: self._on_named())
        self.zone.textChanged.connect(lambda _: self.zone_row.show_error(""))
        self.recipients.typed.connect(self._find)
        self.recipients.changed.connect(lambda: self.recipients_row.show_error(""))

    def _lay_out(self, is_new: bool) -> None:
        self.name_row = SettingRow(_NAME, self.name)
        when = _beside(self.rhythm, self.weekday, self.day, self.time)
        self.when_row = SettingRow(_WHEN, when)
        self.zone_row = SettingRow(_ZONE, self.zone)
        self.recipients_row = SettingRow(_RECIPIENTS, self.recipients)
        rows = (
            self.name_row,
            SettingRow(_REPORT, self.kind, self.format),
            SettingRow(_ABOUT, _beside(self.period, self.whose, self.which)),
            self.when_row,
            self.zone_row,
            self.recipients_row,
        )
        inside = QWidget()
        fields = QVBoxLayout(inside)
        fields.setContentsMargins(24, 0, 24, 8)
        fields.setSpacing(14)
        for row in rows:
            fields.addWidget(row)
        fields.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.NoFrame)
        self._area.setWidget(inside)
        title = QLabel(self.windowTitle())
        title.setProperty("role", "title")
        foot = DialogFoot(self, "Send from now on" if is_new else "Save")
        self.save_button = foot.save_button
        self.save_button.clicked.connect(self._on_save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 20, 0, 20)
        column.setSpacing(12)
        for widget in (title, self.banner):
            around = QHBoxLayout()
            around.setContentsMargins(24, 0, 24, 0)
            around.addWidget(widget)
            column.addLayout(around)
        column.addWidget(self._area, 1)
        foot.setContentsMargins(24, 0, 24, 0)
        column.addLayout(foot)
        self.resize(_WIDTH, min(_HEIGHT, self.parentWidget().window().height()))
        self._order = follow_layout(self, [])

    def _show_rhythm(self) -> None:
        self.weekday.setVisible(self._rhythm() is Rhythm.WEEKLY)
        self.day.setVisible(self._rhythm() is Rhythm.MONTHLY)
        self.when_row.show_help(_WHEN_HELP[self._rhythm()])

    def _on_scope(self, scope: Scope) -> None:
        self.scope = scope
        self.whose.show_scope(scope)
        self.which.show_scope(scope)

    def _on_named(self) -> None:
        self._names_itself = False
        self.name_row.show_error("")

    def _name_it(self) -> None:
        """Call it after what is sent and when, until somebody calls it otherwise."""
        if not self._names_itself:
            return
        at = self.time.time()
        when = rhythm_words(
            self._rhythm(), int(str(self.weekday.key)), self.day.value(),
            at.hour() * 60 + at.minute(),
        )  # fmt: skip
        self.name.setText(f"{KINDS[self._kind()].name}, {when}")

    def _find(self, typed: str) -> None:
        """Offer those managers and admins whose names have what is typed in them."""
        wanted = folded(typed)
        found = [each for each in self._people.values() if _may_get(each)]
        found = [each for each in found if wanted and wanted in folded(each.full_name)]
        labels = [(str(each.id), each.full_name) for each in found[:_MOST_FOUND]]
        self.recipients.set_choices(labels)

    def _called(self, value: str) -> str:
        person = self._people.get(value)
        return person.full_name if person is not None else "Somebody who has left"

    def _kind(self) -> ReportKind:
        return ReportKind(str(self.kind.key))

    def _rhythm(self) -> Rhythm:
        return Rhythm(str(self.rhythm.key))

    def _bring(self, row: SettingRow) -> None:
        # A sentence that has just come has no place yet.
        self._area.widget().adjustSize()
        self._area.ensureWidgetVisible(row)
        row.field.setFocus()

    def _on_save(self) -> None:
        settings = self.settings
        if settings is not None:
            self.save_button.setEnabled(False)
            self.save_wanted.emit(settings)


def _new(usual: ReportRequest, me: int) -> ScheduleSettings:
    """Return what a new schedule begins with."""
    span = usual.span if usual.span.first is None else Span()
    zone = bytes(QTimeZone.systemTimeZoneId().data()).decode()
    return ScheduleSettings(
        name="Report",
        report=usual.model_copy(update={"span": span}),
        # Who has UTC need not see it by its other name.
        time_zone="UTC" if zone in ("", "Etc/UTC") else zone,
        recipient_ids=(me,),
    )


def _may_get(person: Assignable) -> bool:
    return person.role in _GETTERS


def _beside(*widgets: QWidget) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    for widget in widgets:
        line.addWidget(widget)
    line.addStretch(1)
    row.setFocusProxy(widgets[0])
    return row


def names_of(ids: Sequence[int], choices: Choices) -> str:
    """Name people: "Charlie Hart, Dana Ito and 2 more"."""
    known = {each.id: each.full_name for each in choices.people}
    names = [known.get(id_, "somebody who has left") for id_ in ids]
    more = len(names) - _MOST_NAMED
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown} and {more} more" if more > 0 else shown
