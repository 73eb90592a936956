-- summary: the server's own digest of a statement without user data (the text is filled in)
SELECT STATEMENT_DIGEST('%s')
