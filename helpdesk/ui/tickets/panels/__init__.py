# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands beside a ticket: one panel for each thing, each loading what it shows."""
