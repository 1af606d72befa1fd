/* Lets the writes of a program to the tables of an index fail, as a disk that breaks or fills up does.
 *
 * Loaded with LD_PRELOAD. FAIL_WITH: the number of the error. FAIL_AFTER: how many writes succeed before.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_of_a_table(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, ".lance/") != NULL;
}

ssize_t write(int file, const void *bytes, size_t count) {
    static int written = 0;
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (is_of_a_table(file) && __sync_fetch_and_add(&written, 1) >= atoi(getenv("FAIL_AFTER"))) {
        errno = atoi(getenv("FAIL_WITH"));
        return -1;
    }
    return real(file, bytes, count);
}
