# SPDX-License-Identifier: GPL-3.0-or-later
"""How people sign in by a directory, and what all who know the people of the desk are set up by."""
