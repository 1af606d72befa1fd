"""Tiny detectors and segmenters of real architectures with random weights, as a folder of the hub holds them.

Weights are drawn wide enough that different photos, phrases and prompts get clearly different boxes and masks.
"""

import string
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import torch
import transformers
from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

from tests.checkpoints import draw

P, T = ParamSpec("P"), TypeVar("T")
HIDDEN = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
BERT_WORDS = {101: "[CLS]", 102: "[SEP]", 1012: ".", 1029: "?", 0: "[PAD]", 100: "[UNK]"}
"""Where GroundingDINO expects them (arXiv:2303.05499 masks attention by their numbers)."""


def seeded(write: Callable[P, T]) -> Callable[P, T]:
    """Draw what `draw` does not reach, such as the frequencies that places are encoded by, the same in each run."""

    @wraps(write)
    def written(*arguments: P.args, **named: P.kwargs) -> T:
        torch.manual_seed(0)
        return write(*arguments, **named)

    return written


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


@seeded
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


@seeded
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


def small_scores(module: torch.nn.Module) -> torch.nn.Module:
    """Predicted IoUs about 0.5, as a trained network's lie between 0 and 1."""
    last = module.mask_decoder.iou_prediction_head
    last = last.layers[-1] if not hasattr(last, "proj_out") else last.proj_out
    with torch.no_grad():
        last.weight.mul_(0.05)
        last.bias.fill_(0.5)
    return module


@seeded
def sam_network(side: int = 64, width: int = 32, depth: int = 3, everywhere: tuple[int, ...] = (1,)):
    """A SAM of segment-anything, tiny but for its decoder's eight heads."""
    encoder = ImageEncoderViT(
        img_size=side,
        patch_size=8,
        embed_dim=width,
        depth=depth,
        num_heads=2,
        mlp_ratio=2,
        out_chans=32,
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
        use_rel_pos=True,
        window_size=3,
        global_attn_indexes=everywhere,
    )
    grid = side // 8
    prompts = PromptEncoder(
        embed_dim=32, image_embedding_size=(grid, grid), input_image_size=(side, side), mask_in_chans=8
    )
    decoder = MaskDecoder(
        num_multimask_outputs=3,
        transformer=TwoWayTransformer(depth=2, embedding_dim=32, mlp_dim=48, num_heads=8),
        transformer_dim=32,
        iou_head_depth=3,
        iou_head_hidden_dim=24,
    )
    module = small_scores(draw(Sam(encoder, prompts, decoder))).eval()
    with torch.no_grad():
        for mlp in decoder.output_hypernetworks_mlps:  # logits as far from 0 as a trained network's
            mlp.layers[-1].weight.mul_(8.0)
    return module


def sam_checkpoint(file: Path, **sizes: object) -> Path:
    """A checkpoint as segment-anything publishes them: a zip of tensors."""
    torch.save(sam_network(**sizes).state_dict(), file)
    return file


DECODER = {"hidden_size": 32, "mlp_dim": 48, "num_attention_heads": 8, "iou_head_hidden_dim": 24}


@seeded
def sam(folder: Path) -> Path:
    """SAM as transformers holds it."""
    config = transformers.SamConfig(
        vision_config={
            "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 64, "patch_size": 8,
            "output_channels": 32, "window_size": 3, "global_attn_indexes": [1], "mlp_dim": 64, "num_pos_feats": 16,
        },
        prompt_encoder_config={"hidden_size": 32, "image_size": 64, "patch_size": 8, "mask_input_channels": 8},
        mask_decoder_config=DECODER,
    )  # fmt: skip
    processor = transformers.SamProcessor(
        transformers.SamImageProcessor(size={"longest_edge": 64}, pad_size={"height": 64, "width": 64})
    )
    return save(folder, small_scores(draw(transformers.SamModel(config))), processor)


