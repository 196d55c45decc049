/*
 * mps2-an386: its memory and its serial port.
 */
#include "board.h"

extern uint32_t board_data[], board_data_end[], board_data_load[], board_bss[], board_bss_end[];

/* UART 0 of the CMSDK, and the processor's register that enables its floating point unit. */
static volatile uint32_t *const uart = (volatile uint32_t *) 0x40004000;
static volatile uint32_t *const coprocessors = (volatile uint32_t *) 0xe000ed88;

enum { UART_DATA, UART_STATE, UART_CONTROL, UART_BAUD_DIVISOR = 4 };

void
board_start(void)
{
    const uint32_t *from = board_data_load;
    uint32_t *to;

    for (to = board_data; to < board_data_end; to++) {
        *to = *from++;
    }
    for (to = board_bss; to < board_bss_end; to++) {
        *to = 0;
    }
    *coprocessors |= 0xfu << 20;
    uart[UART_BAUD_DIVISOR] = 25000000 / 115200;
    uart[UART_CONTROL] = 1;
}

void
board_write(const char *text)
{
    for (; *text != '\0'; text++) {
        while (uart[UART_STATE] & 1) {
        }
        uart[UART_DATA] = (uint8_t) *text;
    }
}

void
board_sleep(void)
{
    for (;;) {
        __asm volatile("wfi");
    }
}
