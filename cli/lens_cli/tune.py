"""`lens tune`: train an encoder on one's own photos."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lens_cli.console import (
    DeviceOption,
    IndexOption,
    JsonOption,
    QuietOption,
    WhereArgument,
    photos,
    print_json,
    progress_bar,
    say,
    size,
)
from lens_cli.encoders import NOT_ADOPTED, CaptionsOption, JudgedByOption, MarginOption, tell_verdict
from lens_cli.index import tell as tell_indexed
from lens_cli.label import duration

if TYPE_CHECKING:
    from lens.selfsup.foreseeing import Foreseen
    from lens.tuning import TunePlan, TuneReport
    from lens.tuning.captions import Captions

INTERRUPTED = 130
EXAMPLES = 6
Lock = Literal["none", "image", "text"]


def tune(
    method: Annotated[
        str,
        typer.Argument(
            metavar="METHOD",
            help="simclr, moco-v2, moco-v3, dino, rotation, jigsaw or colorization; of a vision transformer also ibot, "
            "dinov2, mae or ijepa; from captions: clip, siglip or align.",
        ),
    ],
    where: WhereArgument = None,
    backbone: Annotated[
        str,
        typer.Option(
            "--backbone",
            metavar="NAME",
            help="builtin, dinov2-s, a folder of transformers' or timm's, or timm:resnet18.",
        ),
    ] = "builtin",
    train: Annotated[
        str | None,
        typer.Option(
            "--train", metavar="WHAT", help="last (blocks), all, lora, or scratch. [default: last; of timm:… scratch]"
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Of the encoder. [default: BACKBONE-METHOD]")
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", min=1, metavar="N", help="How often each photo is seen. [builtin: 5; align: 30]"),
    ] = None,
    batch: Annotated[
        int | None, typer.Option("--batch", min=2, metavar="N", help="Photos of a step. [builtin: 32; align: 256]")
    ] = None,
    side: Annotated[
        int | None,
        typer.Option(
            "--side",
            min=64,
            metavar="PIXELS",
            help="Of what the network sees. [builtin: 192; from captions 224; align: 288]",
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            "--learning-rate",
            min=0,
            metavar="R",
            help="The largest. [builtin: 0.0001, of words alone 0.001; align: 0.002]",
        ),
    ] = None,
    anchor: Annotated[
        float | None,
        typer.Option(
            "--anchor",
            min=0,
            metavar="W",
            help="How strongly vectors are held where they were. [builtin: 10; from captions 0]",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Of all that is drawn by chance.")] = 0,
    labels: JudgedByOption = None,
    captions: CaptionsOption = None,
    margin: MarginOption = 5.0,
    sources: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SOURCES",
            help="Where clip, siglip and align find captions: file (--captions), xmp (descriptions in photos and "
            "side-cars), names (of files and folders); several with commas. [default: the file if there is one, else "
            "xmp,names]",
        ),
    ] = None,
    lock: Annotated[
        Lock, typer.Option("--lock", help="Which tower clip and siglip leave as it is.", show_default=True)
    ] = "none",
    adopt: Annotated[bool, typer.Option("--adopt", help="Let searches use the encoder, if it is better.")] = False,
    tensorboard: Annotated[
        Path | None,
        typer.Option("--tensorboard", metavar="FOLDER", help="Write curves there as they come, for TensorBoard."),
    ] = None,
    index: IndexOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many steps, how long, how much memory.")
    ] = False,
    device: DeviceOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Train an encoder, by default the built-in one, on the photos of the index, or of a query.

    Without any labels; clip, siglip and align with captions, which then also judge: those of photos held out.

    Afterwards it is judged beside what it was before, on a fifth of the photos that is held out, and a page
    written that shows what came of it. The index is not changed without --adopt, which may follow: the same command
    does not train again. May be stopped and started again at any moment.
    """
    from lens import Library
    from lens.tuning.facts import kept_report
    from lens.tuning.page import save_page
    from lens.tuning.runs import keep_verdict

    library = Library.open(index, device=device)
    tuning, adoption = library.tuning, library.adoption
    adoption.check(labels, captions, backbone if adopt and not backbone.startswith("timm:") else None)
    with progress_bar(quiet=quiet, doing="Comparing") as report_progress:
        plan = tuning.plan(
            method,
            where,
            backbone=backbone,
            trained=train,
            name=name,
            epochs=epochs,
            batch=batch,
            side=side,
            learning_rate=learning_rate,
            anchor=anchor,
            seed=seed,
            lock=lock,
            captions=captions,
            sources=sources.split(",") if sources else None,
            on_progress=report_progress,
        )
    if plan.captions is None and (lock != "none" or sources):
        raise typer.BadParameter("--lock goes with clip and siglip, --from with align too")
    if dry_run:
        tell_foreseen(plan, tuning.foresee(plan), json=json)
        return
    with progress_bar(quiet=quiet, doing="Reading") as report_progress:
        tuning.read(plan, report_progress)
    if plan.device == "cpu" and not (quiet or plan.checkpoint.exists() or kept_report(plan)):
        kept = "what was looked at" if plan.heads_alone else "what is learned by then"
        say(f"No GPU: about {duration(tuning.foresee(plan).seconds)} of training. Ctrl-C keeps {kept}.")
    with progress_bar(quiet=quiet, doing="Training") as report_progress:
        report = tuning.train(plan, report_progress, tensorboard=tensorboard)
    if not json and not quiet:
        tell(report)
    if not report.finished:
        if json:
            print_json(report)
        raise typer.Exit(INTERRUPTED)
    with progress_bar(quiet=quiet, doing="Judging") as report_progress:
        verdict = adoption.judge(
            plan.name,
            against=plan.before,
            labels=labels,
            captions=plan.captions.said if plan.captions else captions,
            margin=margin / 100,
            by_captions=plan.captions is not None,
            on_progress=report_progress,
        )
    page = save_page(plan, report, verdict)
    keep_verdict(plan.run, verdict, page)
    adopted = adopt and verdict.better
    if adopted:
        with progress_bar(quiet=quiet) as report_progress:
            indexed = adoption.adopt(plan.name, verdict, report_progress)
        if not json and not quiet:
            tell_indexed(indexed)
    if json:
        print_json({**vars(report), "page": page, "adopted": adopted, "verdict": verdict})
    else:
        tell_verdict(verdict, adopted=adopted, by="the same command with --adopt")
        say(f"What came of it, to look at: {page}")
    if adopt and not verdict.better:
        raise typer.Exit(NOT_ADOPTED)


