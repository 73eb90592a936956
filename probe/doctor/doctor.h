/* summary: poolprobe doctor */
#ifndef DOCTOR_H
#define DOCTOR_H

int doctor_main(int argc, char **argv);

#endif
