# SPDX-License-Identifier: GPL-3.0-or-later
"""The first schema: accounts, categories, tickets, comments, history, full-text search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

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
    op.execute(FULLTEXT)


def _people() -> None:
    op.create_table(
        "desk_fact",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("username_folded", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("full_name_folded", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("password_one_time", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_sign_in_at", sa.BigInteger()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("username_folded", name="uq_user_username_folded"),
    )
    op.create_index("ix_user_full_name_folded", "user", ["full_name_folded"])
    op.create_table(
        "sign_in_failure",
        sa.Column("username_folded", sa.Text(), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_sign_in_failure_last_at", "sign_in_failure", ["last_at"])


def _tickets() -> None:
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("name_folded", name="uq_category_name_folded"),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("category_id", sa.Integer(), sa.ForeignKey("category.id")),
        sa.Column("requester_id", sa.Integer(), sa.ForeignKey("user.id"), nullable=False),
        sa.Column("assignee_id", sa.Integer(), sa.ForeignKey("user.id")),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("first_response_due", sa.BigInteger(), nullable=False),
        sa.Column("first_responded_at", sa.BigInteger()),
        sa.Column("resolution_due", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=7), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("author_id", sa.Integer(), sa.ForeignKey("user.id"), nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("actor_id", sa.Integer(), sa.ForeignKey("user.id")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("field", sa.Text()),
        sa.Column("old", sa.Text()),
        sa.Column("new", sa.Text()),
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
