# The long-lived worker that holds a platform's WebSocket, which no Lambda can. One container for each platform that has one:
#
#   docker build -f infra/worker.Dockerfile -t huitou-worker .
#   docker run -e HUITOU_TABLE=... (the variables that functions have) huitou-worker pinduoduo
#
# It writes to the inbound queue and to nothing else of Huitou's; .chalice/policy-poll.json is the role that it needs.
FROM python:3.11-slim
RUN useradd --create-home --uid 10001 huitou
WORKDIR /srv/huitou
# What nobody has put a hash to is not installed.
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY chalicelib ./chalicelib
COPY connectors ./connectors
COPY ops/__init__.py ops/worker.py ./ops/
USER huitou
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "ops.worker"]
