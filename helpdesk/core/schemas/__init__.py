# SPDX-License-Identifier: GPL-3.0-or-later
"""The frozen DTOs that cross from one layer to the next."""
