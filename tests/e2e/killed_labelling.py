"""A program that labels an index, and kills itself, as a power cut would, at a stage it is told.

Arguments: index, stage (read, find, cut, encode, write; none to be left alone), which occurrence of the stage,
milliseconds after it.
"""

import logging
import sys
import time

from lens import Library
from lens.labeling import labelling
from lens.models.segmenters.builtin import load_builtin
from tests.e2e.killed_run import KillAt, SlowEncoder
from tests.label_fakes import ColourDetector


class SlowDetector(ColourDetector):
    """Takes a while, so that there is a detection to be killed in."""

    def detect_all(self, images, phrases, threshold=None):
        time.sleep(0.01)
        return super().detect_all(images, phrases, threshold)


def label(uri: str) -> None:
    library = Library.open(uri)
    library._encoders._encoders["colour"] = SlowEncoder()
    library.labels.label("red, sky=blue|navy", detector=SlowDetector(), segmenter=load_builtin(), source="s")


if __name__ == "__main__":
    uri, stage, occurrence, delay_ms = sys.argv[1:]
    kill = KillAt(stage, int(occurrence), int(delay_ms))
    logging.getLogger("lens").setLevel(logging.DEBUG)
    logging.getLogger("lens").addHandler(kill)
    labelling.COMMIT_PHOTOS = 8
    label(uri)
    print("finished")
