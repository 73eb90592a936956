# summary: stands in for python:3.11-slim-bookworm where no image registry is: Debian 12's own Python 3.11
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/* && \
    ln -s python3 /usr/bin/python
