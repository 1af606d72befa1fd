"""Train the heads that come with the built-in encoder again, from photos with captions: `lens/models/assets/`.

Of one's own captions `lens tune align` learns by the same functions. Takes minutes on two cores; what the frozen towers
see is kept in the cache for the next time.

    python benchmarks/heads.py --data ../shared/data --out FILE.safetensors [--seed 0] [--objective siglip]
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from lens.align.train import Recipe, train_heads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="with flickr8k, coco and imagenet-sample")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0, help="the same seed on the same machine gives the same heads")
    parser.add_argument("--objective", choices=["clip", "siglip"], default="clip")
    asked = parser.parse_args()

    def tell(stage: str, done: int, total: int) -> None:
        print(f"{stage}: {done:,} of {total:,}", file=sys.stderr, flush=True)

    train_heads(asked.data, asked.seed, tell, replace(Recipe(), objective=asked.objective)).save(asked.out)


if __name__ == "__main__":
    main()
