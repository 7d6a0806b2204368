/* The part of SQLite's C interface (sqlite.org/c3ref/vfs.html) that we call: CPython's build provides the library
 * without its header. */
#ifndef WASGI_SQLITE_ABI_H
#define WASGI_SQLITE_ABI_H

typedef struct sqlite3_vfs sqlite3_vfs;
typedef struct sqlite3 sqlite3;

#define SQLITE_OK 0
#define SQLITE_PERM 3
#define SQLITE_CANTOPEN 14
#define SQLITE_FCNTL_FILE_POINTER 7

/* Of version 3, up to the method that we call. */
struct sqlite3_vfs {
    int iVersion, szOsFile, mxPathname;
    sqlite3_vfs *pNext;
    const char *zName;
    void *pAppData;
    void (*xOpen)(void), (*xDelete)(void), (*xAccess)(void), (*xFullPathname)(void);
    void (*xDlOpen)(void), (*xDlError)(void), (*xDlSym)(void), (*xDlClose)(void);
    int (*xRandomness)(sqlite3_vfs *, int size, char *out);
    void (*xSleep)(void), (*xCurrentTime)(void), (*xGetLastError)(void), (*xCurrentTimeInt64)(void);
    int (*xSetSystemCall)(sqlite3_vfs *, const char *name, void (*call)(void));
};

/* The default one for NULL; NULL when SQLite cannot start. */
sqlite3_vfs *sqlite3_vfs_find(const char *name);
int sqlite3_vfs_register(sqlite3_vfs *, int is_default);

int sqlite3_errcode(sqlite3 *);
/* The general text of a result. */
const char *sqlite3_errstr(int result);
/* With SQLITE_FCNTL_FILE_POINTER: an error if the database's file is not open. NULL names the main database. */
int sqlite3_file_control(sqlite3 *, const char *database, int operation, void *out);

typedef struct sqlite3 sqlite3;

/* The names of a connection's Nth database and of its file; NULL if there is none. */
const char *sqlite3_db_name(sqlite3 *db, int n);
const char *sqlite3_db_filename(sqlite3 *db, const char *name);

#define SQLITE_TXN_NONE 0
/* The state of a database's transaction: none, reading or writing. */
int sqlite3_txn_state(sqlite3 *db, const char *name);

/* With a size of 0 or less: drops the generator's state; the generator then reseeds itself by xRandomness. */
void sqlite3_randomness(int size, void *out);

#endif
