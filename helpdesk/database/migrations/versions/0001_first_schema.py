# SPDX-License-Identifier: GPL-3.0-or-later
"""The first schema: accounts, categories, tickets, comments, history, full-text search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Only an INTEGER is SQLite's own key of a row; the order of text is that of its bytes everywhere.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()

FULLTEXT = """
CREATE VIRTUAL TABLE ticket_search USING fts5(
    subject, description, comments, notes, requester,
    tokenize = "unicode61 remove_diacritics 2",
    prefix = '2 3 4 5'
)
"""


def upgrade() -> None:
    """Make every table and index."""
    _people()
    _tickets()
    _ticket_indexes()
    if op.get_bind().dialect.name == "postgresql":
        _words()
    else:
        op.execute(FULLTEXT)


def _words() -> None:
    op.create_table(
        "ticket_search",
        sa.Column(
            "ticket_id",
            sa.BigInteger(),
            sa.ForeignKey("ticket.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("public", TEXT, nullable=False),
        sa.Column("internal", TEXT, nullable=False),
    )
    op.create_index("ix_ticket_search_words", "ticket_search", ["words"], postgresql_using="gin")
    # How common a word is decides between two ways to find it; the default knows too few words.
    op.execute("ALTER TABLE ticket_search ALTER words SET STATISTICS 1000")


def _code(length: int) -> sa.types.TypeEngine[str]:
    plain = sa.String(length=length)
    return plain.with_variant(sa.String(length=length, collation="C"), "postgresql")


def _people() -> None:
    op.create_table(
        "desk_fact",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("value", TEXT, nullable=False),
    )
    op.create_table(
        "user",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("username", TEXT, nullable=False),
        sa.Column("username_folded", TEXT, nullable=False),
        sa.Column("full_name", TEXT, nullable=False),
        sa.Column("full_name_folded", TEXT, nullable=False),
        sa.Column("email", TEXT),
        sa.Column("role", _code(10), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", TEXT),
        sa.Column("password_one_time", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_sign_in_at", MOMENT),
        sa.Column("version", NUMBER, nullable=False),
        sa.UniqueConstraint("username_folded", name="uq_user_username_folded"),
    )
    op.create_index("ix_user_full_name_folded", "user", ["full_name_folded"])
    op.create_table(
        "sign_in_failure",
        sa.Column("username_folded", TEXT, primary_key=True),
        sa.Column("failures", NUMBER, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
    )
    op.create_index("ix_sign_in_failure_last_at", "sign_in_failure", ["last_at"])


def _tickets() -> None:
    op.create_table(
        "category",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("name_folded", TEXT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("name_folded", name="uq_category_name_folded"),
    )
    op.create_table(
        "ticket",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("category_id", NUMBER, sa.ForeignKey("category.id")),
        sa.Column("requester_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("assignee_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("first_response_due", MOMENT, nullable=False),
        sa.Column("first_responded_at", MOMENT),
        sa.Column("resolution_due", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("replies", NUMBER, nullable=False),
        sa.Column("notes", NUMBER, nullable=False),
        sa.Column("source", _code(7), nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("description", TEXT, nullable=False),
    )
    op.create_table(
        "comment",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("author_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("actor_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("field", TEXT),
        sa.Column("old", TEXT),
        sa.Column("new", TEXT),
    )


def _ticket_indexes() -> None:
    urgency = ["priority", "status", "resolution_due"]
    filtered = ["status", "priority", "category_id", "assignee_id", "requester_id"]
    op.create_index("ix_ticket_urgency", "ticket", [*urgency, "id", "created_at"])
    op.create_index("ix_ticket_assignee", "ticket", ["assignee_id", *urgency])
    op.create_index("ix_ticket_requester", "ticket", ["requester_id", *urgency])
    op.create_index("ix_ticket_category", "ticket", ["category_id", *urgency])
    op.create_index("ix_ticket_created_at", "ticket", ["created_at", "id", *filtered])
    op.create_index("ix_ticket_updated_at", "ticket", ["updated_at", "id", *filtered, "created_at"])
    op.create_index("ix_comment_ticket_id", "comment", ["ticket_id"])
    op.create_index("ix_event_ticket_id", "event", ["ticket_id"])
