"""Boxes, frames, lines and text, as SVG."""

import xml.etree.ElementTree as ElementTree
from typing import Literal

from modules.picture.facts import Block, Kind

INK, QUIET_INK = "#1f2933", "#4a5568"
COLOURS: dict[Kind, tuple[str, str]] = {
    "network": ("#f0ebfa", "#6b3fa0"),
    "compute": ("#fdf0e3", "#b45309"),
    "data": ("#e8f0fb", "#1f5fa8"),
    "storage": ("#eaf5ea", "#2e7d32"),
    "security": ("#fbeaec", "#b3263a"),
    "watching": ("#fbe9f4", "#a8287b"),
    "outside": ("#f4f5f7", "#4a5568"),
}
"""Of the box, and of its border and title."""
FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
TEXT_SIZE = 12
LINE_HEIGHT = 16
PADDING = 8
LETTER = {False: 0.58, True: 0.66}
"""A letter's width, plain and bold, against the font's size: on average, in the widest of the fonts."""


def width_of(text: str, *, bold: bool = False) -> float:
    return len(text) * TEXT_SIZE * LETTER[bold]


def broken(text: str, width: float) -> list[str]:
    """The text in lines that are no wider, broken between words."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def height_of(block: Block | None, width: float) -> float:
    """What a box of this width needs; nothing for no box."""
    return (1 + len(_lines(block, width))) * LINE_HEIGHT + 10 if block else 0


def _lines(block: Block, width: float) -> list[str]:
    return [part for line in block.lines for part in broken(line, width - 2 * PADDING)]


class Canvas:
    """What is drawn later covers what was drawn before."""

    def __init__(self, title: str) -> None:
        self._svg = ElementTree.Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
        self._svg.set("font-family", FONTS)
        self._svg.set("font-size", str(TEXT_SIZE))
        self._add("title").text = title
        marker = ElementTree.SubElement(self._add("defs"), "marker", id="head", viewBox="0 0 10 10", refX="9", refY="5")
        marker.attrib |= {"markerWidth": "7", "markerHeight": "7", "orient": "auto"}
        ElementTree.SubElement(marker, "path", d="M0 0 10 5 0 10z", fill=QUIET_INK)
        # Pages with a dark theme show it on their own ground.
        self._add("rect", width="100%", height="100%", fill="#ffffff")

    def frame(self, x: float, y: float, width: float, height: float, *, stroke: str, fill: str = "none") -> None:
        self._add("rect", x=x, y=y, width=width, height=height, rx=6, fill=fill, stroke=stroke)

    def box(self, x: float, y: float, width: float, block: Block, height: float = 0) -> None:
        """A box with a title and lines, as high as it needs to be or as it is told."""
        fill, ink = COLOURS[block.kind]
        height = height or height_of(block, width)
        self.frame(x, y, width, height, stroke=ink, fill=fill)
        lines = _lines(block, width)
        top = y + (height - (1 + len(lines)) * LINE_HEIGHT) / 2 + TEXT_SIZE
        self.text(x + width / 2, top, block.title, ink=ink, bold=True, anchor="middle")
        for number, line in enumerate(lines, start=1):
            self.text(x + width / 2, top + number * LINE_HEIGHT, line, anchor="middle")

    def line(self, *points: tuple[float, float], dashed: bool = False, head: bool = True) -> None:
        line = self._add("polyline", points=" ".join(f"{x:g},{y:g}" for x, y in points), fill="none", stroke=QUIET_INK)
        line.set("stroke-width", "1.5")
        if dashed:
            line.set("stroke-dasharray", "5 4")
        if head:
            line.set("marker-end", "url(#head)")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        ink: str = INK,
        bold: bool = False,
        anchor: Literal["start", "middle", "end"] = "start",
        size: int = TEXT_SIZE,
    ) -> None:
        element = self._add("text", x=x, y=y, fill=ink)
        element.text = text
        element.set("text-anchor", anchor)
        if bold:
            element.set("font-weight", "bold")
        if size != TEXT_SIZE:
            element.set("font-size", str(size))

    def svg(self, width: float, height: float) -> str:
        self._svg.attrib |= {"width": f"{width:g}", "height": f"{height:g}", "viewBox": f"0 0 {width:g} {height:g}"}
        ElementTree.indent(self._svg)
        return ElementTree.tostring(self._svg, encoding="unicode") + "\n"

    def _add(self, tag: str, **attributes: float | str) -> ElementTree.Element:
        texts = {key: value if isinstance(value, str) else f"{value:g}" for key, value in attributes.items()}
        return ElementTree.SubElement(self._svg, tag, texts)
