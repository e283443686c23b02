"""ONNX models of pictures through the command line, on graphs that answer what is known."""

import base64

import numpy as np
import pytest

from app.outputs.png import encode_png
from tests.pack.graphs import FLOAT, ROWS, graph, node, three_classes

DARK, BRIGHT = (np.full((20, 30, 3), value, np.uint8) for value in (10, 240))


def brightness(path, metadata=None, **saving):
    """A classifier of pictures: two logits, 10 * (0.5 - mean) and 10 * (mean - 0.5), of pixels of 0 to 1."""
    nodes = [
        node("Mul", "images ones", "same"),
        node("ReduceMean", "same axes", "mean", keepdims=0),
        node("Unsqueeze", "mean last", "column"),
        node("Sub", "column half", "above"),
        node("MatMul", "above signs", "logits"),
    ]
    constants = {
        "ones": np.ones((3, 16, 16), np.float32),
        "axes": np.array([1, 2, 3]),
        "last": np.array([1]),
        "half": np.array(0.5, np.float32),
        "signs": np.array([[-10, 10]], np.float32),
    }
    inputs = {"images": (FLOAT, [ROWS, 3, 16, 16])}
    return graph(path, nodes, inputs, {"logits": (FLOAT, [ROWS, 2])}, constants, metadata, **saving)


@pytest.fixture
def flags(tmp_path):
    """What makes pixels of 0 to 1 of any picture, and names for the two classes."""
    (tmp_path / "labels.txt").write_text("dark\nbright\n")
    return {"labels": tmp_path / "labels.txt", "resize": "stretch", "scale": 1 / 255, "mean": "0", "std": "1"}


def test_a_classifier_of_pictures_answers_by_the_flags(pack, tmp_path, flags):
    (tmp_path / "pictures").mkdir()
    for name, picture in {"a.png": DARK, "b.png": BRIGHT}.items():
        (tmp_path / "pictures" / name).write_bytes(encode_png(picture))
    (tmp_path / "pictures" / "notes.txt").write_text("no picture")
    packed = pack(brightness(tmp_path / "model.onnx"), tmp_path / "pictures", **flags)
    manifest = packed.manifest
    assert (manifest.runtime, manifest.task) == ("vision", "classification")
    assert manifest.target.classes == ("dark", "bright")
    assert manifest.options["resize"] == "stretch"
    assert "it follows classifier: classification" in packed.said
    golden = packed.bundle.golden()
    assert golden["outputs"]["predictions"] == ["dark", "bright"]
    assert packed.answer([{"b64": base64.b64encode(encode_png(BRIGHT)).decode()}]) == ["bright"]


def test_without_a_sample_the_golden_row_is_a_picture_made_up(pack, tmp_path, flags):
    packed = pack(brightness(tmp_path / "model.onnx"), **flags)
    assert len(packed.manifest.examples) == 1


def test_names_come_from_the_metadata_where_no_file_has_them(pack, tmp_path, flags):
    del flags["labels"]
    packed = pack(brightness(tmp_path / "model.onnx", {"names": "{0: 'night', 1: 'day'}"}), **flags)
    assert packed.manifest.target.classes == ("night", "day")


def test_options_of_pictures_come_from_the_notes_too_and_a_flag_wins(pack, tmp_path, flags):
    (tmp_path / "notes.yaml").write_text("image: {resize: letterbox, mean: [0.25, 0.25, 0.25]}\n")
    del flags["mean"]
    options = pack(brightness(tmp_path / "model.onnx"), notes=tmp_path / "notes.yaml", **flags).manifest.options
    assert (options["resize"], options["mean"]) == ("stretch", [0.25, 0.25, 0.25])


def test_weights_kept_in_a_file_beside_the_model_are_taken_in(pack, tmp_path, flags):
    saving = {"save_as_external_data": True, "location": "model.onnx.data", "size_threshold": 1024}
    packed = pack(brightness(tmp_path / "model.onnx", **saving), **flags)
    (tmp_path / "model.onnx.data").unlink()
    assert packed.answer([{"b64": base64.b64encode(encode_png(DARK)).decode()}]) == ["dark"]


BAD = {
    "a layout that there is not": ({"layout": "yolo"}, "the layout 'yolo' is not known; there are ultralytics-nms, "),
    "an order that does not fit": ({"order": "chw"}, "the model has inputs: images float [rows, 3, 16, 16]"),
    "a note that is no option": ({}, "the vision options are wrong: sise: "),
}


@pytest.mark.parametrize("what", BAD)
def test_options_that_do_not_fit_are_refused(pack, tmp_path, flags, what):
    more, sentence = BAD[what]
    if not more:
        (tmp_path / "notes.yaml").write_text("image: {sise: 4}\n")
        more = {"notes": tmp_path / "notes.yaml"}
    packed = pack(brightness(tmp_path / "model.onnx"), **flags, **more)
    assert packed.status == 2
    assert sentence in packed.complaint


def test_a_sample_that_is_no_picture_is_refused(pack, tmp_path, flags):
    (tmp_path / "rows.csv").write_text("a\n1\n")
    packed = pack(brightness(tmp_path / "model.onnx"), tmp_path / "rows.csv", **flags)
    assert packed.status == 2
    assert "is no picture and holds none; accepted: .png, .jpg, .jpeg, .webp" in packed.complaint


def test_names_of_the_wrong_number_are_refused(pack, tmp_path, flags):
    flags["labels"].write_text("one\n")
    packed = pack(brightness(tmp_path / "model.onnx"), **flags)
    assert packed.status == 2
    assert "the model tells 2 classes apart, and 1 have names" in packed.complaint


def test_a_graph_of_rows_is_not_taken_for_one_of_pictures(pack, tmp_path):
    packed = pack(three_classes(tmp_path / "model.onnx", wanted=("label",)))
    assert "a model of rows needs a sample" in packed.complaint
