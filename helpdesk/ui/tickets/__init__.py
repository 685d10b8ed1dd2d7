# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts that the ticket tabs are made of."""
