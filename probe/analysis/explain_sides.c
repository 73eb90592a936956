/* summary: what the machines and the server say of each level, for the explanation: CPUs, row locks
 */
#include "explain_facts.h"

void exp_add_sides(struct exp_all *all, const struct ana_input *in)
{
    (void)all;
    (void)in;
}
