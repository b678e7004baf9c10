/* vk.h: what the files of the ВКонтакте adapter share. */
#ifndef PROBE_VK_H
#define PROBE_VK_H

#include "probe.h"

/* The posts that drew most comments are asked for them, one a turn; false: there is no such post any more. `form` is
 * what the method takes beside version and token. */
bool vk_ask_comments(const struct probe_look *look, const char **form);

bool vk_has_comments(const json_t *posts); /* own posts, that is */

/*
 * Adds to the fact "questions" what citizens asked below one post: [{"at", "answered": when the page replied; absent:
 * not yet}]. Their words and names are not kept. A question whose thread was not shown whole is left out unless its
 * answer was seen.
 */
void vk_read_comments(struct probe_look *look, const json_t *response);

#endif
