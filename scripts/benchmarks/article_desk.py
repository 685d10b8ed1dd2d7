# SPDX-License-Identifier: GPL-3.0-or-later
"""Desks with any number of articles, whose words are as unevenly common as those of people."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import AbstractContextManager
from itertools import islice, product, starmap
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.sized_desk import PASSWORD, SizedDesk, kept_desk
from helpdesk.client.embedded import database_of
from helpdesk.core import settings as settings_module
from helpdesk.core.clock import system_clock
from helpdesk.core.paths import DataFolder, resource
from helpdesk.core.text import folded
from helpdesk.database.article_search import TEXT_COLUMNS, article_text
from helpdesk.database.bulk import bulk_loading
from helpdesk.database.db_manager import DbManager
from helpdesk.database.types import to_microseconds
from helpdesk.demo.sampling import weighted_table, zipf_weights
from helpdesk.services.demo_desk import Scale, fill_demo_desk
from helpdesk.services.new_desk import make_desk

_SEED = "articles"
_TICKETS = 60
_AT_ONCE = 2_000
_VOCABULARY, _TABLE = 20_000, 500_000
_FLATTEN, _FLATTEN_TITLE = 2.7, 40
"""The larger, the less the commonest words stand out; titles have fewer of them."""
_CATEGORIES, _TAGS = 60, 300
_MINUTE = 60_000_000
_STATES = (
    *(("published", "everyone"),) * 16,
    ("published", "technicians"),
    ("published", "technicians"),
    ("draft", "everyone"),
    ("archived", "everyone"),
)
_WORD = re.compile(r"[a-zäöüß]+")
_SYLLABLES = tuple(map("".join, product("bdfgklmnprstvw", "aeiou")))


class _Row(NamedTuple):
    """A row of ``article``."""

    id: int
    version: int
    state: str
    visibility: str
    category_id: int
    language: str
    revision: int
    live_revision: int | None
    author_id: int
    review_due: int | None
    created_at: int
    updated_at: int
    published_at: int | None
    reads: int
    helpful: int
    unhelpful: int
    avoided: int
    title: str
    title_folded: str
    tags: str
    summary: str
    plain: str
    body: str


_REVISION = ("category_id", "language", "visibility", "title", "tags", "summary", "body")


def article_desk(keep: Path, articles: int) -> AbstractContextManager[SizedDesk]:
    """Yield a copy of the kept desk with so many articles, which is made where there is none."""
    return kept_desk(keep, f"articles-{articles}", articles, _make)


def _make(folder: DataFolder, articles: int) -> None:
    settings, now = settings_module.load(folder), system_clock()

    def fill(database: DbManager) -> None:
        scale = Scale.of(_TICKETS)
        fill_demo_desk(database, settings, scale, now=now, password=PASSWORD)
        _load(database, articles, to_microseconds(now))

    make_desk(database_of(folder, settings), settings, now, fill)


def _load(database: DbManager, articles: int, now: int) -> None:
    with bulk_loading(database, fresh=True) as load:
        target = load.connection
        first = load.next_id("article_category")
        names = [(first + place, f"Topic {place}") for place in range(_CATEGORIES)]
        rows = [(id_, name, folded(name), 1) for id_, name in names]
        target.insert("article_category", ("id", "name", "name_folded", "version"), rows)
        writer = _Writer(first, now)
        begin = load.next_id("article")
        made = map(writer.article, range(begin, begin + articles))
        while some := list(islice(made, _AT_ONCE)):
            target.insert("article", _Row._fields, some)
            columns = ("article_id", "number", "author_id", "at", *_REVISION)
            target.insert("article_revision", columns, map(_revision, some))
            texts = (tuple(getattr(row, name) for name in TEXT_COLUMNS) for row in some)
            target.index_articles(starmap(article_text, texts))


class _Writer:
    """Writes the same articles each time."""

    def __init__(self, first_category: int, now: int) -> None:
        self._random = Random(_SEED)  # noqa: S311 - nothing secret
        self._first_category = first_category
        self._now = now
        self._words = _vocabulary(self._random)
        self._table = weighted_table(zipf_weights(_VOCABULARY, _FLATTEN), _TABLE)
        self._titles = weighted_table(zipf_weights(_VOCABULARY, _FLATTEN_TITLE), _TABLE)
        self._tags = [self._words[rank] for rank in range(100, 100 + _TAGS)]

    def article(self, id_: int) -> _Row:
        dice = self._random
        state, visibility = dice.choice(_STATES)
        title = self._said(self._titles, dice.randint(4, 9)).capitalize()
        lines = [self._paragraph(place) for place in range(dice.randint(3, 12))]
        at = self._now - dice.randint(0, 500_000) * _MINUTE
        live = 1 if state == "published" else None
        return _Row(
            id=id_,
            version=1,
            state=state,
            visibility=visibility,
            category_id=self._first_category + dice.randrange(_CATEGORIES),
            language="en",
            revision=1,
            live_revision=live,
            author_id=1,
            review_due=None if live is None else at + 500_000 * _MINUTE,
            created_at=at,
            updated_at=at,
            published_at=None if live is None else at,
            reads=int(1000 * dice.random() ** 4),
            helpful=0,
            unhelpful=0,
            avoided=0,
            title=title,
            title_folded=folded(title),
            tags="".join(f"\n{tag}" for tag in sorted(set(dice.sample(self._tags, 3)))) + "\n",
            summary=self._said(self._table, 20).capitalize() + ".",
            plain="\n".join(line for _, line in lines),
            body="\n\n".join(f"{sign}{line}" for sign, line in lines) + "\n",
        )

    def _paragraph(self, place: int) -> tuple[str, str]:
        if place % 4 == 0:
            return "## ", self._said(self._table, 3).capitalize()
        sentences = (self._said(self._table, 12) for _ in range(self._random.randint(1, 5)))
        return "", " ".join(f"{sentence.capitalize()}." for sentence in sentences)

    def _said(self, table: list[int], count: int) -> str:
        draw, words = self._random.random, self._words
        return " ".join([words[table[int(draw() * _TABLE)]] for _ in range(count)])


def _vocabulary(dice: Random) -> list[str]:
    """Return words, the commonest first: those of the demo articles, then made-up ones."""
    texts = sorted(resource("demo/articles").rglob("*.md"))
    said = Counter(
        word for text in texts for word in _WORD.findall(text.read_text(encoding="utf-8").lower())
    )
    words = dict.fromkeys(word for word, _ in said.most_common())
    while len(words) < _VOCABULARY:
        words["".join(dice.choices(_SYLLABLES, k=dice.randint(2, 4)))] = None
    return list(words)[:_VOCABULARY]


def _revision(row: _Row) -> tuple[object, ...]:
    return row.id, 1, row.author_id, row.created_at, *(getattr(row, name) for name in _REVISION)
