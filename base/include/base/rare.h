/* summary: marks functions that run rarely, to keep them out of the way of what runs for every packet */
#ifndef BASE_RARE_H
#define BASE_RARE_H

/* A call of such a function is taken for unlikely, and its body is neither inlined nor placed among the
 * others. */
#define PP_RARE __attribute__((cold, noinline))

#endif
