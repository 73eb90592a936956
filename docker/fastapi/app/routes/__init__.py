# summary: the endpoints
