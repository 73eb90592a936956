/* summary: `poolprobe dump`: one JSON object a line for every MySQL exchange */
#ifndef DUMP_H
#define DUMP_H

/* Runs the subcommand (argv[0] is its name); returns the exit status (enum pp_exit). */
int dump_main(int argc, char **argv);

#endif
