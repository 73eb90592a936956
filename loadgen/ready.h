/* summary: private to loadgen: "poolload ready": waits until a URL answers */
#ifndef LG_READY_H
#define LG_READY_H

/* argv[0] is "ready"; libcurl is set up. Returns the exit status; what went wrong was said. */
int lg_ready_main(int argc, char **argv);

#endif
