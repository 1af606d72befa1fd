"""Tags: what photos show, by vocabularies and by examples."""

from lens.tagging.photo_tags import PhotoTags, Tag
from lens.tagging.tagging import Tagging, TagReport
from lens.tagging.teaching import Attempt, Candidate, LearnedTag, Lesson, Teaching
from lens.tagging.vocabulary import Vocabulary, load_vocabulary, parse_vocabulary, shipped

__all__ = [
    "Attempt",
    "Candidate",
    "LearnedTag",
    "Lesson",
    "PhotoTags",
    "Tag",
    "TagReport",
    "Tagging",
    "Teaching",
    "Vocabulary",
    "load_vocabulary",
    "parse_vocabulary",
    "shipped",
]
