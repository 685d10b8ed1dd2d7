# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader does with the knowledge base, through the program's own facade."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time

from benchmarks.article_desk import article_desk
from benchmarks.article_limits import PUBLIC, ArticleLimits
from benchmarks.postgres_desk import postgres_desk
from benchmarks.sized_desk import REQUESTER, SizedDesk, one, sign_in
from benchmarks.timing import (
    Figure,
    Workload,
    figure_of,
    in_turns_of,
    milliseconds_of,
    percentile,
)
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.schemas.articles import ArticlePage, ArticleQuery, SuggestionQuery
from helpdesk.database.db_manager import database_at
from helpdesk.services.questions import telling_words

SEARCHES = (
    "article_search_rare",
    "article_search_common",
    "article_search_prefix",
    "article_search_two",
)
NAMES = (*SEARCHES, "article_suggest", "article_list")

_CALLS, _QUICK_CALLS = 100, 5
_WARM_UP = 5
_SHOWN = 4
_COMMON, _OTHER = 0.3, 0.15
"""Shares of the articles that hold a common word, and another one."""
_WORD = re.compile(r"[a-z]{4,}")


@dataclass(frozen=True, slots=True)
class Found:
    """The words of this desk that the workloads look for."""

    rare: str
    common: str
    other: str
    question: str

    @classmethod
    def on(cls, bare: sqlite3.Connection) -> Found:
        """Look for words by how many articles hold them."""
        articles = one(bare, "SELECT count(*) FROM article")
        step = max(1, articles // 500)
        texts = bare.execute("SELECT plain FROM article WHERE id % ? = 0", (step,)).fetchall()
        counted: Counter[str] = Counter()
        for (text,) in texts:
            counted.update(set(_WORD.findall(text.lower())))
        words = [word for word in sorted(counted) if telling_words(word)]
        rarest = [word for word in words if counted[word] == 1][:200] or words
        rare = min(rarest, key=lambda word: one(bare, _HOLDING, f'"{word}"'))
        common, other = (
            min(words, key=lambda word: abs(counted[word] - share * len(texts)))
            for share in (_COMMON, _OTHER)
        )
        asked = f"SELECT title || ' ' || summary FROM article WHERE {PUBLIC} LIMIT 1 OFFSET ?"  # noqa: S608
        (question,) = bare.execute(asked, (articles // 2,)).fetchone()
        return cls(rare, common, other, question)

    @property
    def searches(self) -> dict[str, tuple[str, str]]:
        """What is typed, and the same for FTS5; the blank ends a word."""
        typed = (
            (f"{self.rare} ", f'"{self.rare}"'),
            (f"{self.common} ", f'"{self.common}"'),
            (self.other[:3], f'"{self.other[:3]}"*'),
            (f"{self.common} {self.other} ", f'"{self.common}" AND "{self.other}"'),
        )
        return dict(zip(SEARCHES, typed, strict=True))


_HOLDING = "SELECT count(*) FROM article_search WHERE article_search MATCH ?"


def measure_articles(
    keep: Path, names: set[str], articles: int, *, quick: bool
) -> Iterator[Figure]:
    """Yield the figures of the workloads named; searches on PostgreSQL, too."""
    if not names & set(NAMES):
        return
    calls = _QUICK_CALLS if quick else _CALLS
    with article_desk(keep, articles) as desk:
        with desk.opened() as embedded, closing(desk.bare()) as bare:
            found = Found.on(bare)
            for workload in _workloads(sign_in(embedded, REQUESTER), found, ArticleLimits(bare)):
                if workload.name in names:
                    yield _measured(workload, desk.rows, calls)
        if names & set(SEARCHES):
            with postgres_desk(desk, keep) as url:
                yield from _on_postgres(desk, url, found, names, calls)


def _workloads(reader: HelpDesk, found: Found, limits: ArticleLimits) -> Iterator[Workload]:
    for name, (typed, match) in found.searches.items():
        yield Workload(name, partial(_search, reader, typed), partial(limits.search, match))
    stems = tuple(telling_words(found.question))
    question = SuggestionQuery(text=found.question, limit=_SHOWN)
    suggest = partial(reader.articles.suggest, question)
    yield Workload("article_suggest", suggest, partial(limits.suggest, stems, _SHOWN))
    first = partial(reader.articles.search, ArticleQuery())
    yield Workload("article_list", first, limits.first_page)


def _measured(workload: Workload, rows: int, calls: int) -> Figure:
    """Time a workload, and how much of it a core worked: others on the machine change only one."""
    worked: list[float] = []

    def call() -> None:
        started = process_time()
        workload.call()
        worked.append((process_time() - started) * 1000)

    took, limit_took = in_turns_of(call, workload.limit, calls)
    cpu = {"cpu_ms": percentile(worked, 50), "cpu_p95_ms": percentile(worked, 95)}
    return figure_of(workload.name, rows, took, limit_took, **cpu)


def _on_postgres(
    desk: SizedDesk, url: str, found: Found, names: set[str], calls: int
) -> Iterator[Figure]:
    embedded = EmbeddedDesk(database_at(url), settings_module.load(desk.folder))
    try:
        reader = sign_in(embedded, REQUESTER)
        for name, (typed, _) in found.searches.items():
            if name in names:
                took = _timed(partial(_search, reader, typed), calls)
                yield figure_of(f"{name}_postgresql", desk.rows, took)
    finally:
        embedded.close()


def _timed(call: Callable[[], object], calls: int) -> list[float]:
    for _ in range(min(_WARM_UP, calls)):
        call()
    return [milliseconds_of(call) for _ in range(calls)]


def _search(reader: HelpDesk, text: str) -> ArticlePage:
    return reader.articles.search(ArticleQuery(text=text))
