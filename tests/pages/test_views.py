"""The page as a client without scripts sees it."""

import dataclasses
import re
from html import unescape
from io import BytesIO

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app import build_app
from app.engine.model import Loading
from app.engine.registry import Registry
from app.outputs.png import encode_png
from app.settings import Settings
from tests.fakes import make_model
from tests.pages.conftest import MIXED_ROW, PICTURE

MODELS = ("sum", "sign", "mixed", "grid", "cube", "find")


def field(html: str, name: str) -> str:
    """The part of a page that belongs to one field."""
    (part,) = re.findall(
        rf'<div class="field \w+" data-field="{name}">.*?(?=<div class="field |</form>)', html, re.DOTALL
    )
    return unescape(part)


def error_at(html: str, name: str) -> str:
    (text,) = re.findall(r'<p class="error"[^>]*>(.*?)</p>', field(html, name), re.DOTALL)
    return text


def slot(html: str, name: str) -> str:
    (text,) = re.findall(rf'data-slot="{name}"[^>]*>([^<]*)<', re.sub(r"<template.*?</template>", "", html, flags=re.S))
    return unescape(text)


def test_the_page_offers_every_model_and_shows_the_default(client: FlaskClient) -> None:
    html = client.get("/").text
    assert all(f'href="?model={name}"' in html for name in MODELS)
    assert '<a href="?model=sum" aria-current="page">' in html
    assert "<h1>sum</h1>" in html


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_a_page(client: FlaskClient, name: str) -> None:
    reply = client.get(f"/?model={name}")
    assert reply.status_code == 200
    assert reply.content_type == "text/html; charset=utf-8"
    assert f"<h1>{name}</h1>" in reply.text


def test_a_page_says_which_version_it_shows(client: FlaskClient, registry: Registry) -> None:
    registry.add(make_model(version=2))
    assert client.get("/").headers["X-Model"].startswith("sum/2@")
    reply = client.get("/?model=sum&version=1")
    assert reply.headers["X-Model"].startswith("sum/1@")
    assert 'data-path="predict/sum?version=1"' in reply.text
    assert '<a href="?model=sum&amp;version=2">2</a>' in reply.text


@pytest.mark.parametrize(
    ("method", "address"), [("get", "/"), ("get", "/?model=nope"), ("post", "/"), ("post", "/?model=nope")]
)
def test_every_page_forbids_what_is_inline_or_foreign(client: FlaskClient, method: str, address: str) -> None:
    reply = getattr(client, method)(address)
    policy = dict(rule.split(" ", 1) for rule in reply.headers["Content-Security-Policy"].split("; "))
    assert policy.pop("img-src") == "'self' data:"
    assert set(policy.values()) == {"'none'", "'self'"}
    assert policy["default-src"] == "'none'"
    assert not re.search(r'style="|<style|<script>|\son\w+="', reply.text)


@pytest.mark.parametrize("name", MODELS)
def test_every_address_is_relative(client: FlaskClient, name: str) -> None:
    addresses = re.findall(r'(?:href|src|action|formaction|data-path)="([^"]*)"', client.get(f"/?model={name}").text)
    assert len(addresses) > 10
    assert not [address for address in addresses if address.startswith("/") or ":" in address]


def test_an_unknown_model_gets_a_page_with_the_models_there_are(client: FlaskClient) -> None:
    reply = client.get("/?model=sumn")
    assert reply.status_code == 404
    assert reply.content_type == "text/html; charset=utf-8"
    assert "did you mean &#39;sum&#39;?" in reply.text
    assert 'href="?model=sign"' in reply.text


def test_a_service_without_models_says_so() -> None:
    app = build_app(Settings(), Registry("none", Loading(1000)))
    assert app.test_client().get("/").status_code == 404


# The form


def test_a_number_has_its_unit_its_description_and_its_range_as_a_hint(client: FlaskClient) -> None:
    part = field(client.get("/?model=mixed").text, "net_weight")
    assert ">net weight</label>" in part
    assert "kg" in part
    assert "without the box" in part
    assert "training saw 0.5 to 20" in part
    assert " max=" not in part


def test_categories_and_booleans_are_choices(client: FlaskClient) -> None:
    html = client.get("/?model=mixed").text
    assert re.findall(r"<option[^>]*>(\w+)", field(html, "grade")) == ["choose", "fine", "rough"]
    assert re.findall(r"<option[^>]*>(\w+)", field(html, "fragile")) == ["choose", "true", "false"]


