#include "os_names.h"

#include <errno.h>
#include <fcntl.h>

#include "extending.h"

#define NO_TERMINAL "a sandbox has no terminal"
#define NO_DUPLICATES "a sandbox cannot duplicate descriptors"
#define NO_ATTRIBUTES "files of a sandbox have no extended attributes"
#define ONE_USER "a sandbox has one user"

/* Linux's numbers (the kernel's include/uapi, x86-64): nothing here reads them. */
static const struct constant constants[] = {
    {"CLD_CONTINUED", 6}, {"CLD_DUMPED", 3}, {"CLD_EXITED", 1}, {"CLD_KILLED", 2}, {"CLD_STOPPED", 5}, {"CLD_TRAPPED", 4},
    {"CLONE_FILES", 1024}, {"CLONE_FS", 512}, {"CLONE_NEWCGROUP", 33554432}, {"CLONE_NEWIPC", 134217728},
    {"CLONE_NEWNET", 1073741824}, {"CLONE_NEWNS", 131072}, {"CLONE_NEWPID", 536870912}, {"CLONE_NEWTIME", 128},
    {"CLONE_NEWUSER", 268435456}, {"CLONE_NEWUTS", 67108864}, {"CLONE_SIGHAND", 2048}, {"CLONE_SYSVSEM", 262144},
    {"CLONE_THREAD", 65536}, {"CLONE_VM", 256}, {"EFD_CLOEXEC", 524288}, {"EFD_NONBLOCK", 2048}, {"EFD_SEMAPHORE", 1},
    {"GRND_NONBLOCK", 1}, {"GRND_RANDOM", 2}, {"MFD_ALLOW_SEALING", 2}, {"MFD_CLOEXEC", 1}, {"MFD_HUGETLB", 4},
    {"MFD_HUGE_16GB", 2281701376}, {"MFD_HUGE_16MB", 1610612736}, {"MFD_HUGE_1GB", 2013265920},
    {"MFD_HUGE_1MB", 1342177280}, {"MFD_HUGE_256MB", 1879048192}, {"MFD_HUGE_2GB", 2080374784},
    {"MFD_HUGE_2MB", 1409286144}, {"MFD_HUGE_32MB", 1677721600}, {"MFD_HUGE_512KB", 1275068416},
    {"MFD_HUGE_512MB", 1946157056}, {"MFD_HUGE_64KB", 1073741824}, {"MFD_HUGE_8MB", 1543503872}, {"MFD_HUGE_MASK", 63},
    {"MFD_HUGE_SHIFT", 26}, {"POSIX_SPAWN_CLOSE", 1}, {"POSIX_SPAWN_CLOSEFROM", 3}, {"POSIX_SPAWN_DUP2", 2},
    {"POSIX_SPAWN_OPEN", 0}, {"PRIO_PGRP", 1}, {"PRIO_PROCESS", 0}, {"PRIO_USER", 2}, {"P_ALL", 0}, {"P_PGID", 2},
    {"P_PID", 1}, {"P_PIDFD", 3}, {"RTLD_DEEPBIND", 8}, {"RWF_APPEND", 16}, {"RWF_DSYNC", 2}, {"RWF_HIPRI", 1},
    {"RWF_NOWAIT", 8}, {"RWF_SYNC", 4}, {"SCHED_BATCH", 3}, {"SCHED_FIFO", 1}, {"SCHED_IDLE", 5}, {"SCHED_OTHER", 0},
    {"SCHED_RESET_ON_FORK", 1073741824}, {"SCHED_RR", 2}, {"SEEK_DATA", 3}, {"SEEK_HOLE", 4}, {"SPLICE_F_MORE", 4},
    {"SPLICE_F_MOVE", 1}, {"SPLICE_F_NONBLOCK", 2}, {"ST_APPEND", 256}, {"ST_MANDLOCK", 64}, {"ST_NOATIME", 1024},
    {"ST_NODEV", 4}, {"ST_NODIRATIME", 2048}, {"ST_NOEXEC", 8}, {"ST_RELATIME", 4096}, {"ST_SYNCHRONOUS", 16},
    {"ST_WRITE", 128}, {"TFD_CLOEXEC", 524288}, {"TFD_NONBLOCK", 2048}, {"TFD_TIMER_ABSTIME", 1},
    {"TFD_TIMER_CANCEL_ON_SET", 2}, {"TMP_MAX", 238328}, {"WCONTINUED", 8}, {"WEXITED", 4}, {"WNOHANG", 1},
    {"WNOWAIT", 16777216}, {"WSTOPPED", 2}, {"WUNTRACED", 2}, {"XATTR_CREATE", 1}, {"XATTR_REPLACE", 2},
    {"XATTR_SIZE_MAX", 65536},
    /* Of open(): what asks only for speed, and what has another name in libc. */
    {"O_ASYNC", 0}, {"O_DIRECT", 0}, {"O_FSYNC", O_SYNC}, {"O_LARGEFILE", 0}, {"O_NDELAY", O_NONBLOCK}, {"O_NOATIME", 0},
    {"O_PATH", 0},
    /* Refused with EISDIR, as by file systems that have no such files: `tempfile` then does without. */
    {"O_TMPFILE", O_DIRECTORY},
};

