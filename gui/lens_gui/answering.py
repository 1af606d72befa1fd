"""A process that stays and carries out the orders of the window.

An order is a line of JSON, a name and facts; its answer is a pickled object in base64, a `Trouble` if it failed.
"""

import base64
import json
import pickle
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from typing import Any

from lens_gui import priority
from lens_gui.trouble import trouble_of

__all__ = ["carry_out_all"]


def carry_out_all(orders: Callable[[], Mapping[str, Callable[..., object]]]) -> None:
    """Carry out orders until the standard input ends.

    Args:
        orders: gives what can be ordered, by name; whatever it and they print is not for the window.
    """
    priority.step_back(priority.SOON)
    out = sys.stdout
    with redirect_stdout(sys.stderr):
        known = orders()
        for line in sys.stdin:
            answer = base64.b64encode(pickle.dumps(_answer(known, *json.loads(line))))
            print(answer.decode(), file=out, flush=True)


def _answer(orders: Mapping[str, Callable[..., object]], name: str, facts: dict[str, Any]) -> object:
    try:
        return orders[name](**facts)
    except Exception as error:  # noqa: BLE001 - whatever it is, the window is told
        return trouble_of(error)
