"""Environment -> one frozen Settings; a bad value stops the start and the message says what is accepted."""

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, ByteSize, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.cpus import available_cpus
from app.signature import NAME_PATTERN

# Two workers even on one processor: one slow picture must not hold up the probes, nor one crash the service.
MIN_WORKERS = 2
BUCKETS = ("s3", "gs", "az")
MAX_PORT = 65535
METRICS_DISTANCE = 1000
# As a browser writes it: no path, not even a slash (RFC 6454); and nothing that NGINX's configuration would misread.
ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
# What a path holds without being escaped (RFC 3986), but for what NGINX's configuration would read as something else.
ROUTE_PATTERN = r"^/([A-Za-z0-9._~:@!*+,=-]+/?)*$"
ROUTE = "such as /v1/endpoints/1/deployedModels/2, of letters, digits and ._~:@!*+,=-"


# What a field's value comes from where its own variable is not set. Vertex AI leaves this one empty where a model
# brings no files.
FALLBACKS = {"models": "AIP_STORAGE_URI"}


class BadSettingError(Exception):
    """An environment variable holds a value that Slipway cannot start with."""


def _digits(value: object) -> object:
    """A text that int() would read, but a shell, NGINX or app/healthcheck.py would not: 8080.0, 8_080, +80."""
    if isinstance(value, str) and not re.fullmatch("[0-9]+", value):
        raise ValueError("only digits make a whole number")
    return value


Whole = Annotated[int, BeforeValidator(_digits)]


def _origins(value: object) -> Any:
    """A list in the environment's way: between commas."""
    return [origin.strip() for origin in value.split(",")] if isinstance(value, str) else value


Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def default_metrics_port(port: int) -> int:
    """Far from PORT, for the next port is where a second stack stands."""
    return port + METRICS_DISTANCE if port + METRICS_DISTANCE <= MAX_PORT else port - METRICS_DISTANCE


def _named(variable: str, *platforms: str) -> AliasChoices:
    """A variable whose name the ecosystem has settled, and what platforms call it: the first that is set holds."""
    return AliasChoices(variable, *platforms)


