"""`lens encoders`: whose vectors an index holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lens_cli.console import (
    BackendOption,
    BatchOption,
    DeviceOption,
    IndexOption,
    JsonOption,
    PrecisionOption,
    confirm,
    photos,
    print_json,
    progress_bar,
    say,
)
from lens_cli.evaluating import tell as tell_evaluated
from lens_cli.index import show_log, tell

if TYPE_CHECKING:
    from lens.tuning import Verdict

NOT_ADOPTED = 4

app = typer.Typer(help="Say, add, drop or choose the encoders of the index.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="An encoder; `lens models list` names them.")]
JudgedByOption = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="WHAT",
        help="Judge by classes: folders, tags (keywords in files), or a CSV of photos and classes. [default: by photos "
        "of the same moment]",
    ),
]
CaptionsOption = Annotated[
    Path | None,
    typer.Option("--captions", metavar="FILE.csv", help="With photos and captions, which must still find them."),
]
MarginOption = Annotated[
    float, typer.Option("--margin", min=0, max=100, metavar="POINTS", help="How far recall by captions may fall.")
]


@app.command("list")
def list_encoders(index: IndexOption = None, json: JsonOption = False) -> None:
    """List the encoders of the index, the one that searches use marked with a star."""
    from lens import Library

    encoders = Library.open(index).status().encoders
    if json:
        print_json(encoders)
        return
    for encoder in encoders:
        star = "*" if encoder.default else " "
        print(f"{star} {encoder.name}: {photos(encoder.photos)}, {encoder.model}, revision {encoder.revision[:12]}")


@app.command("add")
def add(
    name: NameArgument,
    index: IndexOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    batch: BatchOption = None,
    backend: BackendOption = None,
) -> None:
    """Encode every photo of the index with one more encoder; may be stopped and started again."""
    from lens import Library

    show_log()
    library = Library.open(index, device=device, precision=precision, batch=batch, backend=backend)
    with progress_bar(quiet=False) as report_progress:
        report = library.index(library.status().folders, name, on_progress=report_progress)
    tell(report)


@app.command("drop")
def drop(
    name: NameArgument,
    index: IndexOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove the vectors of an encoder from the index."""
    from lens import Library

    library = Library.open(index)
    held = next((encoder for encoder in library.status().encoders if encoder.name == name), None)
    if held and not yes:
        confirm(f"Drop the vectors of {name} for {photos(held.photos)}?")
    library.drop_encoder(name)
    say(f"Dropped {name}.")


@app.command("default")
def default(name: NameArgument, index: IndexOption = None) -> None:
    """Choose the encoder that searches use when none is named."""
    from lens import Library

    Library.open(index).set_default_encoder(name)
    say(f"Searches now use {name}.")


@app.command("adopt")
def adopt(
    name: NameArgument,
    labels: JudgedByOption = None,
    captions: CaptionsOption = None,
    margin: MarginOption = 5.0,
    index: IndexOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only judge.")] = False,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    batch: BatchOption = None,
    backend: BackendOption = None,
    json: JsonOption = False,
) -> None:
    """Let searches use an encoder, if it is better than the one they use on photos that are held out.

    Better means: by more than chance, by k-NN (--labels) or photos of the same moment, and not worse by captions. Then
    all photos are encoded; the vectors that were there stay. Otherwise nothing is changed, and the exit status is 4.
    """
    from lens import Library

    library = Library.open(index, device=device, precision=precision, batch=batch, backend=backend)
    with progress_bar(quiet=json, doing="Judging") as report_progress:
        verdict = library.adoption.judge(
            name, labels=labels, captions=captions, margin=margin / 100, on_progress=report_progress
        )
    if verdict.better and not dry_run:
        with progress_bar(quiet=json) as report_progress:
            report = library.adoption.adopt(name, verdict, report_progress)
        if not json:
            tell(report)
    adopted = verdict.better and not dry_run
    if json:
        print_json({"adopted": adopted, **vars(verdict)})
    else:
        tell_verdict(verdict, adopted=adopted, by="the same without --dry-run")
    if not verdict.better:
        raise typer.Exit(NOT_ADOPTED)


@app.command("rollback")
def rollback(
    index: IndexOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which it would be.")] = False,
    json: JsonOption = False,
) -> None:
    """Let searches use the encoder again that they used before the default was last changed."""
    from lens import Library

    before = Library.open(index).adoption.roll_back(dry_run=dry_run)
    if json:
        print_json({"default": before, "changed": not dry_run})
    else:
        say(f"Searches would use {before} again. Nothing was changed." if dry_run else f"Searches use {before} again.")


def tell_verdict(verdict: "Verdict", *, adopted: bool, by: str) -> None:
    """What the judgement was, what came of it, and by what command it would be adopted, for people."""
    tell_evaluated(verdict.found, json=False)
    if not verdict.recall_known:
        say("Whether words still find photos was not measured: --captions FILE.csv")
    if adopted:
        say(f"Adopted: searches now use {verdict.encoder}. Back: lens encoders rollback")
    elif verdict.better:
        say(f"Better, by {verdict.decides}. Nothing was changed; it is adopted by {by}.")
    else:
        say(f"Not adopted, searches still use {verdict.against}: {'; '.join(verdict.reasons)}.")
