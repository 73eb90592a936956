/* summary: private to loadgen: "poolload merge": adds results of several machines up */
#ifndef LG_MERGE_H
#define LG_MERGE_H

/* argv[0] is "merge". Returns the exit status; what went wrong was said. */
int lg_merge_main(int argc, char **argv);

#endif
