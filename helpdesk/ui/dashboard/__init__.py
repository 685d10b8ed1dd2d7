# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard: its cards, the grid they lie on, and how they are arranged."""
