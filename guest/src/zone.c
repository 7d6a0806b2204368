/* Time zones: TZ names a file of the standard library's database (RFC 9636), or spells a rule out. */
#include "zone.h"

#include <Python.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERIES Py_STRINGIFY(PY_MAJOR_VERSION) "." Py_STRINGIFY(PY_MINOR_VERSION)
#define DATABASE "/lib/python" SERIES "/tzdata/zoneinfo/"
#define NAME_SIZE 64
/* RFC 9636, 3.1: the header's size, and the offset of its six counts. */
#define HEADER 44
#define COUNTS 20
#define TYPE_SIZE 6
#define DAY 86400

static const struct zone_rule utc = {.standard = {.name = "UTC"}};

/* The zone that TZ named last: the whole file, and pointers to its parts. */
static struct {
    char name[NAME_SIZE];
    uint8_t *file;
    const uint8_t *times, *types, *kinds;
    uint32_t time_count, kind_count, name_size;
    struct zone_rule rule;
    /* The target of a transition, filled on demand. */
    struct zone_kind kind;
} zone = {.rule = {.standard = {.name = "UTC"}}};

enum { IS_UT, IS_STD, LEAP, TIME, TYPE, CHAR };

static uint32_t number(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t long_number(const uint8_t *bytes) {
    return (int64_t)((uint64_t)number(bytes) << 32 | number(bytes + 4));
}

static uint32_t count(const uint8_t *header, int which) { return number(header + COUNTS + 4 * which); }

/* The size of the data after a header whose times have `width` bytes. */
static uint64_t body_size(const uint8_t *header, unsigned width) {
    return (uint64_t)count(header, TIME) * (width + 1) + (uint64_t)count(header, TYPE) * TYPE_SIZE +
           count(header, CHAR) + (uint64_t)count(header, LEAP) * (width + 4) + count(header, IS_STD) +
           count(header, IS_UT);
}

/* The rule at a file's end stands between two line feeds; it is empty if the future is unknown. */
static void read_footer(const uint8_t *at, const uint8_t *end) {
    char text[NAME_SIZE] = "";
    const uint8_t *line = at < end && *at == '\n' ? memchr(at + 1, '\n', (size_t)(end - at - 1)) : NULL;

    if (line != NULL && (size_t)(line - at) <= sizeof text)
        memcpy(text, at + 1, (size_t)(line - at - 1));
    if (!zone_rule_read(text, &zone.rule))
        zone.rule = utc;
}

/* False unless the file has version 2 or later, as all in the database do. */
static bool find_parts(size_t size) {
    const uint8_t *header = zone.file, *end = zone.file + size;

    if (size < 2 * HEADER || memcmp(header, "TZif", 4) != 0 || header[4] < '2' ||
        body_size(header, 4) > size - 2 * HEADER)
        return false;
    header += HEADER + body_size(header, 4);
    if (memcmp(header, "TZif", 4) != 0 || body_size(header, 8) > (uint64_t)(end - header - HEADER))
        return false;
    zone.time_count = count(header, TIME);
    zone.kind_count = count(header, TYPE);
    zone.name_size = count(header, CHAR);
    zone.times = header + HEADER;
    zone.types = zone.times + 8 * zone.time_count;
    zone.kinds = zone.types + zone.time_count;
    read_footer(header + HEADER + body_size(header, 8), end);
    return zone.kind_count > 0;
}

static bool read_whole(FILE *file) {
    long size;

    if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) <= 0 || fseek(file, 0, SEEK_SET) != 0)
        return false;
    zone.file = malloc((size_t)size);
    return zone.file != NULL && fread(zone.file, 1, (size_t)size, file) == (size_t)size && find_parts((size_t)size);
}

static bool read_file(const char *name) {
    char path[sizeof DATABASE + NAME_SIZE] = DATABASE;
    bool found;
    FILE *file;

    /* Only files of the database: the variable's source is not trusted. */
    if (strstr(name, "..") != NULL || name[0] == '/')
        return false;
    strcat(path, name);
    file = fopen(path, "rb");
    if (file == NULL)
        return false;
    found = read_whole(file);
    fclose(file);
    return found;
}

static void forget(void) {
    free(zone.file);
    zone.file = NULL;
    zone.time_count = zone.kind_count = 0;
    zone.rule = utc;
}

