# The production packages only, and nothing that was needed to get them.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Scripts of packages are not run: none of ours needs them, and an attacker's would.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-slim
# git: repositories are fetched by it, by ssh, too. ca-certificates: https to Git and Azure. python3: the sandbox runs users'
# score.py in it; an installation that only talks to real Azure may leave it out.
RUN apt-get update \
 && apt-get install -y --no-install-recommends git openssh-client ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /var/lib/verdigris \
 && chown node:node /var/lib/verdigris
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY src ./src
COPY manifests ./manifests
# `doctor` compares the identity's rights with these.
COPY deploy/azure ./deploy/azure
ARG COMMIT=unknown
# No inspector, no heap dump, no report: each would carry secrets out of the process.
ENV NODE_ENV=production \
    NODE_OPTIONS=--disable-sigusr1 \
    NODE_COMPILE_CACHE=/var/lib/verdigris/compiled \
    VERDIGRIS_COMMIT=${COMMIT} \
    VERDIGRIS_DATA_DIR=/var/lib/verdigris
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
EXPOSE 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz', { signal: AbortSignal.timeout(4000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "src/main.ts"]
CMD ["run", "--config", "/etc/verdigris", "--host", "0.0.0.0"]
