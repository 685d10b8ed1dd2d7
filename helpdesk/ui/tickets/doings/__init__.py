# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with a ticket besides its fields and replies, one module for each."""
