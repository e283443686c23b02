"""Everything that serving a vision model needs to know and its graph does not say."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from app.signature import Frozen

LayoutName = Literal[
    "ultralytics-raw",
    "ultralytics-nms",
    "ultralytics-classifier",
    "zoo",
    "torchvision",
    "tensorflow",
    "ssd",
    "classifier",
]
VisionTask = Literal["classification", "segmentation", "detection"]
Channels = tuple[float, float, float]
Share = Annotated[float, Field(ge=0, le=1)]


class VisionOptions(Frozen):
    """From a picture to the graph's tensor, and from its outputs to an answer. Settled by inspect().

    A tensor's value is (pixel * scale - mean) / std with pixels of 0 to 255, mean and std in the order of `channels`.
    """

    layout: LayoutName
    outputs: dict[str, str] = Field(description="role -> the name of the graph's output that plays it")

    size: tuple[PositiveInt, PositiveInt] | None = Field(None, description="height, width; null: the picture's own")
    resize: Literal["none", "stretch", "letterbox", "crop", "short-side"] = Field(
        "none",
        description="stretch: to size. letterbox: fitted into size, the rest padded on both sides. crop: the shorter "
        "side to short_side, then the centre of size. short-side: the shorter side to short_side, at most max_side, "
        "padded at the bottom and the right to a multiple of stride",
    )
    short_side: PositiveInt | None = Field(None, description="of crop and short-side: the shorter side, in pixels")
    max_side: PositiveInt | None = Field(None, description="of short-side: the longer side is at most this")
    stride: PositiveInt | None = Field(None, description="of letterbox and short-side: pad only to a multiple of it")
    antialias: bool = Field(False, description="shrink as Pillow does (true) or as OpenCV does (false)")
    pad_value: float | None = Field(None, description="of 0 to 255; null: zero in the tensor")

    channels: Literal["rgb", "bgr"] = "rgb"
    order: Literal["nchw", "nhwc", "chw"] = "nchw"
    dtype: Literal["float32", "float16", "uint8"] = "float32"
    scale: float = 1.0
    mean: Channels = (0.0, 0.0, 0.0)
    std: Channels = (1.0, 1.0, 1.0)
    batched: bool = Field(True, description="whether the outputs have a leading axis of pictures")
    batch: PositiveInt = Field(1, description="pictures in one run: at most, or exactly where fixed_batch is true")
    fixed_batch: bool = False

    box_format: Literal["xyxy", "yxyx", "cxcywh"] = "xyxy"
    box_unit: Literal["pixel", "share"] = Field("pixel", description="tensor pixels, or shares of its height and width")
    label_offset: int = Field(0, ge=0, description="the label of the first class; smaller ones are background")
    score_threshold: Share = Field(0.5, description="instances must score more than this")
    iou_threshold: Share = Field(0.7, description="what overlaps a better instance of its class by more is dropped")
    max_instances: PositiveInt = 300
    softmax: bool = Field(False, description="whether a classifier's rows are logits")

    @property
    def task(self) -> VisionTask:
        """What the model answers."""
        if "probabilities" in self.outputs:
            return "classification"
        return "segmentation" if self.outputs.keys() & {"masks", "prototypes"} else "detection"

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.resize in ("stretch", "letterbox", "crop") and self.size is None:
            raise ValueError(f"resize {self.resize!r} needs a size")
        if self.resize in ("crop", "short-side") and self.short_side is None:
            raise ValueError(f"resize {self.resize!r} needs a short_side")
        if 0 in self.std:
            raise ValueError("std must not hold 0")
        return self
