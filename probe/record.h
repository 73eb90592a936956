/* summary: poolprobe record: from an interface or a file into a run file, alone or beside a command */
#ifndef RECORD_H
#define RECORD_H

/* argv[0] is "record". Returns the exit status of docs/cli.md. */
int record_main(int argc, char **argv);

#endif
