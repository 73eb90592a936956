/* summary: poolprobe report */
#ifndef REPORT_H
#define REPORT_H

/* argv[0] is the command's name. Returns an exit status (enum pp_exit). */
int report_main(int argc, char **argv);

#endif
