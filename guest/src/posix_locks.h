/* fcntl()'s words for locks, which WASI's libc leaves out: as SQLite has them where they are missing, which are musl's. */
#ifndef WASGI_POSIX_LOCKS_H
#define WASGI_POSIX_LOCKS_H

#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#define F_GETLK 12
#define F_SETLK 13
#define F_SETLKW 14

#endif
