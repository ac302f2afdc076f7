# An image that runs the command `typedserver`. docs/releases.md says how to use it, and that nobody has built it yet:
# what it runs, container/install.sh, is tested without Docker.
FROM python:3.13-slim AS build
COPY . /source
RUN sh /source/container/install.sh /source /opt/typedserver

FROM python:3.13-slim
COPY --from=build /opt/typedserver /opt/typedserver
ENV PATH=/opt/typedserver/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
# By numbers, so that an orchestrator can see that it is not root.
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["typedserver"]
CMD ["--help"]
