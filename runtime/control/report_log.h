/* report_log.h -- how an update went, in the log and as an answer: with the version that runs
 * now. */
#ifndef KITSUNE_RUNTIME_REPORT_LOG_H
#define KITSUNE_RUNTIME_REPORT_LOG_H

#include "control/report.h"

/* What both the requester and the history are told. */
void report_write_answer(const struct report *report, struct text *text);
/* Each line says by itself what it is about: in a journal they may be far apart. */
void report_log(const struct report *report);

#endif
