# summary: Django migrations