class Settings(BaseSettings):
    """Each field's description says what is accepted; it is part of the message when a value is not."""

    model_config = SettingsConfigDict(env_prefix="SLIPWAY_", frozen=True, env_ignore_empty=True, extra="ignore")

    host: str = Field(
        "127.0.0.1",
        validation_alias=_named("HOST"),
        pattern=r"^[0-9A-Za-z.:-]+$",
        description="the address to listen on, such as 127.0.0.1, or 0.0.0.0 for all",
    )
    # Cloud Run's name, Vertex AI's and SageMaker's; app/healthcheck.py and the Makefile keep to this order.
    port: Whole = Field(
        8080,
        validation_alias=_named("PORT", "AIP_HTTP_PORT", "SAGEMAKER_BIND_TO_PORT"),
        ge=1,
        le=MAX_PORT,
        description="a port from 1 to 65535",
    )
    metrics_port: Whole = Field(
        default_factory=lambda data: default_metrics_port(data.get("port", 8080)),
        ge=1,
        le=MAX_PORT,
        description="the port of /metrics for the scraper, from 1 to 65535 and other than PORT "
        "(unless set: PORT + 1000, or PORT - 1000 above 64535)",
    )
    metrics_public: bool = Field(False, description="true or false: whether /metrics is also answered on PORT")
    workers: Whole = Field(
        default_factory=lambda: max(MIN_WORKERS, available_cpus()),
        validation_alias=_named("WEB_CONCURRENCY"),
        ge=1,
        le=512,
        description="a number of worker processes from 1 to 512 (unless set: one per CPU, at least 2)",
    )
    models: str = Field(
        default_factory=lambda: os.environ.get(FALLBACKS["models"]) or "models",
        validate_default=True,
        description="the directory that holds <name>/<version>/ bundles, or its URL: s3://..., gs://... or az://..., "
        "or the directory of an MLflow model",
    )
    model_control: bool = Field(
        default_factory=lambda data: _is_loopback(data.get("host", "")),
        description="true or false: whether clients may unload models and load them again "
        "(unless set: only where HOST is an address that nobody but this machine reaches)",
    )
    trust_mlflow: bool = Field(
        False, description="true or false: whether an MLflow model's pickle, and so the code in it, may be loaded"
    )
    poll_seconds: float = Field(
        5, ge=0, le=86_400, description="seconds between two looks at the repository, from 0 (never) to 86400"
    )
    load_seconds: float = Field(
        120, gt=0, le=3600, description="seconds that a version may take to load and to be checked, up to 3600"
    )
    libraries: Literal["warn", "refuse"] = Field(
        "warn", description="warn or refuse: what to do with a model that was trained with other library versions"
    )
    default_model: str = Field(
        "digits", pattern=NAME_PATTERN, description="the name of the model that POST /predict asks"
    )
    health_route: str | None = Field(
        None,
        validation_alias=_named("AIP_HEALTH_ROUTE"),
        pattern=ROUTE_PATTERN,
        description=f"a path whose GET is answered as /readyz is, {ROUTE}",
    )
    predict_route: str | None = Field(
        None,
        validation_alias=_named("AIP_PREDICT_ROUTE"),
        pattern=ROUTE_PATTERN,
        description=f"a path whose POST is answered as /invocations is, {ROUTE}, and other than AIP_HEALTH_ROUTE",
    )
    run_dir: Path = Field(
        default_factory=lambda data: Path("run") / str(data.get("port", 8080)),
        description="a writable directory for sockets, temporary files and rendered configuration",
    )
    cache: Path = Field(
        default_factory=lambda data: data.get("run_dir", Path("run")) / "models",
        description="a writable directory for bundles from s3://, gs:// or az://, and of an MLflow model",
    )
    max_body: ByteSize = Field(
        ByteSize(32 * 1024**2),
        ge=1024,
        le=2 * 1024**3,
        description="the largest request body, such as 32MiB or a number of bytes, from 1024 bytes to 2GiB",
    )
    max_pixels: Whole = Field(
        50_000_000,
        ge=784,
        description="the most pixels that the pictures of one request may have, a whole number of at least 784",
    )
    max_values: Whole = Field(
        6_600_000,  # 100,000 rows of 64 numbers, or 700 MB in memory of the smallest objects
        ge=1000,
        description="the most values that the JSON or CSV of one request may have, counted by its commas, colons, "
        "opening brackets and lines, a whole number of at least 1000",
    )
    extra_columns: Literal["refuse", "ignore"] = Field(
        "refuse", description="refuse or ignore: what to do with columns of a request that the model does not have"
    )
    cors_origins: Origins = Field(
        (),
        description="the origins whose pages may ask from a browser, such as https://app.example.com or "
        "http://localhost:3000, separated by commas, or * for all",
    )
    queue: Whole = Field(
        512,
        ge=1,
        le=65_535,
        description="how many requests may be under way or waiting before 429, from 1 to 65535",
    )
    timeout: Whole = Field(60, ge=1, le=3600, description="seconds that one request may take, from 1 to 3600")
    grace: Whole = Field(
        25, ge=1, le=3600, description="seconds to finish requests in hand after SIGTERM, from 1 to 3600"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="debug, info, warning or error")

    @field_validator("models")
    @classmethod
    def _known_scheme(cls, models: str) -> str:
        scheme, found, rest = models.partition("://")
        if found and (scheme not in BUCKETS or not rest):
            raise ValueError(f"{scheme} is no kind of bucket that is known")
        return models

    @field_validator("predict_route")
    @classmethod
    def _another_route(cls, predict_route: str | None, info: ValidationInfo) -> str | None:
        if predict_route is not None and predict_route == info.data.get("health_route"):
            raise ValueError("one path cannot be asked for both")
        return predict_route

    @field_validator("cors_origins")
    @classmethod
    def _known_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if origins != ("*",) and not all(map(ORIGIN.fullmatch, origins)):
            raise ValueError("this is no list of origins")
        return origins

    @field_validator("metrics_port")
    @classmethod
    def _another_port(cls, metrics_port: int, info: ValidationInfo) -> int:
        if metrics_port == info.data.get("port"):
            raise ValueError("NGINX cannot listen on one port for two purposes")
        return metrics_port


def load_settings() -> Settings:
    """Read the environment once.

    Raises BadSettingError, which names each bad variable, its value and what is accepted.
    """
    try:
        return Settings()
    except ValidationError as error:
        # A default that is derived from a bad field fails as well; only the cause is worth a sentence.
        causes = [item for item in error.errors() if item["type"] != "default_factory_not_called"]
        lines = [_sentence(str(item["loc"][0]), item["input"]) for item in causes]
        raise BadSettingError("\n".join(lines)) from None


def variable_name(field: str) -> str:
    """The environment variable that sets a field of Settings."""
    return variable_names(field)[0]


def variable_names(field: str) -> list[str]:
    """Every environment variable that sets a field of Settings; of those that are set the first one holds."""
    alias = Settings.model_fields[field].validation_alias
    names = list(map(str, alias.choices)) if isinstance(alias, AliasChoices) else [f"SLIPWAY_{field.upper()}"]
    return [*names, FALLBACKS[field]] if field in FALLBACKS else names


def set_variable(field: str) -> str:
    """The variable from which a field's value comes, or would come."""
    names = variable_names(field)
    return next((name for name in names if os.environ.get(name)), names[0])


def _sentence(location: str, value: object) -> str:
    # pydantic-settings calls each value by the first of its variables.
    field = next(f for f in Settings.model_fields if location in (f, variable_name(f)))
    accepted = Settings.model_fields[field].description
    return f"{set_variable(field)}={value!r} is not accepted: set it to {accepted}."
