"""What in a figure cannot be read: text over text, and text over the border."""

import itertools

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def not_drawn(axes: Axes) -> set[Text]:
    """Texts of an axes that its settings or limits leave out."""
    if not axes.get_visible():
        return set(axes.findobj(Text))
    hidden = set()
    for axis in (axes.xaxis, axes.yaxis):
        shown = axes.axison and axis.get_visible()
        inside = axis._update_ticks() if shown else []
        hidden |= set() if shown else {axis.label, axis.offsetText}
        ticks = [each for each in (*axis.majorTicks, *axis.minorTicks) if each not in inside]
        hidden |= {label for each in ticks for label in (each.label1, each.label2)}
    return hidden


def texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that is drawn, and the box that it takes (pixels)."""
    figure.draw_without_rendering()
    hidden = set().union(*map(not_drawn, figure.axes))
    return [
        (text.get_text(), text.get_window_extent())
        for text in figure.findobj(Text)
        if text not in hidden and text.get_visible() and text.get_text().strip()
    ]


def illegible(figure: Figure) -> list[str]:
    """Texts that reach over the border by more than a pixel, and pairs of which one covers a fifth
    of the other's height or more."""
    found = texts(figure)
    width, height = figure.bbox.size
    outside = [
        f"{text!r} reaches over the border"
        for text, box in found
        if min(box.x0, box.y0) < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]
    return outside + [
        f"{one!r} and {other!r} overlap"
        for (one, a), (other, b) in itertools.combinations(found, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 2
        and min(a.y1, b.y1) - max(a.y0, b.y0) > 0.2 * min(a.height, b.height)
    ]
