"""Which model to take for what: by what was measured on the user's photos, else by what is published, else by size.

No quality is claimed that was neither measured here nor published; of published figures the source is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lens.comparison import Comparison, compared_before
from lens.errors import QueryError
from lens.evaluation.intervals import Share
from lens.models.device import working_device
from lens.models.hub import offline
from lens.models.listing import ListedModel, listed

__all__ = ["AIMS", "PERMISSIVE", "Advice", "Aim", "Candidate", "advise"]

PERMISSIVE = ("Apache-2.0", "MIT")
"""Licences under which models are recommended where nothing else is allowed."""


@dataclass(frozen=True)
class Aim:
    """What a model is wanted for."""

    about: str
    task: str
    """As the catalogue has it."""
    names: tuple[str, ...]
    """Models of the catalogue that can do it."""
    why: str
    """What these have in common, with the source."""


AIMS: dict[str, Aim] = {
    "words": Aim(
        "finding and tagging photos by words",
        "encoder",
        (
            "builtin",
            "clip-b32",
            "clip-b32-datacomp",
            "clip-b16",
            "clip-b16-datacomp",
            "clip-l14",
            "clip-l14-datacomp",
            "siglip-b16",
            "siglip2-b16",
            "siglip2-b16-256",
            "mobileclip2-s0",
            "mobileclip2-s2",
        ),
        "they put photos and words into one space (arXiv:2103.00020, arXiv:2303.15343)",
    ),
    "similar": Aim(
        "finding photos by a photo",
        "encoder",
        ("builtin", "dinov2-s", "dinov2-b", "dinov3-s"),
        "all but builtin learned from photos alone, and know no words (arXiv:2304.07193, arXiv:2508.10104)",
    ),
    "boxes": Aim(
        "boxes around what words name",
        "detector",
        ("builtin", "owlv2-b16", "owlv2-l14", "grounding-dino-t", "grounding-dino-b"),
        "they take any words (arXiv:2306.09683, arXiv:2303.05499)",
    ),
    "masks": Aim(
        "masks of what a box or a point marks",
        "segmenter",
        ("builtin", "sam-b", "sam-l", "sam-h", "sam2-t", "sam2-s", "sam2-b", "sam2-l", "sam3", "edgetam"),
        "all but builtin are of the line of SAM (arXiv:2304.02643, arXiv:2408.00714)",
    ),
    "phrases": Aim(
        "masks of what words name, without boxes",
        "segmenter",
        ("builtin", "sam3", "clipseg"),
        "they take words themselves (arXiv:2112.10003)",
    ),
}


@dataclass(frozen=True)
class Candidate:
    """A model that could be taken."""

    name: str
    licence: str | None
    bytes: int | None
    installed: bool
    published: float | None
    """Zero-shot top-1 accuracy on ImageNet-1k in percent, as published."""
    source: str
    """Where that is published."""
    measured: Share | None
    """On the user's photos, by `lens models bench`."""
    photos_per_second: float | None
    """On this machine, once measured."""
    left_out: str | None
    """Why it cannot be recommended; None if it can."""


@dataclass(frozen=True)
class Advice:
    """What to take for an aim, and why."""

    aim: str
    about: str
    model: str
    reasons: tuple[str, ...]
    command: str
    """What to do next."""
    candidates: tuple[Candidate, ...]


def advise(
    aim: str,
    *,
    any_licence: bool = False,
    most_bytes: int | None = None,
    installed_only: bool | None = None,
    device: str | None = None,
) -> Advice:
    """The model to take for an aim on this machine.

    Args:
        aim: one of `AIMS`.
        any_licence: whether licences other than `PERMISSIVE` will do.
        most_bytes: the most there may be to download.
        installed_only: whether nothing can be downloaded; by default so if the network is switched off.
        device: of torch; by default the best that works.

    Raises:
        QueryError: there is no such aim.
    """
    if aim not in AIMS:
        raise QueryError(f"There is no aim {aim!r}: choose {', '.join(AIMS)}.")
    here = offline() if installed_only is None else installed_only
    compared = compared_before() if AIMS[aim].task == "encoder" else {}
    candidates = tuple(
        _candidate(model, aim, compared, any_licence=any_licence, most_bytes=most_bytes, installed_only=here)
        for model in listed()
        if model.task == AIMS[aim].task and (model.name in AIMS[aim].names or _measure(compared, model.name, aim))
    )
    model, reasons = _choice([each for each in candidates if not each.left_out], device)
    return Advice(aim, AIMS[aim].about, model.name, (*reasons, *_terms(model)), _command(model, aim), candidates)


