# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands around tickets: tags, links, files, fields, views, and what can be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    """Make every table and index."""
    _around()
    _origins()
    _files()
    _set_up()
    _done()
    urgency = ("priority", "status", "resolution_due")
    op.create_index("ix_ticket_team", "ticket", ["team_id", *urgency, "id"])


def _code(length: int) -> sa.types.TypeEngine[str]:
    plain = sa.String(length=length)
    return plain.with_variant(sa.String(length=length, collation="C"), "postgresql")


def _around() -> None:
    op.create_table(
        "tag",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("name_folded", TEXT, nullable=False),
    )
    op.create_index("ix_tag_name_folded", "tag", ["name_folded"], unique=True)
    op.create_table(
        "ticket_tag",
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("tag_id", NUMBER, sa.ForeignKey("tag.id"), primary_key=True),
    )
    op.create_index("ix_ticket_tag_tag_id", "ticket_tag", ["tag_id", "ticket_id"])
    op.create_table(
        "watcher",
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("person_id", NUMBER, sa.ForeignKey("user.id"), primary_key=True),
        sa.Column("added_by_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_watcher_person_id", "watcher", ["person_id", "ticket_id"])
    op.create_table(
        "ticket_link",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("from_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("to_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("kind", _code(10), nullable=False),
        sa.Column("by_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index(
        "ix_ticket_link_from_id", "ticket_link", ["from_id", "to_id", "kind"], unique=True
    )
    op.create_index("ix_ticket_link_to_id", "ticket_link", ["to_id"])
    op.create_table(
        "ticket_merge",
        sa.Column("merged_id", NUMBER, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("survivor_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("by_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("watchers", TEXT, nullable=False),
    )
    op.create_index("ix_ticket_merge_survivor_id", "ticket_merge", ["survivor_id"])
    op.create_table(
        "snooze",
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("until", MOMENT),
        sa.Column("until_reply", sa.Boolean(), nullable=False),
        sa.Column("by_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_snooze_until", "snooze", ["until"])
    op.create_table(
        "ticket_task",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("done_at", MOMENT),
        sa.Column("done_by_id", NUMBER, sa.ForeignKey("user.id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ticket_task_ticket_id", "ticket_task", ["ticket_id", "position"])
    op.create_table(
        "time_entry",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("person_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("seconds", NUMBER, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_time_entry_person_id", "time_entry", ["person_id", "ended_at"])
    running = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_time_entry_running",
        "time_entry",
        ["person_id"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_index("ix_time_entry_ticket_id", "time_entry", ["ticket_id", "id"])
    op.create_table(
        "presence",
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("person_id", NUMBER, sa.ForeignKey("user.id"), primary_key=True),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("typing_at", MOMENT),
    )
    op.create_index("ix_presence_seen_at", "presence", ["seen_at"])


def _origins() -> None:
    op.create_table(
        "ticket_origin",
        sa.Column("source", TEXT, primary_key=True),
        sa.Column("ref", TEXT, primary_key=True),
        sa.Column("ticket_id", NUMBER, nullable=False),
    )


def _files() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id")),
        sa.Column("comment_id", NUMBER, sa.ForeignKey("comment.id")),
        sa.Column("owner_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("sha256", TEXT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("completed_at", MOMENT),
        sa.Column("internal", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("said", TEXT),
        sa.Column("trashed_id", NUMBER),
    )
    op.create_index("ix_attachment_comment_id", "attachment", ["comment_id"])
    op.create_index("ix_attachment_created_at", "attachment", ["created_at"])
    op.create_index("ix_attachment_key", "attachment", ["key"], unique=True)
    op.create_index("ix_attachment_owner_id", "attachment", ["owner_id", "ticket_id"])
    op.create_index("ix_attachment_ticket_id", "attachment", ["ticket_id"])
    op.create_table(
        "attachment_piece",
        sa.Column("attachment_id", NUMBER, sa.ForeignKey("attachment.id"), primary_key=True),
        sa.Column("position", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )


def _set_up() -> None:
    op.create_table(
        "custom_field",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("help", TEXT, nullable=False),
        sa.Column("kind", _code(6), nullable=False),
        sa.Column("options", TEXT, nullable=False),
        sa.Column("category_ids", TEXT, nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("staff_only", sa.Boolean(), nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("version", NUMBER, nullable=False),
    )
    op.create_index("ix_custom_field_key", "custom_field", ["key"], unique=True)
    op.create_table(
        "ticket_field",
        sa.Column("ticket_id", NUMBER, sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("field_id", NUMBER, sa.ForeignKey("custom_field.id"), primary_key=True),
        sa.Column("value", TEXT, nullable=False),
    )
    op.create_index("ix_ticket_field_value", "ticket_field", ["field_id", "value", "ticket_id"])
    op.create_table(
        "ticket_template",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("description", TEXT, nullable=False),
        sa.Column("category_id", NUMBER, sa.ForeignKey("category.id")),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("fields", TEXT, nullable=False),
        sa.Column("staff_only", sa.Boolean(), nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("version", NUMBER, nullable=False),
    )
    op.create_table(
        "macro",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("folder", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("name_folded", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("actions", TEXT, nullable=False),
        sa.Column("shared", _code(7), nullable=False),
        sa.Column("owner_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("team_id", NUMBER, sa.ForeignKey("team.id")),
        sa.Column("used", NUMBER, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
    )
    op.create_index("ix_macro_folder", "macro", ["folder", "name_folded"])
    op.create_table(
        "saved_view",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("query", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("shared", _code(7), nullable=False),
        sa.Column("owner_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("team_id", NUMBER, sa.ForeignKey("team.id")),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("removed_at", MOMENT),
    )
    op.create_index("ix_saved_view_owner_id", "saved_view", ["owner_id"])
    op.create_table(
        "view_pin",
        sa.Column("person_id", NUMBER, sa.ForeignKey("user.id"), primary_key=True),
        sa.Column("view_id", NUMBER, sa.ForeignKey("saved_view.id"), primary_key=True),
        sa.Column("position", NUMBER, nullable=False),
    )
    op.create_table(
        "recurrence",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("description", TEXT, nullable=False),
        sa.Column("category_id", NUMBER, sa.ForeignKey("category.id")),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("requester_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("assignee_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("team_id", NUMBER, sa.ForeignKey("team.id")),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("tasks", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("time_zone", TEXT, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT),
        sa.Column("last_ticket_id", NUMBER, sa.ForeignKey("ticket.id")),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("version", NUMBER, nullable=False),
    )
    op.create_index("ix_recurrence_next_at", "recurrence", ["active", "next_at"])


def _done() -> None:
    op.create_table(
        "deed",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("actor_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", _code(6), nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("tickets", NUMBER, nullable=False),
        sa.Column("undone_at", MOMENT),
        sa.Column("undo_reached", NUMBER, nullable=False),
        sa.Column("redo_reached", NUMBER, nullable=False),
    )
    op.create_index("ix_deed_actor_id", "deed", ["actor_id", "id"])
    op.create_index("ix_deed_at", "deed", ["at"])
    op.create_table(
        "deed_step",
        sa.Column("deed_id", NUMBER, sa.ForeignKey("deed.id"), primary_key=True),
        sa.Column("ticket_id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("before", TEXT, nullable=False),
        sa.Column("after", TEXT, nullable=False),
        sa.Column("back", TEXT, nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("moments", TEXT, nullable=False),
    )
    op.create_index("ix_deed_step_ticket_id", "deed_step", ["ticket_id"])
    op.create_table(
        "trashed_ticket",
        sa.Column("ticket_id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("requester_id", NUMBER, sa.ForeignKey("user.id"), nullable=False),
        sa.Column("deleted_by_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("deleted_at", MOMENT, nullable=False),
        sa.Column("content", TEXT, nullable=False),
    )
    op.create_index("ix_trashed_ticket_deleted_at", "trashed_ticket", ["deleted_at"])
