# SPDX-License-Identifier: GPL-3.0-or-later
"""Works out the cards of a dashboard: what each is about, what all need, and what each tells.

What makes one card impossible is told in that card, and the others are worked out all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.figures import (
    USUAL_CAPACITY,
    Behind,
    Card,
    CardFigures,
    CardsQuery,
    CardStyle,
    CardsView,
    Measure,
    Point,
    Scope,
    Split,
    TechnicianRow,
    Unit,
)
from helpdesk.figures.measures import BY_THING, MEANINGS, Kind
from helpdesk.figures.periods import Days, custom, date_of, days_of
from helpdesk.repositories.figures import Names, StaffMember
from helpdesk.services.figure_labels import labelled
from helpdesk.services.figure_outlook import outlook_of
from helpdesk.services.figure_reads import FigureReads
from helpdesk.services.figure_scope import (
    NOBODY,
    NotKept,
    Only,
    allowed,
    key_of,
    missing,
    name_of,
    parts_of,
    scope_of,
    today_of,
)
from helpdesk.services.figure_series import MEANS, NONE, Asked, Gathered, Number, Series, series_of
from helpdesk.services.figure_times import FigureTimes
from helpdesk.services.needs_attention import needing_attention
from helpdesk.services.work import Work

_OF_TECHNICIANS = (
    Measure.WORKLOAD,
    Measure.RESOLVED,
    Measure.RESOLUTION_TIME,
    Measure.RESOLUTION_SLA,
    Measure.SATISFACTION,
)
_ONLY_MANAGERS = "Only managers see what is expected; choose another card."
_ONLY_TICKETS = "Only who may see all tickets is told which need somebody; choose another card."


@dataclass
class _Planned:
    """A card that can be told, as far as is known."""

    asked: Asked
    series: list[Series] = field(default_factory=list)
    problem: str | None = None

    @property
    def people(self) -> bool:
        """Whether it shows a row for each technician."""
        card = self.asked.card
        by_person = card.split is Split.TECHNICIAN or card.measure is Measure.WORKLOAD
        return card.style is CardStyle.TABLE and by_person


class Cards:
    """The cards of one dashboard, all of one moment."""

    def __init__(self, work: Work, query: CardsQuery) -> None:
        """Bind to one call."""
        self._work, self._query = work, query
        self._moment = today_of(work)
        self._today = self._moment.day
        figures = work.desk.figures
        self._figures = figures
        self._gathered = Gathered(
            work.desk.due_tickets,
            FigureReads(figures),
            FigureTimes(figures),
            self._today,
            self._moment.zone_name,
            work.now,
        )
        self._names = Names({}, {}, {})
        self._staff: dict[int, StaffMember] = {}

    def view(self) -> CardsView:
        """Work them out."""
        planned = [self._planned(card) for card in self._query.cards]
        scope = allowed(self._work, self._query.scope)
        self._read(planned)
        self._name(planned, scope)
        days = days_of(self._query.span, self._today)
        return CardsView(
            at=self._work.now,
            first=date_of(days.first).isoformat(),
            last=date_of(days.last).isoformat(),
            time_zone=self._moment.zone_name,
            scope_name=name_of(self._work, scope, self._names),
            cards=tuple(self._told(each) for each in planned),
            uncounted=0 if self._moment.all_counted else self._figures.uncounted(),
        )

    # --- what is needed ---------------------------------------------------------------------

    def _planned(self, card: Card) -> _Planned:
        scope = scope_of(self._work, card, self._query.scope)
        try:
            days = days_of(card.span or self._query.span, self._today)
        except Invalid as problem:
            today = Days(self._today, self._today)
            asked = Asked(card, scope, key_of(scope), today, None)
            return _Planned(asked, problem=str(problem))
        if card.measure is Measure.BACKLOG_AGE and card.split is Split.AGE:
            card = card.model_copy(update={"measure": Measure.OPEN})
        if card.measure is Measure.WORKLOAD:
            split = Split.NONE if card.style is CardStyle.NUMBER else Split.TECHNICIAN
            card = card.model_copy(update={"split": split, "second": None})
        planned = _Planned(Asked(card, scope, key_of(scope), days, None))
        if card.style in (CardStyle.ATTENTION, CardStyle.OUTLOOK):
            return planned
        try:
            if card.split in BY_THING and MEANINGS[card.measure].kind is not Kind.DUE:
                planned.asked = replace(planned.asked, parts=parts_of(scope, card.split))
            planned.series = list(self._series(planned))
        except NotKept as problem:
            planned.problem = str(problem)
        return planned

    def _series(self, planned: _Planned) -> Iterator[Series]:
        asked, card = planned.asked, planned.asked.card
        if planned.people:
            asked = replace(asked, card=card.model_copy(update={"compares": False}))
            for measure in _OF_TECHNICIANS:
                yield series_of(self._gathered, asked, measure)
            return
        yield series_of(self._gathered, asked, card.measure)
        if card.second is not None:
            if MEANINGS[card.second].unit is not MEANINGS[card.measure].unit:
                raise NotKept("Two figures of one chart need the same unit; choose another one.")
            yield series_of(self._gathered, asked, card.second)

    def _read(self, planned: list[_Planned]) -> None:
        series = [each for card in planned if card.problem is None for each in card.series]
        for each in series:
            each.ask()
        self._gathered.reads.read()
        self._gathered.read_due()
        for each in series:
            each.ask_exact()
        self._gathered.times.read()

    def _name(self, planned: list[_Planned], scope: Scope) -> None:
        wanted: dict[Split, set[int]] = {split: set() for split in BY_THING}
        for each in (scope, *(card.asked.scope for card in planned)):
            wanted[Split.CATEGORY].add(each.category_id or 0)
            wanted[Split.TEAM].add(each.team_id or 0)
            wanted[Split.TECHNICIAN].add(each.technician_id or 0)
        for card in planned:
            if card.problem is None and card.asked.split in wanted:
                for series in card.series:
                    wanted[card.asked.split].update(series.points)
        wanted = {split: ids - {0, NOBODY} for split, ids in wanted.items()}
        self._names = self._figures.names(
            wanted[Split.CATEGORY], wanted[Split.TEAM], wanted[Split.TECHNICIAN]
        )
        if any(card.people or card.asked.card.measure is Measure.WORKLOAD for card in planned):
            people = self._figures.staff(wanted[Split.TECHNICIAN], scope.team_id)
            self._staff = {each.id: each for each in people}

    # --- what is told -----------------------------------------------------------------------

    def _told(self, planned: _Planned) -> CardFigures:
        card, scope = planned.asked.card, planned.asked.scope
        unit = MEANINGS[card.measure].unit
        problem = planned.problem or missing(scope, self._names)
        problem = problem or self._refusal(card.style)
        if problem is not None:
            return CardFigures(unit=unit, problem=problem)
        if card.style is CardStyle.OUTLOOK:
            outlook = outlook_of(self._work, scope.team_id, self._today)
            return CardFigures(unit=Unit.TICKETS, outlook=outlook)
        if card.style is CardStyle.ATTENTION:
            rows = needing_attention(self._work, scope)
            return CardFigures(unit=Unit.TICKETS, attention=rows)
        return self._measured(planned)

    def _refusal(self, style: CardStyle) -> str | None:
        """Return why the caller is told nothing by such a card, if that is so."""
        may = self._work.actor.may
        if style is CardStyle.OUTLOOK and not may(Permission.SEE_FIGURES):
            return _ONLY_MANAGERS
        # A key may be for figures alone: what tickets are about is another scope.
        if style is CardStyle.ATTENTION and not may(Permission.SEE_ALL_TICKETS):
            return _ONLY_TICKETS
        return None

    def _measured(self, planned: _Planned) -> CardFigures:
        asked, card = planned.asked, planned.asked.card
        first = planned.series[0]
        second = planned.series[1] if card.second is not None and not planned.people else None
        whole = first.whole()
        if planned.people:
            return CardFigures(
                unit=Unit.TICKETS,
                value=whole.value,
                tickets=whole.tickets,
                note=next((each.note for each in planned.series if each.note == MEANS), ""),
                technicians=self._technicians(planned),
                behind=self._behind(asked, Measure.OPEN),
            )
        return CardFigures(
            unit=first.unit,
            value=whole.value,
            before=first.before() if card.compares else None,
            second_value=second.whole().value if second else None,
            tickets=whole.tickets,
            note=first.note or (second.note if second else ""),
            points=self._points(asked, first, second),
            behind=self._behind(asked, card.measure),
        )

    def _behind(self, asked: Asked, measure: Measure) -> Behind | None:
        if measure is Measure.AVOIDED:
            return None
        return Behind(measure=measure, span=custom(asked.days), scope=asked.scope)

    def _points(self, asked: Asked, first: Series, second: Series | None) -> tuple[Point, ...]:
        values, others = first.points, second.points if second else {}
        if first.meaning.kind is Kind.WORKLOAD:
            others = {id_: Number(float(self._capacity(id_)), 0) for id_ in values}
        nothing = second.nothing if second else NONE
        return tuple(
            Point(
                key=part.key,
                label=part.label,
                value=values.get(part.id, first.nothing).value,
                second=others.get(part.id, nothing).value,
                tickets=values.get(part.id, NONE).tickets,
                day=part.day,
            )
            for part in labelled(asked, values, others, self._names)
        )

    def _capacity(self, id_: int) -> int:
        person = self._staff.get(id_)
        return person.capacity or USUAL_CAPACITY if person else USUAL_CAPACITY

    def _technicians(self, planned: _Planned) -> tuple[TechnicianRow, ...]:
        load, resolved, time, sla, satisfaction = (each.points for each in planned.series)
        only = planned.asked.parts.part if isinstance(planned.asked.parts, Only) else None
        rows = []
        for id_, person in self._staff.items():
            has_some = any(each.get(id_, NONE).tickets for each in (load, resolved))
            if only not in (None, id_) or not (has_some or person.works_here):
                continue
            score = satisfaction.get(id_, NONE)
            rows.append(
                TechnicianRow(
                    id=id_,
                    full_name=person.full_name,
                    open=load.get(id_, NONE).tickets,
                    capacity=self._capacity(id_),
                    resolved=resolved.get(id_, NONE).tickets,
                    resolution=time.get(id_, NONE).value,
                    resolution_sla=sla.get(id_, NONE).value,
                    satisfaction=score.value,
                    ratings=score.tickets,
                )
            )
        return tuple(sorted(rows, key=lambda row: -row.resolved))
