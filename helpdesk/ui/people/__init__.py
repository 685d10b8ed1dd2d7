# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts, and the people of one's teams."""
