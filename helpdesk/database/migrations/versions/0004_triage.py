# SPDX-License-Identifier: GPL-3.0-or-later
"""What the desk learns of its own tickets, and what becomes of its suggestions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Only an INTEGER is SQLite's own key of a row; the order of text is that of its bytes everywhere.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    """Make every table and index; what is learnt comes by itself."""
    _learnt()
    _measured()
    op.create_table(
        "triage_outcome",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("actor_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("confidence", NUMBER),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("answer", TEXT),
        sa.Column("confirmed", TEXT),
    )
    op.create_index("ix_triage_outcome_ticket_id", "triage_outcome", ["ticket_id"])
    op.create_index("ix_triage_outcome_at", "triage_outcome", ["at"])


def _key(name: str, target: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, sa.ForeignKey(f"{target}.id"), primary_key=True)


def _learnt() -> None:
    op.create_table(
        "triage_term",
        sa.Column("bucket", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("tickets", NUMBER, nullable=False),
        sa.Column("category", sa.LargeBinary()),
        sa.Column("priority", sa.LargeBinary()),
    )
    op.create_table(
        "triage_ticket",
        _key("ticket_id", "ticket"),
        sa.Column("category_id", NUMBER, sa.ForeignKey("category.id")),
        sa.Column("priority", sa.SmallInteger()),
    )


def _measured() -> None:
    op.create_table(
        "triage_trial",
        _key("ticket_id", "ticket"),
        sa.Column("field", TEXT, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("confirmed", TEXT, nullable=False),
        sa.Column("guess", TEXT, nullable=False),
        sa.Column("answers", TEXT),
        sa.Column("score", NUMBER),
    )
    op.create_index("ix_triage_trial_field", "triage_trial", ["field", "at", "ticket_id"])
    op.create_table(
        "triage_fit",
        sa.Column("field", TEXT, primary_key=True),
        sa.Column("threshold", NUMBER, nullable=False),
        sa.Column("steps", TEXT, nullable=False),
        sa.Column("trials", NUMBER, nullable=False),
        sa.Column("fitted_at", MOMENT, nullable=False),
    )
