# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the assistant on labelled tickets: what it gets right, and that no attack works."""
