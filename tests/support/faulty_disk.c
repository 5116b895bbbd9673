/* A disk that fails when told: preloaded, it counts the calls that change files below a folder,
   and lets the chosen one fail. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char root[4096];
static long calls, failing;
static int error_code, is_short, is_lasting;
static long failures;
static int left_over, was_cut;

/* Begins to count anew. The call of this number fails (none where it is 0); where `lasting`, all
   after it as well. Where `cut`, a write takes the first half and reports that; the next
   call fails. */
void disk_arm(const char *folder, long number, int code, int cut, int lasting) {
    strncpy(root, folder, sizeof root - 1);
    calls = failures = left_over = was_cut = 0;
    failing = number;
    error_code = code;
    is_short = cut;
    is_lasting = lasting;
}

void disk_disarm(void) { root[0] = 0; }
long disk_calls(void) { return calls; }
long disk_failures(void) { return failures; }
/* Whether a removal has failed, so that something had to stay behind. */
int disk_left_over(void) { return left_over; }

static int is_below(const char *path) {
    size_t length = strlen(root);
    return !strncmp(path, root, length) && (path[length] == '/' || !path[length]);
}

static int concerns(int folder, const char *path) {
    char whole[8192], link[64];
    if (!root[0]) return 0;
    if (path && path[0] == '/') return is_below(path);
    if (folder == AT_FDCWD) {
        if (!getcwd(whole, 4096)) return 0;
        return is_below(whole);
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, whole, sizeof whole - 1);
    if (length < 0) return 0;
    whole[length] = 0;
    return is_below(whole);
}

enum { OTHER, CONTENT, REMOVAL };

/* 0: goes through; 1: fails; 2: a write takes its first half only */
static int verdict(int folder, const char *path, int kind) {
    int saved = errno;
    int is_ours = concerns(folder, path);
    errno = saved;
    if (!is_ours) return 0;
    long number = __sync_add_and_fetch(&calls, 1);
    if (!failing || number < failing || (!is_lasting && number > failing + was_cut)) return 0;
    if (kind == REMOVAL && error_code == ENOSPC) return 0; /* takes no space */
    __sync_add_and_fetch(&failures, 1);
    if (is_short && number == failing && kind == CONTENT) {
        was_cut = 1;
        return 2;
    }
    if (kind == REMOVAL) left_over = 1;
    errno = error_code;
    return 1;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, name, const char *, int, ...); \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        if ((flags & WRITES) && verdict(AT_FDCWD, path, OTHER)) return -1; \
        return real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        REAL(int, name, int, const char *, int, ...); \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        if ((flags & WRITES) && verdict(folder, path, OTHER)) return -1; \
        return real(folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int file, const void *content, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    switch (verdict(file, NULL, size > 1 ? CONTENT : OTHER)) {
    case 1: return -1;
    case 2: return real(file, content, size / 2);
    default: return real(file, content, size);
    }
}

#define PWRITE(name, offset_type) \
    ssize_t name(int file, const void *content, size_t size, offset_type offset) { \
        REAL(ssize_t, name, int, const void *, size_t, offset_type); \
        switch (verdict(file, NULL, size > 1 ? CONTENT : OTHER)) { \
        case 1: return -1; \
        case 2: return real(file, content, size / 2, offset); \
        default: return real(file, content, size, offset); \
        } \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

size_t fwrite(const void *content, size_t size, size_t count, FILE *file) {
    REAL(size_t, fwrite, const void *, size_t, size_t, FILE *);
    switch (verdict(fileno(file), NULL, count > 1 ? CONTENT : OTHER)) {
    case 1: return 0;
    case 2: return real(content, size, count / 2, file);
    default: return real(content, size, count, file);
    }
}

#define SIMPLE(type, name, declared, passed, folder, path, kind) \
    type name declared { \
        static type (*real) declared; \
        if (!real) real = (type (*) declared)dlsym(RTLD_NEXT, #name); \
        return verdict(folder, path, kind) ? -1 : real passed; \
    }
SIMPLE(ssize_t, writev, (int f, const struct iovec *v, int n), (f, v, n), f, NULL, OTHER)
SIMPLE(ssize_t, sendfile, (int to, int f, off_t *o, size_t n), (to, f, o, n), to, NULL, OTHER)
SIMPLE(ssize_t, sendfile64, (int to, int f, off64_t *o, size_t n), (to, f, o, n), to, NULL, OTHER)
SIMPLE(int, fsync, (int f), (f), f, NULL, OTHER)
SIMPLE(int, fdatasync, (int f), (f), f, NULL, OTHER)
SIMPLE(int, ftruncate, (int f, off_t n), (f, n), f, NULL, OTHER)
SIMPLE(int, ftruncate64, (int f, off64_t n), (f, n), f, NULL, OTHER)
SIMPLE(int, truncate, (const char *p, off_t n), (p, n), AT_FDCWD, p, OTHER)
SIMPLE(int, mkdir, (const char *p, mode_t m), (p, m), AT_FDCWD, p, OTHER)
SIMPLE(int, mkdirat, (int d, const char *p, mode_t m), (d, p, m), d, p, OTHER)
SIMPLE(int, unlink, (const char *p), (p), AT_FDCWD, p, REMOVAL)
SIMPLE(int, unlinkat, (int d, const char *p, int g), (d, p, g), d, p, REMOVAL)
SIMPLE(int, rmdir, (const char *p), (p), AT_FDCWD, p, REMOVAL)
SIMPLE(int, rename, (const char *a, const char *b), (a, b), AT_FDCWD, b, OTHER)
SIMPLE(int, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b), e, b, OTHER)
SIMPLE(int, link, (const char *a, const char *b), (a, b), AT_FDCWD, b, OTHER)
SIMPLE(int, utimensat, (int d, const char *p, const struct timespec t[2], int g), (d, p, t, g), d, p, OTHER)

/* What the file's buffer still held is lost where this fails. */
int fclose(FILE *file) {
    REAL(int, fclose, FILE *);
    int number = fileno(file);
    if ((fcntl(number, F_GETFL) & O_ACCMODE) == O_RDONLY || !verdict(number, NULL, OTHER))
        return real(file);
    struct stat before;
    fstat(number, &before);
    int same = dup(number);
    real(file);
    if (syscall(SYS_ftruncate, same, before.st_size)) abort();
    close(same);
    errno = error_code;
    return EOF;
}
