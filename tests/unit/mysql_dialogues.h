/* summary: dialogues of the MySQL protocol, each with what the stage must make of it */
#ifndef MYSQL_DIALOGUES_H
#define MYSQL_DIALOGUES_H

#include "mysql_wire.h"

struct dialogue {
    const char *name;
    void (*build)(struct wire *w);
    size_t max_sql;
    const char *life;
    const char *expect; /* one line an exchange */
};

extern const struct dialogue dialogues[];
extern const size_t dialogue_count;

#endif
