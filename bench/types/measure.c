/* measure -- runs a command, its output thrown away, three times; prints the least of the processor
 * seconds and the most of the memory (in megabytes) that it took.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 3 };

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

/* Nothing is said of a command that fails: it is another program's business why. */
static int run(char **command, struct rusage *usage)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);

        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        execvp(command[0], command);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, usage) < 0)
        return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int main(int argument_count, char **arguments)
{
    double least = 0;
    long most = 0;
    int round;

    if (argument_count < 2)
        return 2;
    for (round = 0; round < ROUNDS; round++) {
        struct rusage usage;
        double seconds;

        if (run(arguments + 1, &usage) != 0)
            return EXIT_FAILURE;
        seconds = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
        if (round == 0 || seconds < least)
            least = seconds;
        if (usage.ru_maxrss > most)
            most = usage.ru_maxrss;
    }
    printf("%.3f %.1f\n", least, (double)most / 1024);
    return EXIT_SUCCESS;
}
