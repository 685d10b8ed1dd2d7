# SPDX-License-Identifier: GPL-3.0-or-later
"""The clocks of a ticket on the screen: how each stands, and what every minute was counted for."""
