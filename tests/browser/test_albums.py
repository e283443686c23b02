"""Many pictures at once, as files or in a ZIP archive."""

import io
import struct
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.acts import ink, wait_for_result
from tests.browser.test_batch import complaint, download, downloaded, drop, far, read, said

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Open = Callable[..., "Page"]
ONE, TWO = ink(), ink(at=(0.3, 0.7))
UNREADABLE = "the picture cannot be read (it is none of the accepted formats); PNG, JPEG and WebP are accepted"


def give(page: "Page", *files: tuple[str, bytes]) -> None:
    page.set_input_files("#batch-file", [{"name": name, "mimeType": "", "buffer": content} for name, content in files])


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as file:
        file.comment = comment
        for name, content in entries:
            file.writestr(name, content)
    return packed.getvalue()


def altered(packed: bytes, offset: int, change: Callable[[int], int]) -> bytes:
    """The archive with a number of four bytes of its first entry in the directory changed."""
    at = packed.index(b"PK\x01\x02") + offset
    (value,) = struct.unpack_from("<I", packed, at)
    return packed[:at] + struct.pack("<I", change(value)) + packed[at + 4 :]


def found_by_the_api(page: "Page", service: str, content: bytes) -> list[str]:
    reply = page.request.post(f"{service}predict/digits", data=content, headers={"Content-Type": "image/png"})
    (prediction,) = reply.json()["predictions"]
    counts = ", ".join(f"{count} × {name}" for name, count in prediction["object_counts"].items())
    return [str(len(prediction["boxes"])), counts]


def test_each_picture_has_what_was_found_in_it(open_page: Open, service: str) -> None:
    page = open_page("?model=digits")
    give(page, ("one, or so.png", ONE), ("text.txt", b"not a picture"), ("two.png", TWO))
    assert said(page) == "Done: 2 pictures with an answer, 1 with an error."
    name, content = download(page)
    assert name == "digits-pictures.csv"
    assert read(content.decode()) == [
        ["file", "found", "counts", "error"],
        ["one, or so.png", *found_by_the_api(page, service, ONE), ""],
        ["text.txt", "", "", UNREADABLE],
        ["two.png", *found_by_the_api(page, service, TWO), ""],
    ]
    assert found_by_the_api(page, service, TWO)[0] == "2"


def test_a_classifier_says_its_label_and_how_sure_it_is(open_page: Open, service: str) -> None:
    page = open_page("?model=mnist")
    small = ink(28, 28)
    give(page, ("a.png", small), ("large.png", ONE))
    assert said(page) == "Done: 1 picture with an answer, 1 with an error."
    asked = page.request.post(f"{service}predict/mnist", data=small, headers={"Content-Type": "image/png"}).json()
    (label,), (shares,) = asked["predictions"], asked["probabilities"]
    header, answered, refused = downloaded(page)
    assert header == ["file", "digit", "probability", "error"]
    assert answered[:2] == ["a.png", str(label)]
    assert float(answered[2]) == shares[str(label)]
    assert refused[3].endswith("the picture is 160 x 120 pixels; accepted: 28 x 28 pixels")