def _candidate(
    model: ListedModel,
    aim: str,
    compared: Mapping[str, Comparison],
    *,
    any_licence: bool,
    most_bytes: int | None,
    installed_only: bool,
) -> Candidate:
    installed, left_out, before = model.installed == "yes", None, compared.get(model.name)
    own = model.name not in AIMS[aim].names  # whoever made or imported it knows its licence
    if not installed and model.installed != "no":
        left_out = "its files are damaged"
    elif installed_only and not installed:
        left_out = "not on this machine"
    elif model.licence not in PERMISSIVE and not any_licence and not own:
        left_out = f"licence: {model.licence or 'not known'}"
    elif most_bytes is not None and not installed and (model.bytes or 0) > most_bytes:
        left_out = "too large"
    return Candidate(
        name=model.name,
        licence=model.licence,
        bytes=model.bytes,
        installed=installed,
        published=model.zero_shot,
        source=model.zero_shot_source,
        measured=_measure(compared, model.name, aim),
        photos_per_second=before.photos_per_second if before else model.photos_per_second,
        left_out=left_out,
    )


def _measure(compared: Mapping[str, Comparison], name: str, aim: str) -> Share | None:
    """What `lens models bench` says of it: photos found by the words of their names, or among those of their folder."""
    if name not in compared:
        return None
    return compared[name].names if aim == "words" else compared[name].folders


def _choice(left: Sequence[Candidate], device: str | None) -> tuple[Candidate, list[str]]:
    """One of those that are left, of which `builtin` always is one, and why it is that."""
    measured = {each: each.measured for each in left if each.measured}
    if len(measured) > 1:
        best = max(measured, key=lambda each: measured[each].value)
        as_good = [each for each in measured if measured[each].value >= measured[best].low]
        chosen = max(as_good, key=lambda each: (each.photos_per_second or 0, each is best))
        reasons = [f"measured on your photos: {measured[chosen]}, of {len(measured)} that were compared"]
        if chosen is not best:
            reasons.append(f"{best.name} is not shown to be better, and is slower")
        untried = [each for each in left if each.published is not None and each not in measured]
        if untried:
            first = max(untried, key=lambda each: each.published or 0)
            reasons.append(f"not compared is {first.name}, of which {first.published} % are published ({first.source})")
        return chosen, reasons
    published = [each for each in left if each.published is not None]
    if published:
        best = max(published, key=lambda each: each.published or 0)
        said = f"the best published zero-shot accuracy of those left: {best.published} % ({best.source})"
        return best, [said, "not compared on your photos yet: lens models bench"]
    others = [each for each in left if each.bytes is not None]
    if not others:
        builtin = next(each for each in left if each.name == "builtin")
        return builtin, ["it comes with Lens, and nothing else is left"]
    device = device or working_device()[0]
    chosen = (min if device == "cpu" else max)(others, key=lambda each: each.bytes or 0)
    which = "smallest" if device == "cpu" else "largest"
    return chosen, [f"no figures to compare are known, so that size decides: the {which} of those left, on {device}"]


def _terms(model: Candidate) -> list[str]:
    return [f"licence {model.licence}" if model.licence else "a licence that is not known here"]


def _command(model: Candidate, aim: str) -> str:
    if not model.installed:
        return f"lens models pull {model.name}"
    task = AIMS[aim].task
    return f"lens {'index FOLDER' if task == 'encoder' else 'label PHRASES'} --{task} {model.name}"
