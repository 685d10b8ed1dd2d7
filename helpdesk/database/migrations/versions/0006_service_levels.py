# SPDX-License-Identifier: GPL-3.0-or-later
"""Service levels: business hours, clocks, rules, teams, notifications and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    """Make every table and index; clocks of tickets that are there are taken up by a job."""
    _hours_and_teams()
    op.add_column("user", sa.Column("away_until", MOMENT))
    _add_team()
    _clocks()
    _rules()
    _notifications()
    _outbox()


def _code(length: int) -> sa.types.TypeEngine[str]:
    plain = sa.String(length=length)
    return plain.with_variant(sa.String(length=length, collation="C"), "postgresql")


def _add_team() -> None:
    # Without moving a row: SQLite, too, lets a reference be added that may be empty.
    number = NUMBER.compile(op.get_bind().dialect)
    op.execute(
        sa.text(
            f"ALTER TABLE ticket ADD COLUMN team_id {number}"
            " CONSTRAINT fk_ticket_team_id_team REFERENCES team (id)"
        )
    )


def _hours_and_teams() -> None:
    op.create_table(
        "business_calendar",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("feeds", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
    )

    op.create_table(
        "calendar_revision",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("calendar_id", NUMBER, sa.ForeignKey("business_calendar.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("author_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("settings", TEXT, nullable=False),
        sa.Column("feed_days", TEXT, nullable=False),
    )
    op.create_index("ix_calendar_revision_calendar_id", "calendar_revision", ["calendar_id", "id"])

    op.create_table(
        "team",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("name_folded", TEXT, nullable=False),
        sa.Column("calendar_id", NUMBER, sa.ForeignKey("business_calendar.id")),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
    )
    op.create_index("ix_team_name_folded", "team", ["name_folded"])

    op.create_table(
        "team_member",
        sa.Column("team_id", NUMBER, sa.ForeignKey("team.id"), primary_key=True),
        sa.Column("user_id", NUMBER, sa.ForeignKey("user.id"), primary_key=True),
    )
    op.create_index("ix_team_member_user_id", "team_member", ["user_id"])


def _clocks() -> None:
    op.create_table(
        "sla_policy",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("calendar_id", NUMBER, sa.ForeignKey("business_calendar.id"), nullable=False),
        sa.Column("settings", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", NUMBER, sa.ForeignKey("user.id")),
    )

    op.create_table(
        "ticket_sla",
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("policy_id", NUMBER, sa.ForeignKey("sla_policy.id")),
        sa.Column("policy_version", NUMBER, nullable=False),
        sa.Column("next_kind", _code(14)),
        sa.Column("next_due", MOMENT, nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("escalation_level", NUMBER, nullable=False),
    )
    op.create_index("ix_ticket_sla_policy_id", "ticket_sla", ["policy_id"])

    op.create_table(
        "sla_segment",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT),
        sa.Column("state", _code(12), nullable=False),
        sa.Column("revision_id", NUMBER, sa.ForeignKey("calendar_revision.id")),
        sa.Column("cause", _code(9), nullable=False),
        sa.Column("actor_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("detail", TEXT, nullable=False),
    )
    op.create_index("ix_sla_segment_ticket_id", "sla_segment", ["ticket_id", "id"])

    op.create_table(
        "sla_clock",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("kind", _code(14), nullable=False),
        sa.Column("round", NUMBER, nullable=False),
        sa.Column("state", _code(9), nullable=False),
        sa.Column("target_seconds", NUMBER, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("next_step_at", MOMENT, nullable=False),
        sa.Column("missed_at", MOMENT),
        sa.Column("told_for", MOMENT),
        sa.Column("silent_for", MOMENT),
    )
    op.create_index("ix_sla_clock_next_step_at", "sla_clock", ["next_step_at"])
    op.create_index("ix_sla_clock_ticket_id", "sla_clock", ["ticket_id", "kind", "round"])


def _rules() -> None:
    op.create_table(
        "rule",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("trigger", _code(7), nullable=False),
        sa.Column("settings", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("fired", NUMBER, nullable=False),
        sa.Column("last_fired_at", MOMENT),
        sa.Column("turn_id", NUMBER, sa.ForeignKey("user.id")),
    )

    op.create_table(
        "rule_run",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("rule_id", NUMBER, sa.ForeignKey("rule.id"), nullable=False),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("clock_id", NUMBER, sa.ForeignKey("sla_clock.id")),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("outcome", _code(11), nullable=False),
        sa.Column("once", TEXT),
        sa.Column("detail", TEXT, nullable=False),
        sa.UniqueConstraint("once", name="uq_rule_run_once"),
    )
    op.create_index("ix_rule_run_at", "rule_run", ["at"])
    op.create_index("ix_rule_run_rule_id", "rule_run", ["rule_id", "id"])
    op.create_index("ix_rule_run_ticket_id", "rule_run", ["ticket_id", "id"])


def _notifications() -> None:
    op.create_table(
        "notification",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("person_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("happening", _code(16), nullable=False),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id")),
        sa.Column("actor_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("read", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_notification_at", "notification", ["at"])
    op.create_index("ix_notification_person_id", "notification", ["person_id", "id"])
    op.create_index("ix_notification_unread", "notification", ["person_id", "read", "urgent", "id"])

    op.create_table(
        "notification_choice",
        sa.Column("person_id", NUMBER, sa.ForeignKey("user.id"), primary_key=True),
        sa.Column("happening", _code(16), primary_key=True),
        sa.Column("app", sa.Boolean(), nullable=False),
        sa.Column("desktop", sa.Boolean(), nullable=False),
        sa.Column("mail", _code(6), nullable=False),
    )
    op.create_index("ix_notification_choice_happening", "notification_choice", ["happening"])

    op.create_table(
        "notification_setting",
        sa.Column("person_id", NUMBER, sa.ForeignKey("user.id"), primary_key=True),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", NUMBER, nullable=False),
        sa.Column("quiet_until", NUMBER, nullable=False),
        sa.Column("urgent_breaks_quiet", sa.Boolean(), nullable=False),
        sa.Column("digest_at", NUMBER, nullable=False),
        sa.Column("sound", sa.Boolean(), nullable=False),
        sa.Column("time_zone", TEXT, nullable=False),
        sa.Column("next_digest_at", MOMENT),
    )
    op.create_index(
        "ix_notification_setting_next_digest_at", "notification_setting", ["next_digest_at"]
    )


def _outbox() -> None:
    op.create_table(
        "chat_channel",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", _code(7), nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("last_posted_at", MOMENT),
        sa.Column("problem", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
    )

    op.create_table(
        "outbox_message",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("channel", _code(4), nullable=False),
        sa.Column("state", _code(7), nullable=False),
        sa.Column("person_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("chat_channel_id", NUMBER, sa.ForeignKey("chat_channel.id")),
        sa.Column("happening", _code(16)),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id")),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("for_staff", sa.Boolean(), nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("sent_at", MOMENT),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("doubts", NUMBER, nullable=False),
        sa.Column("problem", TEXT, nullable=False),
        sa.UniqueConstraint("key", name="uq_outbox_message_key"),
    )
    op.create_index("ix_outbox_message_person_id", "outbox_message", ["person_id", "state"])
    op.create_index("ix_outbox_message_state", "outbox_message", ["state", "next_try_at"])
    op.create_index("ix_outbox_message_state_created_at", "outbox_message", ["state", "created_at"])
    op.create_index("ix_outbox_message_state_id", "outbox_message", ["state", "id"])
    op.create_index("ix_outbox_message_ticket_id", "outbox_message", ["ticket_id", "id"])
