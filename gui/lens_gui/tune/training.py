"""Training for the window, from the choice of photos to the verdict, in a process of its own: see `lens_gui.worker`."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from lens import Library
from lens.errors import TuneError
from lens.indexing.report import Report
from lens.tuning.making import FROM_WORDS
from lens.tuning.plan import TunePlan
from lens.tuning.runs import Judged, Run, judged_of, keep_verdict
from lens_gui.preparing import prepare_searches
from lens_gui.telling import Say, teller

__all__ = [
    "Figures",
    "adopt",
    "figures_of",
    "foresee",
    "go_on_with",
    "is_typed",
    "judge",
    "roll_back",
    "tune",
    "verdict_in_words",
]


@dataclass(frozen=True)
class Figures:
    """What a training would take."""

    name: str
    photos: int
    others: str
    """The photos that are not learned from, in words."""
    steps: int
    seconds: float
    bytes: int
    device: str
    gpu_bytes: int = 0


def go_on_with(run: Run) -> dict[str, Any]:
    """What has to be asked for so that a run goes on."""
    asked = {"method": run.method, "where": list(run.where), "backbone": run.backbone, "trained": run.trained}
    return asked | {"name": run.name, "run": run.run} | run.settings


def is_typed(run: Run) -> bool:
    """Whether a run goes on, and is judged, only where its captions can be given: by a command."""
    return run.method in FROM_WORDS


def verdict_in_words(judged: Judged, name: str) -> str:
    """What a check has shown, in a sentence."""
    if judged.better:
        gain = dict(judged.gains)[judged.decides]
        return f"{name} is better than {judged.against}, beyond chance: {judged.decides}, {gain}."
    return f"{name} is not better than {judged.against}: {'; '.join(judged.reasons)}."


def figures_of(details: str) -> Figures:
    """What `foresee` has told."""
    return Figures(**json.loads(details))


def foresee(say: Say, uri: str, how: str) -> tuple[str, str]:
    """Find out what a training would take; the details are its figures."""
    library = Library.open(uri)
    plan = _plan(library, how, teller(say))
    foreseen, chosen = library.tuning.foresee(plan), plan.choice
    told = Figures(plan.name, len(chosen.photos), chosen.others, **vars(foreseen), device=plan.device)
    return "Foreseen.", json.dumps(asdict(told))


def tune(say: Say, uri: str, how: str) -> str:
    """Train an encoder, judge it, and write the page of it.

    Raises:
        KeyboardInterrupt: it was stopped; what was learned is kept.
        TuneError: as `Tuning.plan` and `train`, or a run cannot go on, since its photos have changed.
    """
    from lens.tuning.page import save_page

    library, report = Library.open(uri), teller(say)
    say(note="comparing photos")
    plan = _plan(library, how, report)
    say(note="reading photos")
    library.tuning.read(plan, report)
    say(note="training")
    trained = library.tuning.train(plan, report)
    if not trained.finished:
        raise KeyboardInterrupt
    say(note="judging")
    verdict = library.adoption.judge(plan.name, against=plan.before, on_progress=report)
    keep_verdict(plan.run, verdict, save_page(plan, trained, verdict))
    return f"{plan.name} is trained. {verdict_in_words(judged_of(verdict), 'It')}"


def judge(say: Say, uri: str, run: str, name: str, against: str) -> str:
    """Judge the encoder of a run once more."""
    verdict = Library.open(uri).adoption.judge(name, against=against, on_progress=teller(say))
    keep_verdict(run, verdict)
    return verdict_in_words(judged_of(verdict), name)


def adopt(say: Say, uri: str, run: str, name: str) -> str:
    """Let searches use the encoder of a run, if it is better than what they use."""
    library, report = Library.open(uri), teller(say)
    say(note="judging")
    verdict = library.adoption.judge(name, on_progress=report)
    keep_verdict(run, verdict)
    if not verdict.better:
        return f"Not adopted. {verdict_in_words(judged_of(verdict), name)}"
    say(note="encoding all photos")
    library.adoption.adopt(name, verdict, report)
    prepare_searches(uri)
    return f"Searches now use {name}."


def roll_back(_: Say, uri: str) -> str:
    """Let searches use the encoder that they used before."""
    before = Library.open(uri).adoption.roll_back()
    prepare_searches(uri)
    return f"Searches use {before} again."


def _plan(library: Library, how: str, report: Report) -> TunePlan:
    asked: dict[str, Any] = json.loads(how)
    method, where, run = asked.pop("method"), asked.pop("where"), asked.pop("run", None)
    try:
        plan = library.tuning.plan(method, where or None, **asked, on_progress=report)
    except TuneError as error:
        if run is None:
            raise
        raise TuneError(f"It cannot go on; have its photos changed? {error}") from error
    if run not in {None, plan.run}:
        raise TuneError("It cannot go on, since other photos answer now than when it began: begin another.")
    return plan
