// A disk that keeps only what was made sure of: preloaded, it copies a file to the folder DISK whenever it is synced.
// That is what a loss of power leaves. Renames and removals are held to be sure at once.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEXT(name) dlsym(RTLD_NEXT, name)
#define LONGEST 4096

typedef int (*of_descriptor)(int);
typedef int (*of_path)(const char *);
typedef int (*of_paths)(const char *, const char *);

// Name the copy of a file; returns 0 for those that are not copied.
static int copy_of(const char *path, char *copy) {
    const char *disk = getenv("DISK"), *watched = getenv("WATCHED"), *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (!disk || !watched || strncmp(name, watched, strlen(watched)) || strstr(name, " (deleted)")) return 0;
    return snprintf(copy, LONGEST, "%s/%s", disk, name) < LONGEST;
}

static void keep(int descriptor) {
    char link[64], path[LONGEST], copy[LONGEST], part[LONGEST + 32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    if (!copy_of(path, copy)) return;
    snprintf(part, sizeof part, "%s.%d.copying", copy, gettid());
    int from = open(path, O_RDONLY | O_CLOEXEC), to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (from < 0 || to < 0) abort();
    struct stat status;
    off_t at = 0;
    fstat(from, &status);
    while (at < status.st_size && sendfile(to, from, &at, status.st_size - at) > 0) {}
    close(from);
    close(to);
    ((of_paths)NEXT("rename"))(part, copy);
}

int fsync(int descriptor) {
    int result = ((of_descriptor)NEXT("fsync"))(descriptor);
    if (!result) keep(descriptor);
    return result;
}

int fdatasync(int descriptor) {
    int result = ((of_descriptor)NEXT("fdatasync"))(descriptor);
    if (!result) keep(descriptor);
    return result;
}

int rename(const char *from, const char *to) {
    char kept_from[LONGEST], kept_to[LONGEST];
    int result = ((of_paths)NEXT("rename"))(from, to);
    if (!result && copy_of(from, kept_from) && copy_of(to, kept_to)) ((of_paths)NEXT("rename"))(kept_from, kept_to);
    return result;
}

int unlink(const char *path) {
    char kept[LONGEST];
    int result = ((of_path)NEXT("unlink"))(path);
    if (!result && copy_of(path, kept)) ((of_path)NEXT("unlink"))(kept);
    return result;
}
