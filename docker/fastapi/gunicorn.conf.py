# summary: gunicorn as published: one Uvicorn worker (uvloop), port 18000
import os

bind = f"{os.environ.get('HTTP_HOST', '0.0.0.0')}:{os.environ.get('HTTP_PORT', '18000')}"
workers = 1
worker_class = "uvicorn.workers.UvicornWorker"
# A pool of thousands takes a while to dial, and a request under overload a while to answer.
timeout = 120
graceful_timeout = 60
keepalive = 75
