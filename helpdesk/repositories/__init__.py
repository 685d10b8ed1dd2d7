# SPDX-License-Identifier: GPL-3.0-or-later
"""Every query of the program, scoped to what the actor may see."""
