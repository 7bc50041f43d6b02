"""Charts drawn as SVG: no dependency, no script, no font of its own.

Colours are Okabe and Ito's, which people who see few colours tell apart, on light and on dark; where dark is wanted, a
style sheet within the picture turns ground and text. What is drawn stands in the description too, so that nobody needs
to see it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from xml.sax import saxutils

from farthing.formats.tables.chart import Chart, Series, Shape

WIDTH, HEIGHT = 880, 440
LEFT, RIGHT, TOP, BOTTOM = 96, 24, 84, 52
BAR_HEIGHT, BAR_GAP, BAR_LABELS = 20, 10, 230
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
GROUND, INK, FAINT, RULE = "#ffffff", "#1f2328", "#59636e", "#d1d9e0"
DARK_GROUND, DARK_INK, DARK_FAINT, DARK_RULE = "#0d1117", "#f0f6fc", "#9198a1", "#3d444d"
DARK_COLOURS = ("#56b4e9", "#e8804a", "#2fc79a", "#dd9cc0", "#f0b840", "#9ad4f5")
FONT = "system-ui, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif"
MOST_LABELS = 12
MOST_BARS = 20
MOST_COLUMNS = 60
MOST_DESCRIBED = 40
LONGEST_LABEL = 30
LONGEST_TITLE = 90
TICKS = 5
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def draw(chart: Chart) -> bytes:
    """The chart as a picture that scales."""
    drawn = _bars(chart) if chart.shape is Shape.BARS else _along_time(chart)
    height, marks = drawn
    style = "".join(
        [
            "@media (prefers-color-scheme: dark){",
            f".ground{{fill:{DARK_GROUND}}}.ink{{fill:{DARK_INK}}}.faint{{fill:{DARK_FAINT}}}",
            f".rule{{stroke:{DARK_RULE}}}.zero{{stroke:{DARK_FAINT}}}",
            *(f".s{n}{{fill:{colour}}}.l{n}{{stroke:{colour}}}" for n, colour in enumerate(DARK_COLOURS)),
            "}",
        ]
    )
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    told = 'role="img" aria-labelledby="chart-title chart-description"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {told} font-family="{FONT}" font-size="13">',
        f'<title id="chart-title">{escape(chart.title)}</title>',
        f'<desc id="chart-description">{escape(_described(chart))}</desc>',
        f"<style>{style}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" fill="{GROUND}"/>',
        _text(24, 32, _cut(chart.title, LONGEST_TITLE), size=18, weight=600),
        *_legend(chart),
        *marks,
    ]
    if chart.note:
        parts.append(_text(WIDTH - RIGHT, height - 10, chart.note, anchor="end", size=11, faint=True))
    return ("\n".join(parts) + "\n</svg>\n").encode()


def _legend(chart: Chart) -> Iterator[str]:
    yield _text(24, 57, f"in {chart.unit}", faint=True)
    if len(chart.series) < 2:  # noqa: PLR2004 - one needs no telling apart
        return
    right = 24 + 8 * (len(chart.unit) + 3) + 24
    for place, series in enumerate(chart.series):
        yield f'<rect class="s{place}" x="{right}" y="46" width="12" height="12" rx="2" fill="{COLOURS[place]}"/>'
        yield _text(right + 18, 57, _cut(series.name, LONGEST_LABEL), faint=True)
        right += 18 + 8 * min(len(series.name), LONGEST_LABEL) + 20


def _along_time(chart: Chart) -> tuple[int, Iterator[str]]:
    return HEIGHT, _time_marks(chart)


def _time_marks(chart: Chart) -> Iterator[str]:
    figures = [figure for series in chart.series for figure in series.figures]
    low, high, step = _scale(min(figures, default=Decimal(0)), max(figures, default=Decimal(0)))
    span = high - low
    tall, wide = HEIGHT - TOP - BOTTOM, WIDTH - LEFT - RIGHT

    def y(figure: float) -> float:
        return TOP + tall * (high - figure) / span

    tick = low
    while tick <= high + step / 2:
        is_zero = abs(tick) < step / 1000
        colour, kind = (FAINT, "zero") if is_zero else (RULE, "rule")
        yield (
            f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" '
            f'stroke="{colour}" stroke-width="1"/>'
        )
        yield _text(LEFT - 10, y(tick) + 4, _figure(tick, step), anchor="end", faint=True)
        tick += step
    places = max(len(chart.labels), 1)
    slot = wide / places
    every = math.ceil(places / MOST_LABELS)
    for place, label in enumerate(chart.labels):
        if place % every == 0:
            yield _text(LEFT + slot * (place + 0.5), HEIGHT - BOTTOM + 22, _cut(label, 12), anchor="middle", faint=True)
    if chart.shape is Shape.COLUMNS and places <= MOST_COLUMNS:
        yield from _columns(chart, slot, y)
    else:
        yield from _lines(chart, slot, y)


def _columns(chart: Chart, slot: float, y: Callable[[float], float]) -> Iterator[str]:
    count = max(len(chart.series), 1)
    wide = min(slot * 0.76 / count, 44)
    for number, series in enumerate(chart.series):
        for place, figure in enumerate(series.figures):
            top, foot = sorted((y(float(figure)), y(0.0)))
            left = LEFT + slot * (place + 0.5) + wide * (number - count / 2)
            yield (
                f'<rect class="s{number}" x="{left + wide * 0.04:.1f}" y="{top:.1f}" width="{wide * 0.92:.1f}" '
                f'height="{max(foot - top, 0):.1f}" fill="{COLOURS[number]}">'
                f"<title>{escape(_told(chart, series, place))}</title></rect>"
            )


def _lines(chart: Chart, slot: float, y: Callable[[float], float]) -> Iterator[str]:
    for number, series in reversed(list(enumerate(chart.series))):
        points = [
            f"{LEFT + slot * (place + 0.5):.1f},{y(float(figure)):.1f}" for place, figure in enumerate(series.figures)
        ]
        if not points:
            continue
        if number == 0 and chart.shape is Shape.AREA and len(points) > 1:
            first, last = points[0].partition(",")[0], points[-1].partition(",")[0]
            yield (
                f'<polygon class="s0" points="{first},{y(0.0):.1f} {" ".join(points)} {last},{y(0.0):.1f}" '
                f'fill="{COLOURS[0]}" fill-opacity="0.15"/>'
            )
        yield (
            f'<polyline class="l{number}" points="{" ".join(points)}" fill="none" stroke="{COLOURS[number]}" '
            'stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round"/>'
        )
        if len(points) <= MOST_COLUMNS:
            for place, point in enumerate(points):
                x, _, height = point.partition(",")
                yield (
                    f'<circle class="s{number}" cx="{x}" cy="{height}" r="3.5" fill="{COLOURS[number]}">'
                    f"<title>{escape(_told(chart, series, place))}</title></circle>"
                )


def _bars(chart: Chart) -> tuple[int, Iterator[str]]:
    shown = len(chart.labels[:MOST_BARS])
    each = BAR_GAP + BAR_HEIGHT * max(len(chart.series), 1)
    return TOP + max(shown, 1) * each + (BOTTOM if chart.note else 28), _bar_marks(chart, each)


def _bar_marks(chart: Chart, each: int) -> Iterator[str]:
    left, wide = BAR_LABELS + 24, WIDTH - BAR_LABELS - 24 - RIGHT - 90
    shown = [series.figures[:MOST_BARS] for series in chart.series]
    figures = [float(figure) for some in shown for figure in some]
    low, high = min(0.0, *figures, 0.0), max(0.0, *figures, 0.0)
    span = (high - low) or 1.0
    zero = left + wide * -low / span
    for place, label in enumerate(chart.labels[:MOST_BARS]):
        top = TOP + place * each
        middle = top + (each - BAR_GAP) / 2 + 4
        yield _text(BAR_LABELS + 12, middle, _cut(label, LONGEST_LABEL), anchor="end")
        for number, series in enumerate(chart.series):
            figure = float(series.figures[place])
            long = wide * abs(figure) / span
            start = zero if figure >= 0 else zero - long
            yield (
                f'<rect class="s{number}" x="{start:.1f}" y="{top + number * BAR_HEIGHT + 1}" '
                f'width="{max(long, 1):.1f}" height="{BAR_HEIGHT - 2}" rx="2" fill="{COLOURS[number]}">'
                f"<title>{escape(_told(chart, series, place))}</title></rect>"
            )
            end = start + max(long, 1) if figure >= 0 else zero
            yield _text(
                end + 8, top + (number + 0.5) * BAR_HEIGHT + 4, _exactly(series.figures[place]), size=12, faint=True
            )
    if low < 0:
        foot = TOP + len(chart.labels[:MOST_BARS]) * each
        yield (
            f'<line class="zero" x1="{zero:.1f}" x2="{zero:.1f}" y1="{TOP - 6}" y2="{foot}" stroke="{FAINT}" '
            'stroke-width="1"/>'
        )


def _scale(lowest: Decimal, highest: Decimal) -> tuple[float, float, float]:
    """Where the axis begins and ends, and how far its marks are apart: 1, 2, 2.5 or 5 of some power of ten."""
    low, high = min(float(lowest), 0.0), max(float(highest), 0.0)
    if low == high:
        high = 1.0
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * 0.999)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step


def _figure(figure: float, step: float) -> str:
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) + (1 if step / 10 ** math.floor(math.log10(step)) % 1 else 0)
    if step >= 1:
        digits = 0 if step % 1 == 0 else 1
    return f"{0.0 if abs(figure) < step / 1000 else figure:,.{digits}f}".replace("-", "\u2212")


def _exactly(figure: Decimal) -> str:
    return f"{figure:,f}".replace("-", "\u2212")


def _told(chart: Chart, series: Series, place: int) -> str:
    return f"{chart.labels[place]}, {series.name}: {_exactly(series.figures[place])} {chart.unit}"


def _described(chart: Chart) -> str:
    """What is drawn, in words: all of it, if that isn't too much to listen to."""
    said = [f"{chart.title}, in {chart.unit}."]
    for series in chart.series:
        told = [
            f"{label} {_exactly(figure)}"
            for label, figure in zip(chart.labels[:MOST_DESCRIBED], series.figures, strict=False)
        ]
        more = len(chart.labels) - MOST_DESCRIBED
        said.append(f"{series.name}: {'; '.join(told)}{f'; and {more} more' if more > 0 else ''}.")
    return " ".join([*said, chart.note]).strip()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, weight: int = 400, faint: bool = False
) -> str:
    kind, colour = ("faint", FAINT) if faint else ("ink", INK)
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}" fill="{colour}">{escape(text)}</text>'
    )


def escape(text: str) -> str:
    """Text that is no markup, without the characters that XML 1.0 can't have."""
    return saxutils.escape(_UNSPEAKABLE.sub("\ufffd", text))
