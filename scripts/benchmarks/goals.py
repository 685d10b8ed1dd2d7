# SPDX-License-Identifier: GPL-3.0-or-later
"""What each workload is to reach; the bench shows it beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.timing import Figure


@dataclass(frozen=True, slots=True)
class Goal:
    """The most that a workload may take; ``None`` where nothing is asked."""

    ratio: float | None = None
    growth: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    more: tuple[tuple[str, float], ...] = ()
    """The most of a figure of ``Figure.more``, by its name."""

    def misses(self, figure: Figure, growth: float | None) -> list[str]:
        """Name what the figure does not reach."""
        pairs: list[tuple[str, float | None, float | None]] = [
            ("ratio", figure.ratio, self.ratio),
            ("growth", growth, self.growth),
            ("p50", figure.p50_ms, self.p50_ms),
            ("p95", figure.p95_ms, self.p95_ms),
            *((name, figure.more.get(name), most) for name, most in self.more),
        ]
        return [
            name
            for name, found, most in pairs
            if found is not None and most is not None and found > most
        ]


_PAGE = Goal(ratio=10, growth=1.2)
_SEARCH = Goal(ratio=10, growth=3, p95_ms=50)
_ARTICLES = Goal(p95_ms=30)
_WRITE = Goal(ratio=4, growth=1.2)
_BULK = Goal(growth=1.5, more=(("longest_ms", 1000),))
"""So long others wait for their turn to write."""
_SWEEP = Goal(growth=1.3, p50_ms=200, more=(("longest_transaction", 200),))
_DASHBOARD = Goal(growth=3, p50_ms=50)
_API = Goal(ratio=5, growth=1.3, more=(("failures", 0),))
_TRIAGE, _TRIAGE_OF_MANY = Goal(p95_ms=50), Goal(p95_ms=150)
_MANY = 100_000
"""Above so many tickets a suggestion may take longer."""
_PEOPLE = Goal(p95_ms=500, more=(("write_p95_ms", 1000), ("failures", 0)))
_SIGN_INS = Goal(p95_ms=500, more=(("failures", 0),))
"""Of the reads of others, meanwhile."""
_SAME_TIME = Goal(more=(("apart_percent", 10), ("differing", 0)))

GOALS: dict[str, Goal] = {
    "first_page": _PAGE,
    "next_page": _PAGE,
    "filtered_page": _PAGE,
    "search_rare": _SEARCH,
    "search_common": _SEARCH,
    "search_prefix": _SEARCH,
    "search_two": _SEARCH,
    "search_scoped": _SEARCH,
    "search_keys": _SEARCH,
    "saved_view": Goal(growth=2, p95_ms=30),
    "view_counts": Goal(growth=4, p95_ms=50),
    "open_ticket": Goal(ratio=20, growth=1.2),
    "open_thread": Goal(growth=1.2, p95_ms=100),
    "bulk": _BULK,
    "bulk_undo": _BULK,
    "submit": _WRITE,
    "comment_status": _WRITE,
    "sla_sweep": _SWEEP,
    "dashboard": _DASHBOARD,
    "dashboard_manager": _DASHBOARD,
    "dashboard_admin": _DASHBOARD,
    "dashboard_technician": _DASHBOARD,
    "dashboard_totals": Goal(more=(("differing", 0),)),
    "behind_page": _PAGE,
    "sla_sweep_rules": _SWEEP,
    "export": Goal(ratio=15, more=(("rss", 300),)),
    "report_pdf": Goal(growth=1.5, more=(("rss", 300),)),
    "start_window": Goal(ratio=1.5),
    "sign_in_to_list": Goal(growth=1.2, p50_ms=300),
    "stall": Goal(growth=1.2, more=(("longest_ms", 50), ("p99_ms", 16))),
    "export_stall": Goal(more=(("longest_ms", 50), ("p99_ms", 16))),
    "shapes": Goal(more=(("longest_ms", 50), ("p99_ms", 16), ("mb", 250))),
    "memory": Goal(growth=1.1, more=(("mb", 150),)),
}
_BY_BEGINNING: tuple[tuple[tuple[str, ...], Goal], ...] = (
    (("api_news",), Goal(p95_ms=2000)),
    (("same_",), _SAME_TIME),
    (("sign_ins",), _SIGN_INS),
    (("api_people",), _PEOPLE),
    (("api_first_page", "api_open", "api_search", "api_submit"), _API),
)


def goal_of(workload: str, rows: int) -> Goal:
    """Return the goal of a workload on so many tickets; an empty one where there is none."""
    if workload == "triage":
        return _TRIAGE_OF_MANY if rows > _MANY else _TRIAGE
    for beginnings, goal in _BY_BEGINNING:
        if workload.startswith(beginnings):
            return goal
    if workload.startswith("article_") and not workload.endswith("_postgresql"):
        return _ARTICLES
    return GOALS.get(workload, Goal())