SAM2_PARTS = {
    "prompt_encoder_config": {"hidden_size": 32, "image_size": 128, "patch_size": 16, "mask_input_channels": 8},
    "mask_decoder_config": DECODER,
}
LEVELS = {"fpn_hidden_size": 32, "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]]}


@seeded
def sam2(folder: Path) -> Path:
    """SAM 2: Hiera, a feature pyramid, and the decoder of SAM; squashed to a square."""
    hiera = transformers.Sam2HieraDetConfig(
        hidden_size=16,
        num_attention_heads=1,
        image_size=[128, 128],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[16, 32, 64, 128],
        num_attention_heads_per_stage=[1, 2, 2, 4],
        window_size_per_stage=[8, 4, 4, 4],
        global_attention_blocks=[3],
        window_positional_embedding_background_size=[7, 7],
    )
    vision = transformers.Sam2VisionConfig(backbone_config=hiera, backbone_channel_list=[128, 64, 32, 16], **LEVELS)
    module = transformers.Sam2Model(transformers.Sam2Config(vision_config=vision, **SAM2_PARTS))
    return save(folder, small_scores(draw(module)), sam2_processor())


@seeded
def edgetam(folder: Path) -> Path:
    """EdgeTAM: RepViT by timm in the place of Hiera."""
    vision = transformers.EdgeTamVisionConfig(
        backbone_config=transformers.TimmWrapperConfig(
            architecture="repvit_m0_9",
            model_args={
                "in_chans": 3,
                "features_only": True,
                "out_indices": (0, 1, 2, 3),
                "embed_dim": (8, 16, 24, 32),
            },
        ),
        backbone_channel_list=[32, 24, 16, 8],
        **LEVELS,
    )
    module = transformers.EdgeTamModel(transformers.EdgeTamConfig(vision_config=vision, **SAM2_PARTS))
    return save(folder, small_scores(draw(module)), sam2_processor())


MEMORY = {
    "memory_encoder_hidden_size": 32,
    "memory_encoder_output_channels": 16,
    "memory_attention_hidden_size": 32,
    "memory_attention_feed_forward_hidden_size": 32,
    "memory_fuser_embed_dim": 32,
    "memory_fuser_intermediate_dim": 32,
    "mask_downsampler_embed_dim": 32,
}


@seeded
def sam2_video(folder: Path) -> Path:
    """SAM 2 as it is published: the network of videos, of which photos need a part."""
    vision = transformers.Sam2Config.from_pretrained(sam2(folder)).vision_config
    module = transformers.Sam2VideoModel(transformers.Sam2VideoConfig(vision_config=vision, **SAM2_PARTS, **MEMORY))
    return save(folder, small_scores(draw(module)), sam2_processor())


@seeded
def edgetam_video(folder: Path) -> Path:
    """EdgeTAM as it is published, likewise."""
    vision = transformers.EdgeTamConfig.from_pretrained(edgetam(folder)).vision_config
    config = transformers.EdgeTamVideoConfig(vision_config=vision, **SAM2_PARTS, **MEMORY)
    return save(folder, small_scores(draw(transformers.EdgeTamVideoModel(config))), sam2_processor())


def sam2_processor() -> transformers.Sam2Processor:
    return transformers.Sam2Processor(transformers.Sam2ImageProcessor(size={"height": 128, "width": 128}))


SAM3_VISION = {
    "backbone_config": {
        "model_type": "sam3_vit_model", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
        "num_attention_heads": 2, "image_size": 112, "patch_size": 14, "pretrain_image_size": 56,
        "window_size": 4, "global_attn_indexes": [1],
    },
    **LEVELS,
}  # fmt: skip


@seeded
def sam3(folder: Path) -> Path:
    """SAM 3's detector of phrases: a ViT, CLIP's texts, and a DETR with masks."""
    detr = {"hidden_size": 32, "num_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    config = transformers.Sam3Config(
        vision_config=SAM3_VISION,
        text_config=HIDDEN | {
            "vocab_size": 80, "max_position_embeddings": 32, "projection_dim": 32, "pad_token_id": 0, "eos_token_id": 2,
        },
        geometry_encoder_config=detr,
        detr_encoder_config=detr,
        detr_decoder_config=detr | {"num_queries": 12},
        mask_decoder_config={"hidden_size": 32, "num_attention_heads": 2},
    )  # fmt: skip
    processor = transformers.Sam3Processor(
        transformers.Sam3ImageProcessor(size={"height": 112, "width": 112}), clip_tokenizer(32)
    )
    module = draw(transformers.Sam3Model(config))
    with torch.no_grad():
        module.detr_decoder.presence_head.layer3.bias.fill_(4.0)  # something is there
    return save(folder, module, processor)


@seeded
def sam3_tracker(folder: Path) -> Path:
    """SAM 3's half for boxes and points: its ViT, and the decoder of SAM 2."""
    config = transformers.Sam3TrackerConfig(
        vision_config=SAM3_VISION | {"model_type": "sam3_vision_model"},
        prompt_encoder_config=SAM2_PARTS["prompt_encoder_config"] | {"image_size": 112, "patch_size": 14},
        mask_decoder_config=DECODER,
    )
    return save(folder, small_scores(draw(transformers.Sam3TrackerModel(config))), sam3_tracker_processor())


@seeded
def sam3_video(folder: Path) -> Path:
    """SAM 3 as it is published: the detector of phrases, and the tracker, which shares its image encoder."""
    tracker = transformers.Sam3TrackerVideoConfig(
        vision_config=SAM3_VISION | {"model_type": "sam3_vision_model"},
        prompt_encoder_config=SAM2_PARTS["prompt_encoder_config"] | {"image_size": 112, "patch_size": 14},
        mask_decoder_config=DECODER,
        **MEMORY,
    )
    config = transformers.Sam3VideoConfig(
        detector_config=transformers.Sam3Config.from_pretrained(sam3(folder)).to_dict(),
        tracker_config=tracker.to_dict(),
    )
    config.image_size = 112  # of both halves; given to the tracker alone it is forgotten
    module = draw(transformers.Sam3VideoModel(config))
    with torch.no_grad():
        module.detector_model.detr_decoder.presence_head.layer3.bias.fill_(4.0)
    small_scores(module.tracker_model)
    return save(folder, module, transformers.Sam3Processor.from_pretrained(folder))


def sam3_tracker_processor() -> transformers.Sam3TrackerProcessor:
    return transformers.Sam3TrackerProcessor(transformers.Sam3ImageProcessor(size={"height": 112, "width": 112}))


@seeded
def clipseg(folder: Path) -> Path:
    """CLIPSeg: CLIP and a small decoder; squashed to a square."""
    config = transformers.CLIPSegConfig(
        text_config=HIDDEN | {
            "vocab_size": 80, "max_position_embeddings": 16, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
        },
        vision_config=HIDDEN | {"image_size": 96, "patch_size": 16},
        projection_dim=32,
        extract_layers=[0, 1],
        reduce_dim=16,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=32,
    )  # fmt: skip
    processor = transformers.CLIPSegProcessor(
        transformers.ViTImageProcessor(size={"height": 96, "width": 96}), clip_tokenizer()
    )
    return save(folder, draw(transformers.CLIPSegForImageSegmentation(config)), processor)


def save(folder: Path, module: torch.nn.Module, processor: transformers.ProcessorMixin) -> Path:
    """A folder as `save_pretrained` writes it."""
    module.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
