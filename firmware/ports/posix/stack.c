#define _GNU_SOURCE
#include "posix.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#define PAINT 0xa5

static _Alignas(16) uint8_t stack[512 * 1024];

static size_t used(void *ctx) {
    (void)ctx;
    size_t untouched = 0;
    while (untouched < sizeof stack && stack[untouched] == PAINT) {
        untouched++;
    }
    return sizeof stack - untouched;
}

static void *enter(void *body) {
    // signals belong to the thread that does the work: sigaltstack() is a thread's own
    static uint8_t fault_stack[64 * 1024];
    stack_t alternative = {.ss_sp = fault_stack, .ss_size = sizeof fault_stack};
    sigaltstack(&alternative, NULL);
    void (*run)(void);
    memcpy(&run, &body, sizeof run); // ISO C has no cast from an object's pointer to a function's
    run();
    return NULL;
}

void stack_run(void (*body)(void), tw_port_t *port) {
    memset(stack, PAINT, sizeof stack);
    port->stack_used = used;
    port->stack_size = sizeof stack;
    void *argument;
    memcpy(&argument, &body, sizeof argument);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, sizeof stack);
    pthread_t thread;
    if (pthread_create(&thread, &attributes, enter, argument) == 0) {
        pthread_join(thread, NULL);
    }
}
