/* summary: marks functions that run rarely, to keep them out of the way of what runs for every packet */
#ifndef BASE_RARE_H
#define BASE_RARE_H

/* A call of such a function is taken for unlikely, and its body is neither inlined nor placed among the
 * others. */
#define PP_RARE __attribute__((cold, noinline))

/* Not rare, but apart: its caller runs for every packet and mostly without it, and would have to save
 * registers for it at each call. */
#define PP_APART __attribute__((noinline))

#endif
