/* next_file.h -- the file in which doupd hands the next version's path over. */
#ifndef KITSUNE_RUNTIME_NEXT_FILE_H
#define KITSUNE_RUNTIME_NEXT_FILE_H

/* Reads and removes it.  The path, malloc; NULL when there is none, or none from whom it counts. */
char *next_file_take(const char *path, const char *directory);

#endif
