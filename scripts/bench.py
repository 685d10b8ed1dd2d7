#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures how fast the program is, each thing beside the same work without the program.

Makes demo desks of the sizes asked for (and keeps them for the next time), then times each
workload in turns with its limit. Only ratios of one run compare: machines are noisy.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Hashing passwords is slow on purpose and no part of what is measured.
os.environ["HELPDESK_SECURITY__BCRYPT_COST"] = "4"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import platformdirs
from benchmarks import (
    api,
    articles,
    bulk,
    dashboards,
    exports,
    operations,
    queries,
    same_time,
    sign_ins,
    sla,
    threads,
    totals,
    triage,
    windows,
    work_on_postgres,
)
from benchmarks.report import table, write_json
from benchmarks.sized_desk import SizedDesk, sized_desk
from benchmarks.timing import Figure, in_turns

_NAMES = (
    *operations.NAMES,
    *triage.NAMES,
    *sla.NAMES,
    *dashboards.NAMES,
    *queries.NAMES,
    *totals.NAMES,
    *threads.NAMES,
    *bulk.NAMES,
    *work_on_postgres.NAMES,
    *windows.NAMES,
    *api.NAMES,
    *sign_ins.NAMES,
    *same_time.NAMES,
    *articles.NAMES,
    *exports.NAMES,
)
_OF_TICKETS = set(_NAMES) - set(articles.NAMES)
_ROWS, _QUICK_ROWS = (10_000,), (300,)
_ARTICLES, _QUICK_ARTICLES = 50_000, 300
_CALLS, _QUICK_CALLS = 100, 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for, and print and write the figures."""
    options = _parser().parse_args(arguments)
    figures: list[Figure] = []
    names = set(options.only or _NAMES)
    sizes = options.rows or (_QUICK_ROWS if options.quick else _ROWS)
    for rows in sizes if names & _OF_TICKETS else ():
        with sized_desk(options.keep, rows) as desk:
            figures += _measured(desk, options, names)
    wanted = options.articles or (_QUICK_ARTICLES if options.quick else _ARTICLES)
    figures += articles.measure_articles(options.keep, names, wanted, quick=options.quick)
    print(table(figures))
    if options.json:
        write_json(figures, options.json)
    return 0


def _measured(desk: SizedDesk, options: argparse.Namespace, names: set[str]) -> Iterator[Figure]:
    quick = options.quick
    calls = _QUICK_CALLS if quick else _CALLS
    if names & set(operations.NAMES):
        for workload in operations.open_operations(desk):
            if workload.name in names:
                yield in_turns(workload, desk.rows, calls)
    yield from triage.measure_triage(desk, names, quick=quick)
    yield from sla.measure_sla(desk, names, quick=quick)
    yield from dashboards.measure_dashboards(desk, names, quick=quick)
    yield from queries.measure_queries(desk, names, quick=quick)
    yield from totals.measure_totals(desk, names)
    yield from threads.measure_threads(desk, names, quick=quick)
    yield from bulk.measure_bulk(desk, names, quick=quick)
    yield from work_on_postgres.measure_work_on_postgres(desk, names, options.keep, quick=quick)
    yield from exports.measure_exports(desk, names, quick=quick)
    yield from windows.measure_windows(desk, names, quick=quick)
    yield from api.measure_api(desk, names, options.keep, quick=quick)
    yield from sign_ins.measure_sign_ins(desk, names, options.keep, quick=quick)
    yield from same_time.measure_same_time(desk, names, options.keep, quick=quick)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=_numbers, metavar="N[,N]", help="tickets on the desk")
    parser.add_argument("--articles", type=int, metavar="N", help="articles of the knowledge base")
    parser.add_argument("--only", type=_names, metavar="A[,B]", help=", ".join(_NAMES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--quick", action="store_true", help="a small desk and few calls")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        default=platformdirs.user_cache_path("helpdesk", appauthor=False) / "bench",
        help="where the desks are kept (default: %(default)s)",
    )
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part.replace("_", "")) for part in text.split(",")))


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - set(_NAMES):
        raise argparse.ArgumentTypeError(f"there is no workload {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    sys.exit(main())
