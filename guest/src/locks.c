#include "locks.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "vfs.h"
#include "vfs_duplicates.h"
#include "vfs_held.h"
#include "vfs_pretend.h"

/* Descriptors that hold a lock, as bits. Our host gives no higher numbers. */
#define FDS 1024

static bool announced, forgone;
static uint8_t lockers[FDS / 8];

void locks_forget(void) { announced = forgone = false; }

static bool is(const uint8_t *text, size_t length, const char *wanted) {
    return length == strlen(wanted) && memcmp(text, wanted, length) == 0;
}

bool locks_hear(const uint8_t *name, size_t name_len, const uint8_t *value, size_t value_len) {
    if (is(name, name_len, LOCKS_FORGONE))
        forgone = is(value, value_len, "1");
    if (!is(name, name_len, LOCKS_ANNOUNCED))
        return false;
    announced = is(value, value_len, "1");
    return true;
}

const char *locks_refusal(void) {
    return "this host has no file locks, so a granted directory can only be read safely: set " LOCKS_FORGONE
           "=1 if nobody else uses these files at the same time";
}

static void note(__wasi_fd_t fd, bool locks) {
    if (fd >= FDS)
        return;
    if (locks)
        lockers[fd / 8] |= (uint8_t)(1 << fd % 8);
    else
        lockers[fd / 8] &= (uint8_t)~(1 << fd % 8);
}

static bool is_wanted(enum lock lock) { return lock == LOCK_READ || lock == LOCK_WRITE; }

/* POSIX: a lock for writing needs a descriptor opened for writing. */
static int lock_ours(const struct vfs_file *file, enum lock lock, bool whole) {
    return lock == LOCK_WRITE && !whole && !file->writable ? EBADF : 0;
}

static void tell_builder(__wasi_fd_t host_fd) {
    __wasi_filestat_t stat;

    if (host_fd_filestat_get(host_fd, &stat) == __WASI_ERRNO_SUCCESS)
        (void)host_fd_advise(host_fd, LOCKS_MARK, stat.ino, LOCKS_FILE);
}

static int ask(int fd, enum lock lock, uint64_t start, uint64_t length) {
    const struct vfs_file *file = vfs_file((__wasi_fd_t)fd);
    __wasi_fd_t host_fd;

    if (file != NULL)
        return lock_ours(file, lock, length == LOCKS_WHOLE);
    if (fd <= STDERR_FILENO)
        return EBADF;
    if (!announced)
        return lock == LOCK_WRITE && !forgone ? ENOLCK : 0;
    /* A pretended write needs no lock, and its file is open for reading only. */
    if (pretend_is_on() && (lock == LOCK_WRITE || lock == LOCK_TEST_WRITE))
        return 0;
    host_fd = vfs_host_fd((__wasi_fd_t)fd);
    if (held_is_wanted())
        tell_builder(host_fd);
    /* wasi-libc's errors are WASI's. */
    return host_fd_advise(host_fd, LOCKS_MARK | start, length, (uint32_t)lock);
}

int locks_range(int fd, enum lock lock, uint64_t start, uint64_t length) {
    int err;

    if ((start | length) & LOCKS_MARK)
        return EINVAL;
    fd = (int)duplicates_target((__wasi_fd_t)fd);
    err = ask(fd, lock, start, length);
    if (err == 0 && is_wanted(lock))
        note((__wasi_fd_t)fd, true);
    else if (err == 0 && lock == LOCK_NONE && start == 0 && length == 0)
        note((__wasi_fd_t)fd, false);
    return err;
}

int locks_whole(int fd, enum lock lock) { return ask((int)duplicates_target((__wasi_fd_t)fd), lock, 0, LOCKS_WHOLE); }

bool locks_hand_over(int fd, uint64_t start, uint64_t length) {
    fd = (int)duplicates_target((__wasi_fd_t)fd);
    if (!announced || fd <= STDERR_FILENO || vfs_file((__wasi_fd_t)fd) != NULL || (start | length) & LOCKS_MARK)
        return false;
    return host_fd_advise(vfs_host_fd((__wasi_fd_t)fd), LOCKS_MARK | start, length, LOCKS_FILE) == __WASI_ERRNO_SUCCESS;
}

/* The host keeps locks on ranges with the file, because they belong to the process; locks on the whole file end with
 * the descriptor. */
void locks_close(__wasi_fd_t fd) {
    if (fd < FDS && (lockers[fd / 8] & 1 << fd % 8))
        (void)locks_range((int)fd, LOCK_NONE, 0, 0);
}
