"""Pages out of templates. A page is a frozen dataclass whose fields are the template's variables; a fragment is one block of the page.

Rendering a block of the page's own template, instead of a second template, keeps the page and what htmx polls from drifting apart.
"""

from dataclasses import fields
from typing import Any, ClassVar, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT
from platformdirs import user_cache_path

from webapp import format as text
from webapp import urls
from webapp.assets import asset_url
from webapp.compiled import TemplateCache, open_cache
from webapp.errors import UserError
from webapp.paths import TEMPLATES
from webapp.settings import own_folder


class Page(Protocol):
    """A page's context: a dataclass that names its template."""

    template: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


def make_environment() -> Environment:
    """The one Jinja environment: everything escaped, an unknown variable is an error."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=template_cache(),
    )
    env.globals.update(urls=urls, asset=asset_url, fmt=text)
    return env


def template_cache() -> TemplateCache | None:
    try:
        return open_cache(own_folder(user_cache_path) / "templates")
    except UserError:  # a user without a home
        return None


ENVIRONMENT = make_environment()


def render_text(page: Page, block: str = "") -> str:
    """The page as HTML, or only its block named `block`."""
    template = ENVIRONMENT.get_template(page.template)
    context = {f.name: getattr(page, f.name) for f in fields(page)}  # type: ignore[arg-type]
    if not block:
        return template.render(context)
    return "".join(template.blocks[block](template.new_context(context)))


def html(page: Page, block: str = "", status: int = HTTP_200_OK, headers: dict[str, str] | None = None) -> Response[str]:
    return Response(render_text(page, block), media_type="text/html", status_code=status, headers=headers)


def nothing_new() -> Response[None]:
    """The answer to a poll when nothing changed: no body, nothing is swapped."""
    return Response(None, status_code=HTTP_204_NO_CONTENT)
