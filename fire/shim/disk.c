/*
 * A disk that can be told to fail, for the test kit alone (LD_PRELOAD); never part of the shipped program.
 *
 * It watches the regular files under FIRE_WATCH. Every write to one of them is first noted, with what stood there before, in
 * FIRE_LOG/<inode>; a successful fsync or fdatasync of the file empties its notes. What is noted when the process is killed is
 * exactly what a machine that loses its power may lose: the kit takes those writes back (src/disk.rs).
 *
 * FIRE_CONTROL is a page shared with the kit: it turns failures on and off while the program runs.
 *
 * One process may write to the folder at a time. Not modelled: renames and new directory entries that were not synced (they stay).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    uint32_t full;      /* writes that make a file longer fail: ENOSPC */
    uint32_t read_only; /* all writes fail: EROFS */
    uint32_t sync_fails; /* fsync and fdatasync fail: EIO */
    uint32_t slow_us;   /* every write and sync takes so much longer */
    uint64_t writes;    /* counted for the kit */
    uint64_t syncs;
    uint64_t refused;
};

/* Before the bytes that stood there and the bytes that were written. */
struct note {
    uint32_t magic;
    uint32_t kind; /* 1 write, 2 truncate */
    uint64_t offset;
    uint64_t size_before;
    uint64_t old_length;
    uint64_t new_length;
};

struct file {
    dev_t dev;
    ino_t ino;
    int watched;
    int log;
    pthread_mutex_t lock;
};

#define MAGIC 0x46495245u
#define FILES 4096

static struct file files[FILES];
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static struct control *control;
static char watch[4096], logs[4096];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void begin(void) {
    const char *folder = getenv("FIRE_WATCH"), *log = getenv("FIRE_LOG"), *page = getenv("FIRE_CONTROL");
    if (!folder || !log || !page || !realpath(folder, watch) || !realpath(log, logs)) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, page, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return;
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (at != MAP_FAILED) control = at;
}

static void die(const char *why) {
    dprintf(2, "the disk of the test kit: %s: %s\n", why, strerror(errno));
    _exit(99);
}

static int is_ours(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    size_t prefix = strlen(watch), end = strlen(path);
    /* The index of the write-ahead log is memory of living processes; it is not expected to survive. */
    int shared_memory = end > 4 && strcmp(path + end - 4, "-shm") == 0;
    return !shared_memory && strncmp(path, watch, prefix) == 0 && path[prefix] == '/';
}

/* The file of a descriptor, locked; NULL for what is not watched. */
static struct file *file_of(int fd) {
    pthread_once(&once, begin);
    if (!control) return NULL;
    int before = errno;
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        errno = before;
        return NULL;
    }
    pthread_mutex_lock(&table);
    struct file *found = NULL;
    for (size_t turn = 0, at = about.st_ino % FILES; turn < FILES; turn++, at = (at + 1) % FILES) {
        struct file *here = &files[at];
        if (here->watched && here->dev == about.st_dev && here->ino == about.st_ino) {
            found = here;
            break;
        }
        if (!here->watched) {
            /* Only ours are remembered: elsewhere an inode's number may be used again by a file of ours. */
            if (!is_ours(fd)) break;
            here->dev = about.st_dev;
            here->ino = about.st_ino;
            here->watched = 1;
            here->log = -1;
            pthread_mutex_init(&here->lock, NULL);
            found = here;
            break;
        }
    }
    pthread_mutex_unlock(&table);
    errno = before;
    if (!found) return NULL;
    pthread_mutex_lock(&found->lock);
    return found;
}

static void put(int fd, struct iovec *parts, int count) {
    size_t whole = 0;
    for (int i = 0; i < count; i++) whole += parts[i].iov_len;
    ssize_t done = syscall(SYS_writev, fd, parts, count);
    if (done < 0 || (size_t)done != whole) die("cannot note a write");
}

