/* summary: poolprobe diff */
#ifndef DIFF_H
#define DIFF_H

/* argv[0] is the command's name. Returns an exit status (enum pp_exit). */
int diff_main(int argc, char **argv);

#endif
