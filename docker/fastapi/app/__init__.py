# summary: the published benchmark's FastAPI application
