"""Tiny networks of real architectures with random weights, in the files that a folder of the hub holds.

Weights are drawn wide enough that different photos get clearly different vectors.
"""

import json
from collections.abc import Callable
from pathlib import Path

import open_clip
import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import nn

SIDE = 64
WORDS = (
    *("<pad>", "</s>", "<unk>", "<s>", "a", "an", "the", "photo", "of", "on", "in", "red", "green", "blue"),
    *("small", "large", "dog", "cat", "cube", "ball", "tower", "sand", "snow"),
)
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def draw(module: nn.Module, seed: int = 0) -> nn.Module:
    """Give every matrix random weights; the same for the same seed."""
    torch.manual_seed(seed)
    for name, weights in module.named_parameters():
        if weights.ndim > 1:
            nn.init.normal_(weights, std=1.5 / weights[0].numel() ** 0.5 if "embed" not in name else 0.5)
        elif name.endswith("bias") and "logit" not in name:
            nn.init.normal_(weights, std=0.1)
    return module


# What open_clip saves --------------------------------------------------------------------------------------------


def open_clip_clip(folder: Path, width: int = 64) -> Path:
    """CLIP with open_clip's own tower and tokenizer, as `clip-b32` is."""
    config = {
        "embed_dim": 32,
        "vision_cfg": {"image_size": SIDE, "layers": 2, "width": width, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": width, "heads": 2, "layers": 2},
    }
    preprocess = {"mean": CLIP_MEAN, "std": CLIP_STD, "interpolation": "bicubic", "resize_mode": "shortest"}
    return save_open_clip(folder, config, preprocess)


def open_clip_siglip(folder: Path) -> Path:
    """SigLIP with timm's tower, attention pooling, a bias and a tokenizer of its own, as `siglip2-b16` is."""
    config = {
        "embed_dim": 64,
        "init_logit_bias": -10,
        "custom_text": True,
        "vision_cfg": {
            "image_size": SIDE,
            "timm_model_name": "test_vit",
            "timm_model_pretrained": False,
            "timm_pool": "map",
            "timm_proj": "none",
        },
        "text_cfg": {
            "context_length": 16,
            "vocab_size": len(WORDS),
            "hf_tokenizer_name": "somewhere/on-the-hub",
            "tokenizer_kwargs": {"clean": "canonicalize"},
            "width": 64,
            "heads": 2,
            "layers": 2,
            "no_causal_mask": True,
            "proj_bias": True,
            "pool_type": "last",
        },
    }
    preprocess = {"mean": (0.5,) * 3, "std": (0.5,) * 3, "interpolation": "bicubic", "resize_mode": "squash"}
    save_tokenizer(folder)
    return save_open_clip(folder, config, preprocess)


def save_open_clip(folder: Path, config: dict, preprocess: dict, module: nn.Module | None = None) -> Path:
    """A folder as open_clip's `push_to_hf_hub` writes it; random weights unless a module is given."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": preprocess}))
    if module is None:
        module = draw(new_open_clip(config))
    save_file(module.state_dict(), folder / "open_clip_model.safetensors")
    return folder


def new_open_clip(config: dict) -> nn.Module:
    """A network of open_clip's by its configuration, which open_clip takes only by name."""
    open_clip.factory._MODEL_CONFIGS["tiny"] = config
    try:
        return open_clip.create_model("tiny", load_weights=False, pretrained_text=False)
    finally:
        del open_clip.factory._MODEL_CONFIGS["tiny"]


# What transformers saves -----------------------------------------------------------------------------------------

TOWER = {
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
PHOTOS = TOWER | {"image_size": SIDE, "patch_size": 16}
TEXTS = TOWER | {"vocab_size": len(WORDS), "max_position_embeddings": 16}
IDS = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 3}


def transformers_clip(folder: Path) -> Path:
    """CLIP as OpenAI's repositories hold it: shorter side resized, centre cropped."""
    config = transformers.CLIPConfig(text_config=TEXTS | IDS, vision_config=PHOTOS, projection_dim=32)
    processor = transformers.CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    save_tokenizer(folder, begin="<s>")
    return save_transformers(folder, transformers.CLIPModel(config), processor)


def transformers_siglip(folder: Path) -> Path:
    """SigLIP: squashed to a square, texts padded to one length."""
    config = transformers.SiglipConfig(text_config=TEXTS | IDS, vision_config=PHOTOS)
    processor = transformers.SiglipImageProcessor(size={"height": SIDE, "width": SIDE})
    save_tokenizer(folder)
    return save_transformers(folder, transformers.SiglipModel(config), processor)


def transformers_siglip2(folder: Path) -> Path:
    """SigLIP 2 NaFlex: a photo in its own proportions, as up to 32 patches."""
    vision = TOWER | {"patch_size": 16, "num_patches": 16}
    config = transformers.Siglip2Config(text_config=TEXTS | IDS, vision_config=vision)
    processor = transformers.Siglip2ImageProcessor(patch_size=16, max_num_patches=32)
    save_tokenizer(folder)
    return save_transformers(folder, transformers.Siglip2Model(config), processor)


def dinov2(folder: Path) -> Path:
    """DINOv2 with registers; the processor resizes to 1.14 times what it then crops, as Meta's does."""
    config = transformers.Dinov2WithRegistersConfig(**PHOTOS, num_register_tokens=4)
    processor = transformers.BitImageProcessor(
        size={"shortest_edge": 73}, crop_size={"height": SIDE, "width": SIDE}, do_center_crop=True
    )
    return save_transformers(folder, transformers.Dinov2WithRegistersModel(config), processor)


def dino(folder: Path) -> Path:
    """The first DINO: a plain vision transformer, saved without the pooler that nothing trained."""
    config = transformers.ViTConfig(**PHOTOS)
    processor = transformers.ViTImageProcessor(size={"height": SIDE, "width": SIDE})
    return save_transformers(folder, transformers.ViTModel(config, add_pooling_layer=False), processor)


def timm(folder: Path, name: str = "test_vit") -> Path:
    """One of timm's networks as timm's repositories hold it; it takes photos of one size alone."""
    from timm import create_model
    from timm.models import save_for_hf

    save_for_hf(draw(create_model(name, pretrained=False, num_classes=0)), folder, safe_serialization=True)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({key: config[key] for key in config if key != "model_args"}))
    return folder


