# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of the schema, one Alembic revision a step."""
