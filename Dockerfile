# One static binary on a small base. The compose file brings Postgres; without DATABASE_URL the image would need the
# Postgres programs, which it leaves out.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /greenroom ./cmd/web && mkdir /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /greenroom /greenroom
COPY --from=build --chown=nonroot:nonroot /data /data
ENV GREENROOM_ADDR=0.0.0.0:8080 GREENROOM_DATA=/data
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/greenroom"]
