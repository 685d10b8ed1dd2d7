# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections of the settings, and what they are made of."""
