"""A chart as a file of its own: an SVG with its styles, legend and caption inside, for `<img>`, Markdown, LaTeX and slides.

The plot is the one of the page, drawn at a fixed width, in plain numbers and colours: what reads SVG outside a browser knows neither custom
properties nor percentages of a padding box. It carries no tooltip, link or script.
"""

from hashlib import blake2b
from typing import Literal

from webapp import format as fmt
from webapp.charts.markup import Canvas, escape
from webapp.charts.options import ChartRequest
from webapp.charts.scene import Scene, set_scene
from webapp.charts.svg import BOTTOM, LEFT, RIGHT, TOP, draw_plot, legend_of

Theme = Literal["light", "dark", "auto", "print"]

SIZES = (240, 4000)  # px a file may be wide or high
EDGE, HEAD, ROW, LINE = 10, 30, 18, 15  # px: margin at the sides, title, a row of the legend, a line of the caption
LETTER = 6.6  # px of a character at 12 px, on average
LEAST_PLOT = 60  # px of height the plot keeps whatever stands around it

# the same colours as chart.css and vars.css; a test compares them
COLOURS = {
    "light": "#0b64c8 #de7a0b #0b6443 #bc376f #9085f4 #856400 #599ba6 #851616 #859064 #6f216f",
    "dark": "#85a6f4 #e99b43 #378564 #ff5985 #8564ff #ffde16 #90e9f4 #e91621 #bcdeb1 #b14e9b",
    "print": " ".join(["#000000"] * 10),
}
TOKENS = {
    "light": {"panel": "#ffffff", "text": "#1a1f26", "muted": "#586270", "grid": "#e8ebef", "bad": "#c0262d"},
    "dark": {"panel": "#161b22", "text": "#e3e8ee", "muted": "#9aa5b3", "grid": "#232b35", "bad": "#ff7b72"},
    "print": {"panel": "#ffffff", "text": "#000000", "muted": "#333333", "grid": "#dddddd", "bad": "#000000"},
}
SHAPES = """text{font:12px system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif}
.title{font-size:14px;font-weight:600}.grid .x,.empty{text-anchor:middle}.grid .y,.warn.e,.level text{text-anchor:end}
.grid line{stroke-width:1;shape-rendering:crispEdges}.grid .i{opacity:.45}.warn{font-weight:600}
.curves path,.swatch path{fill:none;stroke-linejoin:round;stroke-linecap:round}
.curves path{stroke-width:6}.curves .w{stroke-width:4;stroke-opacity:.35}.curves.crowd .w{stroke-opacity:.16}
.curves .dot{stroke-width:18}.curves .last{stroke-width:28}.curves .here{stroke-width:52;stroke-opacity:.35}
.curves .area{stroke:none;fill-opacity:.15}.swatch path{stroke-width:2.5}.level line{stroke-dasharray:6 4}.rule{stroke-dasharray:2 3}
.curves .d1{stroke-dasharray:28 14}.curves .d2{stroke-dasharray:8 12}
.curves .d3{stroke-dasharray:36 12 8 12}.curves .d4{stroke-dasharray:52 16}
.swatch .d1{stroke-dasharray:7 3.5}.swatch .d2{stroke-dasharray:2 3}.swatch .d3{stroke-dasharray:9 3 2 3}.swatch .d4{stroke-dasharray:13 4}
.d1,.d2,.d3,.d4{stroke-linecap:butt!important}line.bad{stroke-width:4}"""


def draw_chart_file(request: ChartRequest, *, width: int = 760, height: int = 360, theme: Theme = "light") -> bytes:
    """The chart as a whole SVG file; the same arguments give the same bytes.

    width, height  px of the picture, brought into SIZES
    theme          "auto" follows the reader's preference for dark or light; "print" is black on white
    """
    width, height = (max(SIZES[0], min(SIZES[1], size)) for size in (width, height))
    across = width - LEFT - RIGHT - EDGE
    labels = [fmt.name(line.label, 40) for line in request.lines]
    rows, places = _place_legend(labels, width)
    # the caption is known only when the scene is set, and the height of the plot must be known before: two lines are kept free for it
    scene = set_scene(request, Canvas(max(LEAST_PLOT, height - HEAD - rows * ROW - TOP - BOTTOM - 2 * LINE), across))
    top = HEAD + rows * ROW + TOP
    swatches = [f'<g class="swatch" transform="translate({x} {y})">{_swatch(scene, n)}</g>' for n, (x, y) in enumerate(places)]
    words = [f'<text x="{x + 28}" y="{y + 9}">{escape(label)}</text>' for (x, y), label in zip(places, labels, strict=True)]
    caption = [
        f'<text class="cap" x="{EDGE}" y="{top + scene.canvas.height + BOTTOM + LINE * n + 10}">{escape(line)}</text>'
        for n, line in enumerate(_wrap(scene.caption, round((width - 2 * EDGE) / LETTER))[:2])
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<style>{SHAPES}{_style(theme)}</style><rect class="ground" width="{width}" height="{height}"/>'
        f'<text class="title" x="{EDGE}" y="20">{escape(scene.title)}</text>{"".join(swatches)}{"".join(words)}'
        f'<svg x="{LEFT + EDGE}" y="{top}" width="{across}" height="{scene.canvas.height}" overflow="visible">{draw_plot(scene)}</svg>'
        f"{''.join(caption)}</svg>\n"
    ).encode()


def etag_of(body: bytes) -> str:
    """A strong entity tag: changes with every byte of the file."""
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def _style(theme: Theme) -> str:
    if theme == "auto":
        return f"{_colours('light')}@media(prefers-color-scheme:dark){{{_colours('dark')}}}"
    return _colours(theme)


def _colours(theme: str) -> str:
    token = TOKENS[theme]
    out = [f".c{n}{{stroke:{colour}}}.area.c{n}{{fill:{colour}}}" for n, colour in enumerate(COLOURS[theme].split())]
    out.append(f"text{{fill:{token['text']}}}.ground{{fill:{token['panel']}}}.grid line{{stroke:{token['grid']}}}")
    out.append(f".grid .base,.level line,.rule{{stroke:{token['muted']}}}.ev path,.grid text,.xname,.cap,.empty{{fill:{token['muted']}}}")
    out.append(f".ev.t path,path.bad,.warn{{fill:{token['bad']}}}.ev.t .rule,line.bad{{stroke:{token['bad']}}}")
    return "".join(out) + f".curves .here{{stroke:{token['text']}}}"


def _swatch(scene: Scene, number: int) -> str:
    return str(legend_of(scene.curves[number]).swatch).partition(">")[2].removesuffix("</svg>")


def _place_legend(labels: list[str], width: int) -> tuple[int, list[tuple[int, int]]]:
    """Rows that the legend takes, and where each entry begins."""
    x, row, places = EDGE, 0, []
    for label in labels:
        size = round(len(label) * LETTER) + 44
        if x > EDGE and x + size > width:
            x, row = EDGE, row + 1
        places.append((x, HEAD + row * ROW))
        x += size
    return (row + 1 if labels else 0), places


def _wrap(text: str, letters: int) -> list[str]:
    """Lines of at most about `letters` characters, broken between the parts of a caption."""
    lines = [""]
    for part in text.split("; "):
        longer = f"{lines[-1]}; {part}" if lines[-1] else part
        if len(longer) > letters and lines[-1]:
            lines[-1] += ";"
            lines.append(part)
        else:
            lines[-1] = longer
    return lines
