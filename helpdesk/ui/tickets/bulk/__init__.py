# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to many tickets at once, with its progress and what was refused."""
