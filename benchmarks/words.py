"""Captions that photos are found by, before and after a network has learned from captions of other photos.

Learns from the first 700 photos of Flickr8k, and judges by the other 100 and all their captions, found among each
other: photos by a caption, and captions by a photo. What learns is a tiny CLIP with random weights, the built-in
encoder as it comes, whose heads were trained on these very captions, and heads that were trained on all but Flickr8k.

    python benchmarks/words.py [--judge slice] [--runs tiny-clip,builtin-clip] [--keep FOLDER]

With `--judge slice` the last 140 of the 700 judge and are not learned from: settings are chosen by these. With
`--keep`, what each run came to is kept there as soon as it is known, and not run again.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from lens.align.datasets import Example, training_split, validation_split
from lens.align.features import VIEWS, features_of, view_features
from lens.align.train import Recipe as Alignment
from lens.align.train import fit_heads
from lens.evaluation.intervals import difference_of, share_of
from lens.models.encoders.base import Encoder
from lens.models.encoders.builtin import BuiltinEncoder, load_builtin
from lens.models.encoders.heads import Heads, image_inputs
from lens.models.formats import HEADS
from lens.models.loading import load
from lens.photos.decode import read_photo
from lens.selfsup.backbones import Backbone
from lens.selfsup.decoded import decode_once
from lens.selfsup.language import Language, Lock, Words
from lens.selfsup.training import Recipe, Step, train
from lens.selfsup.words import BuiltinHeads, BuiltinWords
from lens.tuning.aligning import heads_beside
from lens.tuning.networks import FOR_HEADS, start_from
from lens.tuning.plan import ALIGN

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
FLICKR, SLICE = 700, 140
WITHIN = (1, 5, 10)
TINY = 48
"""Pixels of what the tiny CLIP sees."""


@dataclass(frozen=True)
class Run:
    """What learns, and how."""

    network: str
    objective: str
    lock: Lock
    recipe: Recipe
    side: int


def _tiny(objective: str, rate: float = 1e-3, epochs: int = 60) -> Run:
    return Run("tiny CLIP", objective, "none", Recipe(epochs, 64, learning_rate=rate, weight_decay=0.2), TINY)


def _heads(network: str, lock: Lock, objective: str = "clip", rate: float = 1e-4, epochs: int = 5) -> Run:
    return Run(network, objective, lock, Recipe(epochs, 64, learning_rate=rate), 224)


def _beside(network: str) -> Run:
    usual = FOR_HEADS
    return Run(network, ALIGN, "none", Recipe(usual.epochs, usual.batch, learning_rate=usual.learning_rate), usual.side)


RUNS = {
    "tiny-clip": _tiny("clip"),
    "tiny-siglip": _tiny("siglip"),
    "builtin-clip": _heads("builtin", "none"),
    "others-clip": _heads("heads without Flickr8k", "none"),
    "others-clip-image": _heads("heads without Flickr8k", "image", rate=1e-3),
    "others-clip-text": _heads("heads without Flickr8k", "text"),
    "others-siglip": _heads("heads without Flickr8k", "none", "siglip"),
    "builtin-align": _beside("builtin"),
    "others-align": _beside("heads without Flickr8k"),
}


@cache
def flickr() -> list[Example]:
    """The photos of Flickr8k that may be learned from."""
    return [each for each in training_split(DATA) if "flickr8k" in each.path.parts]


def tiny_clip(folder: Path, texts: Sequence[str]) -> Path:
    """A CLIP of some hundred thousand random weights, whose words are those that texts have twice or more."""
    import transformers
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    made = Tokenizer(models.WordLevel(unk_token="<unk>"))
    made.normalizer, made.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    special = ["<pad>", "<end>", "<unk>", "<begin>"]
    made.train_from_iterator(texts, trainers.WordLevelTrainer(min_frequency=2, special_tokens=special))
    made.post_processor = processors.TemplateProcessing(
        single="<begin> $A <end>", special_tokens=[("<begin>", 3), ("<end>", 1)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="<end>", unk_token="<unk>", model_max_length=20
    ).save_pretrained(folder)
    sizes = {"hidden_size": 96, "intermediate_size": 384, "num_attention_heads": 3, "attention_dropout": 0.1}
    words = sizes | {"num_hidden_layers": 2, "vocab_size": made.get_vocab_size(), "max_position_embeddings": 20}
    ends = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 3}
    photos = sizes | {"num_hidden_layers": 4, "image_size": TINY, "patch_size": 8}
    config = transformers.CLIPConfig(text_config=words | ends, vision_config=photos, projection_dim=96)
    transformers.CLIPModel(config).save_pretrained(folder)
    square = {"height": TINY, "width": TINY}
    transformers.CLIPImageProcessor(size={"shortest_edge": TINY}, crop_size=square).save_pretrained(folder)
    return folder


@cache
def heads_without_flickr() -> Heads:
    """The built-in heads as they would be without Flickr8k: 91 photos with captions, a thousand with classes."""

    def progress(stage: str, done: int, total: int) -> None:
        print(f"{stage}: {done} of {total}", file=sys.stderr, flush=True)

    every = training_split(DATA)
    kept = [number for number, each in enumerate(every) if "flickr8k" not in each.path.parts]
    views = [view_features(every, view, 0, progress)[kept] for view in VIEWS]
    examples = [every[number] for number in kept]
    counts = [Alignment().weights[each.path.relative_to(DATA).parts[0]] for each in examples]
    return fit_heads(examples, views, counts, seed=0, progress=progress)


def towers(run: Run, texts: Sequence[str], folder: Path) -> tuple[Backbone, Words, Encoder]:
    """What learns, and the encoder that it was."""
    if run.network == "tiny CLIP":
        torch.manual_seed(run.recipe.seed)
        source = str(tiny_clip(folder, texts))
        # The files' own random weights, all of which are trained, so that it can be said what they knew before.
        network, words = start_from(source, "all").towers(texts, run.side, run.lock)
        return network, words, load(source, device="cpu", precision="float32", backend="torch")  # type: ignore[return-value]
    heads = load_builtin().heads if run.network == "builtin" else heads_without_flickr()
    photos = BuiltinHeads(heads, run.lock)
    before = BuiltinEncoder(heads)
    return photos, BuiltinWords(photos, before.text_features(texts), heads), before


def after(run: Run, folder: Path) -> Encoder:
    """The encoder that was saved."""
    if run.network == "tiny CLIP":
        return load(str(folder), device="cpu", precision="float32", backend="torch")  # type: ignore[return-value]
    return BuiltinEncoder(Heads.load(folder / HEADS))


def found(encoder: Encoder, judged: Sequence[Example]) -> dict[str, list[float]]:
    """By measure, how often each photo is found by its captions, and whether any of these by it."""
    images = [read_photo(each.path, min_side=encoder.info.min_side).image for each in judged]
    photos = np.concatenate([encoder.encode_images(images[at : at + 50]) for at in range(0, len(images), 50)])
    owners = np.repeat(np.arange(len(judged)), [len(each.captions) for each in judged])
    cosines = encoder.encode_texts([text for each in judged for text in each.captions]) @ photos.T
    own = cosines[np.arange(len(owners)), owners]
    by_text = (cosines >= own[:, None]).sum(axis=1)  # 1 is first; a tie counts against the encoder
    best = np.array([own[owners == photo].max() for photo in range(len(judged))])
    by_photo = (cosines >= best).sum(axis=0)
    scores: dict[str, NDArray[Any]] = {}
    for within in WITHIN:
        scores[f"photo in the first {within}"] = np.bincount(owners, by_text <= within) / np.bincount(owners)
        scores[f"caption in the first {within}"] = by_photo <= within
    return {measure: each.astype(float).tolist() for measure, each in scores.items()}


def carry_out(run: Run, learned: Sequence[Example], judged: Sequence[Example]) -> dict[str, Any]:
    """Train once, and judge before and after."""
    texts = sorted({text for each in learned for text in each.captions})
    number_of = {text: number for number, text in enumerate(texts)}
    owned = [[number_of[text] for text in each.captions] for each in learned]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        network, words, encoder = towers(run, texts, folder / "before")
        before = found(encoder, judged)
        torch.manual_seed(run.recipe.seed)
        pixels, _ = decode_once([each.path for each in learned], run.side, folder)
        method = Language(network, words, owned, run.side, run.objective)  # type: ignore[arg-type]
        network.train()
        started, last = time.monotonic(), [Step(0, 0, 0.0, 0.0)]
        ended = train(method, pixels, run.recipe, folder / "run", on_step=lambda step: last.__setitem__(0, step))
        seconds = time.monotonic() - started
        (folder / "after").mkdir()
        network.save(folder / "after")
        losses = [each["loss"] for each in ended.curve if "loss" in each]
        told = {"seconds": seconds, "losses": losses, "scale": float(words.scale.detach().exp())}
        return {"before": before, "after": found(after(run, folder / "after"), judged), "run": told}


def carry_out_align(run: Run, learned: Sequence[Example], judged: Sequence[Example]) -> dict[str, Any]:
    """Put new heads beside those there are, and judge before and after."""
    heads = load_builtin().heads if run.network == "builtin" else heads_without_flickr()

    def untold(stage: str, done: int, total: int) -> None:
        """Progress of what is soon done."""

    started = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        pixels, _ = decode_once([each.path for each in learned], run.side, Path(place))

        def read(number: int) -> Image.Image:
            return Image.fromarray(pixels[number])

        views = [image_inputs(features_of(read, len(pixels), view, run.recipe.seed, untold)) for view in VIEWS]
    both = heads_beside(heads, [each.captions for each in learned], views, run.recipe, untold)
    seconds = time.monotonic() - started
    before, now = (found(BuiltinEncoder(each), judged) for each in (heads, both))
    return {"before": before, "after": now, "run": {"seconds": seconds, "losses": []}}


def kept(file: Path, ran: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a run came to, read from its file if it ran before."""
    if not file.exists():
        done = ran()
        file.with_suffix(".part").write_text(json.dumps(done))
        file.with_suffix(".part").replace(file)
    read: dict[str, Any] = json.loads(file.read_text())
    return read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", choices=["slice", "validation"], default="validation")
    parser.add_argument("--runs", default=",".join(RUNS))
    parser.add_argument("--keep", type=Path, help="a folder for what each run came to")
    asked = parser.parse_args()
    learned, judged = flickr(), validation_split(DATA)["Flickr8k"]
    if asked.judge == "slice":
        learned, judged = learned[:-SLICE], learned[-SLICE:]
    with tempfile.TemporaryDirectory() as place:
        keep = asked.keep or Path(place)
        keep.mkdir(parents=True, exist_ok=True)
        for name in asked.runs.split(","):
            ran = carry_out_align if RUNS[name].objective == ALIGN else carry_out
            done = kept(keep / f"{name}-{asked.judge}.json", partial(ran, RUNS[name], learned, judged))
            losses = done["run"]["losses"]
            told = f", loss {losses[0]:.3f} to {losses[-1]:.3f}" if losses else ""
            print(f"{name}: {done['run']['seconds']:.0f} s{told}", flush=True)
            for measure, scores in done["after"].items():
                before, now = np.array(done["before"][measure]), np.array(scores)
                print(f"  {measure:24} {share_of(before)} → {share_of(now)} {difference_of(now, before)}", flush=True)


if __name__ == "__main__":
    main()
