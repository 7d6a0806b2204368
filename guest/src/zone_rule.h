/* Zones as the variable TZ writes them out (POSIX.1-2024, Base Definitions, 8.3): "CET-1CEST,M3.5.0,M10.5.0/3". So end files of
 * the zone database, too (RFC 9636, 3.3). */
#ifndef WASGI_ZONE_RULE_H
#define WASGI_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#define ZONE_NAME_SIZE 16

/* What clocks show: seconds east of Greenwich. */
struct zone_kind {
    char name[ZONE_NAME_SIZE];
    int32_t offset;
    bool is_dst;
};

struct zone_change {
    char form; /* 'M' month, week and day; 'J' day of the year, without leap days; 'D' with them */
    int month, week, day;
    int32_t time; /* in seconds, by the clock that ends */
};

struct zone_rule {
    struct zone_kind standard, summer;
    bool has_summer;
    struct zone_change begin, end;
};

/* False where the text is none. */
bool zone_rule_read(const char *text, struct zone_rule *rule);

/* What holds at that time, in seconds since the epoch. */
const struct zone_kind *zone_rule_at(const struct zone_rule *rule, int64_t time);

#endif
