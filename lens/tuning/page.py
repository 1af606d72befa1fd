"""What a training came to, as one page of HTML that holds its pictures itself and asks nothing of the network."""

import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from lens.errors import PhotoError, TuneError
from lens.models.manifest import models_folder
from lens.models.weights import replace_file
from lens.photos.decode import read_photo
from lens.search.page import POLICY, data_url
from lens.tuning.charts import Bar, curve, intervals
from lens.tuning.verdict import Verdict

if TYPE_CHECKING:
    from markupsafe import Markup

    from lens.tuning.plan import TunePlan, TuneReport

__all__ = ["save_page"]

TEMPLATE = Path(__file__).parent / "page.html"
SIDE = 160  # pixels of a picture's longer side
SHEET = 700  # and of the sheet of pictures

NOTES = {
    "mae": "Of hidden patches it tells all but mean and contrast, which are the photo's own here.",
    "ijepa": "What it foresees of a block is no picture: shown are the blocks of that size, in these photos, that mean "
    "what is nearest to it.",
}
"""What else has to be known to read the pictures of a method."""


def save_page(plan: "TunePlan", report: "TuneReport", verdict: Verdict) -> Path:
    """Write the page beside the encoder that was trained: the file.

    Raises:
        TuneError: it cannot be written.
    """
    from jinja2 import Environment
    from markupsafe import Markup

    from lens.selfsup.training import WATCHED, least_rank

    template = Environment(autoescape=True, trim_blocks=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
    text = template.render(
        policy=POLICY,
        plan=plan,
        report=report,
        verdict=verdict,
        shares=Markup(intervals("Before and after, percent", _shares(verdict), 0, 1)),
        differences=Markup(_differences(verdict)),
        watched=min(WATCHED, report.photos),
        curves=[Markup(each) for each in _curves(report, least_rank(report.curve) if report.curve else 0.0)],
        examples=[
            (each.photo, [(name, each.nearest[name]) for name in (verdict.against, verdict.encoder)])
            for each in verdict.neighbours
        ],
        pictures=_sheet(report.pictures),
        note=NOTES.get(plan.method, ""),
        attention=_sheet(report.attention),
        picture=_picture,
        facts=_facts(plan, report),
    )
    file = models_folder() / plan.name / "report.html"
    try:
        replace_file(file, text.encode("utf-8", "replace"))
    except OSError as error:
        raise TuneError(f"{file} cannot be written: {error.strerror}. The encoder is kept.") from error
    return file


def _shares(verdict: Verdict) -> list[Bar]:
    return [
        Bar(
            f"{each.measure}, {each.encoder}",
            each.share.value,
            each.share.low,
            each.share.high,
            str(each.share).replace(" photos", ""),
            first=each.encoder == verdict.encoder,
        )
        for each in verdict.found.judgements
    ]


def _differences(verdict: Verdict) -> str:
    found = verdict.found.differences
    most = 1.1 * max(0.01, *(max(abs(each.low), abs(each.high)) for each in found.values()))
    bars = [Bar(measure, each.value, each.low, each.high, str(each)) for measure, each in found.items()]
    return intervals("Gain, points", bars, -most, most)


def _curves(report: "TuneReport", least: float) -> Iterator[str]:
    for what in ("loss", "rank", "alignment", "uniformity"):
        known = [each for each in report.curve if what in each]
        if known:
            epochs, values = [each["epoch"] for each in known], [each[what] for each in known]
            yield curve(what.capitalize(), epochs, values, least if what == "rank" else None)


def _picture(path: Path) -> "Markup":
    from markupsafe import Markup

    try:
        picture = data_url(read_photo(path, min_side=SIDE // 2).image, SIDE)
    except PhotoError:
        return Markup('<div class="gone" title="{}"></div>').format(path)
    return Markup('<img src="{}" alt="{}" title="{}">').format(picture, path.name, path)


def _sheet(file: Path | None) -> str:
    """The sheet of pictures; empty if there is none any more."""
    try:
        return data_url(read_photo(file).image, SHEET) if file else ""
    except PhotoError:
        return ""


def _facts(plan: "TunePlan", report: "TuneReport") -> dict[str, str]:
    versions = ", ".join(f"{name} {version(name)}" for name in ("lens-photos", "torch", "lightly"))
    recipe = vars(plan.recipe)
    if plan.heads_alone:
        recipe = {name: recipe[name] for name in ("epochs", "batch", "learning_rate", "seed")}
    return {
        "Photos": f"{report.photos:,} learned from, {report.others}",
        "Steps": f"{report.steps:,} of {report.total:,}, on {plan.device}; {report.seconds:,.0f} s in the last go",
        "Recipe": ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in recipe.items()),
        "Backbone": f"{plan.start.backbone}; trained: {'heads alone' if plan.heads_alone else plan.start.trained}",
        "Views": f"{plan.side} pixels",
        "Anchor": f"{plan.anchor:g}",
        "Run": plan.run,
        "With": f"{versions}, Python {platform.python_version()} on {platform.system()}",
    }