/* Notes what is about to be changed. */
static void note(struct file *file, int fd, uint32_t kind, off_t offset, const void *bytes, size_t length, off_t size) {
    if (file->log < 0) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%llu", logs, (unsigned long long)file->ino);
        file->log = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (file->log < 0) die("cannot open the notes");
    }
    off_t until = kind == 2 ? size : offset + (off_t)length;
    if (until > size) until = size;
    size_t old = offset < until ? (size_t)(until - offset) : 0;
    char *before = old ? malloc(old) : NULL;
    if (old && !before) die("no memory");
    if (old) {
        /* The descriptor may be for writing alone. */
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        int reader = (int)syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC, 0);
        ssize_t got = syscall(SYS_pread64, reader, before, old, offset);
        syscall(SYS_close, reader);
        if (got < 0 || (size_t)got != old) die("cannot read what stands");
    }
    struct note head = {MAGIC, kind, (uint64_t)offset, (uint64_t)size, old, kind == 1 ? length : 0};
    struct iovec parts[3] = {{&head, sizeof head}, {before, old}, {(void *)bytes, kind == 1 ? length : 0}};
    put(file->log, parts, 3);
    free(before);
}

static void slow(void) {
    uint32_t us = control->slow_us;
    if (us) {
        struct timespec wait = {us / 1000000, (long)(us % 1000000) * 1000};
        nanosleep(&wait, NULL);
    }
}

static int refused(int fd, off_t offset, size_t length, off_t *size) {
    struct stat about;
    if (fstat(fd, &about) != 0) return EIO;
    *size = about.st_size;
    if (control->read_only) return EROFS;
    if (control->full && offset + (off_t)length > about.st_size) return ENOSPC;
    return 0;
}

static ssize_t write_at(struct file *file, int fd, const void *bytes, size_t length, off_t offset, int move) {
    int before = errno;
    off_t size = 0;
    __atomic_add_fetch(&control->writes, 1, __ATOMIC_RELAXED);
    slow();
    int why = refused(fd, offset, length, &size);
    if (why) {
        __atomic_add_fetch(&control->refused, 1, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&file->lock);
        errno = why;
        return -1;
    }
    note(file, fd, 1, offset, bytes, length, size);
    errno = before;
    ssize_t done = move ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, offset);
    int after = errno;
    pthread_mutex_unlock(&file->lock);
    errno = after;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    struct file *file = file_of(fd);
    if (!file) return syscall(SYS_write, fd, bytes, length);
    int flags = fcntl(fd, F_GETFL);
    off_t at = lseek(fd, 0, flags >= 0 && (flags & O_APPEND) ? SEEK_END : SEEK_CUR);
    return write_at(file, fd, bytes, length, at < 0 ? 0 : at, 1);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    struct file *file = file_of(fd);
    if (!file) return syscall(SYS_writev, fd, parts, count);
    pthread_mutex_unlock(&file->lock);
    /* A short write is allowed: whoever calls goes on with the rest. */
    for (int i = 0; i < count; i++)
        if (parts[i].iov_len) return write(fd, parts[i].iov_base, parts[i].iov_len);
    return 0;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    struct file *file = file_of(fd);
    if (!file) return syscall(SYS_pwrite64, fd, bytes, length, offset);
    return write_at(file, fd, bytes, length, offset, 0);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

int ftruncate64(int fd, off64_t length) {
    struct file *file = file_of(fd);
    if (!file) return (int)syscall(SYS_ftruncate, fd, length);
    off_t size = 0;
    slow();
    int why = refused(fd, length, 0, &size);
    if (why) {
        __atomic_add_fetch(&control->refused, 1, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&file->lock);
        errno = why;
        return -1;
    }
    note(file, fd, 2, length, NULL, 0, size);
    int done = (int)syscall(SYS_ftruncate, fd, length);
    int after = errno;
    pthread_mutex_unlock(&file->lock);
    errno = after;
    return done;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

/* Flushed: there is nothing to take back any more. The notes are the disk here, so the real one is not waited for. */
static int flush(int fd, long call) {
    struct file *file = file_of(fd);
    if (!file) return (int)syscall(call, fd);
    __atomic_add_fetch(&control->syncs, 1, __ATOMIC_RELAXED);
    slow();
    int why = control->sync_fails ? EIO : 0;
    if (!why && file->log >= 0 && syscall(SYS_ftruncate, file->log, 0) != 0) die("cannot empty the notes");
    pthread_mutex_unlock(&file->lock);
    if (why) errno = why;
    return why ? -1 : 0;
}

int fsync(int fd) { return flush(fd, SYS_fsync); }

int fdatasync(int fd) { return flush(fd, SYS_fdatasync); }
