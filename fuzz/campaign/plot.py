"""Plots over time, as SVG. The style sheet of the page (sim/page/page.css) defines the classes that the SVG uses."""

import html
import math

WIDTH, HEIGHT = 480, 220
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 26, 42
TICKS = 5  # approximate number of ticks on an axis


def step(most):
    """The distance between ticks on an axis from 0 to `most`: 1, 2 or 5 times a power of ten."""
    rough = most / TICKS
    power = 10 ** math.floor(math.log10(rough))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= rough)


def short(number):
    """A short form of the number: 1500000 gives "1.5 M"."""
    for least, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= least:
            return f"{number / least:g}{letter}"
    return f"{number:g}"


def ticks(most):
    distance = step(most)
    return [i * distance for i in range(math.floor(most / distance + 1e-9) + 1)]


class Linear:
    """A linear axis that starts at 0."""

    def __init__(self, values):
        self.most = max(max(values), 1e-3) * 1.05

    def share(self, value):
        return value / self.most

    def ticks(self):
        return ticks(self.most)


class Logarithmic:
    """A logarithmic axis between powers of ten. Values below 1 are drawn at 1."""

    def __init__(self, values):
        self.low = math.floor(math.log10(max(1, min(values))))
        self.high = max(self.low + 1, math.ceil(math.log10(max(1, max(values)))))

    def share(self, value):
        return (math.log10(max(10 ** self.low, value)) - self.low) / (self.high - self.low)

    def ticks(self):
        return [10 ** power for power in range(self.low, self.high + 1)]


def line_plot(title, x_name, series, axis=Linear):
    """Returns the SVG; empty if there are no points. `series`: a list of (number, name, points). The number selects
    the colour. The points (x, y) are not negative and ascend in x. `axis`: the kind of the y axis."""
    points = [point for _, _, some in series for point in some]
    if not points:
        return ""
    x_most = max(max(x for x, _ in points), 1e-3)
    y_axis = axis([y for _, y in points])

    def at(x, y):
        return (LEFT + (WIDTH - LEFT - RIGHT) * x / x_most,
                HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y_axis.share(y))

    svg = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img"><title>{html.escape(title)}</title>',
           f'<text x="{LEFT}" y="16">{html.escape(title)}</text>']
    for y in y_axis.ticks():
        _, down = at(0, y)
        svg.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{down:.1f}" y2="{down:.1f}"/>'
                   f'<text class="label" text-anchor="end" x="{LEFT - 8}" y="{down + 4:.1f}">{short(y)}</text>')
    for x in ticks(x_most):
        right, _ = at(x, 0)
        svg.append(f'<text class="label" text-anchor="middle" x="{right:.1f}" y="{HEIGHT - BOTTOM + 18}">'
                   f'{short(x)}</text>')
    svg.append(f'<text class="label" text-anchor="middle" x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 6}">'
               f'{html.escape(x_name)}</text>')
    for number, name, some in series:
        path = " ".join(f"{'L' if i else 'M'}{right:.1f} {down:.1f}"
                        for i, (right, down) in enumerate(at(x, y) for x, y in some))
        if path:
            right, down = at(*some[-1])
            svg.append(f'<path class="line s{number}" d="{path}"><title>{html.escape(name)}</title></path>'
                       f'<circle class="s{number}" cx="{right:.1f}" cy="{down:.1f}" r="3"/>')
    return "".join(svg) + "</svg>"
