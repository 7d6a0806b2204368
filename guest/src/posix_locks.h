/* fcntl()'s constants and struct for locks, which wasi-libc leaves out: musl's, as in SQLite's own fallback. */
#ifndef WASGI_POSIX_LOCKS_H
#define WASGI_POSIX_LOCKS_H

#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#define F_GETLK 12
#define F_SETLK 13
#define F_SETLKW 14

#endif
