/* Put before the C library of a program under test: lets the disk fail or stand still and the wall
   clock jump, as four numbers in a shared file say, which may change at any time. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The order is that of World::set in world.rs. */
enum { WRITE_ERROR, SYNC_ERROR, SYNC_DELAY_MS, WALL_OFFSET_S, NUMBERS };

static volatile int64_t calm[NUMBERS];
static volatile int64_t *numbers = calm;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("PLENARY_TEST_WORLD");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) abort();
    void *shared = mmap(NULL, sizeof calm, PROT_READ, MAP_SHARED, file, 0);
    if (shared == MAP_FAILED) abort();
    numbers = shared;
    close(file);
}

static int is_recording(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strstr(path, "/recording/") != NULL || strstr(path, "/recording") == path + length - 10;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAILS(number, file)                        \
    if (numbers[number] && is_recording(file)) {   \
        errno = (int)numbers[number];              \
        return -1;                                 \
    }

ssize_t write(int file, const void *bytes, size_t length) {
    FAILS(WRITE_ERROR, file)
    return REAL(write)(file, bytes, length);
}

ssize_t writev(int file, const struct iovec *pieces, int count) {
    FAILS(WRITE_ERROR, file)
    return REAL(writev)(file, pieces, count);
}

static void delay(int file) {
    int64_t ms = numbers[SYNC_DELAY_MS];
    if (ms && is_recording(file)) usleep((useconds_t)ms * 1000);
}

int fsync(int file) {
    delay(file);
    FAILS(SYNC_ERROR, file)
    return REAL(fsync)(file);
}

int fdatasync(int file) {
    delay(file);
    FAILS(SYNC_ERROR, file)
    return REAL(fdatasync)(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int done = REAL(clock_gettime)(clock, now);
    if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += numbers[WALL_OFFSET_S];
    return done;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int done = REAL(gettimeofday)(now, zone);
    if (done == 0) now->tv_sec += numbers[WALL_OFFSET_S];
    return done;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
