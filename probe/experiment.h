/* summary: poolprobe experiment */
#ifndef EXPERIMENT_H
#define EXPERIMENT_H

/* argv[0] is the subcommand. Returns the program's exit status. */
int experiment_main(int argc, char **argv);

#endif
