# SPDX-License-Identifier: GPL-3.0-or-later
"""Talks to a language model, and keeps what it is told and what it says within bounds."""