static struct refusal refusals[] = {
    REFUSAL("copy_file_range", ENOSYS, "a sandbox copies by read() and write()"),
    REFUSAL("dup2", ENOSYS, NO_DUPLICATES),
    REFUSAL("eventfd", ENOSYS, NO_PROCESSES),
    REFUSAL("eventfd_read", EBADF, NO_PROCESSES),
    REFUSAL("eventfd_write", EBADF, NO_PROCESSES),
    REFUSAL("execv", ENOSYS, NO_PROCESSES),
    REFUSAL("execve", ENOSYS, NO_PROCESSES),
    REFUSAL("fchdir", ENOSYS, "a sandbox changes its folder by a path"),
    REFUSAL("fork", ENOSYS, NO_PROCESSES),
    REFUSAL("forkpty", ENOSYS, NO_PROCESSES),
    REFUSAL("fwalk", ENOSYS, "a sandbox lists folders by their paths; use os.walk"),
    PATH_REFUSAL("getxattr", ENOTSUP, NO_ATTRIBUTES),
    REFUSAL("grantpt", ENOTTY, NO_TERMINAL),
    PATH_REFUSAL("listxattr", ENOTSUP, NO_ATTRIBUTES),
    REFUSAL("login_tty", ENOTTY, NO_TERMINAL),
    REFUSAL("memfd_create", ENOSYS, "files in the sandbox's own memory are in /tmp"),
    REFUSAL("openpty", ENOSYS, NO_TERMINAL),
    REFUSAL("pidfd_open", ENOSYS, NO_PROCESSES),
    REFUSAL("pipe", ENOSYS, NO_PROCESSES),
    REFUSAL("pipe2", ENOSYS, NO_PROCESSES),
    REFUSAL("posix_openpt", ENOSYS, NO_TERMINAL),
    REFUSAL("posix_spawn", ENOSYS, NO_PROCESSES),
    REFUSAL("posix_spawnp", ENOSYS, NO_PROCESSES),
    REFUSAL("ptsname", ENOTTY, NO_TERMINAL),
    PATH_REFUSAL("removexattr", ENOTSUP, NO_ATTRIBUTES),
    REFUSAL("sendfile", ENOTSOCK, "a sandbox has no sockets"),
    REFUSAL("setns", EPERM, "a sandbox has no namespaces"),
    PATH_REFUSAL("setxattr", ENOTSUP, NO_ATTRIBUTES),
    REFUSAL("splice", ENOSYS, NO_PROCESSES),
    REFUSAL("system", ENOSYS, NO_PROCESSES),
    REFUSAL("timerfd_create", ENOSYS, NO_SIGNALS),
    REFUSAL("timerfd_gettime", EBADF, NO_SIGNALS),
    REFUSAL("timerfd_gettime_ns", EBADF, NO_SIGNALS),
    REFUSAL("timerfd_settime", EBADF, NO_SIGNALS),
    REFUSAL("timerfd_settime_ns", EBADF, NO_SIGNALS),
    REFUSAL("unlockpt", ENOTTY, NO_TERMINAL),
    REFUSAL("unshare", EPERM, "a sandbox has no namespaces"),
    REFUSAL("ttyname", ENOTTY, NO_TERMINAL),
    REFUSAL("get_terminal_size", ENOTTY, NO_TERMINAL),
    REFUSAL("tcgetpgrp", ENOTTY, NO_TERMINAL),
    REFUSAL("tcsetpgrp", ENOTTY, NO_TERMINAL),
    PATH_REFUSAL("chroot", EPERM, ONE_USER),
    REFUSAL("mkfifo", EPERM, NO_PROCESSES),
    REFUSAL("mknod", EPERM, NO_DEVICES),
    REFUSAL("setgroups", EPERM, ONE_USER),
    REFUSAL("initgroups", EPERM, ONE_USER),
    REFUSAL("setpgid", EPERM, NO_PROCESSES),
    REFUSAL("setpgrp", EPERM, NO_PROCESSES),
    REFUSAL("setsid", EPERM, NO_PROCESSES),
};

int os_names_add(PyObject *posix) {
    if (extending_constants(posix, constants, Py_ARRAY_LENGTH(constants)) < 0)
        return -1;
    return extending_refusals(posix, refusals, Py_ARRAY_LENGTH(refusals));
}
