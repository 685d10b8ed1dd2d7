# SPDX-License-Identifier: GPL-3.0-or-later
"""The small parts that every screen is made of."""
