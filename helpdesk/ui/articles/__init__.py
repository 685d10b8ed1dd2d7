# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts that the knowledge base's tab is made of."""
