# SPDX-License-Identifier: GPL-3.0-or-later
"""Learns labels of texts one text at a time: softmax regression with AdaGrad, in plain Python.

It knows nothing of tables: it works on the rows of weights that a text meets, wherever they are
kept. A row has one weight for each label it has ever met, and one sum of squared steps.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from helpdesk.assistant.features import BIAS

_RATE = 1.0
_LEAST_SHARE = 0.002
"""A label that hardly comes into question is not pushed away further: rows stay short."""
_STEPS_OF_CORRECTION = 5
_HEAD, _PAIR = struct.Struct("<f"), struct.Struct("<If")

Vector = Mapping[int, float]


@dataclass(slots=True)
class Row:
    """What is learnt for one bucket: a weight for each label."""

    squares: float = 0.0
    weights: dict[int, float] = field(default_factory=dict)

    def packed(self) -> bytes:
        """Return it as bytes: the squares, then labels with their weights."""
        pairs = (_PAIR.pack(label, weight) for label, weight in sorted(self.weights.items()))
        return _HEAD.pack(self.squares) + b"".join(pairs)

    @classmethod
    def unpacked(cls, data: bytes) -> Row:
        """Return the row of some bytes; an empty one for what is none."""
        if len(data) % _PAIR.size != _HEAD.size:
            return cls()
        (squares,) = _HEAD.unpack_from(data)
        return cls(squares, dict(_PAIR.iter_unpack(data[_HEAD.size :])))


class Classifier:
    """Says how likely each label is, and learns from the right one."""

    def __init__(self, rows: dict[int, Row]) -> None:
        """Work on rows by their buckets; those of words never met are added."""
        self.rows = rows

    def shares(self, vector: Vector) -> dict[int, float]:
        """Return how likely each label is, together 1; nothing before anything is learnt."""
        sums: dict[int, float] = {}
        for bucket, value in vector.items():
            row = self.rows.get(bucket)
            if row is not None:
                for label, weight in row.weights.items():
                    sums[label] = sums.get(label, 0.0) + weight * value
        if not sums:
            return {}
        highest = max(sums.values())
        powers = {label: math.exp(total - highest) for label, total in sums.items()}
        whole = sum(powers.values())
        return {label: power / whole for label, power in powers.items()}

    def learn(self, vector: Vector, label: int) -> None:
        """Make one step towards a label."""
        self._row(BIAS).weights.setdefault(label, 0.0)
        errors = {
            other: share - (other == label)
            for other, share in self.shares(vector).items()
            if share > _LEAST_SHARE or other == label
        }
        size = sum(error * error for error in errors.values())
        for bucket, value in vector.items():
            row = self._row(bucket)
            row.squares += size * value * value
            step = _RATE * value / math.sqrt(row.squares + 1e-8)
            for other, error in errors.items():
                row.weights[other] = row.weights.get(other, 0.0) - step * error

    def correct(self, vector: Vector, label: int, wrong: int) -> None:
        """Learn a label in the place of a wrong one: steps until it is the likelier of both."""
        for _ in range(_STEPS_OF_CORRECTION):
            self.learn(vector, label)
            shares = self.shares(vector)
            if shares[label] > shares.get(wrong, 0.0):
                return

    def _row(self, bucket: int) -> Row:
        return self.rows.setdefault(bucket, Row())
