/*
 * What the image runs after the board has started. It includes nothing, and must not know the board.
 */
#ifndef MAIN_H
#define MAIN_H

void run(void);

#endif
