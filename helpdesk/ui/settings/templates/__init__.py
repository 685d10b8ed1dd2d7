# SPDX-License-Identifier: GPL-3.0-or-later
"""Where admins set up what new tickets can begin with."""
