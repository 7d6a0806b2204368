/* The local time zone, by the variable TZ. wasi-libc has none; this replaces its functions. */
#ifndef WASGI_ZONE_H
#define WASGI_ZONE_H

#include "zone_rule.h"

/* The zone's two names and offsets, for time.tzset(). `has_summer` of the result is true if there are two. */
const struct zone_rule *zone_now(void);

#endif
