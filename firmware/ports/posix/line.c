#define _GNU_SOURCE
#include "posix.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define IDLE_MS 1000
#define WRITE_MS 1000 // what tw_port.h grants a host that does not read
#define HANG_UP_MS 20 // a pseudo-terminal that nobody has opened cannot be waited for

static int in_fd = -1;
static int out_fd = -1;
static bool is_pty;
static bool ended;

static void do_not_block(int fd) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

// Bytes as they are: no echo, no line editing, no signals.
static bool make_raw(const char *path) {
    int fd = open(path, O_RDWR | O_NOCTTY);
    if (fd < 0) {
        return false;
    }
    struct termios settings;
    tcgetattr(fd, &settings);
    cfmakeraw(&settings);
    tcsetattr(fd, TCSANOW, &settings);
    close(fd);
    return true;
}

static bool link_to(const char *path, const char *link) {
    char temporary[4096];
    int n = snprintf(temporary, sizeof temporary, "%s.%ld", link, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof temporary) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (symlink(path, temporary) != 0) {
        return false;
    }
    return rename(temporary, link) == 0; // in one step: a link is never half there
}

bool line_open_pty(const char *link) {
    is_pty = true;
    long kept = restart_kept("LINE");
    if (kept >= 0) {
        in_fd = out_fd = (int)kept;
        return true;
    }
    int fd = posix_openpt(O_RDWR | O_NOCTTY);
    if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0) {
        return false;
    }
    const char *path = ptsname(fd);
    if (path == NULL || !make_raw(path) || (link != NULL && !link_to(path, link))) {
        return false;
    }
    do_not_block(fd);
    in_fd = out_fd = fd;
    restart_keep("LINE", fd);
    printf("%s\n", path);
    fflush(stdout);
    return true;
}

void line_open_stdio(void) {
    in_fd = STDIN_FILENO;
    out_fd = STDOUT_FILENO;
    do_not_block(in_fd);
}

int line_read(void *ctx, uint8_t *buf, size_t len) {
    (void)ctx;
    ssize_t n = read(in_fd, buf, len);
    if (n > 0) {
        return (int)n;
    }
    // a pseudo-terminal whose other end is closed answers EIO until somebody opens it again
    if (n == 0 && !is_pty) {
        ended = true;
    }
    return 0;
}

int line_write(void *ctx, const uint8_t *buf, size_t len) {
    (void)ctx;
    while (len > 0) {
        ssize_t n = write(out_fd, buf, len);
        if (n > 0) {
            buf += n;
            len -= (size_t)n;
            continue;
        }
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            ended = ended || !is_pty;
            return -errno;
        }
        struct pollfd writable = {.fd = out_fd, .events = POLLOUT};
        if (poll(&writable, 1, WRITE_MS) == 0) {
            return -ETIMEDOUT;
        }
    }
    return 0;
}

bool line_wait(void) {
    struct pollfd readable = {.fd = in_fd, .events = POLLIN};
    poll(&readable, 1, IDLE_MS);
    if (is_pty && (readable.revents & (POLLIN | POLLHUP)) == POLLHUP) {
        usleep(HANG_UP_MS * 1000);
    }
    return !ended;
}
