"""A report as HTML: a page of the board with its style sheets, or a file that needs nothing besides itself; and that file as PDF."""

from dataclasses import fields, replace

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from webapp import format as text
from webapp.errors import UserError
from webapp.paths import STATIC, TEMPLATES
from webapp.report.build import Report

SHEETS = ("chart.css", "report.css")  # in this order: the second says the tokens of the first anew
PAPERS = {"a4": "A4", "letter": "letter"}


def make_environment() -> Environment:
    """Like the pages' own, without their addresses: a report links to nothing."""
    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env.globals.update(fmt=text)
    return env


ENVIRONMENT = make_environment()


def render_page(report: Report) -> str:
    """The report as it is, with the style sheets it names."""
    return ENVIRONMENT.get_template(report.template).render({f.name: getattr(report, f.name) for f in fields(report)})


def render_file(report: Report) -> str:
    """The report as one file: styles inside, no address to fetch anything from."""
    styles = "\n".join((STATIC / name).read_text("utf-8") for name in SHEETS)
    return render_page(replace(report, sheets=(), links=(), styles=Markup(styles)))


def render_pdf(report: Report, paper: str = "a4") -> bytes:
    """The report as PDF; it has to be built with `pictures`. Raises UserError where the extra is not installed.

    Only `report.css` goes along: the charts bring their styles themselves.
    """
    try:
        from weasyprint import CSS, HTML
    except ImportError as error:
        hint = "pip install 'lossboard[pdf]', or write .html and print it in a browser."
        raise UserError("PDF files need one more package.", "weasyprint is not installed.", hint=hint) from error
    except OSError as error:  # the package is there, the system's library is not
        hint = "On Debian and Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0"
        raise UserError("PDF files need the Pango library.", str(error).partition("\n")[0], hint=hint) from error
    sheets = [CSS(filename=str(STATIC / "report.css")), CSS(string=f"@page {{ size: {PAPERS[paper]} }}")]
    pdf: bytes = HTML(string=render_page(replace(report, sheets=(), links=()))).write_pdf(stylesheets=sheets)
    return pdf
