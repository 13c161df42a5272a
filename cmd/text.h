/*
 * Printing text that came from elsewhere: no control character reaches the terminal, columns are counted.
 */
#ifndef CMD_TEXT_H
#define CMD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TEXT_WIDTH = 80, TEXT_TIME_MAX = 40 };

/* On one line: white space as a blank, other control characters as '?'. */
void text_put(FILE *out, const char *s);
/* The columns it takes when printed so. */
int text_width(const char *s);
/* Cut to `width` columns; text_cell fills up with blanks as well. */
void text_put_cut(FILE *out, const char *s, int width);
void text_cell(FILE *out, const char *s, int width);
/* Words wrapped at TEXT_WIDTH; the first line stands at `column` already, the next ones are indented to
 * `indent`. Newlines of the text are kept. Ends the line. */
void text_wrap(FILE *out, const char *s, int column, int indent);
/* Lines as they are, the next ones indented. Ends the line. */
void text_lines(FILE *out, const char *s, int indent);
/* RFC 3339, local time with its offset; with milliseconds or without. Returns buf. */
const char *text_time(double unix_time, bool milliseconds, char *buf, size_t size);
/* "1st", "2nd", "13th". Returns buf. */
const char *text_ordinal(int n, char *buf, size_t size);

#endif
