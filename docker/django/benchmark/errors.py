# summary: a failed statement is answered with 500 and its message, as FastAPI's application does
import logging

from django.db import Error
from rest_framework.response import Response
from rest_framework.views import exception_handler as default_handler

log = logging.getLogger(__name__)


def exception_handler(error, context):
    if isinstance(error, Error):
        request = context["request"]
        log.error("%s %s: %s", request.method, request.path, error)
        return Response({"error": str(error)}, status=500)
    return default_handler(error, context)
