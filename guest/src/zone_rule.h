/* Zones spelled out in the variable TZ (POSIX.1-2024, Base Definitions, 8.3): "CET-1CEST,M3.5.0,M10.5.0/3". Files of
 * the zone database end in such a rule, too (RFC 9636, 3.3). */
#ifndef WASGI_ZONE_RULE_H
#define WASGI_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#define ZONE_NAME_SIZE 16

/* A kind of local time, such as summer time. Offsets are in seconds east of Greenwich. */
struct zone_kind {
    char name[ZONE_NAME_SIZE];
    int32_t offset;
    bool is_dst;
};

struct zone_change {
    char form; /* 'M' month, week and day; 'J' day of the year, without leap days; 'D' with them */
    int month, week, day;
    int32_t time; /* in seconds, by the local time before the change */
};

struct zone_rule {
    struct zone_kind standard, summer;
    bool has_summer;
    struct zone_change begin, end;
};

/* False if the text is not a rule. */
bool zone_rule_read(const char *text, struct zone_rule *rule);

/* The kind of time at `time`, in seconds since the epoch. */
const struct zone_kind *zone_rule_at(const struct zone_rule *rule, int64_t time);

#endif
