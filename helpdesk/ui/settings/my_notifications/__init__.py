# SPDX-License-Identifier: GPL-3.0-or-later
"""How one is told of what: the matrix, quiet hours, the digest and the sound."""
