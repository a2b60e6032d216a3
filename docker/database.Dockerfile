# PostgreSQL for demonstrations and tests, from the root of the checkout:
#
#   docker build -f docker/database.Dockerfile -t todo-database:0.1.0 .
#   docker run -e POSTGRES_PASSWORD=… -v todo-database:/var/lib/postgresql -p 127.0.0.1:5432:5432 todo-database:0.1.0
#
# It makes the user POSTGRES_USER and its database POSTGRES_DB at the first start. It writes to the volume and to /tmp.

FROM debian:trixie-slim
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="todo-database" \
      org.opencontainers.image.description="PostgreSQL for demonstrations and tests of the todo list" \
      org.opencontainers.image.licenses="MIT AND PostgreSQL" \
      org.opencontainers.image.version="$VERSION"
# Perl and locales are for Debian's own way of making clusters, LLVM for just-in-time compilation: 220 MB unused here.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
       'libnss-wrapper=1.1.*' 'postgresql-17=17.*' \
    && dpkg --purge --force-depends libc-l10n libllvm19 libperl5.40 libz3-4 locales perl perl-modules-5.40 \
    && apt-get clean \
    && rm -r /etc/postgresql/* /usr/lib/postgresql/17/lib/bitcode /usr/lib/postgresql/17/lib/llvmjit* \
       /var/lib/apt/lists/* /var/lib/postgresql/* \
    && chown 65532:65532 /var/lib/postgresql \
    && useradd --uid 65532 --home-dir /tmp --no-create-home --user-group todo
COPY docker/database.sh /usr/local/bin/todo-database
ENV PATH=/usr/lib/postgresql/17/bin:$PATH \
    PGDATA=/var/lib/postgresql/data \
    PGHOST=/tmp \
    POSTGRES_DB=todo \
    POSTGRES_USER=todo
VOLUME /var/lib/postgresql
USER 65532:65532
EXPOSE 5432
# What PostgreSQL calls a fast shutdown: it does not wait for its clients to go.
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --timeout=3s CMD ["pg_isready", "--host=127.0.0.1", "--quiet"]
ENTRYPOINT ["todo-database"]
