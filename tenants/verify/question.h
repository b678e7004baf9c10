/* question.h: which words of a citizen ask something of a page. */
#ifndef VERIFY_QUESTION_H
#define VERIFY_QUESTION_H

#include "veha/pool.h"

#include <stdbool.h>

/* A question mark, or a word that asks or complains («когда», «подскажите», «примите меры»); thanks and greetings ask
 * nothing. Text of a comment, as it was written. */
bool question_asked(struct pool *pool, const char *text);

#endif
