# summary: management commands
