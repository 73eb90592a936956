/* summary: doctor's findings as text for a terminal and as JSON */
#ifndef DOCTOR_PRINT_H
#define DOCTOR_PRINT_H

#include "base/status.h"
#include "check.h"

#include <stdio.h>

/* Lines of at most 80 columns; `colour` for a terminal. PP_IO, PP_NOMEM. */
PP_MUST_CHECK enum pp_status doc_print_text(FILE *out, const struct doc_list *l, bool colour);
/* {"schema":"poolprobe.doctor/1","verdict":…,"checks":[{"name":…,"verdict":…,"text":…,"remedy":…}]} */
PP_MUST_CHECK enum pp_status doc_print_json(FILE *out, const struct doc_list *l);

#endif
