/* Locks on files, which WASI does not have: the host takes them for us where it says that it does.
 *
 * A request for one is advice about a range beyond the end of any file, so that no host needs an import of its own:
 *
 *   offset   LOCKS_MARK | where the range begins
 *   length   of the range, 0 to the end of the file; or LOCKS_WHOLE for a lock as flock() has it
 *   advice   an enum lock
 *
 * While an application is imported, the builder knows descriptors by numbers of its own: before each request it is told
 * which file is meant, by advice of the kind LOCKS_FILE whose length is the file's number (st_ino).
 *
 * EAGAIN says that somebody else holds a lock in the way; EBUSY that it is one for writing, where that was asked. The
 * image and /tmp are this sandbox's alone: whatever is asked there is granted. host/src/grants/locks.rs is the other end. */
#ifndef WASGI_LOCKS_H
#define WASGI_LOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wasi/api.h>

#define LOCKS_MARK ((uint64_t)1 << 63)
#define LOCKS_WHOLE LOCKS_MARK
#define LOCKS_FILE __WASI_ADVICE_NOREUSE

enum lock {
    LOCK_NONE = __WASI_ADVICE_NORMAL,
    LOCK_READ = __WASI_ADVICE_SEQUENTIAL,
    LOCK_WRITE = __WASI_ADVICE_RANDOM,
    /* Whether it could be had. */
    LOCK_TEST_READ = __WASI_ADVICE_WILLNEED,
    LOCK_TEST_WRITE = __WASI_ADVICE_DONTNEED,
};

/* What a host says that takes locks, and what a user says who knows that nobody else writes. */
#define LOCKS_ANNOUNCED "WASGI_FILE_LOCKS"
#define LOCKS_FORGONE "WASGI_UNLOCKED_WRITES"

/* Called at the start of each request, before what its environment tells. */
void locks_forget(void);
/* One of the environment's variables. True when it is meant for us alone. */
bool locks_hear(const uint8_t *name, size_t name_len, const uint8_t *value, size_t value_len);

/* Never waits. 0 or an errno: ENOLCK is a lock for writing where the host has none, see locks_refusal(). */
int locks_range(int fd, enum lock lock, uint64_t start, uint64_t length);
int locks_whole(int fd, enum lock lock);

/* Why ENOLCK, and the cure. */
const char *locks_refusal(void);

/* A host's descriptor, by our number, is about to be closed: its locks go, as POSIX has it. */
void locks_close(__wasi_fd_t fd);

#endif
