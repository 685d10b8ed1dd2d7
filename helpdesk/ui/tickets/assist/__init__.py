# SPDX-License-Identifier: GPL-3.0-or-later
"""The assistant on a ticket: what is suggested, drafted, summed up and explained."""
