# SPDX-License-Identifier: GPL-3.0-or-later
"""The database: engine, transactions, schema, full-text search, backup."""

SCHEMA_VERSION = "0010"
"""The newest migration; a desk at another version is upgraded or refused."""
