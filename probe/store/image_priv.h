/* summary: many rows at once: a small database made in memory, from which SQLite copies whole records */
#ifndef IMAGE_PRIV_H
#define IMAGE_PRIV_H

#include "record_priv.h"
#include "store_priv.h"

/* What an INSERT costs is the way of its columns through SQLite's machine: bound, copied, checked, made into
 * a record, 27 times for a statement and its checkout. From a table of the same definition SQLite takes the
 * records as they are. Such a table has to be in a database, and that is made here: rows are gathered as
 * records, laid out as the pages of a database file, opened by sqlite3_deserialize() and copied by INSERT …
 * SELECT. Constraints are still SQLite's to check: a key that is there already replaces its row. */
struct sto_image;

/* Attaches an empty database to the run's. An SQLite code; SQLITE_INTERNAL when it does not look as expected:
 * rows go one by one then. */
PP_MUST_CHECK int sto_image_new(struct sto_image **out, sqlite3 *db);
/* Before the run's database is closed or after. */
void sto_image_free(struct sto_image **ip);

/* Rows of this kind can be gathered. */
bool sto_image_takes(enum sto_kind kind);
/* The kind's first column is its INTEGER PRIMARY KEY. */
bool sto_image_is_keyed(enum sto_kind kind);
/* False: memory is out, and the row is not in it. */
PP_MUST_CHECK bool sto_image_add(struct sto_image *im, enum sto_kind kind, const struct rec *row);
/* Time to write it. Some hundred rows fit in all the same. */
bool sto_image_is_full(const struct sto_image *im);
/* Copies all rows into the run's tables and forgets them; an SQLite code. Once in a transaction. */
PP_MUST_CHECK int sto_image_write(struct sto_image *im);

#endif
