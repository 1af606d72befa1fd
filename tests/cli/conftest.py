"""The program in this process, which has loaded the heavy packages already."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lens_cli.app import main


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str


@pytest.fixture
def lens(capsys, monkeypatch) -> Callable[..., Said]:
    """Runs a command in this process."""

    def run(*arguments: str, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "argv", ["lens", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return Said(left.value.code or 0, out, err)

    return run
