/* The contents of /tmp's files, in blocks: growing one piece would need its memory twice. */
#include <stdlib.h>
#include <string.h>

#include "vfs.h"
#include "vfs_tmp.h"

#define TMP_BLOCK 4096
/* The table of blocks of a larger file would not fit into the address space. */
#define TMP_SIZE_MAX ((uint64_t)1 << 40)

/* The length of the part of [offset, offset + length) in the block of `offset`. */
static size_t part_in_block(uint64_t offset, size_t length) {
    size_t left = TMP_BLOCK - (size_t)(offset % TMP_BLOCK);
    return length < left ? length : left;
}

static const uint8_t *block_at(const struct tmp_node *node, uint64_t offset) {
    uint64_t index = offset / TMP_BLOCK;
    return index < node->block_count ? node->blocks[index] : NULL;
}

static bool grow_table(struct tmp_node *node, uint64_t wanted) {
    size_t count = node->block_count ? node->block_count : 4;
    uint8_t **blocks;

    while (count < wanted)
        count *= 2;
    if (count > SIZE_MAX / 2 / sizeof *blocks)
        return false;
    blocks = realloc(node->blocks, count * sizeof *blocks);
    if (blocks == NULL)
        return false;
    memset(blocks + node->block_count, 0, (count - node->block_count) * sizeof *blocks);
    node->blocks = blocks;
    node->block_count = count;
    return true;
}

/* The block of `offset`, allocated if it is a hole; NULL without memory. */
static uint8_t *make_block(struct tmp_node *node, uint64_t offset) {
    uint64_t index = offset / TMP_BLOCK;

    if (offset >= TMP_SIZE_MAX || (index >= node->block_count && !grow_table(node, index + 1)))
        return NULL;
    if (node->blocks[index] == NULL)
        node->blocks[index] = calloc(1, TMP_BLOCK);
    return node->blocks[index];
}

size_t tmp_read(const struct tmp_node *node, uint64_t offset, uint8_t *out, size_t length) {
    size_t done = 0;

    if (offset >= node->size)
        return 0;
    if (length > node->size - offset)
        length = (size_t)(node->size - offset);
    while (done < length) {
        size_t part = part_in_block(offset + done, length - done);
        const uint8_t *block = block_at(node, offset + done);
        if (block != NULL)
            memcpy(out + done, block + (offset + done) % TMP_BLOCK, part);
        else
            memset(out + done, 0, part);
        done += part;
    }
    return done;
}

__wasi_errno_t tmp_write(struct tmp_node *node, uint64_t offset, const uint8_t *data, size_t length, size_t *done) {
    for (*done = 0; *done < length;) {
        size_t part = part_in_block(offset + *done, length - *done);
        uint8_t *block = make_block(node, offset + *done);
        if (block == NULL)
            return __WASI_ERRNO_NOSPC;
        memcpy(block + (offset + *done) % TMP_BLOCK, data + *done, part);
        *done += part;
        if (offset + *done > node->size)
            node->size = offset + *done;
    }
    return __WASI_ERRNO_SUCCESS;
}

/* Bytes beyond the end must read as zeros if the file grows again. */
static void forget_beyond(struct tmp_node *node, uint64_t size) {
    uint64_t first = size / TMP_BLOCK, within = size % TMP_BLOCK;

    if (within > 0 && first < node->block_count && node->blocks[first] != NULL)
        memset(node->blocks[first] + within, 0, TMP_BLOCK - within);
    for (uint64_t index = first + (within > 0); index < node->block_count; index++) {
        vfs_release(node->blocks[index], TMP_BLOCK);
        node->blocks[index] = NULL;
    }
    if (size > 0)
        return;
    vfs_release(node->blocks, node->block_count * sizeof *node->blocks);
    node->blocks = NULL;
    node->block_count = 0;
}

__wasi_errno_t tmp_resize(struct tmp_node *node, uint64_t size) {
    if (size > TMP_SIZE_MAX)
        return __WASI_ERRNO_FBIG;
    if (size <= node->size)
        forget_beyond(node, size);
    node->size = size;
    return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t tmp_reserve(struct tmp_node *node, uint64_t offset, uint64_t length) {
    uint64_t end;

    if (length == 0)
        return __WASI_ERRNO_INVAL;
    if (__builtin_add_overflow(offset, length, &end) || end > TMP_SIZE_MAX)
        return __WASI_ERRNO_FBIG;
    for (uint64_t at = offset / TMP_BLOCK * TMP_BLOCK; at < end; at += TMP_BLOCK) {
        if (make_block(node, at) == NULL)
            return __WASI_ERRNO_NOSPC;
    }
    if (end > node->size)
        node->size = end;
    return __WASI_ERRNO_SUCCESS;
}
