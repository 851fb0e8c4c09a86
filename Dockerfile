# The one image of kura: the UI, the daemon, the code location and every run are containers of it. It is built once and
# goes from environment to environment by its digest; nothing in it knows where it runs.
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS base

FROM base AS build
WORKDIR /build
COPY requirements-uv.lock requirements-runtime.lock ./
RUN pip install --no-cache-dir --require-hashes --no-deps --requirement requirements-uv.lock
RUN python -m venv --without-pip /opt/venv \
    && VIRTUAL_ENV=/opt/venv uv pip sync --no-cache --require-hashes --compile-bytecode requirements-runtime.lock
COPY extract /app/extract
COPY governance /app/governance
COPY orchestration /app/orchestration
COPY dbt_project /app/dbt_project
# Compiled once here, for the runtime writes nothing into /app. Files keep no time through every kind of build, so that
# compiled ones are not compared with their sources.
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash \
        /app/extract /app/governance /app/orchestration

FROM base
ARG REVISION=unknown
LABEL org.opencontainers.image.title="kura" \
      org.opencontainers.image.description="An ELT data platform on Dagster, dbt and BigQuery" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DAGSTER_HOME=/var/lib/dagster \
    HOME=/tmp
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
COPY orchestration/cloud_run/kura /usr/local/bin/kura
COPY orchestration/cloud_run/dagster.yaml /var/lib/dagster/dagster.yaml
# What is written while it runs: DAGSTER_HOME, dbt's target, /tmp. dbt's manifest can't be made here: its fingerprint has
# the environment's variables in it, and it takes seconds where a container starts.
RUN pip uninstall --yes pip \
    && useradd --system --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin kura \
    && mkdir /app/dbt_project/target \
    && chown -R kura: /var/lib/dagster /app/dbt_project/target
WORKDIR /app
USER 10001
# By default the code location; other containers say what they are.
EXPOSE 4000
HEALTHCHECK --interval=30s --timeout=20s --start-period=120s \
    CMD ["dagster", "api", "grpc-health-check", "--port", "4000"]
CMD ["dagster", "api", "grpc", "--module-name", "orchestration.definitions", "--host", "0.0.0.0", "--port", "4000"]
