# The web application, from the root of the checkout:
#
#   docker build -f docker/frontend.Dockerfile -t todo-frontend:0.1.0 .
#
# It serves with `server.js`, and makes its tables with `docker run … todo-frontend:0.1.0 migrate.mjs`.

FROM node:24-trixie-slim AS build
ENV NEXT_TELEMETRY_DISABLED=1
WORKDIR /build
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend .
# Next's standalone output: the server, and of node_modules what it loads.
RUN npm run build


FROM gcr.io/distroless/nodejs24-debian13:nonroot
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="todo-frontend" \
      org.opencontainers.image.description="Web application of the todo list" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
ENV NEXT_TELEMETRY_DISABLED=1 \
    NODE_ENV=production \
    PORT=3000
WORKDIR /app
COPY --from=build /build/.next/standalone ./
USER 65532:65532
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=4s CMD ["/nodejs/bin/node", "--eval", \
    "fetch(`http://127.0.0.1:${process.env.PORT}/api/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["server.js"]
