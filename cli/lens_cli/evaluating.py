"""`lens eval`: how good an encoder is on one's own photos."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lens_cli.console import DeviceOption, IndexOption, JsonOption, PrecisionOption, print_json, progress_bar, say

if TYPE_CHECKING:
    from lens.evaluation import Evaluated

app = typer.Typer(help="Judge an encoder on a fifth of the index's photos, or two beside each other.")

EncoderOption = Annotated[
    str | None, typer.Option("--encoder", metavar="NAME", help="Whose vectors. [default: the index's own]")
]
AgainstOption = Annotated[
    str | None, typer.Option("--against", metavar="NAME", help="A second encoder, for the same photos.")
]
LabelsOption = Annotated[
    str,
    typer.Option(
        "--labels", metavar="WHAT", help="Classes: folders, tags (keywords in files), or a CSV of photos and classes."
    ),
]
ShotsOption = Annotated[
    int | None, typer.Option("--shots", min=1, metavar="N", help="Learn from N photos of each class; ten draws.")
]


def _classes(protocol: str) -> Callable[..., None]:
    """The command of a protocol that tells classes."""

    def command(
        encoder: EncoderOption = None,
        against: AgainstOption = None,
        labels: LabelsOption = "folders",
        shots: ShotsOption = None,
        index: IndexOption = None,
        json: JsonOption = False,
    ) -> None:
        from lens import Library

        evaluation = Library.open(index).evaluation
        tell(evaluation.classes(protocol, encoder, against=against, labels=labels, shots=shots), json=json)

    return command


app.command("knn", help="Tell classes by a vote of the twenty nearest photos (arXiv:1805.01978).")(_classes("knn"))
app.command("probe", help="Tell classes by logistic regression on vectors (arXiv:1610.01644).")(_classes("probe"))


@app.command("finetune")
def finetune(
    encoder: EncoderOption = None,
    against: AgainstOption = None,
    labels: LabelsOption = "folders",
    shots: Annotated[
        int | None, typer.Option("--shots", min=1, metavar="N", help="Learn from N photos of each class; three draws.")
    ] = None,
    epochs: Annotated[int, typer.Option("--epochs", min=1, metavar="N", help="How often each photo is seen.")] = 10,
    batch: Annotated[int, typer.Option("--batch", min=2, metavar="N", help="Photos of a step.")] = 32,
    side: Annotated[int, typer.Option("--side", min=32, metavar="PIXELS", help="Of what the network sees.")] = 128,
    learning_rate: Annotated[float, typer.Option("--learning-rate", min=0, metavar="R", help="The largest.")] = 1e-4,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Of all that is drawn by chance.")] = 0,
    index: IndexOption = None,
    device: DeviceOption = None,
    json: JsonOption = False,
) -> None:
    """Train all weights of the network on photos whose class is known, and tell those of others; keeps nothing."""
    from lens import Library

    tuning = Library.open(index, device=device).tuning
    with progress_bar(quiet=json, doing="Training") as report_progress:
        found = tuning.finetune(
            encoder,
            against=against,
            labels=labels,
            shots=shots,
            epochs=epochs,
            batch=batch,
            side=side,
            learning_rate=learning_rate,
            seed=seed,
            on_progress=report_progress,
        )
    tell(found, json=json)


@app.command("retrieval")
def retrieval(
    encoder: EncoderOption = None,
    against: AgainstOption = None,
    captions: Annotated[
        Path | None, typer.Option("--captions", metavar="FILE.csv", help="With photos and their captions.")
    ] = None,
    index: IndexOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    json: JsonOption = False,
) -> None:
    """Find photos without classes: by those of the same moment, by other views of themselves, by captions."""
    from lens import Library

    library = Library.open(index, device=device, precision=precision)
    with progress_bar(quiet=json, doing="Reading") as report_progress:
        found = library.evaluation.retrieval(encoder, against=against, captions=captions, on_progress=report_progress)
    tell(found, json=json)


def tell(evaluated: "Evaluated", *, json: bool) -> None:
    """What was found, and how sure it is."""
    if json:
        print_json(evaluated)
        return
    for each in evaluated.judgements:
        print(f"{each.measure}  {each.encoder}: {each.share}")
    names = list(dict.fromkeys(each.encoder for each in evaluated.judgements))
    for measure, difference in evaluated.differences.items():
        verdict = "" if difference.shown else ", which may be chance"
        print(f"{measure}  {names[0]} over {names[1]}: {difference}{verdict}")
    if evaluated.chance is not None:
        say(
            f"{evaluated.classes} classes, learned from {evaluated.learned:,} photos; always the commonest one: "
            f"{evaluated.chance:.1%}. {evaluated.unlabelled:,} photos left out, whose class is not known or too rare."
        )
