/* The host's WASI preview 1 calls, under names of their own.
 *
 * vfs_*.c, standard.c, clock.c and entropy.c define the symbols that wasi-libc would import
 * (`__imported_wasi_snapshot_preview1_…`), so every call of libc, CPython and sqlite arrives there. They forward the
 * host's part through these. */
#ifndef WASGI_HOST_H
#define WASGI_HOST_H

#include <stdint.h>
#include <wasi/api.h>

/* Defines what wasi-libc calls. */
#define WASI(name) __imported_wasi_snapshot_preview1_##name

#define HOST_CALL(name, ...)                                                                                           \
    __wasi_errno_t host_##name(__VA_ARGS__) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))

HOST_CALL(clock_res_get, __wasi_clockid_t, __wasi_timestamp_t *);
HOST_CALL(clock_time_get, __wasi_clockid_t, __wasi_timestamp_t, __wasi_timestamp_t *);
HOST_CALL(fd_advise, __wasi_fd_t, __wasi_filesize_t, __wasi_filesize_t, uint32_t);
HOST_CALL(fd_allocate, __wasi_fd_t, __wasi_filesize_t, __wasi_filesize_t);
HOST_CALL(fd_close, __wasi_fd_t);
HOST_CALL(fd_datasync, __wasi_fd_t);
HOST_CALL(fd_fdstat_get, __wasi_fd_t, __wasi_fdstat_t *);
HOST_CALL(fd_fdstat_set_flags, __wasi_fd_t, uint32_t);
HOST_CALL(fd_fdstat_set_rights, __wasi_fd_t, __wasi_rights_t, __wasi_rights_t);
HOST_CALL(fd_filestat_get, __wasi_fd_t, __wasi_filestat_t *);
HOST_CALL(fd_filestat_set_size, __wasi_fd_t, __wasi_filesize_t);
HOST_CALL(fd_filestat_set_times, __wasi_fd_t, __wasi_timestamp_t, __wasi_timestamp_t, uint32_t);
HOST_CALL(fd_pread, __wasi_fd_t, const __wasi_iovec_t *, __wasi_size_t, __wasi_filesize_t, __wasi_size_t *);
HOST_CALL(fd_prestat_get, __wasi_fd_t, __wasi_prestat_t *);
HOST_CALL(fd_prestat_dir_name, __wasi_fd_t, uint8_t *, __wasi_size_t);
HOST_CALL(fd_pwrite, __wasi_fd_t, const __wasi_ciovec_t *, __wasi_size_t, __wasi_filesize_t, __wasi_size_t *);
HOST_CALL(fd_read, __wasi_fd_t, const __wasi_iovec_t *, __wasi_size_t, __wasi_size_t *);
HOST_CALL(fd_readdir, __wasi_fd_t, uint8_t *, __wasi_size_t, __wasi_dircookie_t, __wasi_size_t *);
HOST_CALL(fd_renumber, __wasi_fd_t, __wasi_fd_t);
HOST_CALL(fd_seek, __wasi_fd_t, __wasi_filedelta_t, uint32_t, __wasi_filesize_t *);
HOST_CALL(fd_sync, __wasi_fd_t);
HOST_CALL(fd_tell, __wasi_fd_t, __wasi_filesize_t *);
HOST_CALL(fd_write, __wasi_fd_t, const __wasi_ciovec_t *, __wasi_size_t, __wasi_size_t *);
HOST_CALL(path_create_directory, __wasi_fd_t, const char *, __wasi_size_t);
HOST_CALL(path_filestat_get, __wasi_fd_t, __wasi_lookupflags_t, const char *, __wasi_size_t, __wasi_filestat_t *);
HOST_CALL(path_filestat_set_times, __wasi_fd_t, __wasi_lookupflags_t, const char *, __wasi_size_t, __wasi_timestamp_t,
          __wasi_timestamp_t, uint32_t);
HOST_CALL(path_link, __wasi_fd_t, __wasi_lookupflags_t, const char *, __wasi_size_t, __wasi_fd_t, const char *,
          __wasi_size_t);
HOST_CALL(path_open, __wasi_fd_t, __wasi_lookupflags_t, const char *, __wasi_size_t, uint32_t, __wasi_rights_t,
          __wasi_rights_t, uint32_t, __wasi_fd_t *);
HOST_CALL(path_readlink, __wasi_fd_t, const char *, __wasi_size_t, uint8_t *, __wasi_size_t, __wasi_size_t *);
HOST_CALL(path_remove_directory, __wasi_fd_t, const char *, __wasi_size_t);
HOST_CALL(path_rename, __wasi_fd_t, const char *, __wasi_size_t, __wasi_fd_t, const char *, __wasi_size_t);
HOST_CALL(path_symlink, const char *, __wasi_size_t, __wasi_fd_t, const char *, __wasi_size_t);
HOST_CALL(path_unlink_file, __wasi_fd_t, const char *, __wasi_size_t);
HOST_CALL(poll_oneoff, const __wasi_subscription_t *, __wasi_event_t *, __wasi_size_t, __wasi_size_t *);
HOST_CALL(random_get, uint8_t *, __wasi_size_t);
_Noreturn void host_proc_exit(uint32_t)
    __attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_exit")));

#endif
