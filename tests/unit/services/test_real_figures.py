# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of real incidents are those that pandas works out of the published file itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.figures import (
    Card,
    CardFigures,
    CardsQuery,
    CardStyle,
    Measure,
    Period,
    Scope,
    Span,
    Split,
    Statistic,
)
from helpdesk.core.schemas.tickets import Priority
from helpdesk.services.import_columns import Mapping
from helpdesk.services.imports import TicketImport, survey, write
from tests.conftest import SettableClock
from tests.contract.desks import opened

pd = pytest.importorskip("pandas")

REAL = Path(__file__).parents[4] / "shared" / "data" / "dev"
HOURS = {Priority.URGENT: 4, Priority.HIGH: 8, Priority.MEDIUM: 72, Priority.LOW: 120}
NAMES = {
    Priority.URGENT: "1 - Critical",
    Priority.HIGH: "2 - High",
    Priority.MEDIUM: "3 - Moderate",
    Priority.LOW: "4 - Low",
}
ALL_DAYS = Span(period=Period.CUSTOM, first="2015-01-01", last="2017-12-31")
MAPPED = (
    "subject={number}: {symptom}",
    "created_at=opened_at",
    "requester=caller",
    "status=final_state",
    # Incidents of which the file does not tell when they were resolved are those of one person.
    "assignee=told",
)
TOLD, UNTOLD = "Resolution told", "Resolution untold"


class Real:
    """The incidents in a desk, and in a table."""

    def __init__(self, desk: EmbeddedDesk, file: Path, place: Path, now: datetime) -> None:
        self.table = pd.read_csv(file, parse_dates=["opened_at", "resolved_at", "closed_at"])
        told = self.table["resolved_at"].notna()
        prepared = pd.read_csv(file, dtype=str, keep_default_na=False)
        prepared["told"] = told.map({True: TOLD, False: UNTOLD})
        prepared.drop(columns="assignee").to_csv(place / "incidents.csv", index=False)
        targets = desk.settings.targets.model_copy(update={"resolution_hours": HOURS})
        settings = desk.settings.model_copy(update={"targets": targets})
        wanted = TicketImport(place / "incidents.csv", tuple(map(Mapping.parse, MAPPED)))
        write(desk.database, settings, wanted, survey(desk.database, wanted, now=now), now=now)
        self.desk: HelpDesk = desk.as_system()
        self.seconds = (self.table["resolved_at"] - self.table["opened_at"]).dt.total_seconds()
        (self.told,) = (
            each.id for each in self.desk.tickets.assignable() if each.full_name == TOLD
        )

    def card(self, measure: Measure, **more: Any) -> CardFigures:
        """Return what a card tells of all days."""
        scope = more.pop("scope", Scope())
        more.setdefault("style", CardStyle.NUMBER)
        query = CardsQuery(
            cards=(Card(measure=measure, compares=False, **more),), span=ALL_DAYS, scope=scope
        )
        (figures,) = self.desk.figures.cards(query).cards
        assert figures.problem is None
        return figures

    def points(self, measure: Measure, split: Split) -> dict[str, int]:
        """Return the numbers of the parts that have some."""
        found = self.card(measure, split=split, style=CardStyle.BARS).points
        return {point.key: int(point.value) for point in found if point.value}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Real]:
    file = REAL / "uci_incidents.csv"
    if not file.exists():
        pytest.skip("the incidents are not here")
    place, clock = tmp_path_factory.mktemp("real"), SettableClock()
    with opened(place, template, clock) as desk:
        yield Real(desk, file, place, datetime(2026, 11, 23, tzinfo=UTC))


def test_incidents_by_priority_and_month(real: Real):
    table = real.table
    by_priority = table["priority"].value_counts().to_dict()
    found = real.points(Measure.CREATED, Split.PRIORITY)
    assert {NAMES[Priority(key)]: number for key, number in found.items()} == by_priority
    months = table["opened_at"].dt.strftime("%Y-%m-01").value_counts().to_dict()
    assert real.points(Measure.CREATED, Split.MONTH) == months
    published = json.loads((REAL / "uci_expected_kpis.json").read_text(encoding="utf-8"))
    assert by_priority == published["by_priority"]
    assert real.card(Measure.CREATED).value == published["incidents"]


@pytest.mark.parametrize(
    ("measure", "column"), [(Measure.CREATED, "opened_at"), (Measure.CLOSED, "closed_at")]
)
def test_incidents_opened_and_closed_in_each_week(real: Real, measure: Measure, column: str):
    moments = real.table[column].dropna()
    mondays = (moments - pd.to_timedelta(moments.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d")
    assert real.points(measure, Split.WEEK) == mondays.value_counts().to_dict()


def test_the_backlog_at_midnight(real: Real):
    opened_on = real.points(Measure.CREATED, Split.DAY)
    closed_on = real.points(Measure.CLOSED, Split.DAY)
    published = json.loads((REAL / "uci_expected_kpis.json").read_text(encoding="utf-8"))
    for day, backlog in published["backlog_at_midnight"].items():
        midnight, table = pd.Timestamp(day), real.table
        is_open = (table["opened_at"] < midnight) & ~(table["closed_at"] < midnight)
        came = sum(number for key, number in opened_on.items() if key < day)
        went = sum(number for key, number in closed_on.items() if key < day)
        assert came - went == is_open.sum() == backlog


@pytest.mark.parametrize("statistic", Statistic)
def test_how_long_resolutions_took(real: Real, statistic: Statistic):
    scope = Scope(technician_id=real.told)
    figures = real.card(Measure.RESOLUTION_TIME, statistic=statistic, scope=scope)
    assert figures.value == pytest.approx(of(real.seconds.dropna(), statistic), abs=0.001)
    parts = real.card(
        Measure.RESOLUTION_TIME,
        statistic=statistic,
        scope=scope,
        split=Split.PRIORITY,
        style=CardStyle.BARS,
    )
    for point in parts.points:
        chosen = real.seconds[real.table["priority"] == NAMES[Priority(point.key)]].dropna()
        assert point.tickets == len(chosen)
        assert point.value == pytest.approx(of(chosen, statistic), abs=0.001)
    # Without the moment of resolution an incident was resolved when it was closed.
    whole = real.table["resolved_at"].fillna(real.table["closed_at"]) - real.table["opened_at"]
    figures = real.card(Measure.RESOLUTION_TIME, statistic=statistic)
    assert figures.value == pytest.approx(of(whole.dt.total_seconds(), statistic), abs=0.001)


def of(seconds: Any, statistic: Statistic) -> float:
    if statistic is Statistic.MEAN:
        return float(seconds.mean())
    return float(seconds.quantile(0.5 if statistic is Statistic.MEDIAN else 0.9))


def test_how_many_were_in_time(real: Real):
    scope = Scope(technician_id=real.told)
    share = real.card(
        Measure.RESOLUTION_SLA, split=Split.PRIORITY, style=CardStyle.BARS, scope=scope
    )
    published = json.loads((REAL / "uci_expected_kpis.json").read_text(encoding="utf-8"))
    met = 0
    for point in share.points:
        priority = Priority(point.key)
        chosen = real.seconds[real.table["priority"] == NAMES[priority]].dropna()
        in_time = int((chosen <= HOURS[priority] * 3600).sum())
        assert in_time == published["within_policy_wall_clock"][NAMES[priority]]
        assert point.value == in_time / len(chosen)
        met += in_time
    assert share.value == met / real.seconds.notna().sum()
    breached = real.card(Measure.BREACHED, scope=scope)
    assert breached.value == real.seconds.notna().sum() - met
