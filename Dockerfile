# The web pages are built already: web/dist is part of the repository and embedded by Go, so no Node is needed here.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
# timetzdata: the guild's day is America/Santiago's, and an image from scratch has no zone files.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/cache \
    GOCACHE=/cache CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags timetzdata -ldflags='-s -w' -o /gremio ./cmd/gremio
# A new volume takes the owner of the folder in the image that it covers: without these nobody could write to one.
RUN mkdir -p /folders/data /folders/keys /folders/erasures /folders/reports

FROM scratch
# Notices and Kafka over TLS ask certificates that the world knows.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=65534:65534 /folders /
COPY --from=build /gremio /gremio
USER 65534:65534
ENTRYPOINT ["/gremio"]
