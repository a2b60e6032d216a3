# The Rust programs, one target each, from the root of the checkout:
#
#   docker build -f docker/rust.Dockerfile --target backend -t todo-backend:0.1.0 .
#   docker build -f docker/rust.Dockerfile --target mcp-server -t todo-mcp:0.1.0 .
#   docker build -f docker/rust.Dockerfile --target offline-model -t todo-offline-model:0.1.0 .
#
# The dependencies are compiled once for all three, and again only when a manifest or the lock file changes. A change
# in one program compiles that program.

# Every manifest with an empty source beside it: all that decides about dependencies. Its outcome is compared by
# content, so a change in a source ends here.
FROM rust:1.95.0-slim-trixie AS manifests
WORKDIR /context
COPY . .
RUN mkdir /manifests \
    && find . \( -name Cargo.toml -o -name Cargo.lock -o -path ./.cargo/config.toml \) -exec cp --parents {} /manifests \; \
    && find /manifests -mindepth 2 -name Cargo.toml -execdir mkdir src \; -execdir sh -c 'echo "//! Empty." | tee src/lib.rs > src/main.rs' \;


FROM rust:1.95.0-slim-trixie AS dependencies
WORKDIR /build
# A target that is named, though it is this machine's own, keeps the flags away from build scripts and macros, which
# cannot be static. Relocations are packed (DT_RELR), which makes a program 3 % smaller.
RUN printf '[build]\ntarget = "%s"\nrustflags = ["-C", "target-feature=+crt-static", "-C", "link-arg=-Wl,-z,pack-relative-relocs"]\n' \
    "$(rustc --print host-tuple)" > "$CARGO_HOME/config.toml"
COPY --from=manifests /manifests .
# All three packages are named each time, because what is chosen decides about the features of their dependencies.
RUN cargo build --locked --release --package backend --package mcp-server --package offline-model --lib


# Cargo goes by the time of a file, and the empty sources that were compiled above are newer than the real ones: hence
# `touch`, here and below.
FROM dependencies AS libraries
COPY crates crates
RUN find crates -name '*.rs' -exec touch {} + \
    && cargo build --locked --offline --release --package backend --package mcp-server --package offline-model --lib


FROM libraries AS build-backend
COPY backend backend
RUN find backend -name '*.rs' -exec touch {} + \
    && cargo build --locked --offline --release --package backend --package mcp-server --package offline-model --bin todo-backend \
    && mv target/*/release/todo-backend /


FROM libraries AS build-mcp-server
COPY mcp-server mcp-server
RUN find mcp-server -name '*.rs' -exec touch {} + \
    && cargo build --locked --offline --release --package backend --package mcp-server --package offline-model --bin todo-mcp \
    && mv target/*/release/todo-mcp /


FROM libraries AS build-offline-model
COPY offline-model offline-model
RUN find offline-model -name '*.rs' -exec touch {} + \
    && cargo build --locked --offline --release --package backend --package mcp-server --package offline-model --bin todo-offline-model \
    && mv target/*/release/todo-offline-model /


FROM gcr.io/distroless/static-debian13:nonroot AS offline-model
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="todo-offline-model" \
      org.opencontainers.image.description="OpenAI-compatible server that understands todo commands by rule" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build-offline-model /todo-offline-model /usr/local/bin/
USER 65532:65532
EXPOSE 8002
HEALTHCHECK --interval=5s --timeout=3s CMD ["/usr/local/bin/todo-offline-model", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/todo-offline-model"]
CMD ["serve"]


FROM gcr.io/distroless/static-debian13:nonroot AS mcp-server
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="todo-mcp" \
      org.opencontainers.image.description="MCP server of the todo list" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build-mcp-server /todo-mcp /usr/local/bin/
USER 65532:65532
EXPOSE 8001 9090
HEALTHCHECK --interval=5s --timeout=3s CMD ["/usr/local/bin/todo-mcp", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/todo-mcp"]
CMD ["serve"]


FROM gcr.io/distroless/static-debian13:nonroot AS backend
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="todo-backend" \
      org.opencontainers.image.description="REST, chat and live events of the todo list" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build-backend /todo-backend /usr/local/bin/
USER 65532:65532
EXPOSE 8000 9090
HEALTHCHECK --interval=5s --timeout=3s CMD ["/usr/local/bin/todo-backend", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/todo-backend"]
CMD ["serve"]