/* Sets the zone; any other value means UTC, as in other libcs. */
static void set(const char *name) {
    forget();
    strcpy(zone.name, name);
    name += name[0] == ':';
    if (name[0] != '\0' && !read_file(name)) {
        forget();
        if (!zone_rule_read(name, &zone.rule))
            zone.rule = utc;
    }
}

static void look(void) {
    const char *name = getenv("TZ");

    if (name == NULL || strlen(name) >= NAME_SIZE)
        name = "";
    if (strcmp(name, zone.name) != 0)
        set(name);
}

const struct zone_rule *zone_now(void) {
    look();
    return &zone.rule;
}

static const struct zone_kind *kind_of(uint32_t index) {
    const uint8_t *kind = zone.kinds + (size_t)TYPE_SIZE * (index < zone.kind_count ? index : 0);
    const char *names = (const char *)zone.kinds + (size_t)TYPE_SIZE * zone.kind_count;
    size_t from = kind[5] < zone.name_size ? kind[5] : 0;
    size_t length = strnlen(names + from, zone.name_size - from);

    if (length >= ZONE_NAME_SIZE)
        length = ZONE_NAME_SIZE - 1;
    zone.kind = (struct zone_kind){.offset = (int32_t)number(kind), .is_dst = kind[4] != 0};
    memcpy(zone.kind.name, names + from, length);
    return &zone.kind;
}

/* The last transition at or before that time; -1 if there is none. */
static int64_t transition(int64_t time) {
    int64_t low = -1, high = zone.time_count;

    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (long_number(zone.times + 8 * middle) <= time)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct zone_kind at(int64_t time) {
    int64_t last = transition(time);

    if (zone.kind_count == 0 || (last + 1 == zone.time_count && zone.time_count > 0))
        return *zone_rule_at(&zone.rule, time);
    return *kind_of(last >= 0 ? zone.types[last] : 0);
}

/* The zone of a local time, which may occur twice or never: then the one before the change. */
static struct zone_kind at_local(int64_t shown, struct zone_kind *other) {
    struct zone_kind before = at(shown - DAY), after = at(shown + DAY);
    struct zone_kind first = at(shown - before.offset), second = at(shown - after.offset);

    if (first.offset == before.offset) {
        *other = after;
        return first;
    }
    *other = before;
    return second.offset == after.offset ? second : before;
}

/* The offset of the other kind of time (standard or summer): by the rule, or the last one in use. */
static int32_t opposite(const struct zone_kind *kind, const struct zone_kind *other, int64_t time) {
    int64_t last = transition(time);
    bool was_dst = kind->is_dst;
    int32_t offset = kind->offset;

    if (other->is_dst != was_dst)
        return other->offset;
    if (last + 1 == zone.time_count)
        return !zone.rule.has_summer ? offset : was_dst ? zone.rule.standard.offset : zone.rule.summer.offset;
    for (; last >= 0; last--) {
        const struct zone_kind *before = kind_of(zone.types[last]);
        if (before->is_dst != was_dst)
            return before->offset;
    }
    return offset;
}

/* Keeps a copy: struct tm points to names, and Python reads them at once. */
static const char *keep(const char *name) {
    static char kept[2][ZONE_NAME_SIZE];
    static int turn;

    turn = !turn;
    return memcpy(kept[turn], name, ZONE_NAME_SIZE);
}

/* Wraps the function behind localtime_r() and mktime() (musl's src/time/__tz.c); wasi-libc's knows only UTC. */
void __wrap___secs_to_zone(long long time, int local, int *is_dst, int *offset, long *other_offset, const char **name);

void __wrap___secs_to_zone(long long time, int local, int *is_dst, int *offset, long *other_offset, const char **name) {
    struct zone_kind kind, other;

    look();
    if (zone.name[0] == '\0') {
        kind = other = utc.standard;
    } else if (local) {
        kind = at_local(time, &other);
    } else {
        kind = other = at(time);
    }
    *is_dst = kind.is_dst;
    *offset = kind.offset;
    if (other_offset != NULL)
        *other_offset = opposite(&kind, &other, time);
    *name = zone.name[0] == '\0' ? utc.standard.name : keep(kind.name);
}

/* Wraps the function behind %Z of strftime(). A time made from numbers alone has no zone. */
const char *__wrap___tm_to_tzname(const struct tm *tm);

const char *__wrap___tm_to_tzname(const struct tm *tm) {
    if (tm->__tm_zone != NULL)
        return tm->__tm_zone;
    return keep(tm->tm_isdst > 0 && zone_now()->has_summer ? zone.rule.summer.name : zone_now()->standard.name);
}
