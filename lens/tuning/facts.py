"""What is kept beside the weights of a trained network: where it comes from, how it was trained, how that went."""

from dataclasses import asdict, fields
from typing import Any

from lens.models.encoders.builtin import load_builtin
from lens.models.entry import TUNED
from lens.tuning.plan import TunePlan, TuneReport
from lens.tuning.saving import read_facts, with_pictures

__all__ = ["facts_of", "kept_report"]

TOLD = [each.name for each in fields(TuneReport) if each.name not in {"method", "name", "pictures", "attention"}]
"""What is kept of a report."""


def facts_of(plan: TunePlan, report: TuneReport) -> dict[str, Any]:
    """Plain JSON."""
    base = load_builtin().info
    seen = {"embed_dim": base.dim, "image_size": base.min_side} if plan.start.loader == TUNED else {}
    said = {"lock": plan.lock, "captions": plan.captions.found} if plan.captions else {}
    return seen | {
        "base": plan.start.revision,
        "backbone": plan.start.backbone,
        "trained": plan.start.trained,
        "about": f"tuned by {plan.method} on {report.photos:,} photos",
        "run": plan.run,
        "recipe": asdict(plan.recipe) | {"side": plan.side, "anchor": plan.anchor} | said,
        **{name: getattr(report, name) for name in TOLD},
    }


def kept_report(plan: TunePlan) -> TuneReport | None:
    """What was said at the end of a plan's training, if it was done; None if it was not."""
    facts = read_facts(plan.name, plan.start.loader)
    if not facts.get("finished"):
        return None
    return with_pictures(TuneReport(plan.method, plan.name, **{name: facts[name] for name in TOLD}))
