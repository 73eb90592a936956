# summary: the project: settings, URLs, WSGI
