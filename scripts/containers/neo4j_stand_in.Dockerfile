# See neo4j_stand_in.py. BUILD_IMAGE is the `build` stage of Meshweave's own Dockerfile; `cache/` of the context holds the
# jars that the machine fetched.
ARG BUILD_IMAGE
FROM ${BUILD_IMAGE}
RUN useradd --uid 7474 --user-group --no-create-home --home-dir /data neo4j && install -d -o neo4j -g neo4j /data
COPY --chown=7474:7474 cache /opt/neo4j/cache
COPY neo4j_stand_in.py /opt/neo4j/
ENV PATH=/opt/meshweave/venv/bin:${PATH} MESHWEAVE_CACHE_DIR=/opt/neo4j/cache PYTHONUNBUFFERED=1
WORKDIR /data
USER 7474:7474
VOLUME /data
EXPOSE 7687
CMD ["python", "/opt/neo4j/neo4j_stand_in.py"]
