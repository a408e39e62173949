#define _GNU_SOURCE
#include "posix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static uint8_t *flash;
static size_t slot_bytes;

static int erase(void *ctx, int n) {
    (void)ctx;
    memset(flash + (size_t)n * slot_bytes, 0xff, slot_bytes);
    return 0;
}

// As NOR flash does: bits only ever fall, so that writing twice without erasing shows.
static int program(void *ctx, int n, size_t offset, const uint8_t *data, size_t len) {
    (void)ctx;
    if (offset > slot_bytes || len > slot_bytes - offset) {
        return -EINVAL;
    }
    uint8_t *cells = flash + (size_t)n * slot_bytes + offset;
    for (size_t k = 0; k < len; ++k) {
        cells[k] &= data[k];
    }
    return 0;
}

static int open_cells(const char *file) {
    if (file != NULL) {
        return open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    }
    long kept = restart_kept("SLOTS");
    if (kept >= 0) {
        return (int)kept;
    }
    int fd = memfd_create("slots", 0);
    restart_keep("SLOTS", fd);
    return fd;
}

// For this process alone, and all of it on the disk: cells that find no room when they are written are a SIGBUS.
static bool keep(int fd, size_t whole) {
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        errno = EBUSY;
        return false;
    }
    int error = posix_fallocate(fd, 0, (off_t)whole);
    errno = error;
    return error == 0 || error == EOPNOTSUPP;
}

bool slots_open(const char *file, size_t slot_size, tw_port_t *port) {
    int fd = open_cells(file);
    size_t whole = slot_size * TW_SLOTS;
    struct stat found;
    if (fd < 0 || fstat(fd, &found) != 0) {
        return false;
    }
    if (found.st_size != 0 && (size_t)found.st_size != whole) {
        errno = EINVAL; // somebody else's file, or slots of another size
        return false;
    }
    if (ftruncate(fd, (off_t)whole) != 0 || (file != NULL && !keep(fd, whole))) {
        return false;
    }
    flash = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (flash == MAP_FAILED) {
        return false;
    }
    slot_bytes = slot_size;
    port->slot_size = slot_size;
    port->forgets = file == NULL;
    for (int n = 0; n < TW_SLOTS; ++n) {
        port->slot[n] = flash + (size_t)n * slot_size;
    }
    port->erase = erase;
    port->program = program;
    return true;
}
