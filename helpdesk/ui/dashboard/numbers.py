# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of a card as a table: for those who read it, copy it, or listen to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from helpdesk.core.schemas.figures import (
    Behind,
    Card,
    CardFigures,
    CardStyle,
    Measure,
    Outlook,
    Period,
    Point,
    Scope,
    Span,
    Split,
    TechnicianRow,
    Unit,
)
from helpdesk.ui.dashboard import words

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
IN_TIME = words.MEASURES[Measure.RESOLUTION_SLA]
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Opening:
    """The tickets behind a number, and what they are called."""

    behind: Behind
    words: str
    hint: str = ""
    """Which tickets they are, where the number alone does not say so."""


@dataclass(frozen=True)
class _Aim:
    """Which of the tickets that were measured a share is about."""

    met: bool
    told: str
    rest: str


_AIMS = {
    Measure.REOPENED_SHARE: _Aim(True, "Reopened", "Not reopened"),
    Measure.RESOLUTION_SLA: _Aim(False, "Resolved too late", "Resolved in time"),
    Measure.RESPONSE_SLA: _Aim(False, "First answered too late", "First answered in time"),
    Measure.SUGGESTIONS_ACCEPTED: _Aim(True, "Suggestion accepted", "Suggestion not accepted"),
}
NO_TICKETS = "Counted without tickets: there is no list to open"


@dataclass(frozen=True)
class Cell:
    """What stands in a field of the table, and what it opens."""

    text: str
    opening: Opening | None = None
    ticket_id: int | None = None
    tone: str = ""


@dataclass(frozen=True)
class Numbers:
    """A table: the first column names the rows, the others are numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    texts: frozenset[int] = frozenset()
    """Which other columns hold words."""

    def as_text(self) -> str:
        """Return it as a spreadsheet takes it from the clipboard."""
        lines = ["\t".join(self.columns)]
        lines += ["\t".join(_plain(cell.text) for cell in row) for row in self.rows]
        return "\n".join(lines)


def numbers_of(card: Card, figures: CardFigures) -> Numbers:
    """Return all numbers of a card."""
    if card.style is CardStyle.ATTENTION:
        return _attention(figures)
    if card.style is CardStyle.OUTLOOK:
        return _outlook(figures)
    if is_of_people(card):
        return technicians_of(card, figures)
    if figures.points:
        return _points(card, figures)
    return _single(card, figures)


def is_of_people(card: Card) -> bool:
    """Return whether a card has a row for each technician, be there any or none."""
    by_person = card.split is Split.TECHNICIAN or card.measure is Measure.WORKLOAD
    return card.style is CardStyle.TABLE and by_person


def whole_opening(card: Card, figures: CardFigures) -> Opening | None:
    """Return the tickets behind the one figure of a card."""
    if figures.behind is None:
        return None
    return _aimed(Opening(figures.behind, words.title_of(card)), figures.value, card.title)


def part_opening(
    card: Card, figures: CardFigures, point: Point, measure: Measure | None = None
) -> Opening | None:
    """Return the tickets behind a part, of the card's measure or of its second one."""
    if figures.behind is None:
        return None
    changed = {"split": card.split, "part": point.key, "measure": measure or card.measure}
    name = words.measure_words(measure or card.measure, card.statistic)
    part = words.part_words(point, card.split)
    value = point.value if measure in (None, card.measure) else point.second
    whole = Opening(figures.behind.model_copy(update=changed), f"{name}, {part}")
    return _aimed(whole, value, "", part)


def menu_openings(card: Card, figures: CardFigures) -> list[tuple[str, Opening]]:
    """Return what the menu of a card opens: of a share also what the number does not open."""
    whole = whole_opening(card, figures)
    if whole is None or figures.behind is None:
        return []
    aim = _AIMS.get(figures.behind.measure)
    if aim is None:
        return [("Show the tickets", whole)]
    sides = [(aim.told, aim.met), (aim.rest, not aim.met)]
    found = [
        (f"Show '{said}'", Opening(figures.behind.model_copy(update={"met": met}), said))
        for said, met in sides
    ]
    return [*found, ("Show all that were measured", _all_of(figures.behind, card))]


