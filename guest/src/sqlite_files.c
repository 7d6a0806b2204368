#include "sqlite_files.h"

#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "locks.h"
#include "posix_locks.h"
#include "sqlite_abi.h"
#include "vfs.h"

/* Fields of a database's first page (sqlite.org/fileformat2.html, section 1.3): versions for writing and reading. */
#define MAGIC "SQLite format 3"
#define WRITE_VERSION 18
#define READ_VERSION 19
#define LEGACY 1
#define WAL 2

/* The file whose beginning was read last is a database in WAL mode that others may use. A connection must then have it
 * exclusively, because several would keep the log's index in shared memory (sqlite.org/wal.html, section 8). */
static bool met_wal;

static enum lock kind_of(short type) { return type == F_UNLCK ? LOCK_NONE : type == F_RDLCK ? LOCK_READ : LOCK_WRITE; }

/* SQLite locks absolute ranges only. It reports EPERM correctly, but ENOLCK as "database is locked". */
static int set_lock(int fd, const struct flock *lock) {
    int err = locks_range(fd, kind_of(lock->l_type), (uint64_t)lock->l_start, (uint64_t)lock->l_len);

    errno = err == ENOLCK ? EPERM : err;
    return err == 0 ? 0 : -1;
}

static int test_lock(int fd, struct flock *lock) {
    enum lock test = lock->l_type == F_RDLCK ? LOCK_TEST_READ : LOCK_TEST_WRITE;
    int err = locks_range(fd, test, (uint64_t)lock->l_start, (uint64_t)lock->l_len);

    if (err == 0)
        lock->l_type = F_UNLCK;
    else
        lock->l_type = err == EBUSY ? F_WRLCK : F_RDLCK;
    errno = err;
    return err == 0 || err == EBUSY || err == EAGAIN ? 0 : -1;
}

static int sqlite_fcntl(int fd, int command, ...) {
    va_list arguments;
    void *argument;

    va_start(arguments, command);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (command == F_SETLK || command == F_SETLKW)
        return set_lock(fd, argument);
    if (command == F_GETLK)
        return test_lock(fd, argument);
    return fcntl(fd, command, (int)(intptr_t)argument);
}

/* Whether a log has writes that are not yet in the database; in /tmp, an empty log counts, because it may get some. */
static bool has_wal(const struct vfs_file *file) {
    struct vfs_node found;

    return vfs_sibling(file->node, "-wal", &found) && (vfs_size(found) > 0 || vfs_may_change(found));
}

/* Only its exclusive owner may treat a database as one without WAL, and only if its log is empty. Files in the image
 * and in /tmp qualify, because no other program can change them. */
static void look_at_header(int fd, uint8_t *header) {
    const struct vfs_file *file = vfs_file((__wasi_fd_t)fd);

    met_wal = header[READ_VERSION] == WAL;
    if (!met_wal || file == NULL || has_wal(file))
        return;
    header[READ_VERSION] = header[WRITE_VERSION] = LEGACY;
    met_wal = false;
}

static ssize_t sqlite_read(int fd, void *buffer, size_t size) {
    ssize_t got = read(fd, buffer, size);

    bool is_database = got > READ_VERSION && memcmp(buffer, MAGIC, sizeof MAGIC) == 0;

    /* Gets the position only if it matters. */
    if ((is_database || met_wal) && lseek(fd, 0, SEEK_CUR) == got) {
        met_wal = false;
        if (is_database)
            look_at_header(fd, buffer);
    }
    return got;
}

/* Wraps sqlite3_errmsg() (the linker's --wrap, guest/build.py): SQLite has one text for each error code, and none that
 * explains these. */
const char *__real_sqlite3_errmsg(sqlite3 *database);
const char *__wrap_sqlite3_errmsg(sqlite3 *database);

/* Whether a database cannot be opened because of WAL mode: its file is open, and SQLite has only the general text. */
static bool is_wal_refused(sqlite3 *database) {
    void *file = NULL;

    return met_wal && sqlite3_file_control(database, NULL, SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK &&
           strcmp(__real_sqlite3_errmsg(database), sqlite3_errstr(SQLITE_CANTOPEN)) == 0;
}

const char *__wrap_sqlite3_errmsg(sqlite3 *database) {
    switch (sqlite3_errcode(database)) {
    case SQLITE_PERM:
        return locks_refusal();
    case SQLITE_CANTOPEN:
        if (is_wal_refused(database))
            return "this database is in WAL mode, which needs memory that a sandbox does not share with other programs: "
                   "begin each connection with PRAGMA locking_mode=EXCLUSIVE, to have it alone, or run "
                   "PRAGMA journal_mode=DELETE on it once, outside";
        break;
    default:
        break;
    }
    return __real_sqlite3_errmsg(database);
}

void sqlite_files_init(void) {
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");

    if (vfs == NULL)
        return;
    vfs->xSetSystemCall(vfs, "fcntl", (void (*)(void))sqlite_fcntl);
    vfs->xSetSystemCall(vfs, "read", (void (*)(void))sqlite_read);
    sqlite3_vfs_register(vfs, 1);
}
