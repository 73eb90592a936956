-- summary: how long the server has run, for its start: asked when a session begins
SHOW GLOBAL STATUS WHERE Variable_name = 'Uptime'
