"""Networks of transformers', from a folder alone."""

import json
from pathlib import Path
from typing import Any

from lens.errors import ModelDamaged
from lens.models.files import ModelFiles

__all__ = ["absent_weights", "model_type", "pretrained", "processor"]

LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
VOCABULARIES = ("tokenizer.json", "vocab.json", "vocab.txt")


def pretrained(files: ModelFiles, kind: Any, **options: Any) -> Any:
    """A network in float32; nothing is downloaded, and no weight is left to chance.

    Args:
        files: its folder.
        kind: the class of transformers', or one that chooses by the configuration.
        options: what else `kind.from_pretrained` takes.

    Raises:
        ModelDamaged: the file lacks weights that the network has.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()  # what it would tell of missing weights is an error here
    module, told = kind.from_pretrained(files.path, dtype="float32", output_loading_info=True, **LOCAL, **options)
    if absent := absent_weights(told):
        raise ModelDamaged(
            f"The weights of {files.name} lack {absent[0]} and {len(absent) - 1} others: they are damaged or of "
            "another architecture."
        )
    return module


def processor(files: ModelFiles, kind: Any) -> Any:
    """What prepares photos and prompts for a network, from the same folder.

    Raises:
        ModelDamaged: it reads words and has no vocabulary, which transformers lets pass.
    """
    made = kind.from_pretrained(files.path, **LOCAL)
    if getattr(made, "tokenizer", None) and not any((files.path / name).is_file() for name in VOCABULARIES):
        raise ModelDamaged(f"{files.path} lacks its vocabulary; looked for {', '.join(VOCABULARIES)}.")
    return made


def absent_weights(told: dict[str, Any]) -> list[str]:
    """The weights that a file did not give and a network made up, by what `from_pretrained` told."""
    return sorted(
        str(key[0]) if isinstance(key, tuple) else str(key) for key in (*told["missing_keys"], *told["mismatched_keys"])
    )


def model_type(folder: Path) -> str:
    """What a configuration says that its network is; empty if it says nothing, as open_clip's folders do."""
    file = folder / "config.json"
    return str(json.loads(file.read_text(encoding="utf-8")).get("model_type", "")) if file.is_file() else ""
