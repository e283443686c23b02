"""Every convention that can be read: what it is recognised by, its defaults, and its reader."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.runtimes.vision import classifier, ssd, tensorflow, torchvision, ultralytics, zoo
from app.runtimes.vision.found import InstancesReader, Reader
from app.runtimes.vision.graph import Graph
from app.runtimes.vision.options import LayoutName, VisionOptions
from app.signature import Target


@dataclass(frozen=True, slots=True)
class Layout:
    """fits: whether a graph follows the convention. defaults: its options, raising BrokenBundleError."""

    fits: Callable[[Graph], bool]
    defaults: Callable[[Graph], dict[str, Any]]
    reader: Callable[[VisionOptions, Target], Reader]


# In the order in which a graph is held against them: the surest signs first.
LAYOUTS: dict[LayoutName, Layout] = {
    "ultralytics-nms": Layout(
        ultralytics.fits_nms, ultralytics.defaults, partial(InstancesReader, ultralytics.decode_nms)
    ),
    "ultralytics-raw": Layout(
        ultralytics.fits_raw, ultralytics.defaults, partial(InstancesReader, ultralytics.decode_raw)
    ),
    "ultralytics-classifier": Layout(
        ultralytics.fits_classifier, ultralytics.classifier_defaults, classifier.LabelReader
    ),
    "zoo": Layout(zoo.fits, zoo.defaults, partial(InstancesReader, zoo.decode)),
    "torchvision": Layout(torchvision.fits, torchvision.defaults, partial(InstancesReader, torchvision.decode)),
    "tensorflow": Layout(tensorflow.fits, tensorflow.defaults, partial(InstancesReader, tensorflow.decode)),
    "ssd": Layout(ssd.fits, ssd.defaults, partial(InstancesReader, ssd.decode)),
    "classifier": Layout(classifier.fits, classifier.defaults, classifier.LabelReader),
}
