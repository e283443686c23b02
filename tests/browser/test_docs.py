"""/docs: Swagger UI from our own files, and "Try it out" works."""

import pytest

TIMEOUT_MS = 90_000  # Swagger UI thinks about a document for seconds, and longer beside other tests


@pytest.fixture
def complaints():
    """What the console said that was an error."""
    return []


@pytest.fixture
def open_docs(open_page, complaints):
    """Opens Swagger UI at an operation; what open_page watches is watched, and the console as well."""

    def open_docs(operation=""):
        page = open_page(f"docs{operation}")
        page.set_default_timeout(TIMEOUT_MS)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        return page

    yield open_docs
    assert complaints == []


def execute(operation):
    """Open an operation and try it as it stands; the status and the reply that Swagger UI shows."""
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table tbody")
    return answer.locator(".response-col_status").inner_text().split()[0], answer.inner_text()


def test_every_dialect_has_a_section(open_docs):
    page = open_docs()
    page.locator(".opblock-tag").first.wait_for()
    sections = page.locator(".opblock-tag").all_inner_texts()
    assert sections[:6] == [
        "Slipway",
        "TensorFlow Serving REST",
        "Open Inference Protocol v2",
        "MLflow, SageMaker and Vertex AI",
        "PixelLib",
        "kubernetes-fastapi",
    ]


def test_a_model_can_be_tried_out(open_docs):
    page = open_docs("#/Slipway")
    for model in ("iris", "digits"):
        status, answer = execute(page.locator(f"#operations-Slipway-post-predict-{model}"))
        assert status == "200", answer
        assert f'"model": "{model}"' in answer


def test_a_files_address_changes_with_its_content(open_docs, service):
    page = open_docs()
    address = page.locator("script[src]").last.evaluate("script => script.src")
    assert address.startswith(f"{service}docs/")
    assert "max-age=31536000" in page.request.get(address).headers["cache-control"]
    older = "/".join([*address.split("/")[:-2], "0123456789ab", "docs.js"])
    assert page.request.get(older).headers["cache-control"] == "no-cache, max-age=0"


def test_it_is_a_page_like_the_others(open_docs):
    page = open_docs()
    assert page.get_by_role("heading", level=1).all_inner_texts() == ["The API"]
    assert page.get_by_role("main").count() == 1
    page.get_by_role("link", name="Models").click()
    page.locator("#models [aria-current]").wait_for()


def test_it_follows_the_theme(open_docs):
    page = open_docs("#/Slipway")
    block = page.locator(".opblock").first

    def lightness():
        return max(map(float, block.evaluate("each => getComputedStyle(each).color.match(/[\\d.]+/g).slice(0, 3)")))

    page.emulate_media(color_scheme="dark")
    page.locator("html.dark-mode").wait_for()
    assert lightness() > 200
    page.emulate_media(color_scheme="light")
    page.locator("html:not(.dark-mode)").wait_for()
    assert lightness() < 100


def test_what_is_filled_in_has_a_name(open_docs):
    page = open_docs("#/Slipway/post-predict-iris")
    operation = page.locator("#operations-Slipway-post-predict-iris")
    operation.get_by_role("button", name="Try it out").click()
    assert operation.get_by_label("version", exact=True).get_attribute("placeholder") == "version"
    operation.get_by_label("Example", exact=True).select_option("columns")
    assert '"inputs"' in operation.get_by_label("Request body", exact=True).input_value()


def test_a_document_that_cannot_be_loaded_is_told(open_page, service):
    page = open_page("livez")
    page.route("**/openapi.json", lambda route: route.fulfill(status=503, body="{}"))
    page.goto(f"{service}docs")
    page.locator(".errors-wrapper", has_text="openapi.json").wait_for()
    assert page.locator(".opblock").count() == 0
