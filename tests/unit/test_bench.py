# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench runs and writes figures that machines can read; how fast it is, no test says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import (
    api,
    articles,
    bulk,
    dashboards,
    exports,
    operations,
    same_time,
    sign_ins,
    sla,
    threads,
    totals,
    triage,
)
from benchmarks.goals import Goal
from benchmarks.report import growth_of, table
from benchmarks.timing import Figure, Workload, in_turns, percentile

BENCH = Path(__file__).parents[2] / "scripts" / "bench.py"
KEYS = {"workload", "rows", "p50_ms", "p95_ms", "limit_p50_ms", "ratio", "core_p50", "core_p95"}


@pytest.fixture(scope="module")
def keep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


def run(keep: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the bench as somebody at a terminal does."""
    command = [sys.executable, str(BENCH), "--quick", "--keep", str(keep), *options]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_a_quick_run_writes_every_operation_with_its_limit(keep: Path, tmp_path: Path):
    file = tmp_path / "figures.json"
    done = run(keep, "--rows", "150", "--only", ",".join(operations.NAMES), "--json", str(file))
    assert done.returncode == 0, done.stderr
    figures = json.loads(file.read_text(encoding="utf-8"))
    assert [figure["workload"] for figure in figures] == list(operations.NAMES)
    for figure in figures:
        assert set(figure) == KEYS
        assert figure["rows"] == 150
        assert figure["p95_ms"] >= figure["p50_ms"] > 0
        assert figure["ratio"] > 0
    assert all(name in done.stdout for name in operations.NAMES)


def test_suggestions_and_sweeps_are_measured_beside_what_they_rest_on(keep: Path, tmp_path: Path):
    file = tmp_path / "figures.json"
    names = (*triage.NAMES, *sla.NAMES, *dashboards.NAMES, *threads.NAMES, *bulk.NAMES)
    done = run(keep, "--rows", "150", "--only", ",".join(names), "--json", str(file))
    assert done.returncode == 0, done.stderr
    suggesting, *others = json.loads(file.read_text(encoding="utf-8"))
    assert (suggesting["workload"], *(each["workload"] for each in others)) == names
    sweeping = others[: len(sla.NAMES)]
    assert all(each["ratio"] > 0 for each in others)
    assert suggesting["ratio"] > 0
    assert suggesting["core_p95"] >= suggesting["core_p50"] > 0
    for each in sweeping:
        assert each["running"] >= each["due"] > 0
        assert each["longest_transaction"] > 0
    # With the rules on, each fires once for each clock: it was warned of before.
    assert [each["steps"] for each in sweeping] == [0, sweeping[1]["due"]]


def test_dashboards_tell_what_the_tickets_add_up_to(keep: Path, tmp_path: Path):
    file = tmp_path / "figures.json"
    done = run(keep, "--rows", "150", "--only", ",".join(totals.NAMES), "--json", str(file))
    assert done.returncode == 0, done.stderr
    (figure,) = json.loads(file.read_text(encoding="utf-8"))
    assert figure["differing"] == 0, done.stdout
    assert (figure["cards"], figure["numbers"] > 100) == (48, True)


def test_exports_tell_how_much_memory_they_hold(keep: Path, tmp_path: Path):
    file = tmp_path / "figures.json"
    names = ",".join(exports.NAMES)
    done = run(keep, "--rows", "150", "--only", names, "--json", str(file))
    assert done.returncode == 0, done.stderr
    export, report = json.loads(file.read_text(encoding="utf-8"))
    assert (export["workload"], report["workload"]) == exports.NAMES
    assert export["tickets_per_second"] > 0
    assert export["ratio"] > 0
    assert export["rss"] > 0
    assert report["rss"] > 0


def test_articles_are_measured_with_their_limits(keep: Path, tmp_path: Path):
    file = tmp_path / "figures.json"
    only = ",".join(articles.NAMES)
    done = run(keep, "--articles", "150", "--only", only, "--json", str(file))
    assert done.returncode == 0, done.stderr
    figures = {figure["workload"]: figure for figure in json.loads(file.read_text())}
    on_postgres = {f"{name}_postgresql" for name in articles.SEARCHES}
    assert set(figures) == {*articles.NAMES, *on_postgres}
    assert all(figures[name]["ratio"] > 0 for name in articles.NAMES)
    assert all(figures[name]["p95_ms"] > 0 for name in on_postgres)
    assert not list(keep.glob("copy-*"))


def test_the_api_is_measured_on_both_databases_without_a_failure(keep: Path, tmp_path: Path):
    file = tmp_path / "figures.json"
    names = ",".join((*api.NAMES, *sign_ins.NAMES, *same_time.NAMES))
    done = run(keep, "--rows", "150", "--only", names, "--json", str(file))
    assert done.returncode == 0, done.stderr
    figures = {figure["workload"]: figure for figure in json.loads(file.read_text())}
    for database in ("sqlite", "postgresql"):
        assert figures[f"api_overhead_first_page_{database}"]["ratio"] > 0
        assert figures[f"api_news_{database}"]["p50_ms"] > 0
        assert figures[f"api_first_page_{database}_4"]["calls_a_second"] > 0
        assert figures[f"api_people_{database}_8"]["write_p95_ms"] > 0
        assert figures[f"api_memory_{database}"]["mb"] > 0
        assert figures[f"sign_ins_{database}"]["sign_ins"] == 12
        assert figures[f"sign_ins_{database}"]["raw_seconds"] > 0
    assert not any(figure.get("failures") for figure in figures.values())


def test_several_sizes_tell_the_growth_and_leave_only_kept_desks(keep: Path, tmp_path: Path):
    file = tmp_path / "figures.json"
    done = run(keep, "--rows", "60,150", "--only", "first_page", "--json", str(file))
    assert done.returncode == 0, done.stderr
    small, large = json.loads(file.read_text(encoding="utf-8"))
    assert (small["rows"], large["rows"]) == (60, 150)
    assert "growth" not in small
    assert large["growth"] > 0
    kept = {path.name.rsplit("-", 1)[0] for path in keep.glob("desk-*")}
    assert kept == {"desk-60", "desk-150"}


def test_an_unknown_workload_is_wrong_usage(keep: Path):
    done = run(keep, "--only", "everything")
    assert done.returncode == 2
    assert "everything" in done.stderr


def test_a_workload_and_its_limit_are_called_in_turns():
    said: list[str] = []
    workload = Workload("talk", lambda: said.append("ours"), lambda: said.append("limit"))
    figure = in_turns(workload, rows=1, calls=3)
    assert said == ["ours", "limit"] * 6
    assert figure.workload == "talk"


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (50, 3), (95, 5), (100, 5)])
def test_a_percentile_is_one_of_the_values(percent: float, value: float):
    assert percentile([5, 1, 4, 2, 3], percent) == value


def test_what_is_missed_is_named():
    figure = Figure("page", 10, p50_ms=12.0, p95_ms=60.0, limit_p50_ms=1.0, more={"mb": 151.0})
    goal = Goal(ratio=10, growth=1.2, p50_ms=300, p95_ms=50, more=(("mb", 150),))
    assert goal.misses(figure, growth=1.1) == ["ratio", "p95", "mb"]
    assert goal.misses(Figure("page", 10), growth=None) == []


@pytest.mark.parametrize(("rows", "verdict"), [(100_000, "misses p95"), (1_000_000, "ok")])
def test_a_suggestion_may_take_longer_among_very_many_tickets(rows: int, verdict: str):
    assert verdict in table([Figure("triage", rows, p50_ms=40.0, p95_ms=60.0)])


def test_growth_compares_with_the_smallest_desk():
    small = Figure("memory", 10, more={"mb": 100.0})
    large = Figure("memory", 1000, more={"mb": 110.0})
    assert growth_of(small, [large, small]) is None
    assert growth_of(large, [large, small]) == pytest.approx(1.1)
    assert "1.10" in table([small, large])