def _all_of(behind: Behind, card: Card) -> Opening:
    return Opening(behind, f"{words.title_of(card)}, all that were measured")


def _aimed(whole: Opening, value: float | None, title: str, part: str = "") -> Opening:
    """Return of a share the tickets that it is about, where there are any."""
    aim = _AIMS.get(whole.behind.measure)
    if aim is None or value is None:
        return whole
    if value == (0 if aim.met else 1):
        return Opening(whole.behind, whole.words, "opens all that were measured")
    aimed = whole.behind.model_copy(update={"met": aim.met})
    said = f"{title}: {aim.told[0].lower()}{aim.told[1:]}" if title else aim.told
    return Opening(aimed, f"{said}, {part}" if part else said, f"opens '{aim.told}'")


def technicians_of(card: Card, figures: CardFigures) -> Numbers:
    """Return how each technician does, every number with its tickets."""
    statistic = card.statistic.label
    columns = ("Name", "Open", "Resolved", statistic, "In time", "Satisfaction")
    return Numbers(columns, tuple(_technician(row, figures) for row in figures.technicians))


def rise_opening(
    outlook_scope: Scope, category_id: int, name: str, days: int, last: str
) -> Opening:
    """Return the tickets of a category that rose, of the days looked at."""
    end = date.fromisoformat(last)
    first = end - timedelta(days=max(1, days) - 1)
    span = Span(period=Period.CUSTOM, first=first.isoformat(), last=last)
    scope = outlook_scope.model_copy(update={"category_id": category_id, "priority": None})
    return Opening(Behind(measure=Measure.CREATED, span=span, scope=scope), f"Created, {name}")


def overload_opening(technician_id: int, name: str) -> Opening:
    """Return the open tickets of somebody."""
    scope = Scope(technician_id=technician_id)
    return Opening(Behind(measure=Measure.OPEN, span=Span(), scope=scope), f"Open, {name}")


def _technician(row: TechnicianRow, figures: CardFigures) -> tuple[Cell, ...]:
    def opening(measure: Measure) -> Opening | None:
        base = figures.behind or Behind(measure=measure, span=Span())
        changed = {"measure": measure, "split": Split.TECHNICIAN, "part": str(row.id), "met": None}
        whole = Opening(
            base.model_copy(update=changed), f"{words.MEASURES[measure]}, {row.full_name}"
        )
        return _aimed(whole, row.resolution_sla, "", row.full_name)

    over = row.open > row.capacity
    busy = f"{words.count(row.open)} of {words.count(row.capacity)}" if over else None
    sla = row.resolution_sla
    return (
        Cell(row.full_name, opening(Measure.OPEN)),
        Cell(busy or words.count(row.open), opening(Measure.OPEN), tone="high" if over else ""),
        Cell(words.count(row.resolved), opening(Measure.RESOLVED)),
        Cell(words.number(row.resolution, Unit.SECONDS), opening(Measure.RESOLUTION_TIME)),
        Cell(words.NOTHING if sla is None else words.share(sla), opening(Measure.RESOLUTION_SLA)),
        Cell(words.short(row.satisfaction, Unit.SCORE), opening(Measure.SATISFACTION)),
    )


def _points(card: Card, figures: CardFigures) -> Numbers:
    head = words.SPLITS[card.split].split(" ", 1)[-1].capitalize()
    first = words.measure_words(card.measure, card.statistic)
    columns = [head, first]
    if card.second is not None:
        columns.append(words.measure_words(card.second, card.statistic))
    # Beside a share stands how many were measured, and these are what it opens.
    says_tickets = figures.unit.is_time or figures.unit in (Unit.SHARE, Unit.SCORE)
    if says_tickets:
        columns.append("Tickets")
    rows = []
    for point in figures.points:
        opening = part_opening(card, figures, point)
        row = [
            Cell(words.part_words(point, card.split), opening),
            Cell(words.number(point.value, figures.unit), opening),
        ]
        if card.second is not None:
            second = part_opening(card, figures, point, card.second)
            row.append(Cell(words.number(point.second, figures.unit), second))
        if says_tickets:
            row.append(Cell(words.count(point.tickets), _whole_part(card, figures, point)))
        rows.append(tuple(row))
    return Numbers(tuple(columns), tuple(rows))


