"""Draws a ladder as SVG: client on the left, server on the right, an arrow with its element for each step.

The stretch inside TLS is shaded. The picture stands alone (no fonts, scripts or style sheets from elsewhere), has a light
background of its own, and is about 900 units wide.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from .labels import brief, printable
from .ladder import Step, StepKind, steps

WIDTH = 900
_TIME = 74
"""Right edge of the column of times."""
_LEFT, _RIGHT = 100, 868
_ROW = 46
_NOTE_ROW = 34
_TOP = 96
_LABEL, _CODE = 96, 110
"""Characters that fit between the rails, in the fonts of label and element."""

_STYLE = """
text { font-family: "DejaVu Sans", Verdana, Arial, sans-serif; fill: #1d2733; }
.title { font-size: 17px; font-weight: bold; }
.end { font-size: 14px; font-weight: bold; text-anchor: middle; }
.time { font-size: 11px; fill: #66717d; text-anchor: end; }
.label { font-size: 13px; }
.code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 11px; fill: #4a5866; }
.note { font-size: 12px; font-style: italic; fill: #3f4b57; text-anchor: middle; }
.tls { font-size: 12px; font-weight: bold; fill: #2d5f3f; text-anchor: middle; }
.rail { stroke: #8c98a4; stroke-width: 2; }
.out { stroke: #1f5fa8; stroke-width: 1.6; }
.in { stroke: #9a4a12; stroke-width: 1.6; }
""".strip()

_DEFS = (
    '<defs><marker id="out" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
    '<path d="M0,0 L9,4 L0,8 z" fill="#1f5fa8"/></marker>'
    '<marker id="in" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
    '<path d="M0,0 L9,4 L0,8 z" fill="#9a4a12"/></marker></defs>'
)


def render_svg(lines: Iterable[str], *, title: str | None = None) -> str:
    """The ladder of a whole trace as an SVG document. `title` replaces the trace's label. Raises TraceError."""
    return draw_svg(list(steps(lines)), title=title)


def draw_svg(drawn: Iterable[Step], *, title: str | None = None) -> str:
    """The same from steps."""
    body: list[str] = []
    shades: list[str] = []
    y = _TOP
    tls_from: int | None = None
    head = title
    for step in drawn:
        if step.kind is StepKind.TITLE:
            head = head or step.label
            continue
        if step.kind is StepKind.TLS:
            if tls_from is not None:
                shades.append(_shade(tls_from, y))
            tls_from = y
        body.append(_text(_TIME, y + 24, "time", f"{step.time:.3f} s"))
        match step.kind:
            case StepKind.TO_SERVER | StepKind.TO_CLIENT:
                body.extend(_arrow(step, y))
                y += _ROW
            case StepKind.TLS:
                body.append(_text((_LEFT + _RIGHT) // 2, y + 24, "tls", f"TLS: {step.label}"))
                y += _NOTE_ROW
            case _:
                body.append(_text((_LEFT + _RIGHT) // 2, y + 24, "note", brief(step.label, _LABEL)))
                y += _NOTE_ROW
        if step.kind is StepKind.END and tls_from is not None:
            shades.append(_shade(tls_from, y))
            tls_from = None
    if tls_from is not None:
        shades.append(_shade(tls_from, y))
    return _document(head or "XMPP stream", y + 16, [*shades, *_rails(y), *body])


def _document(title: str, height: int, body: list[str]) -> str:
    title = printable(title)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height + 16}" '
            f'viewBox="0 0 {WIDTH} {height + 16}" role="img" aria-label={quoteattr(title)}>',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            _DEFS,
            f'<rect width="{WIDTH}" height="{height + 16}" fill="#fdfdfb"/>',
            _text(24, 34, "title", brief(title, 80)),
            _text(_LEFT, 72, "end", "client"),
            _text(_RIGHT - 14, 72, "end", "server"),
            *body,
            "</svg>\n",
        ]
    )


def _rails(bottom: int) -> list[str]:
    return [f'<line class="rail" x1="{x}" y1="80" x2="{x}" y2="{bottom + 8}"/>' for x in (_LEFT, _RIGHT)]


def _shade(top: int, bottom: int) -> str:
    return (
        f'<rect x="{_LEFT}" y="{top + 6}" width="{_RIGHT - _LEFT}" height="{bottom - top - 6}" fill="#e3f1e6" '
        'stroke="#b9d8c1"/>'
    )


def _arrow(step: Step, y: int) -> list[str]:
    out = step.kind is StepKind.TO_SERVER
    start, end = (_LEFT + 2, _RIGHT - 3) if out else (_RIGHT - 2, _LEFT + 3)
    kind = "out" if out else "in"
    parts = [
        _text(_LEFT + 20, y + 18, "label", brief(step.label, _LABEL)),
        f'<line class="{kind}" x1="{start}" y1="{y + 24}" x2="{end}" y2="{y + 24}" marker-end="url(#{kind})"/>',
    ]
    if step.xml:
        parts.append(_text(_LEFT + 20, y + 38, "code", brief(step.xml, _CODE)))
    return parts


def _text(x: int, y: int, kind: str, content: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" xml:space="preserve">{escape(content)}</text>'
