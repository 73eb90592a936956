# summary: exit 0 when the application of this container answers GET /health
import os
import urllib.request

urllib.request.urlopen(f"http://127.0.0.1:{os.environ['HTTP_PORT']}/health", timeout=3).read()
