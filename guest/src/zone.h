/* The local time zone, by the variable TZ. WASI's libc has none; what it asks of one is answered here. */
#ifndef WASGI_ZONE_H
#define WASGI_ZONE_H

#include "zone_rule.h"

/* The zone's two names and offsets as time.tzset() gives them. `has_summer` of the result is whether there are two. */
const struct zone_rule *zone_now(void);

#endif
