/*
 * The board of the image in C, mps2-an386: its memory, its serial port, and its page of settings. It includes no header of
 * certbound, and must not know what is judged.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* The page of settings, in flash. */
extern const uint8_t board_page[];

/* Initializes the memory, the floating point unit and the serial port. */
void board_start(void);

/* Writes a text that ends with a zero to the serial port. */
void board_write(const char *text);

/* Does nothing from now on. */
_Noreturn void board_sleep(void);

#endif
