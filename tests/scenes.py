"""Rendered scenes that have a meaning, and a tiny CLIP that learns it: a colour, a shape, a place.

Some combinations are never trained on. A model that finds them by words has learned what the words mean.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import open_clip
import torch
from PIL import Image, ImageDraw

from lens.align.objective import contrastive_loss
from tests.checkpoints import new_open_clip, save_open_clip

SIDE = 48
COLOURS = {
    "red": (214, 40, 40),
    "green": (34, 150, 60),
    "blue": (40, 80, 220),
    "yellow": (245, 210, 40),
    "white": (245, 245, 245),
    "black": (20, 20, 20),
}
SHAPES = ("ball", "cube", "pyramid", "ring", "cross")
PLACES = {"sand": (214, 186, 130), "grass": (120, 180, 90), "water": (110, 170, 210), "brick": (160, 90, 75)}
TEMPLATES = (
    "a {colour} {shape} on {place}",
    "a photo of a {colour} {shape} on {place}",
    "there is a {shape}, it is {colour}, on {place}",
    "on {place}: one {colour} {shape}",
)
UNSEEN = 5
"""One combination of so many is kept from training."""

CONFIG = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": SIDE, "layers": [1, 1, 1, 1], "width": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
}
PREPROCESS = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), "interpolation": "bicubic", "resize_mode": "shortest"}


@dataclass(frozen=True)
class Scene:
    """What a picture shows."""

    colour: str
    shape: str
    place: str

    def caption(self, template: str = TEMPLATES[0]) -> str:
        return template.format(**vars(self))

    def render(self, rng: np.random.Generator) -> Image.Image:
        """One of many pictures of it: light, position, size and grain differ."""
        light = rng.uniform(0.75, 1.15)
        ground = np.array(PLACES[self.place]) * light + rng.normal(0, 14, (SIDE, SIDE, 1))
        if self.place == "water":
            ground += 25 * np.sin(np.arange(SIDE) * rng.uniform(0.5, 0.9))[:, None, None]
        if self.place == "brick":
            ground[:: int(rng.integers(6, 9))] *= 0.6
        image = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
        size = rng.uniform(0.35, 0.6) * SIDE
        left, top = rng.uniform(2, SIDE - size - 2, 2)
        colour = tuple(int(min(255, channel * light)) for channel in COLOURS[self.colour])
        self._draw(ImageDraw.Draw(image), left, top, size, colour)
        return image

    def _draw(self, draw: ImageDraw.ImageDraw, left: float, top: float, size: float, colour: tuple[int, ...]) -> None:
        right, bottom, third = left + size, top + size, size / 3
        box = (left, top, right, bottom)
        if self.shape == "ball":
            draw.ellipse(box, fill=colour)
        elif self.shape == "cube":
            draw.rectangle(box, fill=colour)
        elif self.shape == "pyramid":
            draw.polygon([(left, bottom), (right, bottom), ((left + right) / 2, top)], fill=colour)
        elif self.shape == "ring":
            draw.ellipse(box, outline=colour, width=int(size / 4))
        else:
            draw.rectangle((left, top + third, right, bottom - third), fill=colour)
            draw.rectangle((left + third, top, right - third, bottom), fill=colour)


def all_scenes() -> list[Scene]:
    """Every combination, in an order that depends on nothing."""
    return [Scene(*parts) for parts in itertools.product(COLOURS, SHAPES, PLACES)]


def split(seed: int = 0) -> tuple[list[Scene], list[Scene]]:
    """The scenes to train on, and those to keep back."""
    scenes = all_scenes()
    order = np.random.default_rng(seed).permutation(len(scenes))
    kept = len(scenes) // UNSEEN
    return [scenes[number] for number in order[kept:]], [scenes[number] for number in order[:kept]]


def train(folder: Path, seed: int = 0, steps: int = 300) -> Path:
    """Train a tiny CLIP from nothing and save it as open_clip does."""
    torch.manual_seed(seed)
    model = new_open_clip(CONFIG).train()
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps)
    for photos, texts in _batches(split(seed)[0], seed, steps):
        loss = contrastive_loss(
            model.encode_image(photos, normalize=True),
            model.encode_text(texts, normalize=True),
            torch.eye(len(photos), dtype=torch.bool),
            model.logit_scale.exp(),
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return save_open_clip(folder, CONFIG, PREPROCESS, model.eval())


def _batches(scenes: list[Scene], seed: int, steps: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Each scene once in a batch, so that no caption fits two of its pictures."""
    rng = np.random.default_rng(seed)
    tokenizer = open_clip.SimpleTokenizer(context_length=CONFIG["text_cfg"]["context_length"])
    for _ in range(steps):
        pixels = np.stack([np.asarray(scene.render(rng)) for scene in scenes])
        photos = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
        yield photos, tokenizer([scene.caption(TEMPLATES[rng.integers(len(TEMPLATES))]) for scene in scenes])
