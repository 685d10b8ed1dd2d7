# SPDX-License-Identifier: GPL-3.0-or-later
"""The knowledge base: articles with their revisions, pictures, ratings, figures and links.

And wrong passwords are counted by where they come from, too, beside where people sign in from.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Only an INTEGER is SQLite's own key of a row; the order of text is that of its bytes everywhere.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()

FULLTEXT = """
CREATE VIRTUAL TABLE article_search USING fts5(
    heading, said, scope,
    tokenize = "unicode61 remove_diacritics 2",
    prefix = '2 3 4 5'
)
"""


def upgrade() -> None:
    """Make every table and index."""
    _articles()
    _article_indexes()
    _around_articles()
    _figures()
    _sign_ins()
    if op.get_bind().dialect.name == "postgresql":
        _words()
    else:
        op.execute(FULLTEXT)


def _code(length: int) -> sa.types.TypeEngine[str]:
    plain = sa.String(length=length)
    return plain.with_variant(sa.String(length=length, collation="C"), "postgresql")


def _key(name: str, target: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, sa.ForeignKey(f"{target}.id"), primary_key=True)


def _articles() -> None:
    op.create_table(
        "article_category",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("parent_id", NUMBER, sa.ForeignKey("article_category.id")),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("name_folded", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.UniqueConstraint("parent_id", "name_folded", name="uq_article_category_parent_id"),
    )
    op.create_table(
        "article",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("state", _code(9), nullable=False),
        sa.Column("visibility", _code(11), nullable=False),
        sa.Column("category_id", NUMBER, sa.ForeignKey("article_category.id")),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("live_revision", NUMBER),
        sa.Column("author_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("reviewer_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("review_due", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT),
        sa.Column("reads", NUMBER, nullable=False),
        sa.Column("helpful", NUMBER, nullable=False),
        sa.Column("unhelpful", NUMBER, nullable=False),
        sa.Column("avoided", NUMBER, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("title_folded", TEXT, nullable=False),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("summary", TEXT, nullable=False),
        sa.Column("plain", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
    )
    op.create_table(
        "article_revision",
        _key("article_id", "article"),
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("author_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("category_id", NUMBER, sa.ForeignKey("article_category.id")),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("visibility", _code(11), nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("summary", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
    )


def _article_indexes() -> None:
    op.create_index("ix_article_title_folded", "article", ["title_folded", "id"])
    op.create_index("ix_article_updated_at", "article", ["updated_at", "id"])
    op.create_index("ix_article_published_at", "article", ["published_at", "id"])
    op.create_index("ix_article_reads", "article", ["reads", "id"])
    op.create_index("ix_article_category_id", "article", ["category_id", "id"])
    op.create_index("ix_article_review_due", "article", ["review_due"])
    op.create_index("ix_article_state", "article", ["state"])


def _around_articles() -> None:
    op.create_table(
        "article_reference",
        _key("article_id", "article"),
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("target_id", NUMBER, primary_key=True, autoincrement=False),
    )
    op.create_index("ix_article_reference_kind", "article_reference", ["kind", "target_id"])
    op.create_table(
        "article_image",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("article_id", NUMBER, sa.ForeignKey("article.id"), nullable=False),
        sa.Column("author_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_article_image_article_id", "article_image", ["article_id"])
    op.create_table(
        "ticket_article",
        _key("ticket_id", "ticket"),
        _key("article_id", "article"),
        sa.Column("linker_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_ticket_article_article_id", "ticket_article", ["article_id", "ticket_id"])


def _figures() -> None:
    op.create_table(
        "article_rating",
        _key("article_id", "article"),
        _key("user_id", "user"),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("comment", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "article_day",
        _key("article_id", "article"),
        sa.Column("day", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("reads", NUMBER, nullable=False),
        sa.Column("avoided", NUMBER, nullable=False),
    )
    op.create_index("ix_article_day_day", "article_day", ["day"])
    op.create_table(
        "article_solved",
        _key("article_id", "article"),
        _key("user_id", "user"),
        sa.Column("day", NUMBER, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "article_miss",
        sa.Column("text_folded", TEXT, primary_key=True),
        sa.Column("times", NUMBER, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
    )
    op.create_index("ix_article_miss_last_at", "article_miss", ["last_at"])


def _sign_ins() -> None:
    failures = sa.table(
        "sign_in_failure",
        *(sa.column(name) for name in ("username_folded", "source", "failures", "last_at")),
    )
    kept = [failures.c[name] for name in ("username_folded", "failures", "last_at")]
    # Nobody knows where they came from: they count for all sources together.
    before = [{**row, "source": ""} for row in op.get_bind().execute(sa.select(*kept)).mappings()]
    op.drop_table("sign_in_failure")
    op.create_table(
        "sign_in_failure",
        sa.Column("username_folded", TEXT, primary_key=True),
        sa.Column("source", TEXT, primary_key=True),
        sa.Column("failures", NUMBER, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
    )
    op.create_index("ix_sign_in_failure_last_at", "sign_in_failure", ["last_at"])
    op.bulk_insert(failures, before)
    op.create_table(
        "sign_in_source",
        _key("user_id", "user"),
        sa.Column("source_hash", TEXT, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_sign_in_source_at", "sign_in_source", ["at"])


def _words() -> None:
    op.create_table(
        "article_search",
        sa.Column(
            "article_id",
            sa.BigInteger(),
            sa.ForeignKey("article.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("heading", TEXT, nullable=False),
        sa.Column("said", TEXT, nullable=False),
    )
    op.create_index("ix_article_search_words", "article_search", ["words"], postgresql_using="gin")
