#include "zone_rule.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400
#define HOUR 3600
/* The default rule for summer time, that of the United States, as in other libcs. */
#define USUAL_CHANGES ",M3.2.0,M11.1.0"
#define CHANGE_TIME (2 * HOUR)
#define HOURS_MOST 167

/* A name: letters, or in angle brackets with digits and signs. */
static bool read_name(const char **at, char *name) {
    bool quoted = **at == '<';
    size_t length = 0;

    *at += quoted;
    while (quoted ? **at != '>' && **at != '\0' : isalpha((unsigned char)**at) != 0) {
        if (length + 1 >= ZONE_NAME_SIZE)
            return false;
        name[length++] = *(*at)++;
    }
    name[length] = '\0';
    if (quoted && *(*at)++ != '>')
        return false;
    return length >= 3;
}

static bool read_number(const char **at, int least, int most, int *number) {
    char *end;

    if (!isdigit((unsigned char)**at))
        return false;
    *number = (int)strtol(*at, &end, 10);
    *at = end;
    return *number >= least && *number <= most;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **at, int32_t *seconds) {
    int sign = **at == '-' ? -1 : 1, part, unit = HOUR;

    *at += **at == '-' || **at == '+';
    if (!read_number(at, 0, HOURS_MOST, &part))
        return false;
    *seconds = part * HOUR;
    while (**at == ':' && unit > 1) {
        unit /= 60;
        (*at)++;
        if (!read_number(at, 0, 59, &part))
            return false;
        *seconds += part * unit;
    }
    *seconds *= sign;
    return true;
}

static bool read_day(const char **at, struct zone_change *change) {
    change->form = **at == 'M' || **at == 'J' ? *(*at)++ : 'D';
    if (change->form == 'J')
        return read_number(at, 1, 365, &change->day);
    if (change->form == 'D')
        return read_number(at, 0, 365, &change->day);
    return read_number(at, 1, 12, &change->month) && *(*at)++ == '.' && read_number(at, 1, 5, &change->week) &&
           *(*at)++ == '.' && read_number(at, 0, 6, &change->day);
}

static bool read_change(const char **at, struct zone_change *change) {
    if (*(*at)++ != ',' || !read_day(at, change))
        return false;
    change->time = CHANGE_TIME;
    if (**at != '/')
        return true;
    (*at)++;
    return read_time(at, &change->time);
}

static bool read_summer(const char **at, struct zone_rule *rule) {
    const char *changes;

    if (!read_name(at, rule->summer.name))
        return false;
    rule->summer.is_dst = rule->has_summer = true;
    rule->summer.offset = rule->standard.offset + HOUR;
    if (**at != ',' && **at != '\0') {
        if (!read_time(at, &rule->summer.offset))
            return false;
        rule->summer.offset *= -1;
    }
    changes = **at == ',' ? *at : USUAL_CHANGES;
    return read_change(&changes, &rule->begin) && read_change(&changes, &rule->end) && *changes == '\0';
}

bool zone_rule_read(const char *text, struct zone_rule *rule) {
    *rule = (struct zone_rule){.has_summer = false};
    if (!read_name(&text, rule->standard.name) || !read_time(&text, &rule->standard.offset))
        return false;
    rule->standard.offset *= -1;
    return *text == '\0' || read_summer(&text, rule);
}

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

/* Days from the epoch to the year's first of January. */
static int64_t days_until(int64_t year) {
    int64_t before = year - 1;
    return (year - 1970) * 365 + before / 4 - before / 100 + before / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static int64_t year_of(int64_t time) {
    int64_t days = time >= 0 ? time / DAY : (time - DAY + 1) / DAY;
    int64_t year = 1970 + days / 366;

    while (days_until(year) > days)
        year--;
    while (days_until(year + 1) <= days)
        year++;
    return year;
}

/* The day of the month's n-th weekday; the fifth is the last. */
static int day_of_month(const struct zone_change *change, int64_t year) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int length = lengths[change->month - 1] + (change->month == 2 && is_leap(year));
    int first = 0, day, weekday;

    for (int month = 1; month < change->month; month++)
        first += lengths[month - 1] + (month == 2 && is_leap(year));
    /* The epoch was a Thursday. */
    weekday = (int)(((days_until(year) + first + 4) % 7 + 7) % 7);
    day = (change->day - weekday + 7) % 7 + (change->week - 1) * 7;
    return first + (day < length ? day : day - 7);
}

static int day_of(const struct zone_change *change, int64_t year) {
    if (change->form == 'M')
        return day_of_month(change, year);
    if (change->form == 'D')
        return change->day;
    return change->day - 1 + (is_leap(year) && change->day > 31 + 28);
}

static int64_t time_of(const struct zone_change *change, int64_t year, int32_t offset) {
    return (days_until(year) + day_of(change, year)) * DAY + change->time - offset;
}

const struct zone_kind *zone_rule_at(const struct zone_rule *rule, int64_t time) {
    int64_t year, begin, end;
    bool is_summer;

    if (!rule->has_summer)
        return &rule->standard;
    year = year_of(time + rule->standard.offset);
    begin = time_of(&rule->begin, year, rule->standard.offset);
    end = time_of(&rule->end, year, rule->summer.offset);
    is_summer = begin < end ? time >= begin && time < end : time >= begin || time < end;
    return is_summer ? &rule->summer : &rule->standard;
}
