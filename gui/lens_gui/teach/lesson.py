"""How well a tag is learned, beside the photos: counts, accuracy, and what they mean."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from lens.tagging import Lesson
from lens_gui.theme import STEP

__all__ = ["LessonPanel", "meaning"]

CHANCE, GOOD = 0.7, 0.9
"""Accuracies below which it is little better than guessing, and from which it is good."""
STEADY = 10
"""Examples of either kind from which the accuracy no longer leaps with each answer."""


class LessonPanel(QWidget):
    """Figures, and a sentence on each."""

    def __init__(self) -> None:
        super().__init__()
        self.counts, self.accuracy, self.meaning = QLabel(), QLabel(), QLabel()
        self.counts.setObjectName("heading")
        self.accuracy.setObjectName("title")
        self.meaning.setObjectName("muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        for label in (self.counts, self.accuracy, self.meaning):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)

    def count(self, yes: int, no: int) -> None:
        """Show how many examples there are, at once."""
        self.counts.setText(f"{yes:,} yes · {no:,} no")

    def show_lesson(self, lesson: Lesson | None) -> None:
        """Show what would be learned."""
        accuracy = lesson.accuracy if lesson else None
        self.accuracy.setText("" if accuracy is None else f"{accuracy:.0%} right")
        self.accuracy.setVisible(accuracy is not None)
        self.meaning.setText(meaning(lesson))


def meaning(lesson: Lesson | None) -> str:
    """What a lesson comes to, in words."""
    if lesson is None:
        return "Say yes to a photo that shows it, and Lens begins to learn."
    photos = "1 photo" if lesson.tagged == 1 else f"{lesson.tagged:,} photos"
    tagged = f"{photos} would have the tag."
    if lesson.accuracy is None:
        return f"Say yes to two photos: then it can be measured how good it is.\n\n{tagged}"
    said = ["Each answer was guessed from the others. Yes and no count the same, so that chance is 50%."]
    if lesson.no < 2:
        said.append("Photos drawn by chance stand in for no, until you say it twice.")
    if lesson.accuracy < CHANCE:
        said.append("This is little better than chance: answer more photos.")
    elif lesson.accuracy < GOOD:
        said.append("This is fair. What it is least sure of teaches it most.")
    else:
        said.append("This is good.")
    if lesson.yes < STEADY or 1 < lesson.no < STEADY:
        said.append(f"With fewer than {STEADY} of either it still leaps.")
    if lesson.by_words is not None:
        better = ", which is still better" if lesson.by_words > lesson.accuracy else ""
        said.append(f"The words alone: {lesson.by_words:.0%}{better}.")
    return "\n\n".join([*said, tagged])
