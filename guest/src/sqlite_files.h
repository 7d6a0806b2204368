/* What SQLite asks its operating system for, where WASI's libc has no answer: locks, and databases in WAL mode. */
#ifndef WASGI_SQLITE_FILES_H
#define WASGI_SQLITE_FILES_H

/* Called before CPython starts: makes the VFS that locks as POSIX has it the default one. */
void sqlite_files_init(void);

#endif