def test_an_archive_is_read_and_what_is_skipped_is_told(open_page: Open, service: str) -> None:
    page = open_page("?model=digits")
    entries = (
        ("walk/", b""),
        ("walk/one.png", ONE),
        ("__MACOSX/walk/._one.png", b"\0"),
        ("walk/.DS_Store", b"\0"),
        ("notes.txt", b"hello"),
        ("größe.png", TWO),
    )
    give(page, ("walk.zip", archive(*entries, comment=b"PK\x05\x06 of a walk")))
    assert said(page) == (
        "Done: 2 pictures with an answer, 1 with an error. Skipped in the ZIP: 1 folder and 2 hidden files."
    )
    assert downloaded(page)[1:] == [
        ["walk.zip/walk/one.png", *found_by_the_api(page, service, ONE), ""],
        ["walk.zip/notes.txt", "", "", UNREADABLE],
        ["walk.zip/größe.png", *found_by_the_api(page, service, TWO), ""],
    ]


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (altered(archive(("a.png", ONE)), 16, lambda checksum: checksum ^ 1), "it is damaged in the ZIP"),
        (altered(archive(("a.png", bytes(100_000))), 24, lambda size: 100), "it is damaged in the ZIP"),
        (altered(archive(("a.png", ONE)), 24, lambda size: 3 * 10**9), "it would be 2861 MB; up to 64 MB are read"),
        (altered(archive(("a.png", ONE)), 8, lambda method: 12 << 16), "it is packed in a way that is not read here"),
        (altered(archive(("a.png", ONE)), 8, lambda flags: flags | 1), "it is encrypted in the ZIP"),
        (altered(archive(("a.png", ONE)), 42, lambda offset: 10**9), "it is missing from the ZIP"),
    ],
    ids=["checksum", "grows", "large", "method", "encrypted", "missing"],
)
def test_an_entry_that_cannot_be_unpacked_costs_no_other(open_page: Open, first: bytes, reason: str) -> None:
    page = open_page("?model=digits")
    give(page, ("bad.zip", first), ("good.zip", archive(("one.png", ONE), method=zipfile.ZIP_STORED)))
    assert said(page) == "Done: 1 picture with an answer, 1 with an error."
    _, bad, good = downloaded(page)
    assert bad == ["bad.zip/a.png", "", "", reason]
    assert good[:2] == ["good.zip/one.png", "1"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"not an archive at all", "The file is not a ZIP archive, or its end is missing."),
        (archive(("one.png", ONE))[:-1], "The file is not a ZIP archive, or its end is missing."),
        (archive(("one.png", ONE)).replace(b"PK\x01\x02", b"PK\x01\x03"), "The ZIP's directory is damaged."),
        (archive(*[(str(index), b"") for index in range(10_001)]), "The ZIP has 10001 files; up to 10000 are read."),
        (archive(("empty/", b"")), "There is no file to ask about. Skipped in the ZIP: 1 folder."),
    ],
    ids=["text", "cut", "directory", "many", "folders"],
)
def test_an_archive_that_cannot_be_read_is_explained(open_page: Open, content: bytes, reason: str) -> None:
    page = open_page("?model=digits")
    give(page, ("pictures.zip", content))
    assert complaint(page) == [reason]
    assert said(page) == "Nothing was scored."


def test_two_pictures_at_most_are_under_way_and_the_work_can_be_cancelled(open_page: Open) -> None:
    page = open_page("?model=digits")
    held: list[Route] = []

    def answer(route: "Route") -> None:
        held.append(route)
        if len(held) == 2:
            held[0].continue_()

    page.route("**/predict/*", answer)
    give(page, *[(f"{index}.png", ONE) for index in range(5)])
    far(page, "1 of 5 pictures")
    page.click("#batch .cancel")
    assert said(page) == "Cancelled. 1 of 5 pictures were done; these can be downloaded."
    assert len(held) <= 3
    assert len(downloaded(page)) == 2
    page.unroute_all(behavior="ignoreErrors")


def test_several_pictures_or_an_archive_may_be_dropped_and_one_goes_into_the_form(open_page: Open) -> None:
    page = open_page("?model=digits")
    drop(page, ("one.png", ONE), ("two.png", TWO), on="#drop")
    assert said(page) == "Done: 2 pictures, no errors."
    assert page.locator("#drop").get_attribute("class") == "drop"
    drop(page, ("one.zip", archive(("one.png", ONE))), on="#drop")
    assert said(page) == "Done: 1 picture, no errors."
    drop(page, ("two.png", TWO), on="#drop")
    wait_for_result(page, "2 found")
    assert said(page) == "Done: 1 picture, no errors."


@pytest.mark.parametrize("model", ["digits", "mnist"])
def test_without_scripts_they_come_back_as_with_them(open_page: Open, model: str) -> None:
    files = (("one.png", ONE), ("small.png", ink(28, 28)), ("all.zip", archive(("two.png", TWO), ("a.txt", b"text"))))
    page = open_page(f"?model={model}")
    give(page, *files)
    said(page)
    name, content = download(page)
    page = open_page(f"?model={model}", java_script_enabled=False)
    give(page, *files)
    with page.expect_download() as started:
        page.get_by_role("button", name="Score the pictures").click()
    assert started.value.suggested_filename == name
    assert read(started.value.path().read_text()) == read(content.decode())
