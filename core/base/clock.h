#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* Now, in seconds since 1970: the time of events. */
double clock_unix(void);

#endif
