# Node as npm's package brings it, laid out as in the official image.
# hadolint ignore=DL3006
FROM base
ARG PACKAGES
ARG NODE_VERSION
ENV NODE_VERSION=${NODE_VERSION}
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends libatomic1 libstdc++6 ${PACKAGES} \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 1000 node \
 && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY node /usr/local/
COPY npm /usr/local/lib/node_modules/npm/
COPY --chmod=755 node-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
COPY npmrc /usr/local/etc/
RUN ln -s node /usr/local/bin/nodejs \
 && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
 && npm --version
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
