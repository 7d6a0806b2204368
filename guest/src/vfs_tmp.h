/* /tmp: files and directories in the guest's own memory, so that the cap bounds them and they end with the request.
 * Files written at import are part of the snapshot: each request starts with them.
 *
 * vfs_tmp.c keeps the tree, vfs_tmp_data.c the files' contents. A node lives as long as it has a name or is held
 * (open); one without a name has no entries, and gets none. If memory runs out, the error is NOSPC. */
#ifndef WASGI_VFS_TMP_H
#define WASGI_VFS_TMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wasi/api.h>

struct tmp_node {
    struct tmp_node *parent;  /* the root is its own */
    struct tmp_node *entries; /* a directory's, in the order of `place` */
    struct tmp_node *next;    /* in the same directory */
    char *name;               /* not NUL terminated; NULL once removed, and for the root */
    size_t name_len;
    uint64_t place; /* never reused, so that reading a directory survives changes of it */
    uint64_t number;
    uint32_t holds;
    uint32_t mode; /* permission bits */
    bool directory;
    __wasi_timestamp_t accessed, modified, changed;
    uint8_t **blocks; /* TMP_BLOCK bytes each; NULL is a hole, which reads as zeros */
    size_t block_count;
    uint64_t size;
};

extern struct tmp_node tmp_root;

/* The mode of a new file or directory, less the umask; libc_files.c sets it for a call that passes one. */
extern uint32_t tmp_file_mode, tmp_directory_mode, tmp_umask;
#define TMP_FILE_MODE 0666
#define TMP_DIRECTORY_MODE 0777

/* The owner's bits: the caller is always the owner, and never root. */
enum { TMP_MAY_READ = 0400, TMP_MAY_WRITE = 0200, TMP_MAY_SEARCH = 0100 };
static inline bool tmp_may(const struct tmp_node *node, uint32_t bits) { return (node->mode & bits) == bits; }

struct tmp_node *tmp_child(const struct tmp_node *dir, const char *name, size_t length);
__wasi_errno_t tmp_create(struct tmp_node *dir, const char *name, size_t length, bool directory,
                          struct tmp_node **created);
/* Takes the node out of its directory, and frees it unless it is held. The root is BUSY, a directory with entries
 * NOTEMPTY. */
__wasi_errno_t tmp_remove(struct tmp_node *node);
/* Renames the node; removes the node that had the new name, by POSIX's rules for rename(). */
__wasi_errno_t tmp_rename(struct tmp_node *node, struct tmp_node *dir, const char *name, size_t length);

void tmp_hold(struct tmp_node *node);
void tmp_drop(struct tmp_node *node);

/* Flags are WASI's __WASI_FSTFLAGS_*. */
void tmp_set_times(struct tmp_node *node, __wasi_timestamp_t accessed, __wasi_timestamp_t modified, uint32_t flags);

/* vfs_tmp_data.c */
size_t tmp_read(const struct tmp_node *node, uint64_t offset, uint8_t *out, size_t length);
/* *done is less than `length` if memory runs out on the way. */
__wasi_errno_t tmp_write(struct tmp_node *node, uint64_t offset, const uint8_t *data, size_t length, size_t *done);
__wasi_errno_t tmp_resize(struct tmp_node *node, uint64_t size);
/* Allocates this range, so that writing there cannot fail; extends the file to its end. */
__wasi_errno_t tmp_reserve(struct tmp_node *node, uint64_t offset, uint64_t length);

#endif