def _whole_part(card: Card, figures: CardFigures, point: Point) -> Opening | None:
    """Return all tickets of a part, of a share those on both sides."""
    opening = part_opening(card, figures, point)
    if opening is None or opening.behind.met is None:
        return opening
    name = f"{words.MEASURES[card.measure]}, {words.part_words(point, card.split)}"
    return Opening(opening.behind.model_copy(update={"met": None}), name)


def _single(card: Card, figures: CardFigures) -> Numbers:
    opening = whole_opening(card, figures)
    rows = [
        (
            Cell(words.title_of(card), opening),
            Cell(words.number(figures.value, figures.unit), opening),
        )
    ]
    if card.compares and figures.before is not None:
        rows.append((Cell("The period before"), Cell(words.number(figures.before, figures.unit))))
    measured = None if figures.behind is None else _all_of(figures.behind, card)
    rows.append((Cell("Tickets"), Cell(words.count(figures.tickets), measured)))
    return Numbers(("Figure", "Value"), tuple(rows))


def _attention(figures: CardFigures) -> Numbers:
    rows = []
    for row in figures.attention:
        state = "breached" if row.late else "escalated" if row.escalation_level else "due soon"
        cells = (row.number, row.subject, row.assignee or "nobody", row.priority.label, state)
        rows.append(tuple(Cell(text, ticket_id=row.ticket_id) for text in cells))
    return Numbers(("Ticket", "Subject", "Assignee", "Priority", "Why"), tuple(rows))


def outlook_by_weekday(outlook: Outlook) -> Numbers:
    """Return what is expected on each day of the week: every hour would fill pages."""
    rows: list[tuple[Cell, ...]] = [*_week(outlook)]
    for day, name in enumerate(WEEKDAYS):
        hours = [each.expected for each in outlook.expected if each.weekday == day]
        if hours:
            rows.append((Cell(name), Cell(f"{sum(hours):.1f}")))
    return Numbers(("Estimate", "Tickets"), (*rows, *_unusual(outlook)))


def _outlook(figures: CardFigures) -> Numbers:
    outlook = figures.outlook
    rows: list[tuple[Cell, ...]] = []
    if outlook is not None:
        rows = [*_week(outlook), *_hours(outlook), *_unusual(outlook)]
    return Numbers(("Estimate", "Tickets"), tuple(rows))


def _week(outlook: Outlook) -> Iterator[tuple[Cell, ...]]:
    if outlook.expected_next_7_days is not None:
        yield Cell("The next 7 days"), Cell(f"{outlook.expected_next_7_days:,.0f}")


def _unusual(outlook: Outlook) -> Iterator[tuple[Cell, ...]]:
    for rise in outlook.rises:
        said = f"{words.count(rise.tickets)} in {rise.days} days, usually {rise.usual:.1f}"
        yield Cell(f"Rise: {rise.category}"), Cell(said)
    for over in outlook.overloads:
        yield Cell(f"Over capacity: {over.full_name}"), Cell(f"{over.open} open")


def _hours(outlook: Outlook) -> Iterator[tuple[Cell, ...]]:
    for each in outlook.expected:
        when = f"{WEEKDAYS[each.weekday]} {each.hour:02}:00"
        yield Cell(when), Cell(f"{each.expected:.1f} ({each.low:.1f} – {each.high:.1f})")


def _plain(text: str) -> str:
    """Return a cell's words on one line; a spreadsheet must not take them for a formula."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(_FORMULA) else line
