-- summary: every global variable in force
SHOW GLOBAL VARIABLES
