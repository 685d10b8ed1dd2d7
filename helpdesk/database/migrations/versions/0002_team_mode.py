# SPDX-License-Identifier: GPL-3.0-or-later
"""What several processes share: sessions, API keys, calls that were done, changes, jobs.

And the lists of one assignee, requester or category: their indexes now end in the id, which
SQLite has behind every index anyway and PostgreSQL sorts for otherwise.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Only an INTEGER is SQLite's own key of a row; the order of text is that of its bytes everywhere.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    """Make every table and index, and begin the feed of changes."""
    _credentials()
    _calls_and_changes()
    _jobs()
    _list_indexes()
    _begin_feed()


def _credentials() -> None:
    op.create_table(
        "session",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("token_hash", TEXT, nullable=False),
        sa.Column("user_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.UniqueConstraint("token_hash", name="uq_session_token_hash"),
    )
    op.create_index("ix_session_user_id", "session", ["user_id"])
    op.create_table(
        "api_key",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("key_hash", TEXT, nullable=False),
        sa.Column("user_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("maker_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("last_used_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.UniqueConstraint("key_hash", name="uq_api_key_key_hash"),
    )


def _calls_and_changes() -> None:
    op.create_table(
        "idempotency",
        sa.Column("actor_id", NUMBER, sa.ForeignKey("user.id"), primary_key=True),
        sa.Column("key_hash", TEXT, primary_key=True),
        sa.Column("operation", TEXT, nullable=False),
        sa.Column("request_hash", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_idempotency_at", "idempotency", ["at"])
    op.create_table(
        "desk_change",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("row_id", NUMBER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_desk_change_at", "desk_change", ["at"])


def _jobs() -> None:
    op.create_table(
        "job",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("last_error", TEXT),
        sa.Column("last_ran_at", MOMENT),
    )
    op.create_index("ix_job_next_at", "job", ["next_at"])


def _list_indexes() -> None:
    for column in ("assignee", "requester", "category"):
        name = f"ix_ticket_{column}"
        op.drop_index(name, "ticket")
        columns = [f"{column}_id", "priority", "status", "resolution_due", "id"]
        op.create_index(name, "ticket", columns)


def _begin_feed() -> None:
    facts = sa.table("desk_fact", sa.column("name", sa.Text()), sa.column("value", sa.Text()))
    op.bulk_insert(facts, [{"name": "feed_epoch", "value": secrets.token_hex(8)}])
