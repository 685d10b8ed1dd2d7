# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure: what a ticket counts as, how durations are summed up, and what is to be expected."""
