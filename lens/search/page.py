"""A contact sheet as a page of HTML that holds its pictures itself and asks nothing of the network."""

import base64
import io
from collections.abc import Sequence
from html import escape

from PIL import Image, ImageOps

from lens.search.match import Match

__all__ = ["POLICY", "data_url", "html_page"]

SIDE = 320  # pixels of a picture's longer side

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
body { margin: 2rem; font: 15px/1.4 system-ui, sans-serif; color: #222; background: #fafaf8 }
section { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 1rem; margin-bottom: 2rem }
figure { margin: 0 }
img, .gone { width: 100%; aspect-ratio: 1; object-fit: contain; background: #ebebe8; display: block }
figcaption { font-size: 0.8rem; color: #555; overflow-wrap: anywhere }
"""


def html_page(results: Sequence[tuple[str, Sequence[tuple[Match, Image.Image | None]]]], side: int = SIDE) -> str:
    """Queries, each with its matches and their pictures, best first, as one page.

    Args:
        results: a match whose picture is None is shown as a blank square.
        side: pixels of a picture's longer side.
    """
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        f"<title>{_text('; '.join(query for query, _ in results))}</title><style>{STYLE}</style></head><body>",
    ]
    for query, matches in results:
        parts.append(f"<h1>{_text(query)}</h1><section>")
        parts += [_figure(match, picture, side) for match, picture in matches]
        parts.append("</section>")
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _figure(match: Match, picture: Image.Image | None, side: int) -> str:
    name, path = _text(match.path.name), _text(match.spot)
    shown = f'<img alt="{name}" src="{data_url(picture, side)}">' if picture else '<div class="gone"></div>'
    return f'<figure title="{path}">{shown}<figcaption>{match.score:.3f} {name}</figcaption></figure>'


def data_url(picture: Image.Image, side: int) -> str:
    """A picture that a page holds itself, its longer side of so many pixels."""
    made = io.BytesIO()
    ImageOps.contain(picture, (side, side), Image.Resampling.LANCZOS).save(made, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(made.getvalue()).decode()


def _text(text: str) -> str:
    """Text within HTML; bytes of a name that are not UTF-8 become marks."""
    return escape(text.encode("utf-8", "replace").decode())