def tell_foreseen(plan: "TunePlan", foreseen: "Foreseen", *, json: bool) -> None:
    """What a run would take."""
    if json:
        print_json(vars(foreseen) | ({"captions": plan.captions.found} if plan.captions else {}))
        return
    chosen = plan.choice
    say(f"Would learn from {photos(len(chosen.photos))}; {chosen.others}.")
    if plan.captions:
        tell_captions(plan.captions)
    on_gpu = f" and {size(foreseen.gpu_bytes)} of the GPU's" if foreseen.gpu_bytes else ""
    say(
        f"{foreseen.steps:,} steps, about {duration(foreseen.seconds)} on {plan.device} and {size(foreseen.bytes)} of "
        f"memory{on_gpu}, as a few steps tell. Nothing was changed."
    )


def tell_captions(captions: "Captions") -> None:
    """What is said of photos, and where that was found."""
    found = ", ".join(f"{count:,} from {source}" for source, count in captions.found.items())
    say(
        f"Captions of {photos(len(captions.of))} ({found}), {len(captions.judged):,} of them held out; "
        f"{len(captions.texts):,} different ones to learn from, such as"
    )
    for example in captions.some(EXAMPLES):
        say(f"  {example}")


def tell(report: "TuneReport") -> None:
    """What was trained, for people."""
    say(
        f"{report.steps:,} of {report.total:,} steps on {photos(report.photos)} in {duration(report.seconds)}; "
        f"{report.others}."
    )
    say(f"Kept as {report.name}.")
