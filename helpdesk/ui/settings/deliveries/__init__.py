# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on its way out of the desk."""
