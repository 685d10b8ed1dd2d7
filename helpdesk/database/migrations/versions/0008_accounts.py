# SPDX-License-Identifier: GPL-3.0-or-later
"""Second factors, profiles, ways to sign in and back to an account, and the audit log."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()


def upgrade() -> None:
    """Make every table and index; accounts that are there are those of this desk."""
    op.add_column("user", sa.Column("origin", _code(5), nullable=False, server_default="local"))
    op.add_column("user", sa.Column("external_id", TEXT))
    op.create_index("ix_user_external_id", "user", ["origin", "external_id"], unique=True)
    op.drop_index("ix_user_full_name_folded", "user")
    listed = ["full_name_folded", "id", "username_folded", "email", "role", "active", "origin"]
    op.create_index("ix_user_listed", "user", listed)
    for name in ("source", "device"):
        op.add_column("session", sa.Column(name, TEXT, nullable=False, server_default=""))
    op.add_column("outbox_message", sa.Column("address", TEXT))
    _digest_names()
    _profiles()
    _second_factors()
    _ways_back()
    _audit()


def _code(length: int) -> sa.types.TypeEngine[str]:
    plain = sa.String(length=length)
    return plain.with_variant(sa.String(length=length, collation="C"), "postgresql")


def _person(*, primary_key: bool = False, nullable: bool = False) -> sa.Column[int]:
    person = sa.ForeignKey("user.id")
    return sa.Column("person_id", NUMBER, person, primary_key=primary_key, nullable=nullable)


def _digest_names() -> None:
    """Keep no name that was typed at sign-in in clear: it may have been a password."""
    failures = sa.table("sign_in_failure", sa.column("username_folded"))
    name, connection = failures.c.username_folded, op.get_bind()
    for typed in connection.execute(sa.select(name).distinct()).scalars().all():
        labelled = f"help desk sign-in name {typed}".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(labelled).hexdigest()
        connection.execute(failures.update().where(name == typed).values(username_folded=digest))


def _profiles() -> None:
    op.create_table(
        "person_profile",
        _person(primary_key=True),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("theme", _code(6)),
        sa.Column("density", _code(11)),
        sa.Column("lock_minutes", NUMBER, nullable=False),
        sa.Column("picture", sa.LargeBinary()),
    )


def _second_factors() -> None:
    op.create_table(
        "second_factor",
        _person(primary_key=True),
        sa.Column("secret", TEXT, nullable=False),
        sa.Column("replacement", TEXT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("last_step", NUMBER, nullable=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", TEXT, primary_key=True),
        _person(),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
    )
    op.create_index("ix_recovery_code_person_id", "recovery_code", ["person_id"])
    op.create_table(
        "pending_sign_in",
        sa.Column("token_hash", TEXT, primary_key=True),
        _person(),
        sa.Column("verified", TEXT),
        sa.Column("replacement", TEXT),
        sa.Column("device", TEXT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
    )
    op.create_index("ix_pending_sign_in_ends_at", "pending_sign_in", ["ends_at"])


def _ways_back() -> None:
    op.create_table(
        "reset_request",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name_folded", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        _person(nullable=True),
        sa.Column("code_hash", TEXT),
        sa.Column("verified", TEXT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
    )
    op.create_index("ix_reset_request_state", "reset_request", ["state", "id"])
    names = ["name_folded", "created_at"]
    op.create_index("ix_reset_request_name_folded", "reset_request", names)
    op.create_index("ix_reset_request_source", "reset_request", ["source", "created_at"])
    op.create_index("ix_reset_request_code_hash", "reset_request", ["code_hash"])
    op.create_index("ix_reset_request_person_id", "reset_request", ["person_id"])
    op.create_table(
        "single_sign_on_request",
        sa.Column("state_hash", TEXT, primary_key=True),
        sa.Column("nonce", TEXT, nullable=False),
        sa.Column("verifier", TEXT, nullable=False),
        sa.Column("redirect_uri", TEXT, nullable=False),
        sa.Column("device", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("anew", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
    )
    op.create_index("ix_single_sign_on_request_ends_at", "single_sign_on_request", ["ends_at"])


def _audit() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("action", _code(19), nullable=False),
        sa.Column("actor_id", NUMBER, sa.ForeignKey("user.id")),
        sa.Column("actor_name", TEXT, nullable=False),
        sa.Column("by_key", sa.Boolean(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("about", TEXT, nullable=False),
        sa.Column("about_id", NUMBER),
        sa.Column("about_name", TEXT, nullable=False),
        sa.Column("changes", TEXT, nullable=False),
        sa.Column("names_folded", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
    )
    op.create_index("ix_audit_entry_actor_id", "audit_entry", ["actor_id", "id"])
    op.create_index("ix_audit_entry_about", "audit_entry", ["about", "about_id", "id"])
    op.create_index("ix_audit_entry_action", "audit_entry", ["action", "id"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    found_by = ["id", "at", "action", "actor_id", "about", "about_id", "names_folded"]
    op.create_index("ix_audit_entry_found", "audit_entry", found_by)
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                sa.text(
                    f"CREATE TRIGGER audit_entry_no_{deed.lower()} BEFORE {deed} ON audit_entry"
                    " BEGIN SELECT raise(ABORT, 'audit entries are only added'); END"
                )
            )
        return
    op.execute(
        sa.text(
            "CREATE FUNCTION audit_entry_only_added() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'audit entries are only added'; END $$"
        )
    )
    op.execute(
        sa.text(
            "CREATE TRIGGER audit_entry_only_added BEFORE UPDATE OR DELETE ON audit_entry"
            " FOR EACH ROW EXECUTE FUNCTION audit_entry_only_added()"
        )
    )
    op.execute(
        sa.text(
            "CREATE TRIGGER audit_entry_not_emptied BEFORE TRUNCATE ON audit_entry"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_only_added()"
        )
    )
