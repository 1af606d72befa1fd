"""docs/MODELS.md, made from the catalogue, so that the two cannot disagree: `python docs/models_page.py`."""

from pathlib import Path

from lens.advice import AIMS, PERMISSIVE
from lens.models.catalog import MODELS, Model
from lens.models.catalog_regions import BUILTIN
from lens.models.files import size

PAGE = Path(__file__).parent / "MODELS.md"
LINES = {
    "LAION-2B": ("clip-b32", "clip-b16", "clip-l14"),
    "DataComp-1B": ("clip-b32-datacomp", "clip-b16-datacomp", "clip-l14-datacomp"),
}
"""Networks of one recipe that differ in size alone, by what they were trained on."""
START = f"""# Which model for what

Made from the catalogue by `python docs/models_page.py`; a test compares the two. `lens models choose` gives the same
advice for your machine, and takes what `lens models bench` measured on your photos before anything that is published.

How it decides, for each task:

1. Only licences {" and ".join(PERMISSIVE)} (`--any-licence` for the others), only what fits `--most MB`, only what is
   installed when the network is switched off. `builtin` comes with Lens and is always left.
2. If two or more encoders were compared on your photos, the best of them; of those whose figure lies within the best
   one's interval, the quickest.
3. Else the best published zero-shot accuracy, with its source.
4. Else size: the smallest on a processor, the largest on a GPU. That says nothing of how good they are.

Figures with a link are zero-shot top-1 accuracies on ImageNet-1k as their publishers or open_clip's authors give them,
and were not measured here. A dash: the catalogue has no figure.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([START, *(section(name) for name in AIMS), scaling()])


def section(name: str) -> str:
    """What there is for one task."""
    aim = AIMS[name]
    rows = [
        f"## `{name}`: {aim.about}\n",
        f"Why these: {aim.why}.\n",
        "| model | what | size | licence | figure |",
        "|---|---|---:|---|---|",
    ]
    for each in aim.names:
        model = MODELS[each] if aim.task == "encoder" or each != "builtin" else _builtin(aim.task)
        weight = size(model.bytes) if model.bytes else "–"
        licence = (model.licence or "not known") + (", to be accepted on the hub" if model.gated else "")
        rows.append(f"| `{each}` | {model.about} | {weight} | {licence} | {_figure(model)} |")
    return "\n".join([*rows, ""])


def scaling() -> str:
    """What larger networks of one recipe have published."""
    rows = [
        "## What scaling would buy\n",
        "Networks of one recipe that differ in size, zero-shot top-1 on ImageNet-1k as published:\n",
        "| trained on | ViT-B/32 | ViT-B/16 | ViT-L/14 |",
        "|---|---:|---:|---:|",
    ]
    for data, names in LINES.items():
        figures = [f"{MODELS[name].zero_shot} % ({size(MODELS[name].bytes)})" for name in names]
        rows.append(f"| {data} | {' | '.join(figures)} |")
    sources = sorted({MODELS[name].zero_shot_source for names in LINES.values() for name in names})
    return "\n".join(
        [*rows, f"\nSource: {', '.join(sources)}. Whether that holds for your photos, `lens models bench` tells.", ""]
    )


def _builtin(task: str) -> Model:
    return next(model for model in BUILTIN if model.task == task)


def _figure(model: Model) -> str:
    if model.zero_shot is not None:
        return f"[{model.zero_shot} %]({model.zero_shot_source})"
    return f"measured here: {model.measured} % {model.measured_by}" if model.measured is not None else "–"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
