# One image: NGINX, Gunicorn and the models. Pin the base with --build-arg BASE=debian:trixie-slim@sha256:...
ARG BASE=debian:trixie-slim

# ---- build: everything that needs a compiler's or a packer's tools stays here ----
FROM ${BASE} AS build

# Debian's own python3, the same in both stages, so that the virtual environment can be copied whole; strip.
# hadolint ignore=DL3008 # Debian replaces a version that it has mended, so a pinned one would soon be gone
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1 ORT_DISABLE_TELEMETRY=1
WORKDIR /opt/slipway

# Rarely changes, so it comes first. The environment has no pip: the tools' one installs into it from outside.
COPY requirements.txt ./
RUN python3 -m venv /opt/tools \
    && python3 -m venv --without-pip /opt/venv \
    && /opt/tools/bin/pip --python /opt/venv/bin/python install --no-compile --only-binary :all: \
        --require-hashes -r requirements.txt

# The packages' own tests are a fifth of their size. Sources and symbols of compiled modules, and onnxruntime's tools
# for making models, serve nobody here either. (Bundled libraries stay as they are: strip has broken such files.)
RUN find /opt/venv/lib -type d \( -name tests -o -path '*/onnxruntime/tools' -o -path '*/onnxruntime/quantization' \
        -o -path '*/onnxruntime/transformers' \) -prune -exec rm -rf {} + \
    && find /opt/venv/lib -type f -regextype egrep -regex '.*\.(pyi|pyx|pxd|c|cpp|h|hpp|tp|a)' -delete \
    && find /opt/venv/lib -type f -name '*.so' -not -path '*.libs/*' -exec strip --strip-unneeded {} +

# Packing needs more than serving does, so the example models are made in a copy that never leaves this stage.
COPY requirements-pack.txt ./
RUN cp -a /opt/venv /opt/pack \
    && /opt/tools/bin/pip --python /opt/pack/bin/python install --no-compile --only-binary :all: \
        --require-hashes -r requirements-pack.txt
COPY app app

# The user's own bundles, and what they need installed; what is locked stays as it is.
COPY models models
RUN /opt/pack/bin/python -m app.pack.requirements models > /tmp/requirements.txt \
    && /opt/tools/bin/pip --python /opt/venv/bin/python freeze > /tmp/locked.txt \
    && /opt/tools/bin/pip --python /opt/venv/bin/python install --no-compile -c /tmp/locked.txt -r /tmp/requirements.txt

# Bytecode is made now, because a read-only root cannot keep it; it is not checked against the source, which cannot
# change.
RUN /opt/pack/bin/python -m app.examples \
    && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib app

# ---- the image ----
FROM ${BASE}

# Debian's nginx is the smallest of its packages that limits, compresses and retries.
# hadolint ignore=DL3008 # Debian replaces a version that it has mended, so a pinned one would soon be gone
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 nginx \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log

# Numeric, because Kubernetes can then see that it is not root; group 0, so that any other UID works as well. Only the
# run directory is written to: a tmpfs over it takes its mode from here.
RUN install -d -m 0770 -o 10001 -g 0 /run/slipway
WORKDIR /opt/slipway

# From what seldom changes to what often does.
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/slipway/models models
COPY nginx.conf gunicorn.conf supervisord.conf ./
COPY --from=build /opt/slipway/app app

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    HOST=0.0.0.0 \
    SLIPWAY_RUN_DIR=/run/slipway
USER 10001:0
EXPOSE 8080
STOPSIGNAL SIGTERM

# Through NGINX, so that it speaks for the whole stack; without the package, so that it costs next to nothing.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
    CMD ["/usr/bin/python3", "-I", "app/healthcheck.py"]

# `docker run IMAGE` and, as SageMaker says it, `docker run IMAGE serve`: that one serves what stands at /opt/ml/model.
ENTRYPOINT ["python", "app/start.py"]

# Last, because they change with every commit.
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Slipway" \
      org.opencontainers.image.description="A trained model in, a production prediction service out" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
