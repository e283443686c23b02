"""Every setting: its default, its name, and the sentence for a bad value."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.healthcheck import address
from app.settings import BadSettingError, Settings, load_settings, variable_name, variable_names

README = Path(__file__).parents[1] / "README.md"
FIELDS = sorted(Settings.model_fields)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for field in FIELDS:
        for variable in variable_names(field):
            monkeypatch.delenv(variable, raising=False)


def test_the_defaults_are_those_that_people_are_told():
    settings = load_settings()
    assert (settings.host, settings.port, settings.metrics_port) == ("127.0.0.1", 8080, 9080)
    assert (settings.models, settings.default_model, settings.run_dir) == ("models", "digits", Path("run/8080"))
    assert (settings.max_body, settings.max_pixels) == (32 * 1024**2, 50_000_000)
    assert (settings.timeout, settings.grace, settings.log_level) == (60, 25, "info")
    assert settings.metrics_public is False
    assert settings.workers >= 2


@pytest.mark.parametrize(("port", "metrics_port"), [(9000, 10000), (64535, 65535), (64536, 63536), (65535, 64535)])
def test_what_is_derived_follows_the_port(monkeypatch, port, metrics_port):
    monkeypatch.setenv("PORT", str(port))
    settings = load_settings()
    assert (settings.port, settings.metrics_port, settings.run_dir) == (port, metrics_port, Path(f"run/{port}"))


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("PORT", "80", "port", 80),
        ("HOST", "0.0.0.0", "host", "0.0.0.0"),
        ("HOST", "::1", "host", "::1"),
        ("WEB_CONCURRENCY", "1", "workers", 1),
        ("SLIPWAY_METRICS_PORT", "9090", "metrics_port", 9090),
        ("SLIPWAY_METRICS_PUBLIC", "true", "metrics_public", True),
        ("SLIPWAY_MODELS", "/srv/models", "models", "/srv/models"),
        ("SLIPWAY_MODELS", "s3://bucket/models", "models", "s3://bucket/models"),
        ("SLIPWAY_POLL_SECONDS", "0", "poll_seconds", 0),
        ("SLIPWAY_POLL_SECONDS", "0.5", "poll_seconds", 0.5),
        ("SLIPWAY_LOAD_SECONDS", "30", "load_seconds", 30),
        ("SLIPWAY_CACHE", "/var/cache", "cache", Path("/var/cache")),
        ("SLIPWAY_DEFAULT_MODEL", "iris", "default_model", "iris"),
        ("AIP_HEALTH_ROUTE", "/ready", "health_route", "/ready"),
        ("AIP_PREDICT_ROUTE", "/", "predict_route", "/"),
        ("AIP_PREDICT_ROUTE", "/v1/endpoints/1/m:predict", "predict_route", "/v1/endpoints/1/m:predict"),
        ("SLIPWAY_RUN_DIR", "/run/slipway", "run_dir", Path("/run/slipway")),
        ("SLIPWAY_MAX_BODY", "1MiB", "max_body", 1024**2),
        ("SLIPWAY_MAX_BODY", "2048", "max_body", 2048),
        ("SLIPWAY_MAX_BODY", "2GiB", "max_body", 2 * 1024**3),
        ("SLIPWAY_MAX_PIXELS", "784", "max_pixels", 784),
        ("SLIPWAY_MAX_VALUES", "1000", "max_values", 1000),
        ("SLIPWAY_EXTRA_COLUMNS", "ignore", "extra_columns", "ignore"),
        ("SLIPWAY_CORS_ORIGINS", "*", "cors_origins", ("*",)),
        ("SLIPWAY_CORS_ORIGINS", "https://a.b, http://[::1]:80", "cors_origins", ("https://a.b", "http://[::1]:80")),
        ("SLIPWAY_TIMEOUT", "5", "timeout", 5),
        ("SLIPWAY_LOG_LEVEL", "debug", "log_level", "debug"),
    ],
)
def test_a_variable_sets_its_field(monkeypatch, variable, text, field, value):
    monkeypatch.setenv(variable, text)
    assert variable_name(field) == variable
    assert getattr(load_settings(), field) == value


@pytest.mark.parametrize("variable", ["PORT", "HOST", "WEB_CONCURRENCY", "SLIPWAY_MAX_BODY", "SLIPWAY_METRICS_PORT"])
def test_an_empty_variable_is_as_good_as_none(monkeypatch, variable):
    monkeypatch.setenv(variable, "")
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("PORT", "8080.0"),
        ("PORT", "8_080"),
        ("PORT", " 8080"),
        ("PORT", "\uff18\uff10"),
        ("HOST", "local host"),
        ("HOST", "127.0.0.1; include /etc/passwd"),
        ("WEB_CONCURRENCY", "0"),
        ("WEB_CONCURRENCY", "many"),
        ("WEB_CONCURRENCY", "2.0"),
        ("SLIPWAY_METRICS_PORT", "65536"),
        ("SLIPWAY_METRICS_PUBLIC", "perhaps"),
        ("SLIPWAY_MAX_BODY", "lots"),
        ("SLIPWAY_MAX_BODY", "1"),
        ("SLIPWAY_MAX_BODY", "2147483649"),
        ("SLIPWAY_MAX_BODY", "999999999TB"),
        ("SLIPWAY_MAX_PIXELS", "783"),
        ("SLIPWAY_MAX_VALUES", "999"),
        ("SLIPWAY_QUEUE", "0"),
        ("SLIPWAY_QUEUE", "5.0"),
        ("SLIPWAY_MODELS", "ftp://host/models"),
        ("SLIPWAY_MODELS", "s3://"),
        ("SLIPWAY_POLL_SECONDS", "-1"),
        ("SLIPWAY_LOAD_SECONDS", "0"),
        ("SLIPWAY_DEFAULT_MODEL", "../digits"),
        ("AIP_HEALTH_ROUTE", "health"),
        ("AIP_HEALTH_ROUTE", "/a//b"),
        ("AIP_PREDICT_ROUTE", "/predict; include /etc/passwd"),
        ("AIP_PREDICT_ROUTE", '/"'),
        ("AIP_PREDICT_ROUTE", "/a{b}"),
        ("AIP_PREDICT_ROUTE", "/$x"),
        ("AIP_PREDICT_ROUTE", "/predict?x=1"),
        ("AIP_PREDICT_ROUTE", "/predict\n"),
        ("SLIPWAY_EXTRA_COLUMNS", "drop"),
        ("SLIPWAY_CORS_ORIGINS", "app.example.com"),
        ("SLIPWAY_CORS_ORIGINS", "https://app.example.com/"),
        ("SLIPWAY_CORS_ORIGINS", "https://*.example.com"),
        ("SLIPWAY_CORS_ORIGINS", "https://a.example,"),
        ("SLIPWAY_CORS_ORIGINS", "*,https://a.example"),
        ("SLIPWAY_CORS_ORIGINS", "null"),
        ("SLIPWAY_CORS_ORIGINS", 'https://a";include'),
        ("SLIPWAY_TIMEOUT", "-1"),
        ("SLIPWAY_GRACE", "1h"),
        ("SLIPWAY_LOG_LEVEL", "loud"),
    ],
)
def test_a_bad_value_stops_the_start_with_one_sentence(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    field = next(field for field in FIELDS if variable_name(field) == variable)
    with pytest.raises(BadSettingError) as caught:
        load_settings()
    accepted = Settings.model_fields[field].description
    assert str(caught.value) == f"{variable}={value!r} is not accepted: set it to {accepted}."


def test_every_bad_value_has_its_own_sentence(monkeypatch):
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("SLIPWAY_TIMEOUT", "y")
    with pytest.raises(BadSettingError) as caught:
        load_settings()
    assert [line.partition("=")[0] for line in str(caught.value).splitlines()] == ["PORT", "SLIPWAY_TIMEOUT"]


PORTS = {"PORT": "9001", "AIP_HTTP_PORT": "9002", "SAGEMAKER_BIND_TO_PORT": "9003"}


@pytest.mark.parametrize("missing", range(len(PORTS)))
@pytest.mark.parametrize("bad", [False, True])
def test_of_the_platforms_names_for_the_port_the_first_that_is_set_holds(monkeypatch, missing, bad):
    for number, (variable, port) in enumerate(PORTS.items()):
        monkeypatch.setenv(variable, "" if number < missing else f"{port}{'x' * bad}")
    variable, port = list(PORTS.items())[missing]
    if bad:
        with pytest.raises(BadSettingError, match=rf"^{variable}='{port}x' is not accepted: set it to a port from 1"):
            load_settings()
    else:
        assert load_settings().port == int(port)
    assert address() == (None if bad else ("127.0.0.1", int(port)))


def test_vertex_ai_says_where_the_model_is_unless_a_setting_does(monkeypatch):
    monkeypatch.setenv("AIP_STORAGE_URI", "")
    assert load_settings().models == "models"
    monkeypatch.setenv("AIP_STORAGE_URI", "gs://bucket/model")
    assert load_settings().models == "gs://bucket/model"
    monkeypatch.setenv("SLIPWAY_MODELS", "/srv/models")
    assert load_settings().models == "/srv/models"
    assert Settings(models="models").models == "models"


def test_a_bad_storage_uri_is_named_as_it_was_set(monkeypatch):
    monkeypatch.setenv("AIP_STORAGE_URI", "ftp://host")
    with pytest.raises(BadSettingError, match=r"^AIP_STORAGE_URI='ftp://host' is not accepted"):
        load_settings()


def test_one_path_is_not_asked_for_both_health_and_predictions(monkeypatch):
    monkeypatch.setenv("AIP_HEALTH_ROUTE", "/")
    monkeypatch.setenv("AIP_PREDICT_ROUTE", "/")
    with pytest.raises(BadSettingError, match=r"AIP_PREDICT_ROUTE='/' is not accepted: .* other than AIP_HEALTH_ROUTE"):
        load_settings()


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        Settings().port = 1


def test_what_kubernetes_tells_of_a_service_named_slipway_is_no_setting(monkeypatch):
    monkeypatch.setenv("SLIPWAY_PORT", "tcp://10.0.0.1:80")
    monkeypatch.setenv("SLIPWAY_SERVICE_HOST", "10.0.0.1")
    assert load_settings().port == 8080


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("10.0.0.1", False)],
)
def test_models_are_controlled_by_clients_of_this_machine_alone(monkeypatch, host, allowed):
    monkeypatch.setenv("HOST", host)
    assert load_settings().model_control is allowed
    monkeypatch.setenv("SLIPWAY_MODEL_CONTROL", str(not allowed))
    assert load_settings().model_control is not allowed


def test_the_metrics_port_is_another_than_the_port(monkeypatch):
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("SLIPWAY_METRICS_PORT", "9000")
    with pytest.raises(BadSettingError, match=r"SLIPWAY_METRICS_PORT='9000' is not accepted: .* other than PORT"):
        load_settings()


@pytest.mark.parametrize("field", FIELDS)
def test_every_setting_says_what_is_accepted(field):
    assert Settings.model_fields[field].description
    assert re.fullmatch(r"HOST|PORT|WEB_CONCURRENCY|(SLIPWAY|AIP)_[A-Z_]+", variable_name(field))


@pytest.mark.parametrize("field", FIELDS)
def test_every_setting_is_documented(field):
    for variable in variable_names(field):
        assert re.search(rf"\b{variable}\b", README.read_text()), f"{variable} is not in the README"
