"""Draws bars on a logarithmic axis as SVG by hand; legible on light and on dark grounds."""

from collections.abc import Mapping
from math import log10

_COLOURS = ("#3b82c4", "#e08a3c")
_ROW, _LEFT, _WIDTH, _BAR = 42, 190, 470, 15
_TOP = 62
_WHOLE = 10
_STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #444c56 }
.title { font-size: 15px; font-weight: 600 }
.axis { stroke: #8b949e; stroke-opacity: .35 }
@media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } }
</style>"""


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE else f"{value:.2g}"


def bars(title: str, groups: Mapping[str, Mapping[str, float]], own: str) -> str:
    """Draw one row a name with one bar a group; `own` is set in bold."""
    first = next(iter(groups.values()))
    names = sorted(first, key=lambda name: -first[name])
    values = [value for group in groups.values() for value in group.values()]
    low, high = int(log10(min(values)) // 1), int(log10(max(values)) // 1) + 1
    height = _TOP + _ROW * len(names) + 8

    def reach(value: float) -> float:
        return _WIDTH * (log10(value) - low) / (high - low)

    width = _LEFT + _WIDTH + 90
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">',
        _STYLE,
        f'<text class="title" x="{_LEFT}" y="18">{title}</text>',
    ]
    for place, (group, colour) in enumerate(zip(groups, _COLOURS, strict=False)):
        x = _LEFT + 90 * place
        parts.append(f'<rect x="{x}" y="29" width="12" height="12" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="{x + 18}" y="40">{group}</text>')
    for power in range(low, high + 1):
        line = _LEFT + reach(10.0**power)
        parts.append(f'<path class="axis" d="M{line:.0f} {_TOP - 12}V{height - 8}"/>')
    for row, name in enumerate(names):
        y = _TOP + row * _ROW
        weight = ' font-weight="700"' if name == own else ""
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 20}" text-anchor="end"{weight}>{name}</text>')
        for place, (group, colour) in enumerate(zip(groups, _COLOURS, strict=False)):
            value = groups[group].get(name)
            if value:
                at = y + place * (_BAR + 2)
                length = max(reach(value), 1)
                beside = f'x="{_LEFT + length + 6:.0f}" y="{at + 12}"{weight}'
                parts.append(
                    f'<rect x="{_LEFT}" y="{at}" width="{length:.1f}" height="{_BAR}" '
                    f'rx="2" fill="{colour}"/>'
                    f"<text {beside}>{_shown(value)}</text>"
                )
    return "\n".join([*parts, "</svg>\n"])
