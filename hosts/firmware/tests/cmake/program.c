/* Links the library: cmake.rs looks for what it has linked. */
#include <certbound.h>

int main(void)
{
    static certbound_accepted accepted;

    return certbound_verify(0, "", 0, 0, 0, 0, 0, &accepted) == CERTBOUND_OK;
}
