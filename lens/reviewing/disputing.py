"""What sources disagree about in one photo."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from lens.reviewing.pairing import paired
from lens_indexes import RegionRow

__all__ = ["disputed_of"]


def disputed_of(regions: Sequence[RegionRow]) -> set[str]:
    """The regions of a photo that a source has and another, which has regions there too, has not."""
    by_source: dict[str, list[RegionRow]] = defaultdict(list)
    for region in regions:
        by_source[region.source].append(region)
    found: set[str] = set()
    for mine, theirs in combinations(by_source.values(), 2):
        pairs = paired(mine, theirs)
        apart = [(a, b) for a, b in pairs.both if mine[a].category != theirs[b].category]
        found |= {mine[at].id for at in (*pairs.first, *(a for a, _ in apart))}
        found |= {theirs[at].id for at in (*pairs.second, *(b for _, b in apart))}
    return found
