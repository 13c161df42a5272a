/*
 * The tests' own kill -9: PGWIDEN_TEST_KILL_DURING=N ends the program right after the N-th message with work
 * was sent, PGWIDEN_TEST_KILL_AFTER=N right after it was answered. Without these variables nothing happens.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

void fault_sent(void);
void fault_answered(void);

#endif
