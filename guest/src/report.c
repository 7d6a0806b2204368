#include "report.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct {
    const char *ptr;
    uint32_t len;
} report;

__attribute__((export_name("wasgi_report"))) const void *wasgi_report(void) { return &report; }

bool report_is_set(void) { return report.ptr != NULL; }

static void replace(char *owned, size_t length) {
    free((char *)report.ptr);
    report.ptr = owned;
    report.len = (uint32_t)length;
}

int report_set(const char *json, size_t length) {
    char *copy = malloc(length ? length : 1);

    if (copy == NULL)
        return -1;
    memcpy(copy, json, length);
    replace(copy, length);
    return 0;
}

/* An escaped character takes at most six bytes. */
static size_t escape(char *out, unsigned char c) {
    static const char hex[] = "0123456789abcdef";

    if (c == '"' || c == '\\') {
        out[0] = '\\';
        out[1] = (char)c;
        return 2;
    }
    if (c >= 0x20) {
        out[0] = (char)c;
        return 1;
    }
    memcpy(out, "\\u00", 4);
    out[4] = hex[c >> 4];
    out[5] = hex[c & 15];
    return 6;
}

void report_failure(const char *message) {
    static const char head[] = "{\"ok\": false, \"message\": \"", tail[] = "\"}";
    size_t length = sizeof head - 1;
    char *json = malloc(sizeof head + sizeof tail + 6 * strlen(message));

    if (json == NULL)
        return;
    memcpy(json, head, length);
    for (; *message != '\0'; message++)
        length += escape(json + length, (unsigned char)*message);
    memcpy(json + length, tail, sizeof tail - 1);
    replace(json, length + sizeof tail - 1);
}
