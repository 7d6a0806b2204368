/* The boot's report to the builder: UTF-8 JSON, kept until the next report. */
#ifndef WASGI_REPORT_H
#define WASGI_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/* Copies the JSON. 0, or -1 when there is no memory for it. */
int report_set(const char *json, size_t length);

/* Reports {"ok": false, "message": message} in cases in which Python cannot. */
void report_failure(const char *message);

bool report_is_set(void);

#endif
