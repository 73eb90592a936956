/* summary: poolprobe top: a live view in the terminal */
#ifndef TOP_H
#define TOP_H

/* Runs the command; returns the exit status. */
int top_main(int argc, char **argv);

#endif
