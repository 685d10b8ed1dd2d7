# SPDX-License-Identifier: GPL-3.0-or-later
"""How the window looks: theme and density."""
