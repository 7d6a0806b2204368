/* SQLite's system calls that wasi-libc cannot serve: locks, and reads of databases in WAL mode. */
#ifndef WASGI_SQLITE_FILES_H
#define WASGI_SQLITE_FILES_H

/* Called before CPython starts: makes SQLite's VFS with POSIX locks the default. */
void sqlite_files_init(void);

#endif
