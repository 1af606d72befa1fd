"""Photos and networks that the benchmarks make for themselves."""

import json
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
COCO = ROOT.parent / "shared" / "data" / "coco" / "images"
LARGE = (4032, 3024)
LARGE_COUNT = 48


def default_folder() -> Path:
    """The COCO photos beside the checkout, else the samples."""
    return COCO if COCO.is_dir() else ROOT / "samples"


def enlarge(source: Path, folder: Path) -> Path:
    """Photos of 12 megapixels made from smaller ones, as a camera would store them."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.rglob("*.jpg"))[:LARGE_COUNT]:
        with Image.open(file) as image:
            upright = image.convert("RGB")
        size = LARGE if upright.width >= upright.height else LARGE[::-1]
        upright.resize(size, Image.Resampling.BICUBIC).save(folder / file.name, quality=93)
    return folder


def copies(source: Path, folder: Path, count: int) -> Path:
    """`count` JPEGs that are copies of a folder's in turn, each with a comment of its own: other bytes, same pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted(source.rglob("*.jpg"))
    for number in range(count):
        content, comment = files[number % len(files)].read_bytes(), b"%08d" % number
        segment = b"\xff\xfe" + (2 + len(comment)).to_bytes(2, "big") + comment
        (folder / f"{number:06d}.jpg").write_bytes(content[:2] + segment + content[2:])
    return folder


def random_clip(folder: Path, architecture: str = "ViT-B-32") -> Path:
    """A CLIP of the full size, as open_clip saves it, with random weights: for speed, not for finding."""
    import open_clip
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": open_clip.get_model_config(architecture), "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    model = open_clip.create_model(architecture, load_weights=False)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    return folder
