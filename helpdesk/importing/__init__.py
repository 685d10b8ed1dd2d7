# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what other help desks export; pure, and without the network."""
