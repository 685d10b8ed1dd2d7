# SPDX-License-Identifier: GPL-3.0-or-later
"""What no running program writes of articles, as statements for each kind of database."""

from __future__ import annotations

from helpdesk.core.schemas.articles import ArticleState, Visibility
from helpdesk.database.findings import REPAIR, RESTORE

_STATES = ", ".join(f"'{state.value}'" for state in ArticleState)
_VISIBILITIES = ", ".join(f"'{visibility.value}'" for visibility in Visibility)
_SHOWN = "title, summary, body, tags, language, visibility"

# The names in these statements are all our own.
_RATINGS = "(SELECT count(*) FROM article_rating r WHERE r.article_id = article.id AND {what})"
_HELPFUL, _UNHELPFUL = _RATINGS.format(what="r.helpful"), _RATINGS.format(what="NOT r.helpful")
_DAYS = "(SELECT coalesce(sum(d.{what}), 0) FROM article_day d WHERE d.article_id = article.id)"
_READS, _AVOIDED = _DAYS.format(what="reads"), _DAYS.format(what="avoided")
_MISCOUNTED = (
    f"helpful <> {_HELPFUL} OR unhelpful <> {_UNHELPFUL}"
    f" OR reads < {_READS} OR avoided < {_AVOIDED}"
)
COUNT_AGAIN = (
    f"UPDATE article SET helpful = {_HELPFUL}, unhelpful = {_UNHELPFUL},"  # noqa: S608
    f" reads = CASE WHEN reads < {_READS} THEN {_READS} ELSE reads END,"
    f" avoided = CASE WHEN avoided < {_AVOIDED} THEN {_AVOIDED} ELSE avoided END"
    f" WHERE {_MISCOUNTED}"
)
"""Ratings are kept and counted anew; of reads, at least those of the days are certain."""


def _of(row: str) -> str:
    return ", ".join(f"{row}.{name}" for name in _SHOWN.split(", "))


ARTICLE_CHECKS = (
    (
        "The figures of {which} are not counted rightly; " + REPAIR,
        f"SELECT id FROM article WHERE {_MISCOUNTED} ORDER BY id",  # noqa: S608
    ),
    (
        "{which} has a state or a visibility that this program does not know; " + RESTORE,
        f"SELECT id FROM article a WHERE state NOT IN ({_STATES})"  # noqa: S608
        f" OR visibility NOT IN ({_VISIBILITIES}) OR EXISTS (SELECT 1 FROM article_revision r"
        f" WHERE r.article_id = a.id AND r.visibility NOT IN ({_VISIBILITIES})) ORDER BY id",
    ),
    (
        "{which} lacks a text that was saved; " + RESTORE,
        "SELECT id FROM article a WHERE revision <> coalesce("
        "(SELECT max(number) FROM article_revision r WHERE r.article_id = a.id), 0)"
        " OR (live_revision IS NOT NULL AND NOT EXISTS (SELECT 1 FROM article_revision r"
        " WHERE r.article_id = a.id AND r.number = a.live_revision)) ORDER BY id",
    ),
    (
        "{which} shows another text than the one that was saved;"
        " save and publish it anew in the program.",
        "SELECT a.id FROM article a JOIN article_revision r ON r.article_id = a.id"  # noqa: S608
        " AND r.number = coalesce(a.live_revision, a.revision)"
        f" WHERE ({_of('a')}) <> ({_of('r')})"
        " OR coalesce(a.category_id, 0) <> coalesce(r.category_id, 0) ORDER BY a.id",
    ),
    (
        "{which} is in a state that its texts contradict; choose its state anew in the program.",
        f"SELECT id FROM article WHERE (state = '{ArticleState.PUBLISHED.value}'"  # noqa: S608
        " AND coalesce(live_revision, 0) <> revision)"
        f" OR (state = '{ArticleState.ARCHIVED.value}' AND live_revision IS NOT NULL) ORDER BY id",
    ),
)
"""What to say of articles, and the statement that finds them in either kind of database."""
