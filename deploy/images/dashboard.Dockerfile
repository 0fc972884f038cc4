# The dashboard: docker build -f deploy/images/dashboard.Dockerfile -t usageflow/dashboard .
# A server of a few megabytes of JavaScript, started as `node scripts/serve.mjs`, as user 10001, with nothing to write to.
ARG NODE_IMAGE=node:22-slim

FROM ${NODE_IMAGE} AS build
ENV NEXT_TELEMETRY_DISABLED=1
WORKDIR /build/dashboard
COPY dashboard/package.json dashboard/package-lock.json dashboard/.npmrc ./
RUN npm ci
COPY dashboard ./
RUN npm run build

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="usageflow-dashboard" \
      org.opencontainers.image.description="UsageFlow: usage-based billing that proves itself" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /build/dashboard/.next/standalone /opt/dashboard/.next/standalone
COPY --from=build /build/dashboard/scripts/serve.mjs /opt/dashboard/scripts/serve.mjs
# A container is reached from outside of it; whoever runs the image decides which of its ports are.
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 HOSTNAME=0.0.0.0 PORT=3000
WORKDIR /opt/dashboard
USER 10001:10001
CMD ["node", "scripts/serve.mjs"]
