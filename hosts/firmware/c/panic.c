/*
 * What a program in C does about a panic of the library. The handler of the library is called as a panic would call it. It includes
 * no header of certbound, which has no declaration of these two: the program defines one, and the other is the library's own. The
 * build has start.c call `run_and_panic`.
 */
#include "board.h"

void run_and_panic(void);

/* The library's handler, whose argument it does not read. */
void provoke_panic(const void *info) __asm__(PANIC_HANDLER);

#ifdef WITH_FUNCTION
void certbound_panicked(void);

/* What a board does here: note the panic in memory that outlasts a reset, and reset the board. */
void
certbound_panicked(void)
{
    board_write("panicked\nend\n");
}
#endif

void
run_and_panic(void)
{
    board_write("about to panic\n");
    provoke_panic(0);
    board_write("the handler has returned\nend\n");
}
