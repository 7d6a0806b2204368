/* The read-only file image: one tree of directories and files, laid out by host/src/image.rs.
 *
 * The bytes belong to the caller, must stay where they are and are never written. image_open() checks every offset
 * once, so accesses through a mounted image need no checks. */
#ifndef WASGI_IMAGE_H
#define WASGI_IMAGE_H

#include <stddef.h>
#include <stdint.h>

enum image_kind { IMAGE_DIRECTORY = 0, IMAGE_FILE = 1 };
enum image_flags { IMAGE_PACKED = 1, IMAGE_EXECUTABLE = 2 };

/* The layout in the image; little endian like the machine. */
struct image_node {
    uint32_t name_off, name_len;
    uint32_t kind, flags;
    uint32_t first; /* directory: index of its first child; file: where its data starts */
    uint32_t count; /* directory: number of children; file: bytes stored */
    uint32_t size;  /* file: length once open (unpacked) */
    uint32_t parent;
    uint64_t mtime;
};

struct image {
    const struct image_node *nodes;
    const char *strings;
    const uint8_t *data;
    size_t total; /* bytes */
    size_t dictionary_len; /* the data begins with the dictionary of packed files */
};

/* Returns 0, or -1 when the bytes are not an image (then *image is unchanged). */
int image_open(struct image *image, const uint8_t *bytes, size_t length);

/* The directory's entry of that name (not NUL terminated); NULL when there is none. */
const struct image_node *image_child(const struct image *image, const struct image_node *dir, const char *name,
                                     size_t length);

static inline const char *image_name(const struct image *image, const struct image_node *node) {
    return image->strings + node->name_off;
}

static inline uint32_t image_index(const struct image *image, const struct image_node *node) {
    return (uint32_t)(node - image->nodes);
}

#endif
