# hadolint ignore=DL3006
FROM base
ARG PACKAGES
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
RUN --mount=type=bind,source=python-layout.sh,target=/tmp/python-layout.sh sh /tmp/python-layout.sh
CMD ["python3"]
