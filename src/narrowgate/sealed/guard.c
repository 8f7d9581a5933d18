/* The first program in a container image: starts the gateway without the variables that its loader would obey.
   Linked statically, so no loader comes before it: LD_PRELOAD is not looked at. whole.py builds it. */
#include <string.h>
#include <unistd.h>

extern char **environ;

static int is_harmful(const char *variable) {
    /* As `_HARMFUL` in boot.py; there it is too late for what a loader reads. */
    static const char *beginnings[] = {"LD_", "PYTHON", "OPENSSL_", "SSLKEYLOGFILE=", "GCONV_PATH=",
                                       "GLIBC_TUNABLES=", "MALLOC_", NULL};
    for (const char **one = beginnings; *one; one++)
        if (strncmp(variable, *one, strlen(*one)) == 0) return 1;
    return 0;
}

int main(int argc, char **argv) {
    (void)argc;
    char **kept = environ;
    for (char **one = environ; *one; one++)
        if (!is_harmful(*one)) *kept++ = *one;
    *kept = NULL;
    execv(PROGRAM, argv);
    static const char message[] = "narrowgate: " PROGRAM " cannot be started\n";
    return write(2, message, sizeof message - 1) < 0 ? 126 : 127;
}
