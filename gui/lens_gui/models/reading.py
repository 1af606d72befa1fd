"""Which models there are: `python -m lens_gui.models.reading` tells it."""

from dataclasses import dataclass
from typing import Any

from lens.comparison import Comparison, compared_before, comparison_of
from lens.models.listing import ListedModel, listed
from lens_gui.asking import tell

__all__ = ["ModelRow", "read_models", "rows_of"]


@dataclass(frozen=True)
class ModelRow:
    """A model, and what it was found to do on somebody's own photos."""

    model: ListedModel
    compared: Comparison | None

    @property
    def comes_with_lens(self) -> bool:
        """Whether there is nothing to download, check or remove."""
        return self.model.revision == "builtin"

    @property
    def photos_per_second(self) -> float | None:
        """On this machine: in an index run, else in a comparison."""
        return self.model.photos_per_second or (self.compared.photos_per_second if self.compared else None)


def read_models() -> list[ModelRow]:
    """Every model that Lens knows."""
    compared = compared_before()
    return [ModelRow(model, compared.get(model.name) if model.task == "encoder" else None) for model in listed()]


def rows_of(told: list[dict[str, Any]]) -> list[ModelRow]:
    """The same, of what was told."""
    return [
        ModelRow(ListedModel(**each["model"]), comparison_of(each["compared"]) if each["compared"] else None)
        for each in told
    ]


if __name__ == "__main__":
    tell(read_models)
