"""What `make plan` takes, as environment variables. In seconds and requests/s where nothing else is said."""

from pathlib import Path
from typing import NamedTuple, Self

import yaml
from pydantic import Field, HttpUrl, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.plan.autoscaler import Autoscaler
from deploy.plan.cluster import Delays
from deploy.plan.pod import LONGEST_QUEUE, Pod

MANIFESTS = Path(__file__).parents[1]
SCALER = MANIFESTS / "components/autoscale/horizontalpodautoscaler.yaml"
DEPLOYMENT = MANIFESTS / "base/deployment.yaml"


class Deployed(NamedTuple):
    """Of a pod of deploy/base: requests in it before 429, and seconds in which it has to say that it is ready."""

    queue: int
    patience: int

    @classmethod
    def read(cls) -> Self:
        (container,) = yaml.safe_load(DEPLOYMENT.read_text())["spec"]["template"]["spec"]["containers"]
        (queue,) = (item["value"] for item in container["env"] if item["name"] == "SLIPWAY_QUEUE")
        return cls(int(queue), container["readinessProbe"]["timeoutSeconds"])


class PlanOptions(BaseSettings):
    """One of `url` and `throughput` says what a pod can do: it is measured at the one, or given by the other."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True)

    url: HttpUrl | None = None
    models: str = ""
    step: int = Field(5, ge=2, le=600)
    throughput: float | None = Field(None, gt=0)
    # A pod of deploy/base has two.
    workers: int = Field(2, ge=1, le=128)
    queue: int = Field(default_factory=lambda: Deployed.read().queue, ge=1, le=LONGEST_QUEUE)
    cpu: float = Field(1.0, gt=0, le=4)

    # steady, daily, spike, or the path of a CSV; `peak` is the presets' highest rate.
    curve: str = "daily"
    peak: float = Field(100, gt=0)

    # Of the autoscaler; what is not set is as in the manifest. `target` in percent of a pod's CPUs.
    min: int | None = Field(None, ge=1)
    max: int | None = Field(None, ge=1, le=1000)
    target: float | None = Field(None, gt=0, le=100)

    start: float = Field(Delays.start, ge=0)
    node: float = Field(Delays.node, ge=0)
    pods_per_node: int = Field(Delays.pods_per_node, ge=1)

    picture: Path = Path("run/plan/plan.png")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.url is None) == (self.throughput is None):
            raise ValueError("one of URL= (to measure a pod) and THROUGHPUT= (requests/s, given) is needed")
        if self.queue < self.workers:
            raise ValueError(f"QUEUE={self.queue} is less than WORKERS={self.workers}")
        if self.picture.suffix not in (".png", ".svg"):
            raise ValueError(f"PICTURE={self.picture} is not accepted: a name that ends in .png or .svg is")
        scaler = self.scaler()
        if scaler.minimum > scaler.maximum:
            raise ValueError(f"MIN={scaler.minimum} is more than MAX={scaler.maximum}")
        return self

    def pod(self, throughput: float) -> Pod:
        return Pod(self.workers, throughput, self.queue, self.cpu)

    def scaler(self) -> Autoscaler:
        """The manifest's, with what was set besides."""
        scaler = Autoscaler.read(yaml.safe_load(SCALER.read_text()))
        scaler.minimum, scaler.maximum = self.min or scaler.minimum, self.max or scaler.maximum
        scaler.target = self.target / 100 if self.target else scaler.target
        return scaler

    def delays(self) -> Delays:
        return Delays(start=self.start, node=self.node, pods_per_node=self.pods_per_node)
