"""The formats that regions can be exported in."""

from lens.export.coco import write_coco, write_results
from lens.export.cvat import write_cvat
from lens.export.form import Format
from lens.export.labelme import write_labelme
from lens.export.masks import write_masks
from lens.export.pictures import Pictures
from lens.export.table import write_csv, write_jsonl
from lens.export.voc import write_voc
from lens.export.webdataset import write_webdataset
from lens.export.yolo import write_detect, write_segment

__all__ = ["FORMATS"]

FORMATS: dict[str, Format] = {
    "coco": Format(
        "COCO instances: boxes, polygons, run lengths, crowds, scores, licences", write_coco, suffix=".json"
    ),
    "coco-results": Format("COCO results, to be judged against a COCO export", write_results, suffix=".json"),
    "yolo": Format(
        "Ultralytics YOLO, boxes", write_detect, pictures=Pictures.LINK, needs_pictures=True, always_split=True
    ),
    "yolo-seg": Format(
        "Ultralytics YOLO, polygons", write_segment, pictures=Pictures.LINK, needs_pictures=True, always_split=True
    ),
    "voc": Format("Pascal VOC: boxes of whole pixels in XML", write_voc, folder="JPEGImages"),
    "masks": Format("PNGs with a palette: the category and the thing of each pixel", write_masks),
    "labelme": Format("LabelMe: JSON beside each photo, every mask held", write_labelme, folder=""),
    "cvat": Format("CVAT for images 1.1: XML, every mask held", write_cvat, suffix=".xml"),
    "csv": Format("one region a line", write_csv, suffix=".csv"),
    "jsonl": Format("one photo a line, with a list of its regions", write_jsonl, suffix=".jsonl"),
    "webdataset": Format(
        "shards of photos with their regions as JSON",
        write_webdataset,
        folder="photos",
        pictures=Pictures.COPY,
        needs_pictures=True,
    ),
}
"""By the name that the command line has for each."""
