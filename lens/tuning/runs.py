"""Trainings as they are written down while they go on, so that others can follow them and take them up."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens.errors import TuneError
from lens.evaluation.intervals import Difference, Share
from lens.models.manifest import models_folder
from lens.models.weights import replace_file
from lens.tuning.plan import folder
from lens.tuning.saving import run_behind

if TYPE_CHECKING:
    from lens.tuning.plan import TunePlan
    from lens.tuning.verdict import Verdict

__all__ = ["Judged", "Run", "RunState", "all_runs", "begun", "being_trained", "judged_of", "keep_verdict", "save_run"]

PATIENCE = 2.0
"""Seconds that a run waits for whoever is just looking whether it goes on."""


class RunState(StrEnum):
    """How it stands with a run."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    ENDED = "ended"
    FAILED = "failed"
    REMOVED = "removed"
    """It ended, and its encoder is not on this machine any more."""


@dataclass(frozen=True)
class Judged:
    """What a verdict said, with its intervals."""

    against: str
    better: bool
    decides: str
    """The measure that has to be better beyond chance."""
    reasons: tuple[str, ...]
    """Why it is not better; empty if it is."""
    shares: tuple[tuple[str, str, Share], ...]
    """By measure and encoder, from 0 to 1."""
    gains: tuple[tuple[str, Difference], ...]
    """By measure, how much better the encoder is than `against`."""


@dataclass(frozen=True)
class Run:
    """A training: what was asked for, how far it is, and what came of it."""

    run: str
    """Its name, as `TunePlan.run`."""
    name: str
    """Of the encoder that comes of it."""
    method: str
    backbone: str
    trained: str
    where: tuple[str, ...]
    """The query or folders that photos were asked for by; empty for all."""
    index: str
    photos: int
    settings: dict[str, float]
    """`epochs`, `batch`, `side`, `learning_rate`, `anchor` and `seed`, as `Tuning.plan` takes them."""
    begun: str
    """When, in ISO 8601."""
    before: str
    """The encoder that it is judged beside."""
    done: int = 0
    """Steps."""
    total: int = 0
    losses: tuple[tuple[int, float], ...] = ()
    """Of steps along the way, the mean since the one before."""
    curve: tuple[dict[str, float], ...] = ()
    """Of each epoch: loss, rank, alignment, uniformity."""
    least_rank: float = 0.0
    """The rank below which features are said to have collapsed; 0 before it is known."""
    failed: str = ""
    """What ended it, if it cannot go on."""
    judged: Judged | None = None
    page: str = ""
    """The file that shows what came of it; empty if there is none."""
    command: str = ""
    """What would be typed to go on; empty if an earlier version wrote it down."""
    state: RunState = field(default=RunState.INTERRUPTED)
    """As it was when it was read."""


def all_runs(index: str | None = None) -> list[Run]:
    """The trainings that were begun on photos of an index, or on any, the latest first; damaged notes are left out."""
    found = []
    for file in _folder().glob("*.json"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            run = _read(file)
            if index in {None, run.index}:
                found.append(replace(run, state=_state_of(run)))
    return sorted(found, key=lambda run: run.begun, reverse=True)


def save_run(run: Run) -> None:
    """Write a run down, in the place of what was known of it; a disk that is full costs only what others would see."""
    facts = asdict(run)
    del facts["state"]
    with suppress(OSError):
        replace_file(_file(run.run), json.dumps(facts).encode())


@contextmanager
def being_trained(run: str) -> Iterator[None]:
    """Be the one process that trains a run; ends with the process, however that happens.

    Raises:
        TuneError: another process trains it, or its note cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(_lock(run))
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise TuneError("Another process trains exactly this already.") from None
    except OSError as error:
        raise TuneError(f"{_folder()} cannot be written: {error.strerror}.") from error
    try:
        yield
    finally:
        lock.release()


def keep_verdict(run: str, verdict: "Verdict", page: Path | None = None) -> None:
    """Note with a run what came of judging its encoder; nothing if no such run was written down."""
    try:
        known = _read(_file(run))
    except (OSError, ValueError, KeyError, TypeError):
        return
    save_run(replace(known, judged=judged_of(verdict), page=str(page) if page else known.page))


def judged_of(verdict: "Verdict") -> Judged:
    """What is noted of a verdict."""
    found = verdict.found
    return Judged(
        verdict.against,
        verdict.better,
        verdict.decides,
        tuple(verdict.reasons),
        tuple((each.measure, each.encoder, each.share) for each in found.judgements),
        tuple(found.differences.items()),
    )


def begun(plan: "TunePlan", photos: int, total: int) -> Run:
    """A run as it begins, or goes on, with so many photos that can be read and so many steps in all."""
    recipe = plan.recipe
    run = Run(
        run=plan.run,
        name=plan.name,
        method=plan.method,
        backbone=plan.start.backbone,
        trained=plan.start.trained,
        where=plan.where,
        index=plan.index,
        photos=photos,
        settings={
            "epochs": recipe.epochs,
            "batch": recipe.batch,
            "side": plan.side,
            "learning_rate": recipe.learning_rate,
            "anchor": plan.anchor,
            "seed": recipe.seed,
        },
        begun=datetime.now().astimezone().isoformat(timespec="seconds"),
        before=plan.before,
        total=total,
        command=plan.command,
    )
    with suppress(OSError, ValueError, KeyError, TypeError):
        known = _read(_file(plan.run))
        return replace(
            run, begun=known.begun, done=known.done, losses=known.losses, curve=known.curve, least_rank=known.least_rank
        )
    return run


def _state_of(run: Run) -> RunState:
    if _is_trained(run.run):
        return RunState.RUNNING
    if run.failed:
        return RunState.FAILED
    if run_behind(run.name) == (run.run, True):
        return RunState.ENDED
    can_go_on = run.done < run.total or (folder() / f"{run.run}.safetensors").exists()
    return RunState.INTERRUPTED if can_go_on else RunState.REMOVED


def _is_trained(run: str) -> bool:
    from filelock import FileLock, Timeout

    if not _lock(run).exists():
        return False
    try:
        with FileLock(_lock(run), timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False


def _read(file: Path) -> Run:
    facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    judged = facts.pop("judged")
    facts |= {name: tuple(facts[name]) for name in ("where", "curve")}
    facts["losses"] = tuple((int(step), float(loss)) for step, loss in facts["losses"])
    return Run(**facts, judged=_judged(judged) if judged else None)


def _judged(facts: dict[str, Any]) -> Judged:
    shares: Sequence[tuple[str, str, dict[str, Any]]] = facts.pop("shares")
    gains: Sequence[tuple[str, dict[str, float]]] = facts.pop("gains")
    return Judged(
        **facts | {"reasons": tuple(facts["reasons"])},
        shares=tuple((measure, encoder, Share(**share)) for measure, encoder, share in shares),
        gains=tuple((measure, Difference(**gain)) for measure, gain in gains),
    )


def _folder() -> Path:
    return models_folder() / ".runs"


def _file(run: str) -> Path:
    return _folder() / f"{run}.json"


def _lock(run: str) -> Path:
    return _folder() / f"{run}.lock"
