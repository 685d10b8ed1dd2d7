# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log as admins read it."""
