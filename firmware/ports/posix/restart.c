#define _GNU_SOURCE
#include "posix.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// What survives a restart travels in the environment of the next start: TW_KEEP_<NAME>=<number>.

static char **arguments;
static uint8_t fault_stack[64 * 1024]; // the core's own may be what ran out

#define TICK_MS 20    // how finely the watchdog measures
#define START_MS 5000 // until the core feeds it

static volatile sig_atomic_t ticks_left;

static void restart(tw_reset_t reason) {
    // setenv allocates, which a signal handler must not: the variable is there, and only its digit changes
    char *place = getenv("TW_KEEP_REASON");
    if (place != NULL) {
        place[0] = (char)('0' + (int)reason);
    }
    execv("/proc/self/exe", arguments);
    _exit(1);
}

// Of processor time: a process that was stopped, or had to wait for its turn, does not hang.
static void on_watchdog(int signal) {
    (void)signal;
    if (ticks_left == 0) {
        restart(TW_RESET_WATCHDOG);
    }
    ticks_left = ticks_left - 1;
}

static void on_fault(int signal) {
    (void)signal;
    restart(TW_RESET_FAULT);
}

static void catch_signals(void) {
    stack_t alternative = {.ss_sp = fault_stack, .ss_size = sizeof fault_stack};
    sigaltstack(&alternative, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_flags = SA_ONSTACK;
    action.sa_handler = on_watchdog;
    sigaction(SIGPROF, &action, NULL);
    action.sa_handler = on_fault;
    const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t k = 0; k < sizeof faults / sizeof faults[0]; ++k) {
        sigaction(faults[k], &action, NULL);
    }
    signal(SIGPIPE, SIG_IGN);
    // the start before died in a handler, with its signal blocked
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

void restart_keep(const char *name, long value) {
    char key[32];
    char number[24];
    snprintf(key, sizeof key, "TW_KEEP_%s", name);
    snprintf(number, sizeof number, "%ld", value);
    setenv(key, number, 1);
}

long restart_kept(const char *name) {
    char key[32];
    snprintf(key, sizeof key, "TW_KEEP_%s", name);
    const char *value = getenv(key);
    return value == NULL ? -1 : strtol(value, NULL, 10);
}

// A tick every so many ms of processor time; 0 for none.
static void set_timer(long ms) {
    struct timeval every = {.tv_usec = ms * 1000};
    struct itimerval timer = {.it_interval = every, .it_value = every};
    setitimer(ITIMER_PROF, &timer, NULL);
}

void restart_prepare(char **argv, tw_port_t *port) {
    arguments = argv;
    set_timer(0); // the start before left it running
    long reason = restart_kept("REASON");
    long boot = restart_kept("BOOT");
    if (boot < 0) {
        boot = (long)time(NULL) & 0xffffff; // boards that run at the same time differ
    }
    port->reset_reason = reason < 0 ? TW_RESET_POWER : (tw_reset_t)reason;
    port->boot_id = (uint32_t)boot + 1;
    restart_keep("BOOT", boot + 1);
    restart_keep("REASON", TW_RESET_POWER);
    restart_watchdog(NULL, START_MS);
    catch_signals();
    set_timer(TICK_MS);
}

void restart_watchdog(void *ctx, uint32_t timeout_ms) {
    (void)ctx;
    // one store: it is fed twice a step, and a system call each time would cost more than a small network
    ticks_left = (sig_atomic_t)(timeout_ms / TICK_MS + 1);
}

void restart_asked(void *ctx) {
    (void)ctx;
    restart(TW_RESET_SOFTWARE);
}
