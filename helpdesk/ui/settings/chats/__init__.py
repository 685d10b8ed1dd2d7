# SPDX-License-Identifier: GPL-3.0-or-later
"""The chat channels that rules can post to."""
