# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of business hours: when time counts, and on which days it does not."""
