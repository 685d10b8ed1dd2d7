# SPDX-License-Identifier: GPL-3.0-or-later
"""The assistant: conversations, questions to the model, and automatic first responses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    """Make every table and index, and mark which comments nobody wrote."""
    automatic: sa.Column[bool] = sa.Column(
        "automatic", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("comment", automatic)
    _conversations()
    _calls()
    op.create_table(
        "first_response",
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("state", _code(11), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("enabler_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("comment_id", NUMBER, sa.ForeignKey("comment.id")),
    )
    op.create_index("ix_first_response_state", "first_response", ["state", "ticket_id"])


def _code(length: int) -> sa.types.TypeEngine[str]:
    plain = sa.String(length=length)
    return plain.with_variant(sa.String(length=length, collation="C"), "postgresql")


def _conversations() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("person_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id")),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
    )
    columns = ["person_id", "updated_at", "id"]
    op.create_index("ix_conversation_person_id", "conversation", columns)
    op.create_table(
        "conversation_message",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("conversation_id", NUMBER, sa.ForeignKey("conversation.id"), nullable=False),
        sa.Column("speaker", _code(9), nullable=False),
        sa.Column("state", _code(8), nullable=False),
        sa.Column("origin", _code(8)),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
    )
    op.create_index(
        "ix_conversation_message_conversation_id",
        "conversation_message",
        ["conversation_id", "id"],
    )


def _calls() -> None:
    op.create_table(
        "assistant_call",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("person_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("feature", _code(14), nullable=False),
        sa.Column("reach", TEXT, nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sa.Column("prompt", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("prompt_tokens", NUMBER),
        sa.Column("answer_tokens", NUMBER),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("queued_ms", NUMBER, nullable=False),
        sa.Column("first_ms", NUMBER),
        sa.Column("total_ms", NUMBER, nullable=False),
        sa.Column("retries", NUMBER, nullable=False),
        sa.Column("accepted", sa.Boolean()),
    )
    op.create_index("ix_assistant_call_at", "assistant_call", ["at"])
    op.create_table(
        "assistant_answer",
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
    )
    op.create_index("ix_assistant_answer_at", "assistant_answer", ["at"])
