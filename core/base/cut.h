/*
 * Text that may be too long for where it goes. Pure.
 */
#ifndef BASE_CUT_H
#define BASE_CUT_H

#include <stddef.h>

/* As much of text as fits into buf (always terminated), no part of a UTF-8 character: the server would not
 * take it. Returns buf. */
char *cut_copy(char *buf, size_t size, const char *text);

#endif
