"""Preparing the words of an encoder that runs in torch, so that later searches need no torch."""

import json
import logging
from typing import Any

from lens.models.encoders.cards import write_card
from lens.models.encoders.network import TorchTower
from lens.models.encoders.onnx import OnnxNetwork, cached_network
from lens.models.encoders.onnx_tower import as_module, export
from lens.models.encoders.words import (
    CLEANERS,
    PART,
    Words,
    WordsCard,
    prepared_card,
    tokenise,
    tower_key,
)

__all__ = ["prepare_words"]

log = logging.getLogger(__name__)

PROBES = (
    "a dog", "A photo of two cats, asleep on a sofa!", "", "don't  stop — café №5 ☃",
    "snow_covered 山 hills &amp; lakes", "x" * 40, "a very long description of a street at night " * 12,
)  # fmt: skip
"""Texts in which tokenizers and towers differ, where they do."""
SAME = 0.9999
CLIP_WORD = r"<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
"""What CLIP takes for a word, before it is taken apart into bytes."""


def prepare_words(encoder: Any) -> bool:
    """Put an encoder's words into the cache: whether they are there afterwards.

    What is exported is compared with the encoder itself, and kept only if it gives the same vectors.
    """
    info = encoder.info
    if prepared_card(info.name, info.revision):
        return True
    tower = getattr(encoder, "texts", None)
    if not isinstance(tower, TorchTower) or tower.network.compute.precision not in {"float32", "int8"}:
        return False
    from tokenizers import Tokenizer

    try:
        card = card_of(encoder)
        if card is None:
            return False
        inputs = tokenise(card, Tokenizer.from_str(card.tokenizer), ["a"])
        example = {name: array[0] for name, array in inputs.items()}
        network = cached_network(
            *tower_key(info.name, info.revision), lambda: export(as_module(tower, example), example)
        )
        words = Words(card, OnnxNetwork(network))
        cosine = (words.encode_texts(PROBES) * encoder.encode_texts(PROBES)).sum(axis=1).min()
    except Exception as error:  # noqa: BLE001 - exporters fail in ways of their own, and torch remains
        log.debug("the words of %s cannot be prepared: %s", info.name, error)
        return False
    if cosine < SAME:
        log.debug("the words of %s come out differently: cosine %.5f", info.name, cosine)
        return False
    write_card(card, PART)
    return True


def card_of(encoder: Any) -> WordsCard | None:
    """How an encoder makes tokens of texts; None if that cannot be told."""
    tokenizer = encoder.tokenizer
    row = encoder.tokenise(["a"])[0]
    tokens, mask = next(iter(row)), "attention_mask" if "attention_mask" in row else None
    length = len(row[tokens]) if mask is None else encoder.longest
    if hasattr(tokenizer, "bpe_ranks"):  # open_clip's own, which is CLIP's
        backend, pad, cleaner = _clip_tokenizer(tokenizer), 0, _cleaner_of(tokenizer)
    else:
        kept = getattr(tokenizer, "tokenizer", tokenizer)  # open_clip wraps that of transformers
        backend, pad = json.loads(kept.backend_tokenizer.to_str()), kept.pad_token_id
        cleaner = _cleaner_of(tokenizer) if kept is not tokenizer else "none"
    if cleaner is None:
        return None
    return WordsCard(encoder.info, cleaner, _of_one_length(backend, length, pad), tokens, mask)


def _cleaner_of(tokenizer: Any) -> str | None:
    """The name of what open_clip does to a text first, told by what it does."""
    probe = " A_b,  C&amp;d "
    done = tokenizer.clean_fn(probe)
    return next((name for name, clean in CLEANERS.items() if clean(probe) == done), None)


def _of_one_length(backend: dict[str, Any], length: int, pad: int) -> str:
    from tokenizers import Tokenizer

    made = Tokenizer.from_str(json.dumps(backend))
    made.enable_truncation(length)
    made.enable_padding(length=length, pad_id=pad)
    text: str = made.to_str()
    return text


def _clip_tokenizer(tokenizer: Any) -> dict[str, Any]:
    """open_clip's tokenizer in Python, as one of the tokenizers library."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.__getitem__)
    made = Tokenizer(models.BPE(tokenizer.encoder, merges, end_of_word_suffix="</w>"))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(f"(?i){CLIP_WORD}"), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    begin, end = "<start_of_text>", "<end_of_text>"
    made.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(name, tokenizer.encoder[name]) for name in (begin, end)]
    )
    held: dict[str, Any] = json.loads(made.to_str())
    return held
