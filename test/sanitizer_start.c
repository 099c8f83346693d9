/*
 * Preloaded beside the address sanitizer's runtime.
 *
 * The runtime starts at the first allocation.  Were that the one that libgpg-error's constructor makes
 * inside bindtextdomain(), the start would look up a translated dlerror() and wait for the lock that
 * bindtextdomain() holds, for ever.  This library is linked to be initialised before all others.
 */
#include <stdlib.h>

__attribute__((constructor)) static void start_sanitizer(void) { free(malloc(1)); }
