# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up desk to look at and to measure with: its people and two years of their tickets."""
