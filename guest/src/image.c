#include "image.h"

#include <stdbool.h>
#include <string.h>

#define IMAGE_MAGIC "WASGIIMG"
#define IMAGE_VERSION 2

struct image_header {
    char magic[8];
    uint32_t version, node_count, nodes_offset, strings_offset, data_offset, total_len, dictionary_len, reserved;
};

_Static_assert(sizeof(struct image_header) == 40, "the header's layout is shared with the host");
_Static_assert(sizeof(struct image_node) == 40, "a node's layout is shared with the host");

static bool header_ok(const struct image_header *header, size_t length) {
    return length >= sizeof *header && memcmp(header->magic, IMAGE_MAGIC, sizeof header->magic) == 0 &&
           header->version == IMAGE_VERSION && header->total_len <= length && header->nodes_offset % 8 == 0 &&
           header->node_count > 0 && header->nodes_offset <= header->strings_offset &&
           header->strings_offset <= header->data_offset && header->data_offset <= header->total_len &&
           header->dictionary_len <= header->total_len - header->data_offset &&
           header->node_count <= (header->strings_offset - header->nodes_offset) / sizeof(struct image_node);
}

static bool node_ok(const struct image_header *header, const struct image_node *node) {
    uint64_t strings_len = header->data_offset - header->strings_offset;
    uint64_t data_len = header->total_len - header->data_offset;
    bool directory = node->kind == IMAGE_DIRECTORY;

    if (!directory && node->kind != IMAGE_FILE)
        return false;
    if (!directory && !(node->flags & IMAGE_PACKED) && node->size != node->count)
        return false;
    return (uint64_t)node->name_off + node->name_len <= strings_len && node->parent < header->node_count &&
           (uint64_t)node->first + node->count <= (directory ? header->node_count : data_len);
}

int image_open(struct image *image, const uint8_t *bytes, size_t length) {
    const struct image_header *header = (const struct image_header *)bytes;
    const struct image_node *nodes;

    if (!header_ok(header, length))
        return -1;
    nodes = (const struct image_node *)(bytes + header->nodes_offset);
    for (uint32_t i = 0; i < header->node_count; i++) {
        if (!node_ok(header, &nodes[i]))
            return -1;
    }
    if (nodes[0].kind != IMAGE_DIRECTORY)
        return -1;
    image->nodes = nodes;
    image->strings = (const char *)bytes + header->strings_offset;
    image->data = bytes + header->data_offset;
    image->total = header->total_len;
    image->dictionary_len = header->dictionary_len;
    return 0;
}

/* Compares bytewise, a prefix before longer names: the host's sort order. */
static int compare(const char *a, size_t a_len, const char *b, size_t b_len) {
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

const struct image_node *image_child(const struct image *image, const struct image_node *dir, const char *name,
                                     size_t length) {
    uint32_t low = dir->first, high = dir->first + dir->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct image_node *node = &image->nodes[middle];
        int order = compare(name, length, image_name(image, node), node->name_len);
        if (order == 0)
            return node;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