def test_text_is_a_text_area(client: FlaskClient) -> None:
    assert "<textarea" in field(client.get("/?model=mixed").text, "a note")


def test_a_nullable_column_is_optional(client: FlaskClient) -> None:
    html = client.get("/?model=mixed").text
    assert "optional" in field(html, "discount")
    assert "optional" not in field(html, "boxes")


@pytest.mark.parametrize(("name", "pad"), [("find", (480, 720)), ("grid", (2, 3))])
def test_a_picture_is_given_as_a_file_or_drawn(client: FlaskClient, name: str, pad: tuple[int, int]) -> None:
    part = field(client.get(f"/?model={name}").text, "image")
    assert 'type="file"' in part
    assert f'data-height="{pad[0]}" data-width="{pad[1]}"' in part
    assert ("data-maximum" in part) == ("3 × 2 pixels" in part) == (name == "grid")


@pytest.mark.parametrize("name", ["find", "grid"])
def test_the_example_picture_is_served(client: FlaskClient, name: str) -> None:
    (address,) = re.findall(r'src="(examples/[^"]*)"', client.get(f"/?model={name}").text)
    reply = client.get("/" + unescape(address))
    assert reply.content_type == "image/png"
    assert "immutable" in reply.headers["Cache-Control"]
    picture = np.asarray(Image.open(BytesIO(reply.data)))
    assert picture.shape == {"find": (6, 8, 3), "grid": (2, 3)}[name]


def test_a_table_has_no_example_picture(client: FlaskClient) -> None:
    assert client.get("/examples/sum").status_code == 404


def test_the_example_fills_the_form(client: FlaskClient) -> None:
    html = client.get("/?model=mixed&example=1").text
    assert 'value="2.5"' in field(html, "net_weight")
    assert '<option value="rough" selected>rough</option>' in field(html, "grade")
    assert '<option value="true" selected>true</option>' in field(html, "fragile")
    assert ">handle <with> care</textarea>" in field(html, "a note")


# The result


def test_a_posted_row_gets_its_number_and_its_place_in_the_range_of_training(client: FlaskClient) -> None:
    reply = client.post("/?model=sum", data={"a": "1", "b": "2"})
    assert reply.status_code == 200
    assert slot(reply.text, "answer") == "3"
    assert 'cx="30.0%"' in reply.text
    assert 'data-slot="beyond" hidden' in reply.text
    assert 'value="1"' in field(reply.text, "a")


def test_a_number_beyond_training_is_said_to_be(client: FlaskClient) -> None:
    html = client.post("/?model=sum", data={"a": "100", "b": "2"}).text
    assert 'cx="100.0%"' in html
    assert 'data-slot="beyond" hidden' not in html


def test_a_posted_row_gets_its_label_and_probabilities(client: FlaskClient) -> None:
    html = client.post("/?model=sign", data={"a": "1", "b": "1"}).text
    assert slot(html, "answer") == "positive"
    assert re.findall(r'data-slot="value">([^<]+)<', html) == ["11.9 %", "88.1 %"]
    assert html.count('class="best"') == 1


def test_a_posted_row_of_every_kind_is_read(client: FlaskClient) -> None:
    html = client.post("/?model=mixed", data={**MIXED_ROW, "fragile": "true", "discount": ""}).text
    assert slot(html, "answer") == "1.5"


def test_a_posted_picture_comes_back_drawn_and_counted(client: FlaskClient) -> None:
    html = client.post("/?model=find", data={"image": (BytesIO(PICTURE), "room.png")}).text
    assert '<img src="data:image/png;base64,' in html
    assert slot(html, "answer") == "3 found"
    assert re.findall(r'data-slot="label">(\w+)</span></th><td data-slot="value">(\d+)', html) == [
        ("cup", "2"),
        ("pot", "1"),
    ]


def test_the_example_picture_is_one_click(client: FlaskClient) -> None:
    assert slot(client.post("/?model=find&example=1", data={"image": (BytesIO(), "")}).text, "answer") == "3 found"


def test_a_small_picture_is_read_as_a_grid_of_numbers(client: FlaskClient) -> None:
    black = encode_png(np.zeros((2, 3, 3), np.uint8))
    html = client.post("/?model=grid", data={"image": (BytesIO(black), "black.png")}).text
    assert slot(html, "answer") == "negative"


