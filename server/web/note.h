/*
 * note.h: who read what, noted in batches.
 *
 * What a person reads of the things whose reads are noted (resource_table.noted) is gathered here and handed to the
 * database once a second, in one unit; the same caller who reads the same resource of the same thing within a second is
 * noted once. A batch that could not be handed over is tried again. The memory is bounded: when one full batch waits
 * for the database and the next is full, too, further reads are counted as lost and the log says so. A process that is
 * killed loses what it gathered since the last second.
 */
#ifndef VEHA_WEB_NOTE_H
#define VEHA_WEB_NOTE_H

#include <stdbool.h>
#include <stdint.h>

struct request;
struct server;
struct notes;

struct notes *notes_new(void); /* lives as long as its process */

/* The request is being answered with its document. Nothing happens unless it is a noted read of a person. */
void note_read(struct request *request);

/* Call it every turn of the loop; now is monotonic. */
void note_turn(struct server *server, int64_t now);

/* Is everything handed over? */
bool note_idle(const struct server *server);

#endif
