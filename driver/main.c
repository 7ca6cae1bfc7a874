/* driver -- runs a program that can be updated: `driver PROGRAM.so [argument...]`.
 *
 * All the work is in libkitsune; of this executable programs see nothing but the calls that
 * would end the process (endings.c).
 */
#include <stdio.h>

#include "program/driver.h"

int main(int argument_count, char **arguments)
{
    if (argument_count < 2) {
        fprintf(stderr, "usage: driver PROGRAM.so [argument...]\n");
        return 2;
    }
    return kitsune_drive(argument_count - 1, arguments + 1);
}
