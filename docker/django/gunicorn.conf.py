# summary: gunicorn as published: one worker of eight threads, port 18001
import os

bind = f"{os.environ.get('HTTP_HOST', '0.0.0.0')}:{os.environ.get('HTTP_PORT', '18001')}"
wsgi_app = "config.wsgi:application"
workers = 1
worker_class = "gthread"
threads = int(os.environ.get("THREADS", "8"))
timeout = 120
graceful_timeout = 60
keepalive = 75
