/* Preloaded before the C library of a wasgi (LD_PRELOAD), simulates a kernel that refuses a system call on slots, as
 * one under memory pressure may, that counts no page faults, or whose scan omits dirty pages.
 *
 * REFUSING names a file of `struct wish`, which the test writes to while the server runs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call { MMAP, MPROTECT, MADVISE, PAGEMAP_SCAN, GETRUSAGE, CALLS };

struct wish {
    /* The call to refuse, and after how many more of its kind; none if that is below 0. */
    _Atomic int32_t call, after;
    /* Whether page faults are reported as 0, and whether a scan omits the longest run of dirty pages. */
    _Atomic int32_t uncounted, forgetful;
    /* The number of calls of each kind. */
    _Atomic int32_t made[CALLS];
};

static struct wish *wish;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("REFUSING");
    int file = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) {
        return;
    }
    void *mapped = (void *)syscall(SYS_mmap, NULL, sizeof *wish, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    wish = mapped == MAP_FAILED ? NULL : mapped;
    close(file);
}

static int is_refused(enum call call) {
    if (!wish) {
        return 0;
    }
    atomic_fetch_add(&wish->made[call], 1);
    if (atomic_load(&wish->call) != (int32_t)call || atomic_load(&wish->after) < 0) {
        return 0;
    }
    return atomic_fetch_sub(&wish->after, 1) == 0;
}

static int refuse(void) {
    errno = ENOMEM;
    return -1;
}

void *mmap(void *address, size_t length, int rights, int flags, int file, off_t offset) {
    if (is_refused(MMAP)) {
        refuse();
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, address, length, rights, flags, file, offset);
}

void *mmap64(void *address, size_t length, int rights, int flags, int file, off_t offset) {
    return mmap(address, length, rights, flags, file, offset);
}

int mprotect(void *address, size_t length, int rights) {
    return is_refused(MPROTECT) ? refuse() : (int)syscall(SYS_mprotect, address, length, rights);
}

int madvise(void *address, size_t length, int advice) {
    return is_refused(MADVISE) ? refuse() : (int)syscall(SYS_madvise, address, length, advice);
}

/* `struct pm_scan_arg` and `struct page_region` of <linux/fs.h>, as far as needed. */
struct region {
    uint64_t start, end, categories;
};
struct scan {
    uint64_t size, flags, start, end, walk_end, regions;
};

/* Removes the longest of some regions; returns the number left. A single one stays, because the server distrusts a scan
 * without any region. */
static int forget(struct region *regions, int count) {
    int longest = 0;
    for (int i = 1; i < count; i++) {
        if (regions[i].end - regions[i].start > regions[longest].end - regions[longest].start) {
            longest = i;
        }
    }
    if (count < 2) {
        return count;
    }
    memmove(regions + longest, regions + longest + 1, (count - 1 - longest) * sizeof *regions);
    return count - 1;
}

static int scan(int file, unsigned long command, void *argument) {
    int found = (int)syscall(SYS_ioctl, file, command, argument);
    int is_forgetful = wish && atomic_load(&wish->forgetful);
    return is_forgetful ? forget((struct region *)((struct scan *)argument)->regions, found) : found;
}

int ioctl(int file, unsigned long command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (command != 0xC0606610) {
        return (int)syscall(SYS_ioctl, file, command, argument);
    }
    return is_refused(PAGEMAP_SCAN) ? refuse() : scan(file, command, argument);
}

int getrusage(__rusage_who_t who, struct rusage *usage) {
    if (is_refused(GETRUSAGE)) {
        return refuse();
    }
    int status = (int)syscall(SYS_getrusage, who, usage);
    if (wish && atomic_load(&wish->uncounted)) {
        usage->ru_minflt = usage->ru_majflt = 0;
    }
    return status;
}
