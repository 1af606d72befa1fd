"""Training an encoder on the photos of an index: what both faces call."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lens.errors import TuneError
from lens.evaluation.labels import FOLDERS
from lens.indexing.report import Progress, Report, nothing_to_tell
from lens.models.device import choose_compute
from lens.search.folders import Where, query_of
from lens.search.searcher import Searcher
from lens.tuning.board import Board
from lens.tuning.captions import gather
from lens.tuning.choosing import check_count, choose
from lens.tuning.diary import Diary
from lens.tuning.facts import facts_of, kept_report
from lens.tuning.making import FROM_WORDS, decoded, method_of
from lens.tuning.networks import BUILTIN, FOR_HEADS, check_packages, settings_for, start_from
from lens.tuning.plan import ALIGN, TunePlan, TuneReport, folder, run_of
from lens.tuning.runs import begun, being_trained
from lens.tuning.saving import check_free, check_name, save, save_pictures
from lens_indexes import Index

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lens.evaluation.evaluation import Evaluated
    from lens.selfsup.foreseeing import Foreseen
    from lens.selfsup.language import Lock
    from lens.tuning.making import Decoded

__all__ = ["Tuning"]


class Tuning:
    """Trains encoders on the photos of an index. Got from `Library.tuning`."""

    def __init__(self, index: Callable[[], Index], searcher: Searcher, device: str | None) -> None:
        self._index, self._searcher, self._device = index, searcher, device

    def plan(
        self,
        method: str,
        where: Where | None = None,
        *,
        backbone: str = BUILTIN,
        trained: str | None = None,
        name: str | None = None,
        epochs: int | None = None,
        batch: int | None = None,
        side: int | None = None,
        learning_rate: float | None = None,
        anchor: float | None = None,
        seed: int = 0,
        lock: "Lock" = "none",
        captions: str | Path | None = None,
        sources: Sequence[str] | None = None,
        on_progress: Report = nothing_to_tell,
    ) -> TunePlan:
        """Choose photos, and check that they can be trained on.

        A fifth of all photos, the same that `Evaluation` judges by, is never trained on, nor are duplicates of them.
        What is not given is as `settings_for` has it, or `FOR_HEADS`.

        Args:
            method: one of `lens.selfsup.methods.METHODS`, or of `FROM_WORDS`, which learn from captions.
            where: folders, or a query whose confident and likely hits are meant; by default all photos.
            backbone: the network: `builtin`, a name or folder of an encoder that transformers loads, or `timm:NAME`.
            trained: which of its weights: `last`, `all`, `lora` or `scratch`.
            name: of the encoder; by default that of the backbone and the method.
            epochs: how often each photo is seen.
            batch: photos at once.
            side: pixels of a view.
            learning_rate: the largest.
            anchor: how strongly vectors are held where the backbone had them, 0 for not at all.
            seed: of all that is drawn by chance.
            lock: of a method that learns from captions, which tower is not trained: `none`, `image` or `text`.
            captions: a CSV file of photos and captions, for such a method.
            sources: where such a method looks for captions; see `gather`.
            on_progress: told while duplicates are looked for, and descriptions read.

        Raises:
            TuneError: the extra `tune` is missing, there is no such method, the backbone has no patches to hide, the
                name is taken, or there are too few photos, or captions.
            QueryError: no photo answers.
            ModelError: the backbone is not on this machine, or damaged.
        """
        check_packages()
        from lens.selfsup.methods import METHODS, OF_PATCHES
        from lens.selfsup.training import Recipe

        if method not in {*METHODS, *FROM_WORDS}:
            raise TuneError(f"There is no method {method!r}: choose {', '.join([*METHODS, *FROM_WORDS])}.")
        start = start_from(backbone, trained)
        words, heads_alone = method in FROM_WORDS, method == ALIGN
        if heads_alone and (backbone != BUILTIN or lock != "none" or anchor):
            raise TuneError(
                f"{ALIGN} is for {BUILTIN}, both of whose towers stay: leave --backbone, --lock and --anchor out."
            )
        if words:
            start.check_words()
        named = name or f"{start.name}-{method}"
        check_name(named)
        if any(column.name == named for column in self._index().photos.encoders()):
            raise TuneError(f"The index has vectors of {named}: choose another --name, or lens encoders drop {named}.")
        choice = choose(where, self._index, self._searcher, on_progress)
        said = gather(choice.photos, self._index(), captions, sources, on_progress) if words else None
        if said:
            choice = replace(choice, photos=[photo for photo in choice.photos if photo.id in said.of])
        device = "cpu" if heads_alone else choose_compute(self._device, None, None, "torch").device
        settings = settings_for(start, len(choice.photos), device, words=words, lock=lock)
        settings = (FOR_HEADS if heads_alone else settings).asked_for(
            epochs=epochs, batch=batch, side=side, learning_rate=learning_rate, anchor=anchor
        )
        recipe = Recipe(settings.epochs, settings.batch, learning_rate=settings.learning_rate, seed=seed)
        taught = [lock, [said.of[photo.id] for photo in choice.photos]] if said else []
        told = [method, settings.side, settings.anchor, asdict(recipe), start.revision]
        run = run_of(choice.photos, *told, *taught)
        check_free(named, run)
        asked_for = {"captions": str(captions or ""), "from": ",".join(sources or ()), "lock": lock if words else ""}
        plan = TunePlan(
            method=method,
            name=named,
            choice=choice,
            recipe=recipe,
            side=settings.side,
            anchor=settings.anchor,
            device=device,
            run=run,
            where=() if where is None else tuple(query_of(where)),
            index=self._index().uri,
            start=start,
            before=start.encoder or str(self._index().photos.default()),
            captions=said,
            lock=lock,
            options={option: value for option, value in asked_for.items() if value},
        )
        check_count(len(choice.photos), plan.least, choice, said)
        if method in OF_PATCHES:
            method_of(plan, ())  # which a backbone without patches refuses, better now than once all photos are read
        return plan

    def foresee(self, plan: TunePlan) -> "Foreseen":
        """What the training of a plan would take; a few steps are done to tell."""
        import numpy as np

        from lens.selfsup.decoded import decode_once
        from lens.selfsup.foreseeing import foresee
        from lens.tuning.aligning import TRIED, foresee_heads

        tried = TRIED if plan.heads_alone else plan.recipe.batch
        pixels, _ = decode_once(plan.paths[:tried], plan.side, folder())
        if plan.heads_alone:
            return foresee_heads(plan, pixels)
        enough = np.resize(pixels, (2 * plan.recipe.batch, *pixels.shape[1:]))  # some may be unreadable
        numbers = range(len(enough))
        return foresee(method_of(plan, numbers), enough, len(plan.choice.photos), plan.recipe, plan.device)

    def read(self, plan: TunePlan, on_progress: Report = nothing_to_tell) -> "NDArray[np.uint8]":
        """The photos of a plan that can be read, (n, side, side, 3), decoded once into the cache.

        Raises:
            TuneError: too few can be read, or there is no room for them.
        """
        return decoded(plan, on_progress)[0]

    def train(
        self, plan: TunePlan, on_progress: Report = nothing_to_tell, *, tensorboard: Path | None = None
    ) -> TuneReport:
        """Train, and keep the encoder; a run that was killed goes on, one that is done is told again.

        It is written down meanwhile, for `all_runs`.
        Interrupted by Ctrl-C, it keeps the encoder as it then is, and says that it is not finished; `align` keeps what
        its towers have seen, and passes the interruption on.

        Args:
            plan: of `plan`.
            on_progress: told of each step; what is done counts views' photos, in this process alone.
            tensorboard: a folder, in which a folder with the encoder's name gets the curves as they come.

        Raises:
            TuneError: features collapsed or stopped being numbers, too few photos can be read, there is no room,
                another process trains the same, or TensorBoard is not installed.
        """
        from lens.selfsup.training import steps_of
        from lens.tuning.aligning import steps_of_heads, train_aligned

        if kept := kept_report(plan):
            plan.checkpoint.unlink(missing_ok=True)
            return kept
        if tensorboard and plan.heads_alone:
            raise TuneError(f"{plan.method} has no steps to show: leave --tensorboard out.")
        board = Board(tensorboard / plan.name) if tensorboard else None
        with being_trained(plan.run):
            photos = decoded(plan)
            count = len(photos[0])
            total = (steps_of_heads if plan.heads_alone else steps_of)(count, plan.recipe)
            with Diary(begun(plan, count, total)) as diary:
                if plan.heads_alone:
                    report = train_aligned(plan, photos, total, on_progress)
                    diary.finish()
                    return report
                return self._train(plan, photos, diary, board, on_progress)

    def _train(
        self, plan: TunePlan, photos: "Decoded", diary: Diary, board: Board | None, on_progress: Report
    ) -> TuneReport:
        from lens.selfsup.training import Step, steps_of, train

        pixels, numbers = photos
        method = method_of(plan, numbers.tolist())
        started, steps = time.monotonic(), list[Step]()
        total = steps_of(len(pixels), plan.recipe)

        def tell(step: Step) -> None:
            steps[:] = [*steps[:1], step]
            diary.note(step)
            if board:
                board.step(step)
            before = steps[0].done - 1
            done, left = (each * plan.recipe.batch for each in (step.done - before, step.total - before))
            on_progress(Progress(done, left, 0, f"loss {step.loss:.3f}"))

        curve: Sequence[dict[str, float]] = []
        done = total
        try:
            trained = train(
                method, pixels, plan.recipe, plan.checkpoint, what={"run": plan.run}, device=plan.device, on_step=tell
            )
            curve = trained.curve
            diary.end(curve)
            if trained.collapsed:
                raise TuneError(
                    f"After {trained.steps} steps the features no longer tell photos apart (rank "
                    f"{curve[-1]['rank']:.1f}, at first {curve[0]['rank']:.1f}): nothing is kept. Try a smaller "
                    "learning rate or a larger anchor."
                )
        except KeyboardInterrupt:
            if not steps:
                raise
            done = steps[-1].done
        finally:
            if board:
                board.close(curve)
        report = TuneReport.of(
            plan, len(pixels), steps=done, total=total, seconds=time.monotonic() - started, curve=curve
        )
        save(plan.name, plan.start.loader, method.backbone.save, facts_of(plan, report))
        if not report.finished:
            return report
        plan.checkpoint.unlink(missing_ok=True)
        return save_pictures(report, method, plan.choice.shown, plan.side)

    def finetune(
        self,
        encoder: str | None = None,
        *,
        against: str | None = None,
        labels: str = FOLDERS,
        shots: int | None = None,
        epochs: int = 10,
        batch: int = 32,
        side: int = 128,
        learning_rate: float = 1e-4,
        seed: int = 0,
        on_progress: Report = nothing_to_tell,
    ) -> "Evaluated":
        """How often the class of a photo is told once all weights of a network have learned from photos of each class.

        Nothing is kept of it. Photos are split as `Evaluation.classes` splits them.

        Args:
            encoder: the network; by default that of the index's own encoder.
            against: a second one, to be compared with it.
            labels: `folders`, `tags`, or a CSV file; see `classes_of`.
            shots: how many photos of each class are known; the mean of three draws. By default all.
            epochs: how often each photo is seen, though at least 200 steps are done.
            batch: photos at once.
            side: pixels of what the networks see.
            learning_rate: the largest; a new classifier's is ten times that.
            seed: of all that is drawn by chance.
            on_progress: told of the photos that are read, then of each step.

        Raises:
            EvaluationError: fewer than two classes have photos on both sides.
            TuneError: the extra `tune` is missing, or a network cannot be trained.
            ModelError: a network cannot be loaded.
        """
        check_packages()
        from lens.selfsup.training import Recipe
        from lens.tuning.finetuning import Finetuning

        index = self._index()
        names = list(dict.fromkeys([encoder or str(index.photos.default()), *([against] if against else [])]))
        device = choose_compute(self._device, None, None, "torch").device
        recipe = Recipe(epochs, batch, learning_rate=learning_rate, seed=seed)
        return Finetuning(index, recipe, side, device, folder()).evaluate(names, labels, shots, on_progress)
