/* File locks, which WASI does not have: the host takes them, if it announces that it can.
 *
 * A lock is requested as advice about a range beyond the end of any file, so that it needs no import of its own:
 *
 *   offset   LOCKS_MARK | start of the range
 *   length   of the range, 0 to the end of the file; or LOCKS_WHOLE for a lock as flock() has it
 *   advice   an enum lock
 *
 * At import, the builder numbers descriptors differently: before each lock, the guest identifies the file by advice of
 * the kind LOCKS_FILE whose length is the file's number (st_ino).
 *
 * In a request, advice of that kind about a range hands the file over: the host keeps it, and sends that part of it as
 * the body of the answer, if the answer has the header `wasgi-handed-file`.
 *
 * EAGAIN: another holder has a conflicting lock; EBUSY, for a test: that lock is one for writing. The image and /tmp
 * belong to this sandbox alone: locks there always succeed. host/src/grants/locks.rs is the host's side. */
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
    /* Tests whether the lock is available. */
    LOCK_TEST_READ = __WASI_ADVICE_WILLNEED,
    LOCK_TEST_WRITE = __WASI_ADVICE_DONTNEED,
};

/* The host's variable that announces locks, and the user's that rules out other writers. */
#define LOCKS_ANNOUNCED "WASGI_FILE_LOCKS"
#define LOCKS_FORGONE "WASGI_UNLOCKED_WRITES"

/* Called at the start of each request, before its environment is read. */
void locks_forget(void);
/* Handles one variable of the environment. True if it must not reach the application. */
bool locks_hear(const uint8_t *name, size_t name_len, const uint8_t *value, size_t value_len);

/* Never waits. 0 or an errno: ENOLCK refuses a lock for writing if the host has no locks, see locks_refusal(). */
int locks_range(int fd, enum lock lock, uint64_t start, uint64_t length);
int locks_whole(int fd, enum lock lock);

/* Hands the host `length` bytes of a file of its own, from `start` on. False if it does not take them: then nothing has
 * changed. */
bool locks_hand_over(int fd, uint64_t start, uint64_t length);

/* Explains ENOLCK and names the cure. */
const char *locks_refusal(void);

/* Called before a host's descriptor, by our number, is closed: that releases its locks (POSIX). */
void locks_close(__wasi_fd_t fd);

#endif
