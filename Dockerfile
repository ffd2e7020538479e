# Both images can be replaced by mirrors of them; the second one only has to have Node 24.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

# What is built is the same for every architecture, so it is built on the one that is there.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /app
# The dependencies first, in a layer that lasts as long as they do.
COPY package.json package-lock.json .npmrc ./
# No script of a dependency runs: what is installed here ends up in the image.
RUN npm ci --ignore-scripts
COPY scripts/build.ts scripts/bundle.ts scripts/lean-packages.ts scripts/licences.ts scripts/
COPY src src
RUN npm run build

# Not for production: providers that are simulated, to try the operator with (examples/try).
FROM --platform=$BUILDPLATFORM build AS build-simulator
COPY test/simulators test/simulators
RUN npm run build -- simulator

FROM ${RUNTIME_IMAGE} AS simulator
WORKDIR /app
COPY --from=build-simulator /app/package.json ./
COPY --from=build-simulator /app/dist-simulator dist-simulator
ENV PATH=/nodejs/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
USER 65532:65532
LABEL org.opencontainers.image.title=machine-client-simulator \
      org.opencontainers.image.description="Simulated identity providers, to try machine-client-operator with" \
      org.opencontainers.image.licenses=Apache-2.0
ENTRYPOINT ["node", "/app/dist-simulator/simulator.js"]

FROM ${RUNTIME_IMAGE}
WORKDIR /app
# package.json says that main.js is an ES module.
COPY --from=build /app/package.json ./
COPY --from=build /app/dist dist
# Distroless keeps node in /nodejs/bin, which its own PATH leaves out.
ENV PATH=/nodejs/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    MALLOC_ARENA_MAX=1
# By number, so that a cluster can see that it is not root.
USER 65532:65532
LABEL org.opencontainers.image.title=machine-client-operator \
      org.opencontainers.image.description="Machine-to-machine clients at identity providers, as Kubernetes objects" \
      org.opencontainers.image.licenses=Apache-2.0
# Node's young generation grows to 64 MiB whatever it is used for; 8 MiB serve as well, and the pod is smaller by the rest.
# --optimize-for-size collects more often; --liftoff-only spares the optimizing compiler for the one small WebAssembly
# module there is, the HTTP parser: 11 MiB. One arena of malloc: an operator's threads have little to do.
ENTRYPOINT ["node", "--max-semi-space-size=4", "--optimize-for-size", "--liftoff-only", "/app/dist/main.js"]
