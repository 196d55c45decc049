/*
 * The vectors of mps2-an386, and the start. A fault stops the processor in its handler.
 */
#include "board.h"
#include "main.h"

extern uint32_t start_stack[];

void start(void);
static void start_fault(void);

/* The stack, the start, NMI, and the fault handlers. */
__attribute__((section(".vectors"), used)) static const void *const start_vectors[16] = {
    start_stack,          (void *) start,       (void *) start_fault, (void *) start_fault,
    (void *) start_fault, (void *) start_fault, (void *) start_fault,
};

void
start(void)
{
    board_start();
    run();
    board_sleep();
}

static void
start_fault(void)
{
    board_write("a fault of the processor\n");
    board_sleep();
}
