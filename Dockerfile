# The program as an image: dist/, migrations/ and production packages on a slim Node. Runs as an unprivileged user with a
# read-only root file system; only /app/data (the embedded database, used where no DATABASE_URL is given) is written to.
# Pin the base by digest where you build for production: --build-arg NODE_VERSION=24-slim@sha256:…
ARG NODE_VERSION=24-slim

FROM docker.io/library/node:${NODE_VERSION} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# With optional packages: the compiler is one of them.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build -- --sourceMap false

FROM docker.io/library/node:${NODE_VERSION} AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional && npm cache clean --force

FROM docker.io/library/node:${NODE_VERSION}
# The program needs node alone.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
  && mkdir -p /app/data && chown 1000:1000 /app/data
WORKDIR /app
COPY --from=packages /build/node_modules ./node_modules
COPY package.json LICENSE ./
COPY migrations ./migrations
COPY --from=build /build/dist ./dist

ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="backup-inventory-exporter" \
      org.opencontainers.image.description="Copies the backup inventory of Huawei Cloud GeminiDB into Postgres, proves that the copy is complete, and exposes it to Prometheus and SQL." \
      org.opencontainers.image.source="https://github.com/backup-inventory-exporter/backup-inventory-exporter" \
      org.opencontainers.image.documentation="https://github.com/backup-inventory-exporter/backup-inventory-exporter/tree/main/docs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

ENV NODE_ENV=production \
    LOG_FORMAT=json \
    BACKUP_INVENTORY_REVISION=${REVISION}
USER 1000:1000
VOLUME ["/app/data"]
EXPOSE 9464
# Node is process 1: the program handles SIGTERM and SIGINT itself and starts no other process, so no init is needed.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["node", "/app/dist/main.js", "health"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve"]
