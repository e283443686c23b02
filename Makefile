# Every verb a user needs; `make` alone lists them. Steps that take more than a line are in deploy/local/ and deploy/cloud/.

PYTHON ?= python3
DOCKER ?= docker
DOCKER_BUILD_FLAGS ?=
DOCKER_RUN_FLAGS ?=
IMAGE ?= slipway
CONTAINER ?= slipway-local
IMAGE_LIMIT_MB ?= 520
PYTEST_FLAGS ?=

# Unless the user chose a port: 80 for the container of deploy-local (the stack itself defaults to 8080).
LOCAL_PORT := $(if $(PORT),$(PORT),80)
PORT ?= $(firstword $(AIP_HTTP_PORT) $(SAGEMAKER_BIND_TO_PORT) 8080)
HOST ?= 127.0.0.1
# onnxruntime calls home unless this is set.
export ORT_DISABLE_TELEMETRY := 1
export PYTHON DOCKER DOCKER_BUILD_FLAGS DOCKER_RUN_FLAGS IMAGE CONTAINER IMAGE_LIMIT_MB

BIN := .venv/bin
COLLECTION := deploy/postman/slipway.postman_collection.json
EXAMPLES := digits mnist iris wine diabetes
MISSING := $(strip $(foreach name,$(EXAMPLES),$(if $(wildcard models/$(name)/*/manifest.json),,$(name))))
CLOUD_VERBS := $(foreach cloud,gke aks minikube,$(addsuffix -$(cloud),deploy push update rollback status logs destroy)) \
    deploy-cloudrun deploy-kserve
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

# Started from another make, its remarks on directories would stand among the log lines.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run pack rollback postman examples test check format lock image deploy-local stop-local load-test plan clean $(CLOUD_VERBS)

help:  ## this list
	@awk 'BEGIN { FS = ":.*## " } \
	    /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

##@ Run

run: .venv/.serving nginx $(if $(SLIPWAY_MODELS),,.venv/.examples)  ## the complete stack on http://localhost:8080 until Ctrl-C (PORT=, HOST=)
	@echo "Slipway: starting on http://$(HOST):$(PORT); Ctrl-C ends it."
	@HOST=$(HOST) PORT=$(PORT) exec $(BIN)/python app/start.py

pack: .venv/.serving  ## a bundle of your model: MODEL=churn.joblib SAMPLE=train.csv NAME=churn (TARGET=, NOTES=, FLAGS=)
	@$(BIN)/python -m app.pack --model "$(MODEL)" --name "$(NAME)" $(if $(SAMPLE),--sample "$(SAMPLE)") \
	    $(if $(TARGET),--target "$(TARGET)") $(if $(NOTES),--notes "$(NOTES)") $(FLAGS)

rollback: .venv/.serving  ## the version before the one that answers, answers: MODEL=churn (FLAGS="--to 3", --canary, --release)
	@PORT=$(PORT) $(BIN)/python -m app.roll "$(MODEL)" $(FLAGS)

postman: curl .venv/bin/python  ## the Postman collection in deploy/postman, from the service that runs on PORT
	@curl -sSf http://localhost:$(PORT)/postman.json -o $(COLLECTION).new
	@$(BIN)/python -m json.tool --no-ensure-ascii --indent 2 $(COLLECTION).new $(COLLECTION) && rm $(COLLECTION).new

examples: .venv/.examples  ## train and pack the example models where they are missing or older than their code

##@ Run with Docker (DOCKER=, DOCKER_BUILD_FLAGS=, DOCKER_RUN_FLAGS=)

image:  ## build the image and report its size
	@deploy/local/image

deploy-local: curl image  ## the container on http://localhost, with a first prediction (PORT=80)
	@deploy/local/up $(LOCAL_PORT)

stop-local:  ## stop and remove that container
	@deploy/local/down

##@ Run on a cluster: docs/deploy.md (DRY_RUN=1 prints the commands and runs none)

deploy-gke:  ## on Google Kubernetes Engine, from nothing to a URL: PROJECT_ID=my-project (REGION=, CLUSTER=, REGISTRY=, STANDARD=1)
push-gke:  ## build an image and push it, no more: PROJECT_ID= VERSION=1.1
update-gke:  ## another version, with the old one back if it fails: PROJECT_ID= VERSION=1.1 (CANARY=1.2 beside it)
rollback-gke:  ## the pods of before, and each time further back
status-gke:  ## what runs, what was rolled out, what the cluster warns of
logs-gke:  ## all pods' logs until Ctrl-C
destroy-gke:  ## remove what deploy-gke made; asks first (YES=1, IMAGES=1)
deploy-aks:  ## on Azure: REGISTRY=myregistry (RESOURCE_GROUP=, REGION=, CLUSTER=, NODES=); update-aks, rollback-aks, ... too
deploy-minikube:  ## on this machine's minikube (CLUSTER=); update-minikube, rollback-minikube, ... too
deploy-cloudrun:  ## on Google Cloud Run, which needs no cluster: PROJECT_ID=my-project (REGION=, REGISTRY=)
deploy-kserve:  ## on a cluster with KServe: REGISTRY=gcr.io/my-project (CONTEXT=)

$(CLOUD_VERBS): python
	@$(PYTHON) -m deploy.cloud $(subst -, ,$@)

##@ Load and capacity: docs/capacity.md

load-test: .venv/.tools  ## users against a running service: URL=http://localhost:8080 (USERS=, TIME=, MODELS=, MAX_ERRORS=, MAX_P95=, WEB=1)
	@$(BIN)/python -m deploy.load

plan: .venv/.tools  ## pods, waits and pod-hours of a day: URL= or THROUGHPUT= (CURVE=, PEAK=, MIN=, MAX=, TARGET=)
	@$(BIN)/python -m deploy.plan

##@ Develop

test: .venv/.tools nginx .venv/.examples  ## all tests (PYTEST_FLAGS=)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(PYTEST_FLAGS)

check: .venv/.tools  ## lint, formatting, types, Dockerfile, the import picture; changes nothing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/python -m pytest -q tests/test_architecture.py

format: .venv/.tools  ## format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock:  ## pin the dependencies of pyproject.toml, with hashes (needs uv)
	@command -v uv >/dev/null || { echo "Slipway: make lock needs uv: pip install uv." >&2; exit 1; }
	@$(LOCK) pyproject.toml -o requirements.txt
	@$(LOCK) pyproject.toml --extra pack -c requirements.txt -o requirements-pack.txt
	@$(LOCK) pyproject.toml --extra pack --extra dev -c requirements-pack.txt -o requirements-dev.txt

clean:  ## remove the virtual environment, the example models and run directories
	@rm -rf .venv $(addprefix models/,$(EXAMPLES)) run .mypy_cache .pytest_cache .ruff_cache

# What is missing is set up, and says so; what is there costs nothing.

.PHONY: nginx curl python always
nginx:
	@deploy/local/setup nginx

curl:
	@command -v curl >/dev/null || { echo "Slipway: this needs curl: install it (apt-get, dnf, apk or brew)." >&2; exit 1; }

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Slipway: this needs Python 3.11 or newer: install it, or name it: PYTHON=python3.12" >&2; exit 1; }

.venv/bin/python:
	@deploy/local/setup venv

.venv/.serving: requirements-pack.txt | .venv/bin/python
	@echo "Slipway: installing the locked Python packages into .venv."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/.tools: requirements-dev.txt | .venv/bin/python
	@echo "Slipway: installing the locked Python packages and development tools into .venv."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@ .venv/.serving

# Whatever has a say in what a bundle holds.
MAKERS := app/examples/*.py app/pack/*.py app/compile/*.py app/runtimes/*.py app/runtimes/*/*.py app/repository/bundle.py \
    app/signature.py app/predictions.py app/compile_report.py requirements-pack.txt

.venv/.examples: $(wildcard $(MAKERS)) $(if $(MISSING),always) | .venv/.serving
	@deploy/local/setup examples $(EXAMPLES)
