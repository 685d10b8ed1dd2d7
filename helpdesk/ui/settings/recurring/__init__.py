# SPDX-License-Identifier: GPL-3.0-or-later
"""Recurring tickets in the settings, and the dialog that plans one."""
