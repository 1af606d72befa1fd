"""Tiny detectors and segmenters of real architectures with random weights, as a folder of the hub holds them.

Weights are drawn wide enough that different photos, phrases and prompts get clearly different boxes and masks.
"""

import string
from pathlib import Path

import torch
import transformers

from tests.checkpoints import draw

HIDDEN = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
BERT_WORDS = {101: "[CLS]", 102: "[SEP]", 1012: ".", 1029: "?", 0: "[PAD]", 100: "[UNK]"}
"""Where GroundingDINO expects them (arXiv:2303.05499 masks attention by their numbers)."""


def clip_tokenizer(longest: int = 16) -> transformers.CLIPTokenizer:
    """CLIP's tokenizer with letters for words."""
    letters = string.ascii_lowercase + string.digits + "'-!"
    words = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    # "!" has number 0 in CLIP's own vocabulary and pads texts
    words.insert(0, words.pop(words.index("!")))
    return transformers.CLIPTokenizer(
        vocab={word: number for number, word in enumerate(words)},
        merges=[],
        pad_token="!",
        model_max_length=longest,
    )


def bert_tokenizer() -> transformers.BertTokenizer:
    """BERT's tokenizer with letters for words."""
    words = [BERT_WORDS.get(number, f"[unused{number}]") for number in range(1030)]
    letters = string.ascii_lowercase + string.digits + "-'"
    words += [*letters, *(f"##{letter}" for letter in letters)]
    return transformers.BertTokenizer(vocab={word: number for number, word in enumerate(words)})


def owlv2(folder: Path, side: int = 192) -> Path:
    """OWLv2: padded to a square, patches of 16 pixels."""
    config = transformers.Owlv2Config(
        vision_config=HIDDEN | {"image_size": side, "patch_size": 16},
        text_config=HIDDEN | {"vocab_size": 80, "max_position_embeddings": 16, "pad_token_id": 0, "eos_token_id": 2},
        projection_dim=32,
    )
    module = draw(transformers.Owlv2ForObjectDetection(config))
    image_processor = transformers.Owlv2ImageProcessor(size={"height": side, "width": side})
    module.save_pretrained(folder)
    transformers.Owlv2Processor(image_processor, clip_tokenizer()).save_pretrained(folder)
    return folder


def grounding_dino(folder: Path, shortest: int = 96, longest: int = 200) -> Path:
    """GroundingDINO: Swin, BERT and their fusion; the shorter side resized unless the longer gets too long."""
    config = transformers.GroundingDinoConfig(
        backbone_config=transformers.SwinConfig(
            embed_dim=16, depths=[1, 1, 1, 1], num_heads=[1, 2, 4, 4], window_size=4, out_indices=[2, 3, 4]
        ),
        text_config=transformers.BertConfig(**HIDDEN, vocab_size=1110, max_position_embeddings=256),
        d_model=32,
        encoder_layers=2,
        encoder_ffn_dim=32,
        encoder_attention_heads=2,
        decoder_layers=2,
        decoder_ffn_dim=32,
        decoder_attention_heads=2,
        num_queries=30,
    )
    module = draw(transformers.GroundingDinoForObjectDetection(config))
    with torch.no_grad():  # wide weights would press all boxes into the corners and all scores to 1
        for name, weights in module.named_parameters():
            if "bbox_embed" in name or "text_projection" in name:
                weights.mul_(0.3)
    size = {"shortest_edge": shortest, "longest_edge": longest}
    image_processor = transformers.GroundingDinoImageProcessor(size=size)
    module.save_pretrained(folder)
    transformers.GroundingDinoProcessor(image_processor, bert_tokenizer()).save_pretrained(folder)
    return folder
