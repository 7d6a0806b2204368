/* Functions that replace or wrap (the linker's --wrap, guest/build.py) those of wasi-libc that fall short of a native
 * libc. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfs_status.h"
#include "vfs_tmp.h"

#define SECOND 1000000000
/* The unit of stat's st_blocks (POSIX leaves it open, Linux has 512). */
#define STAT_BLOCK 512

static mode_t type_of(__wasi_filetype_t type) {
    switch (type) {
    case __WASI_FILETYPE_DIRECTORY:
        return S_IFDIR;
    case __WASI_FILETYPE_REGULAR_FILE:
        return S_IFREG;
    case __WASI_FILETYPE_SYMBOLIC_LINK:
        return S_IFLNK;
    case __WASI_FILETYPE_CHARACTER_DEVICE:
        return S_IFCHR;
    case __WASI_FILETYPE_BLOCK_DEVICE:
        return S_IFBLK;
    case __WASI_FILETYPE_SOCKET_DGRAM:
    case __WASI_FILETYPE_SOCKET_STREAM:
        return S_IFSOCK;
    default:
        return 0;
    }
}

static struct timespec time_of(__wasi_timestamp_t time) {
    return (struct timespec){.tv_sec = (time_t)(time / SECOND), .tv_nsec = (long)(time % SECOND)};
}

static void fill(const struct vfs_status *status, struct stat *stat) {
    const __wasi_filestat_t *wasi = &status->wasi;

    *stat = (struct stat){
        .st_dev = wasi->dev,
        .st_ino = wasi->ino,
        .st_nlink = wasi->nlink,
        .st_mode = type_of(wasi->filetype) | status->mode,
        .st_uid = VFS_USER,
        .st_gid = VFS_USER,
        .st_size = (off_t)wasi->size,
        .st_blksize = 4096,
        .st_blocks = (blkcnt_t)((wasi->size + STAT_BLOCK - 1) / STAT_BLOCK),
        .st_atim = time_of(wasi->atim),
        .st_mtim = time_of(wasi->mtim),
        .st_ctim = time_of(wasi->ctim),
    };
}

static int give(int err) {
    if (err == 0)
        return 0;
    errno = err;
    return -1;
}

int fstat(int fd, struct stat *stat) {
    struct vfs_status status;
    int err = vfs_fd_status((__wasi_fd_t)fd, &status);

    if (err == 0)
        fill(&status, stat);
    return give(err);
}

int __wasilibc_nocwd_fstatat(int fd, const char *path, struct stat *stat, int flags) {
    struct vfs_status status;
    int err = vfs_path_status((__wasi_fd_t)fd, path, !(flags & AT_SYMLINK_NOFOLLOW), &status);

    if (err == 0)
        fill(&status, stat);
    return give(err);
}

/* libc's checks the rights of the directory's descriptor, which say nothing about a file. */
int __wasilibc_nocwd_faccessat(int fd, const char *path, int wanted, int flags) {
    struct vfs_status status;
    int err = vfs_path_status((__wasi_fd_t)fd, path, !(flags & AT_SYMLINK_NOFOLLOW), &status);

    if (err != 0)
        return give(err);
    if ((wanted & W_OK) && status.is_read_only)
        return give(EROFS);
    if (((wanted & R_OK) && !(status.mode & S_IRUSR)) || ((wanted & W_OK) && !(status.mode & S_IWUSR)) ||
        ((wanted & X_OK) && !(status.mode & S_IXUSR)))
        return give(EACCES);
    return 0;
}

int __real___wasilibc_nocwd_openat_nomode(int fd, const char *path, int flags);
int __wrap___wasilibc_nocwd_openat_nomode(int fd, const char *path, int flags);

/* On Linux O_RDONLY is 0, and many programs pass 0; wasi-libc requires a bit. */
int __wrap___wasilibc_nocwd_openat_nomode(int fd, const char *path, int flags) {
    if (!(flags & (O_RDONLY | O_WRONLY | O_EXEC | O_SEARCH)))
        flags |= O_RDONLY;
    return __real___wasilibc_nocwd_openat_nomode(fd, path, flags);
}

int __real___wasilibc_find_relpath_alloc(const char *path, const char **prefix, char **relative, size_t *room,
                                         int grow);
int __wrap___wasilibc_find_relpath_alloc(const char *path, const char **prefix, char **relative, size_t *room,
                                         int grow);

/* An empty path names nothing (POSIX.1-2017 section 4.13); libc takes it for the working directory. */
int __wrap___wasilibc_find_relpath_alloc(const char *path, const char **prefix, char **relative, size_t *room,
                                         int grow) {
    if (path[0] == '\0') {
        errno = ENOENT;
        return -1;
    }
    return __real___wasilibc_find_relpath_alloc(path, prefix, relative, room, grow);
}

/* libc drops the mode argument of these four. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_mkdirat(int fd, const char *path, mode_t mode);
int __wrap_mkdirat(int fd, const char *path, mode_t mode);

static int open_with(int fd, const char *path, int flags, mode_t mode) {
    int opened;

    tmp_file_mode = mode & 07777;
    opened = fd == AT_FDCWD || path[0] == '/' ? __real_open(path, flags, mode) : __real_openat(fd, path, flags, mode);
    tmp_file_mode = TMP_FILE_MODE;
    return opened;
}

static mode_t mode_from(int flags, va_list arguments) {
    return flags & O_CREAT ? va_arg(arguments, mode_t) : TMP_FILE_MODE;
}

int __wrap_open(const char *path, int flags, ...) {
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_from(flags, arguments);
    va_end(arguments);
    return open_with(AT_FDCWD, path, flags, mode);
}

int __wrap_openat(int fd, const char *path, int flags, ...) {
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_from(flags, arguments);
    va_end(arguments);
    return open_with(fd, path, flags, mode);
}

int __wrap_mkdir(const char *path, mode_t mode) {
    int made;

    tmp_directory_mode = mode & 07777;
    made = __real_mkdir(path, mode);
    tmp_directory_mode = TMP_DIRECTORY_MODE;
    return made;
}

int __wrap_mkdirat(int fd, const char *path, mode_t mode) {
    int made;

    tmp_directory_mode = mode & 07777;
    made = __real_mkdirat(fd, path, mode);
    tmp_directory_mode = TMP_DIRECTORY_MODE;
    return made;
}
