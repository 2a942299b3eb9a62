# syntax=docker/dockerfile:1
# One image for web, worker and beat; what each container runs is its command (docker-compose.yml).

FROM node:22.22-trixie-slim AS frontend
WORKDIR /app/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM debian:13.3-slim AS docs
RUN apt-get update && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements-docs.lock mkdocs.yml .env.example ./
COPY scripts scripts
COPY docs docs
RUN scripts/docs.sh

# Debian 13: Python 3.13 and GDAL 3.10.
FROM debian:13.3-slim AS python
RUN apt-get update && apt-get install --yes --no-install-recommends \
        python3 python3-venv python3-dev gcc g++ libgdal-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
RUN python3 -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/pip install --no-cache-dir --require-hashes --no-deps --requirement requirements.lock
# After numpy, or it is built without gdal_array.
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-binary gdal "gdal==$(gdal-config --version)" \
    && .venv/bin/python -c "from osgeo import gdal_array"
# Named by its source, as geodata.confinement.gate looks for it, and by a name that docker-compose.yml can tell.
COPY geodata/confinement/gate.c ./
RUN gate=geodata-gate-$(sha256sum gate.c | cut -c1-16).so \
    && cc -shared -fPIC -O2 -o .venv/lib/$gate gate.c && ln -s $gate .venv/lib/geodata-gate.so

FROM debian:13.3-slim
RUN apt-get update && apt-get install --yes --no-install-recommends \
        python3 ca-certificates libgdal36 libsqlite3-mod-spatialite postgresql-client redis-server \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home geodata
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GEODATA_DATA_DIR=/data \
    GEODATA_STATIC_ROOT=/app/static \
    GEODATA_HOST=0.0.0.0
WORKDIR /app
COPY --from=python /app/.venv .venv
COPY manage.py pyproject.toml README.md LICENSE ./
COPY geodata geodata
COPY catalog catalog
COPY tiles tiles
COPY frontend frontend
COPY --from=frontend /app/frontend/static/frontend/dist frontend/static/frontend/dist
COPY --from=frontend /app/frontend/node_modules/cesium/Build/Cesium frontend/node_modules/cesium/Build/Cesium
COPY --from=docs /app/build/docs build/docs
# Throw-away values: collecting files connects to nothing.
RUN GEODATA_DATA_DIR=/tmp/build SECRET_KEY=build .venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/build && install --directory --owner geodata /app/static && chown -R geodata /app/static
USER geodata
VOLUME /data
EXPOSE 8000
# Alone, the image is the whole embedded site: docker run -p 8000:8000 -v geodata:/data geodata
CMD ["python", "manage.py", "serve"]
