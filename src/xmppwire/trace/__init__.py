"""Record what an engine does, replay it, and draw it as a ladder.

`record` gives an engine that writes a trace while it works; `replay` runs a trace through a new engine and compares;
`TextLadder`, `render_text` and `render_svg` draw one. All of it is pure: a trace is an iterable of lines.
"""

from __future__ import annotations

from .ladder import Ladder, Step, StepKind, steps
from .record import Recorder, Tape, record, record_connection, recorded_random
from .replay import Difference, Replay, replay
from .svg import draw_svg, render_svg
from .text import TextLadder, render_text
from .values import TraceError

__all__ = [
    "Difference",
    "Ladder",
    "Recorder",
    "Replay",
    "Step",
    "StepKind",
    "Tape",
    "TextLadder",
    "TraceError",
    "draw_svg",
    "record",
    "record_connection",
    "recorded_random",
    "render_svg",
    "render_text",
    "replay",
    "steps",
]
