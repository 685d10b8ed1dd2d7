# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields by which somebody says how often, on which days and until when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

from PyQt5.QtCore import QDate, QDateTime, pyqtSignal
from PyQt5.QtWidgets import (
    QCheckBox,
    QDateEdit,
    QDateTimeEdit,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import Invalid
from helpdesk.core.recurrence import (
    MOST_COUNT,
    MOST_INTERVAL,
    Frequency,
    RecurrenceRule,
    Weekday,
    parsed,
    zone_named,
)
from helpdesk.core.schemas.recurrences import RuleAsk
from helpdesk.ui.settings.my_notifications.fields import ZoneField
from helpdesk.ui.settings.recurring.words import MONTHLY, UNITS, WEEKDAYS, monthly_choices
from helpdesk.ui.widgets.drop_down import DropDown
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.number_field import NumberField

_OWN = "own"
_YEAR = timedelta(days=365)
_NEVER, _COUNT, _UNTIL = "never", "count", "until"
_ENDS = ((_NEVER, "Never"), (_COUNT, "After a number of times"), (_UNTIL, "On a day"))


class RuleForm(QWidget):
    """Says a rule of RFC 5545 without its words; one that no field can say is kept as it is."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        """Begin empty; `show_rule` fills it."""
        super().__init__()
        self._own: RecurrenceRule | None = None
        self.interval = NumberField(1, MOST_INTERVAL)
        self.interval.setAccessibleName("Every so many")
        self.frequency = DropDown([(each, words) for each, words in UNITS.items()])
        self.frequency.setAccessibleName("Days, weeks, months or years")
        self.weekdays = [QCheckBox(name) for name in WEEKDAYS]
        self.month_day = DropDown()
        self.month_day.setAccessibleName("On which day of the month")
        self.starts_at = QDateTimeEdit()
        self.starts_at.setCalendarPopup(True)
        self.starts_at.setDisplayFormat("ddd d MMM yyyy, HH:mm")
        self.zone = ZoneField()
        self.zone.offer([*sorted(each for each in available_timezones() if "/" in each), "UTC"])
        self.ends = DropDown(_ENDS)
        self.count = NumberField(1, MOST_COUNT, unit="times")
        self.count.setAccessibleName("After how many times")
        self.until = QDateEdit()
        self.until.setCalendarPopup(True)
        self.until.setDisplayFormat("ddd d MMM yyyy")
        self.until.setAccessibleName("The last day")
        self._build()
        self._follow()

    def show_rule(self, rule: str, zone: str, starts_at: datetime) -> None:
        """Show a rule, its zone and its first moment."""
        blocked = self.blockSignals(True)
        parts = parsed(rule)
        self.zone.setText(zone)
        local = starts_at.astimezone(zone_named(zone)).replace(tzinfo=None)
        self.starts_at.setDateTime(QDateTime(local))
        self._own = None if _can_say(parts) else parts
        choices: list[tuple[object, str]] = [*UNITS.items()]
        self.frequency.set_choices(
            [*choices, (_OWN, "by a rule of its own")][: 4 + bool(self._own)]
        )
        self.frequency.set_key(_OWN if self._own else parts.frequency)
        self.interval.setValue(parts.interval)
        days = {each.day for each in parts.weekdays} or {local.weekday()}
        for day, box in enumerate(self.weekdays):
            box.setChecked(day in days)
        self._offer_month_days()
        self.month_day.set_key(_month_key(parts))
        self._show_end(parts, local)
        self.blockSignals(blocked)
        self._show_fields()

    @property
    def ask(self) -> RuleAsk:
        """The rule that the fields say. Raises ``Invalid`` for a zone that there is not."""
        zone = zone_named(self.zone.zone)
        local = self.starts_at.dateTime().toPyDateTime().replace(second=0, microsecond=0)
        starts_at = local.replace(tzinfo=zone).astimezone(UTC)
        return RuleAsk(rule=self._rule().text, time_zone=zone.key, starts_at=starts_at)

    def _rule(self) -> RecurrenceRule:
        count = self.count.value() if self.ends.key == _COUNT else None
        until: date | None = self.until.date().toPyDate() if self.ends.key == _UNTIL else None
        frequency = self.frequency.key
        if not isinstance(frequency, Frequency):
            own = self._own or RecurrenceRule(Frequency.DAILY)
            return RecurrenceRule(
                own.frequency, self.interval.value(), own.weekdays, own.month_days, own.months,
                own.positions, count, until,
            )  # fmt: skip
        weekdays: tuple[Weekday, ...] = ()
        month_days: tuple[int, ...] = ()
        if frequency is Frequency.WEEKLY:
            chosen = (day for day, box in enumerate(self.weekdays) if box.isChecked())
            weekdays = tuple(Weekday(day) for day in chosen)
        elif frequency is Frequency.MONTHLY:
            key = self.month_day.key
            kind, first, second = key if isinstance(key, tuple) else MONTHLY
            month_days = (first,) if kind == "day" else ()
            weekdays = (Weekday(first, second),) if kind == "weekday" else ()
        return RecurrenceRule(
            frequency, self.interval.value(), weekdays, month_days, count=count, until=until
        )

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        often = QHBoxLayout()
        often.setSpacing(8)
        often.addWidget(self.interval)
        often.addWidget(self.frequency, 1)
        column.addWidget(FieldLabel("&Repeat every", self.interval))
        column.addLayout(often)
        self._days = QWidget()
        days = QHBoxLayout(self._days)
        days.setContentsMargins(0, 0, 0, 0)
        days.setSpacing(8)
        for box in self.weekdays:
            days.addWidget(box)
        column.addWidget(self._days)
        column.addWidget(self.month_day)
        column.addWidget(FieldLabel("&First on", self.starts_at))
        column.addWidget(self.starts_at)
        column.addWidget(FieldLabel("Time &zone", self.zone))
        column.addWidget(self.zone)
        column.addWidget(FieldLabel("&Ends", self.ends))
        end = QHBoxLayout()
        end.setSpacing(8)
        for field in (self.ends, self.count, self.until):
            end.addWidget(field, 1)
        column.addLayout(end)

    def _follow(self) -> None:
        for box in self.weekdays:
            box.toggled.connect(lambda _on: self.changed.emit())
        for number in (self.interval, self.count):
            number.valueChanged.connect(lambda _value: self.changed.emit())
        for choice in (self.frequency, self.ends):
            choice.currentIndexChanged.connect(lambda _index: self._on_choice())
        self.month_day.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self.starts_at.dateTimeChanged.connect(lambda _moment: self._on_start())
        self.until.dateChanged.connect(lambda _day: self.changed.emit())
        self.zone.textChanged.connect(lambda _text: self.changed.emit())

    def _on_choice(self) -> None:
        self._show_fields()
        self.changed.emit()

    def _on_start(self) -> None:
        """Offer what the new first day is of its month."""
        self._offer_month_days()
        self.changed.emit()

    def _offer_month_days(self) -> None:
        chosen = self.month_day.currentIndex()
        self.month_day.set_choices(list(monthly_choices(self.starts_at.date().toPyDate())))
        self.month_day.setCurrentIndex(max(chosen, 0))

    def _show_end(self, parts: RecurrenceRule, local: datetime) -> None:
        self.ends.set_key(_COUNT if parts.count else _UNTIL if parts.until else _NEVER)
        self.count.setValue(parts.count or 10)
        until = parts.until or (local + _YEAR).date()
        self.until.setDate(QDate(until.year, until.month, until.day))

    def _show_fields(self) -> None:
        self._days.setVisible(self.frequency.key is Frequency.WEEKLY)
        self.month_day.setVisible(self.frequency.key is Frequency.MONTHLY)
        self.count.setVisible(self.ends.key == _COUNT)
        self.until.setVisible(self.ends.key == _UNTIL)


def problem_of(form: RuleForm) -> str:
    """Say what is wrong with the fields themselves, or nothing."""
    try:
        _ = form.ask
    except Invalid as error:
        return str(error)
    is_weekly = form.frequency.key is Frequency.WEEKLY
    if is_weekly and not any(box.isChecked() for box in form.weekdays):
        return "Choose at least one day of the week."
    return ""


def _month_key(parts: RecurrenceRule) -> tuple[str, int, int]:
    if parts.month_days:
        return ("day", parts.month_days[0], 0)
    if parts.weekdays and parts.weekdays[0].nth:
        return ("weekday", parts.weekdays[0].day, parts.weekdays[0].nth)
    return MONTHLY


def _can_say(parts: RecurrenceRule) -> bool:
    """Return whether the fields can say a rule."""
    if parts.months or parts.positions or isinstance(parts.until, datetime):
        return False
    nths = [each.nth for each in parts.weekdays]
    if parts.frequency is Frequency.WEEKLY:
        return not parts.month_days
    if parts.frequency is Frequency.MONTHLY:
        return len(parts.month_days) + len(nths) <= 1 and 0 not in nths
    return not parts.month_days and not nths