def test_numbers_of_another_shape_are_given_as_json(client: FlaskClient) -> None:
    assert slot(client.post("/?model=cube", data={"cube": "[[[3, 4]]]"}).text, "answer") == "7"


# What is wrong


def test_a_wrong_value_is_explained_at_its_field_and_kept(client: FlaskClient) -> None:
    reply = client.post("/?model=sum", data={"a": "<b>", "b": "2"})
    assert reply.status_code == 422
    assert reply.content_type == "text/html; charset=utf-8"
    assert error_at(reply.text, "a") == "'<b>' is not a number; accepted: a number in cm"
    assert 'aria-invalid="true"' in field(reply.text, "a")
    assert 'value="<b>"' in field(reply.text, "a")
    assert error_at(reply.text, "b") == ""
    assert 'value="2"' in field(reply.text, "b")
    assert slot(reply.text, "answer") == ""


def test_a_field_that_the_form_does_not_have_is_named_above_it(client: FlaskClient) -> None:
    reply = client.post("/?model=sum", data={"a": "1", "b": "2", "extra": "3"})
    assert reply.status_code == 422
    assert "extra: the column is not known" in reply.text


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/?model=find", 422, "the form has no file"),
        ("/?model=grid", 422, "the form has no file"),
        ("/?model=cube", 422, "the text is not JSON"),
        ("/?model=broken", 422, "the column is missing"),
        ("/?model=nope", 404, "There is no model"),
        ("/?model=sum&version=7", 404, "has no version"),
    ],
)
def test_an_empty_form_has_the_status_of_its_problem(client: FlaskClient, address: str, status: int, said: str) -> None:
    reply = client.post(address)
    assert reply.status_code == status
    assert said in unescape(reply.text)


@pytest.mark.parametrize(("name", "status"), [("find", 400), ("grid", 422)])
def test_what_is_wrong_with_the_only_field_stands_there(client: FlaskClient, name: str, status: int) -> None:
    content = b"not a picture" if name == "find" else PICTURE
    reply = client.post(f"/?model={name}", data={"image": (BytesIO(content), "a.png")})
    assert reply.status_code == status
    assert error_at(reply.text, "image").startswith("the picture ")
    assert 'aria-invalid="true"' in field(reply.text, "image")


def test_who_navigates_to_a_path_that_nothing_answers_reads_a_page(client: FlaskClient) -> None:
    reply = client.get("/no/such/page", headers={"Accept": "text/html,*/*"})
    assert reply.status_code == 404
    assert reply.content_type == "text/html; charset=utf-8"
    assert "<title>There is no page here · Slipway</title>" in reply.text
    assert 'href="../../?model=sum"' in reply.text
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert client.get("/no/such/page").content_type == "application/problem+json"
    assert client.get("/v1/models/none", headers={"Accept": "text/html,*/*"}).content_type == "application/json"


def test_each_model_is_offered_with_its_first_metric(client: FlaskClient, registry: Registry) -> None:
    for name in ("cube", "sign"):
        model = registry.resolve(name)
        manifest = model.manifest.model_copy(update={"metrics": {"accuracy": 0.75, "f1": 0.5}})
        registry.add(dataclasses.replace(model, manifest=manifest))
    assert client.get("/").text.count("version 1 · 0.75 accuracy<") == 2


def test_a_model_that_fails_is_a_page_too(client: FlaskClient) -> None:
    reply = client.post("/?model=broken", data={"a": "1", "b": "2"})
    assert reply.status_code == 500
    assert "failed on this input" in reply.text
    assert 'value="1"' in field(reply.text, "a")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_form_that_cannot_be_read_is_a_page_too(client: FlaskClient, method: str) -> None:
    reply = client.open("/?version=9", method=method, data=b"nothing", content_type="multipart/form-data")
    assert reply.status_code == 404
    assert reply.mimetype == "text/html"
    assert "has no version" in reply.text


def test_a_form_that_is_too_large_is_a_page_too(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1024
    reply = app.test_client().post("/?model=find", data={"image": (BytesIO(bytes(4096)), "a.png")})
    assert reply.status_code == 413
    assert "<h1>find</h1>" in reply.text


def test_a_method_that_the_page_does_not_answer_is_refused(client: FlaskClient) -> None:
    assert client.put("/").status_code == 405
