# summary: the endpoints at the root, as FastAPI has them, and under /api/ and /api/benchmark/, as published
from django.urls import include, path

urlpatterns = [
    path("api/benchmark/", include("benchmark.urls")),
    path("api/", include("benchmark.urls")),
    path("", include("benchmark.urls")),
]
