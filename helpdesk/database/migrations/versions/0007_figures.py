# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures by day, dashboards, satisfaction, reports by schedule, and clocks of merged tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()

_LIVE = "now_new + now_open + now_in_progress + now_awaiting > 0"
_COUNTED_LIVE = ("now_new", "now_open", "now_in_progress", "now_awaiting", "unassigned")
_DAYS = ("created", "resolved", "closed", "responded", "escalated", "rated")
_SUMS = (
    "created",
    "resolved",
    "closed",
    "now_new",
    "now_open",
    "now_in_progress",
    "now_awaiting",
    "unassigned",
    "responded",
    "response_seconds",
    "response_met",
    "response_missed",
    "resolution_seconds",
    "resolution_met",
    "resolution_missed",
    "reopened",
    "escalated",
    "score_1",
    "score_2",
    "score_3",
    "score_4",
    "score_5",
    "suggested",
    "accepted",
    "avoided",
    "timed",
    "seconds_new",
    "seconds_open",
    "seconds_in_progress",
    "seconds_awaiting",
)


def upgrade() -> None:
    """Make every table and index; tickets that are there are counted by a job."""
    op.add_column("user", sa.Column("capacity", NUMBER))
    op.add_column("ticket_sla", sa.Column("escalated_at", MOMENT))
    op.create_index("ix_ticket_sla_late", "ticket_sla", ["late", "next_due"])
    op.add_column("ticket", sa.Column("reopens", NUMBER, nullable=False, server_default="0"))
    op.execute(
        sa.text(
            "UPDATE ticket SET reopens = (SELECT count(*) FROM event"
            " WHERE event.ticket_id = ticket.id AND event.kind = 'reopened')"
            " WHERE id IN (SELECT ticket_id FROM event WHERE kind = 'reopened')"
        )
    )
    _handovers()
    _ticket_figures()
    _sums()
    _dashboards()
    _ratings()
    _reports()


def _code(length: int) -> sa.types.TypeEngine[str]:
    plain = sa.String(length=length)
    return plain.with_variant(sa.String(length=length, collation="C"), "postgresql")


def _create_partial_index(table: str, name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    name = f"ix_{table}_{name}"
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _handovers() -> None:
    op.create_table(
        "sla_handover",
        sa.Column("from_id", NUMBER, sa.ForeignKey("sla_clock.id"), primary_key=True),
        sa.Column("to_id", NUMBER, sa.ForeignKey("sla_clock.id"), nullable=False),
    )
    op.create_index("ix_sla_handover_to_id", "sla_handover", ["to_id"])


def _ticket_figures() -> None:
    op.create_table(
        "ticket_figure",
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("category_id", NUMBER, nullable=False),
        sa.Column("team_id", NUMBER, nullable=False),
        sa.Column("technician_id", NUMBER, nullable=False),
        sa.Column("created_day", NUMBER, nullable=False),
        sa.Column("created_hour", NUMBER, nullable=False),
        sa.Column("responded_day", NUMBER),
        sa.Column("response_seconds", NUMBER),
        sa.Column("response_met", NUMBER),
        sa.Column("resolved_day", NUMBER),
        sa.Column("resolution_seconds", NUMBER),
        sa.Column("resolution_met", NUMBER),
        sa.Column("closed_day", NUMBER),
        sa.Column("reopened", NUMBER, nullable=False),
        sa.Column("escalated_day", NUMBER),
        sa.Column("rated_day", NUMBER),
        sa.Column("score", NUMBER),
        sa.Column("suggested", NUMBER, nullable=False),
        sa.Column("accepted", NUMBER, nullable=False),
        sa.Column("seconds_new", NUMBER),
        sa.Column("seconds_open", NUMBER),
        sa.Column("seconds_in_progress", NUMBER),
        sa.Column("seconds_awaiting", NUMBER),
    )
    for name in _DAYS:
        day = f"{name}_day"
        op.create_index(f"ix_ticket_figure_{day}", "ticket_figure", [day, "ticket_id"])
    _create_partial_index("ticket_figure", "open", ["created_day", "ticket_id"], "status < 5")
    for name, day in (("resolution", "resolved_day"), ("response", "responded_day")):
        seconds = f"{name}_seconds"
        op.create_index(f"ix_ticket_figure_{seconds}", "ticket_figure", [seconds, day])


def _sums() -> None:
    keys = ("slice", "first_id", "second_id", "day")
    op.create_table(
        "daily_figure",
        *(sa.Column(key, NUMBER, primary_key=True, autoincrement=False) for key in keys),
        *(sa.Column(name, NUMBER, nullable=False) for name in _SUMS),
        sa.Column("response_histogram", sa.LargeBinary()),
        sa.Column("resolution_histogram", sa.LargeBinary()),
    )
    _create_partial_index("daily_figure", "live", [*keys, *_COUNTED_LIVE], _LIVE)
    hour_keys = ("team_id", "day", "hour")
    op.create_table(
        "hourly_figure",
        *(sa.Column(key, NUMBER, primary_key=True, autoincrement=False) for key in hour_keys),
        sa.Column("created", NUMBER, nullable=False),
    )


def _dashboards() -> None:
    op.create_table(
        "own_dashboard",
        sa.Column("person_id", NUMBER, sa.ForeignKey("user.id"), primary_key=True),
        sa.Column("layout", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
    )
    op.create_table(
        "team_dashboard",
        sa.Column("team_id", NUMBER, sa.ForeignKey("team.id"), primary_key=True),
        sa.Column("layout", TEXT, nullable=False),
        sa.Column("author_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("at", MOMENT, nullable=False),
    )


def _ratings() -> None:
    op.create_table(
        "rating",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("round", NUMBER, nullable=False),
        sa.Column("score", NUMBER, nullable=False),
        sa.Column("reason", _code(14)),
        sa.Column("comment", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("changes", NUMBER, nullable=False),
        sa.UniqueConstraint("ticket_id", "round", name="uq_rating_ticket_id"),
    )


def _reports() -> None:
    op.create_table(
        "report_schedule",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("owner_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("settings", TEXT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT),
        sa.Column("problem", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
    )
    op.create_index("ix_report_schedule_next_at", "report_schedule", ["next_at"])
    op.create_table(
        "outbox_file",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "outbox_attachment",
        sa.Column("message_id", NUMBER, sa.ForeignKey("outbox_message.id"), primary_key=True),
        sa.Column("file_id", NUMBER, sa.ForeignKey("outbox_file.id"), nullable=False),
    )
    op.create_index("ix_outbox_attachment_file_id", "outbox_attachment", ["file_id"])