def dinov3(folder: Path) -> Path:
    """DINOv3: rotary positions, registers, squashed to a square."""
    config = transformers.DINOv3ViTConfig(**PHOTOS, num_register_tokens=4)
    processor = transformers.DINOv3ViTImageProcessor(size={"height": SIDE, "width": SIDE})
    return save_transformers(folder, transformers.DINOv3ViTModel(config), processor)


def mae(folder: Path) -> Path:
    """MAE: the mean of the patches, without the class token and with nothing masked."""
    config = transformers.ViTMAEConfig(**PHOTOS, decoder_hidden_size=16, decoder_num_hidden_layers=1)
    processor = transformers.ViTImageProcessor(size={"height": SIDE, "width": SIDE})
    return save_transformers(folder, transformers.ViTMAEModel(config), processor)


def resnet(folder: Path) -> Path:
    """A convolutional network, which pools by itself."""
    config = transformers.ResNetConfig(embedding_size=16, hidden_sizes=[16, 32], depths=[1, 1], layer_type="basic")
    processor = transformers.ConvNextImageProcessor(size={"shortest_edge": SIDE}, crop_pct=0.875)
    return save_transformers(folder, transformers.ResNetModel(config), processor)


def save_transformers(folder: Path, module: nn.Module, processor: transformers.ImageProcessingMixin) -> Path:
    """A folder as `save_pretrained` writes it."""
    draw(module).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


class Embedding(nn.Module):
    """A tower of a network as one function, which is what Optimum exports."""

    def __init__(self, module: nn.Module, method: str, output: str, names: tuple[str, ...]) -> None:
        super().__init__()
        self.module, self.method, self.output, self.names = module, method, output, names

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        found = getattr(self.module, self.method)(**dict(zip(self.names, inputs, strict=True)))
        return getattr(found, self.output)


def save_onnx(tower: Embedding, file: Path, output: str, *example: torch.Tensor) -> None:
    """A tower as an ONNX file that takes any number at once."""
    file.parent.mkdir(exist_ok=True)
    many = torch.export.Dim("n", min=1, max=1024)
    program = torch.onnx.export(
        tower.eval(),
        example,
        dynamo=True,
        verbose=False,
        input_names=list(tower.names),
        output_names=[output],
        dynamic_shapes={"inputs": tuple({0: many} for _ in example)},
    )
    program.save(file)


def onnx_siglip(folder: Path) -> Path:
    """SigLIP exported to ONNX: two graphs and no other weights."""
    module = transformers.SiglipModel.from_pretrained(transformers_siglip(folder)).eval()
    photos = Embedding(module, "get_image_features", "pooler_output", ("pixel_values",))
    save_onnx(photos, folder / "onnx" / "vision_model.onnx", "image_embeds", torch.zeros(2, 3, SIDE, SIDE))
    texts = Embedding(module, "get_text_features", "pooler_output", ("input_ids",))
    save_onnx(texts, folder / "onnx" / "text_model.onnx", "text_embeds", torch.ones(2, 16, dtype=torch.int64))
    return folder


def onnx_dinov2(folder: Path) -> Path:
    """DINOv2 exported to ONNX: the tokens of its last layer."""
    module = transformers.Dinov2WithRegistersModel.from_pretrained(dinov2(folder)).eval()
    photos = Embedding(module, "forward", "last_hidden_state", ("pixel_values",))
    save_onnx(photos, folder / "model.onnx", "last_hidden_state", torch.zeros(2, 3, SIDE, SIDE))
    return folder


def save_tokenizer(folder: Path, begin: str | None = None) -> None:
    """A word is a token; every text ends with `</s>`."""
    numbers = {word: number for number, word in enumerate(WORDS)}
    made = Tokenizer(models.WordLevel(numbers, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    tokens = [("</s>", numbers["</s>"])] + ([(begin, numbers[begin])] if begin else [])
    made.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A </s>" if begin else "$A </s>", special_tokens=tokens
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        bos_token=begin,
        model_max_length=16,
    ).save_pretrained(folder)


DUAL: dict[str, Callable[[Path], Path]] = {
    "clip": transformers_clip,
    "siglip": transformers_siglip,
    "siglip2": transformers_siglip2,
}
IMAGE_ONLY: dict[str, Callable[[Path], Path]] = {"dinov2": dinov2, "dinov3": dinov3, "mae": mae, "resnet": resnet}
