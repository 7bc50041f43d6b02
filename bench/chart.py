"""A bar chart as SVG: for each case a bar as long as its ratio, with a whisker from the least to the most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from bench.cases import importing

WIDTH = 800
LEFT = 230
RIGHT = 70
TOP = 58
ROW = 26
BAR = 14
STEPS = 5
USUAL_CLIENTS = 8
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}.m{fill:#57606a;font-size:12px}.b{fill:#3d7a5f}"
    ".w{stroke:#24292f;stroke-width:1.5}.g{stroke:#d0d7de}.one{stroke:#57606a;stroke-dasharray:4 3}"
    ".bg{fill:#fff}"
)


def svg(cases: Sequence[Mapping[str, Any]]) -> str:
    """The chart of those cases that have a ratio."""
    shown = [case for case in cases if case.get("ratio") is not None]
    most = max([1.0, *(float(case["ratio_max"]) for case in shown)])
    height = TOP + ROW * len(shown) + 34

    def x(ratio: float) -> float:
        return round(LEFT + ratio / most * (WIDTH - LEFT - RIGHT), 1)

    bottom = height - 30
    label = "Rates of the service over those of PostgreSQL itself"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">',
        f"<style>{STYLE}</style>",
        f'<rect class="bg" width="{WIDTH}" height="{height}"/>',
        '<text x="16" y="24">The service\'s rate over that of PostgreSQL doing the same work itself</text>',
        '<text class="m" x="16" y="42">Median of the rounds; the line reaches from the least to the most.</text>',
    ]
    for step in range(STEPS + 1):
        ratio = most * step / STEPS
        parts.append(f'<line class="g" x1="{x(ratio)}" x2="{x(ratio)}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(f'<text class="m" x="{x(ratio)}" y="{bottom + 18}" text-anchor="middle">{ratio:.2f}</text>')
    if most > 1:
        parts.append(f'<line class="one" x1="{x(1)}" x2="{x(1)}" y1="{TOP}" y2="{bottom}"/>')
    for place, case in enumerate(shown):
        y = TOP + ROW * place + (ROW - BAR) / 2
        ratio, least, best = (float(case[name]) for name in ("ratio", "ratio_min", "ratio_max"))
        middle = y + BAR / 2
        parts += [
            f'<text x="{LEFT - 10}" y="{y + BAR - 2}" text-anchor="end">{escape(title(case))}</text>',
            f'<rect class="b" x="{LEFT}" y="{y}" width="{round(x(ratio) - LEFT, 1)}" height="{BAR}" rx="2"/>',
            f'<line class="w" x1="{x(least)}" x2="{x(best)}" y1="{middle}" y2="{middle}"/>',
            f'<text x="{max(x(ratio), x(best)) + 8}" y="{y + BAR - 2}">{ratio:.2f}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def title(case: Mapping[str, Any]) -> str:
    """A case's name, with its clients where they aren't the usual ones."""
    usual = 1 if case["name"] in {importing.WHOLE, importing.BOOKING} else USUAL_CLIENTS
    if case["clients"] == usual:
        return str(case["name"])
    return f"{case['name']}, {case['clients']} client{'' if case['clients'] == 1 else 's'}"
