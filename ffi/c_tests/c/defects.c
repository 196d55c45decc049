/* One defect of each kind that the tools must detect: defects KIND */

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static int shared;

static void *write_shared(void *argument)
{
    (void) argument;
    shared++;
    return NULL;
}

int main(int argc, char **argv)
{
    /* Volatile, so that the compiler does not detect the defects. */
    char *volatile memory = malloc(8);

    if (argc != 2 || memory == NULL) {
        return 2;
    }
    if (strcmp(argv[1], "overflow") == 0) {
        memory[8] = 1;
    } else if (strcmp(argv[1], "undefined") == 0) {
        volatile int most = INT_MAX;
        most = most + 1;
    } else if (strcmp(argv[1], "uninitialised") == 0) {
        if (memory[0] == 1) {
            shared = 1;
        }
    } else {
        pthread_t thread;
        pthread_create(&thread, NULL, write_shared, NULL);
        shared++;
        pthread_join(thread, NULL);
    }
    free(memory);
    return 0;
}
