# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the sound of urgent notifications, so that it is the program's own and can be made anew.

Two tones, a fourth apart, like a small bell: each is a few overtones that fade at their own pace.
"""

from __future__ import annotations

import array
import math
import sys
import wave
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).parent.parent / "resources/sounds/chime.wav"
_RATE: Final = 22_050
_SECONDS: Final = 0.9
_LOUDEST: Final = 0.5
"""Of what a loudspeaker can do: it is to be heard, not to startle."""
_STRIKES: Final = ((0.0, 880.0), (0.16, 1174.66))
"""When each tone begins, in seconds, and its pitch in hertz: A5 and D6."""
_OVERTONES: Final = ((1.0, 1.0, 5.0), (2.76, 0.35, 9.0), (5.4, 0.12, 16.0))
"""Pitch and loudness beside the tone's own, and how fast each fades: those of a struck bar."""
_ONSET: Final = 0.004
"""A tone that began at once would click."""


def main() -> int:
    """Write the file."""
    samples = [_sample(number / _RATE) for number in range(int(_RATE * _SECONDS))]
    loudest = max(map(abs, samples))
    scaled = array.array("h", (round(32_767 * _LOUDEST * each / loudest) for each in samples))
    if sys.byteorder == "big":
        scaled.byteswap()
    _FILE.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(_FILE), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(scaled.tobytes())
    return 0


def _sample(moment: float) -> float:
    """Return how far the air is moved at a moment."""
    fading_out = min(1.0, (_SECONDS - moment) / 0.05)
    return fading_out * sum(_tone(moment - begin, pitch) for begin, pitch in _STRIKES)


def _tone(age: float, pitch: float) -> float:
    if age < 0:
        return 0.0
    onset = min(1.0, age / _ONSET)
    return onset * sum(
        loudness * math.exp(-fading * age) * math.sin(2 * math.pi * pitch * above * age)
        for above, loudness, fading in _OVERTONES
    )


if __name__ == "__main__":
    sys.exit(main())
