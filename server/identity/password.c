/* password.c: Argon2id in a few low-priority threads that share the host's slots with the other worker processes. */
#include "veha/password.h"

#include "veha/process.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SLOTS_MOST = 4, THREADS_MOST = SLOTS_MOST, WAITING_MOST = 64, NICENESS = 10 };

static const unsigned long long PASSES = 2;
static const size_t MEMORY = (size_t)64 << 20;

/* Checked in place of an unknown name's hash, so that the answer takes as long; whatever it matches is refused. */
static const char nobody_hash[] = "$argon2id$v=19$m=65536,t=2,p=1$"
                                  "FhIF2syfay3cuc6XWYTsPg$Qd+qw8aOb5r3afKj5sKgJ5+LvFoS2vwd+wD4IfZvpiw";

/* ------------------------------------------------------------------------------------------------------------------ */
/*
 * Slots: robust mutexes in memory shared by all worker processes, so that a worker that dies while hashing gives its
 * slot back. Hashes take turns on them; all cost the same, hence waiting for a certain slot is as good as waiting for
 * any.
 */
struct slots {
    atomic_uint turn;
    unsigned count;
    pthread_mutex_t free[SLOTS_MOST];
};

static struct slots *slots;

static unsigned slot_count(void)
{
    unsigned half = process_cores() / 2;
    return half < 1 ? 1 : half > SLOTS_MOST ? SLOTS_MOST : half;
}

void password_prepare(void)
{
    pthread_mutexattr_t shared;
    if (slots != NULL)
        return;
    slots = mmap(NULL, sizeof *slots, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (slots == MAP_FAILED || sodium_init() < 0)
        abort();
    slots->count = slot_count();
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST);
    for (unsigned i = 0; i < slots->count; i++)
        pthread_mutex_init(&slots->free[i], &shared);
    pthread_mutexattr_destroy(&shared);
}

static pthread_mutex_t *slot_take(void)
{
    pthread_mutex_t *slot = &slots->free[atomic_fetch_add(&slots->turn, 1) % slots->count];
    if (pthread_mutex_lock(slot) == EOWNERDEAD)
        pthread_mutex_consistent(slot);
    return slot;
}

static bool verify_in_slot(const char *password, const char *hash)
{
    pthread_mutex_t *slot = slot_take();
    bool right = crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
    pthread_mutex_unlock(slot);
    return right;
}

/* false: 64 MiB could not be had. */
static bool hash_in_slot(char hash[crypto_pwhash_STRBYTES], const char *password)
{
    pthread_mutex_t *slot = slot_take();
    int outcome = crypto_pwhash_str_alg(hash, password, strlen(password), PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13);
    pthread_mutex_unlock(slot);
    return outcome == 0;
}

const char *password_hash(struct pool *pool, const char *password)
{
    char *hash = pool_alloc(pool, crypto_pwhash_STRBYTES);
    password_prepare();
    if (!hash_in_slot(hash, password))
        abort();
    return hash;
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* States of a ticket: WAITING → HASHING → DONE; a forgotten one is freed by whoever meets it next. */
enum ticket_state { TICKET_WAITING, TICKET_HASHING, TICKET_DONE };

struct password_ticket {
    struct password_ticket *next;
    struct password_queue *queue;
    enum ticket_state state;
    bool forgotten;
    bool known; /* there is such a person */
    bool right;
    char *password;
    char *hash; /* to compare with; NULL: to be made */
    password_done *done;
    password_made *made;
    void *data;
};

struct list {
    struct password_ticket *first, *last;
};

struct password_queue {
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t work;
    struct list waiting, finished;
    size_t waiting_count;
    bool ending;
    int descriptor; /* eventfd: something is finished */
    unsigned thread_count;
    pthread_t threads[THREADS_MOST];
};

static void list_add(struct list *list, struct password_ticket *ticket)
{
    ticket->next = NULL;
    if (list->first == NULL)
        list->first = ticket;
    else
        list->last->next = ticket;
    list->last = ticket;
}

static struct password_ticket *list_take(struct list *list)
{
    struct password_ticket *ticket = list->first;
    if (ticket != NULL)
        list->first = ticket->next;
    return ticket;
}

static void list_remove(struct list *list, struct password_ticket *ticket)
{
    struct password_ticket **link = &list->first, *before = NULL;
    while (*link != ticket) {
        before = *link;
        link = &(*link)->next;
    }
    *link = ticket->next;
    if (list->last == ticket)
        list->last = before;
}

static void ticket_free(struct password_ticket *ticket)
{
    sodium_memzero(ticket->password, strlen(ticket->password));
    free(ticket->password);
    free(ticket->hash);
    free(ticket);
}

static void list_free(struct list *list)
{
    for (struct password_ticket *ticket = list_take(list); ticket != NULL; ticket = list_take(list))
        ticket_free(ticket);
}

static void announce(const struct password_queue *queue)
{
    const uint64_t one = 1;
    while (write(queue->descriptor, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static struct password_ticket *wait_for_work(struct password_queue *queue)
{
    while (queue->waiting.first == NULL && !queue->ending)
        pthread_cond_wait(&queue->work, &queue->lock);
    if (queue->ending)
        return NULL;
    struct password_ticket *ticket = list_take(&queue->waiting);
    queue->waiting_count--;
    ticket->state = TICKET_HASHING;
    return ticket;
}

static char *copy(const char *text)
{
    char *copied = text == NULL ? NULL : strdup(text);
    if (text != NULL && copied == NULL)
        abort();
    return copied;
}

static void work_on(struct password_ticket *ticket)
{
    if (ticket->made == NULL) {
        ticket->right = verify_in_slot(ticket->password, ticket->hash) && ticket->known;
        return;
    }
    char hash[crypto_pwhash_STRBYTES];
    if (hash_in_slot(hash, ticket->password))
        ticket->hash = copy(hash);
}

static void *hash_in_turn(void *data)
{
    struct password_queue *queue = data;
    /* On Linux a priority belongs to the thread: the loop beside us keeps answering. */
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
    pthread_mutex_lock(&queue->lock);
    for (struct password_ticket *ticket = wait_for_work(queue); ticket != NULL; ticket = wait_for_work(queue)) {
        pthread_mutex_unlock(&queue->lock);
        work_on(ticket);
        pthread_mutex_lock(&queue->lock);
        ticket->state = TICKET_DONE;
        list_add(&queue->finished, ticket);
        announce(queue);
    }
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

/* Threads start with the first sign-in: workers that see none stay single-threaded. */
static void start_threads(struct password_queue *queue)
{
    while (queue->thread_count < slots->count &&
           pthread_create(&queue->threads[queue->thread_count], NULL, hash_in_turn, queue) == 0)
        queue->thread_count++;
}

struct password_queue *password_queue_new(void)
{
    password_prepare();
    struct password_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        abort();
    queue->descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (queue->descriptor < 0)
        abort();
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->work, NULL);
    return queue;
}

void password_queue_free(struct password_queue *queue)
{
    if (queue == NULL)
        return;
    pthread_mutex_lock(&queue->lock);
    queue->ending = true;
    pthread_cond_broadcast(&queue->work);
    pthread_mutex_unlock(&queue->lock);
    for (unsigned i = 0; i < queue->thread_count; i++)
        pthread_join(queue->threads[i], NULL);
    list_free(&queue->waiting);
    list_free(&queue->finished);
    pthread_cond_destroy(&queue->work);
    pthread_mutex_destroy(&queue->lock);
    close(queue->descriptor);
    free(queue);
}

int password_queue_descriptor(const struct password_queue *queue)
{
    return queue->descriptor;
}

void password_queue_step(struct password_queue *queue)
{
    uint64_t count;
    while (read(queue->descriptor, &count, sizeof count) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&queue->lock);
    struct password_ticket *ticket = list_take(&queue->finished);
    while (ticket != NULL) {
        /* The callback may queue or forget others: it runs without the lock, on a ticket nobody else can reach any
         * more. */
        pthread_mutex_unlock(&queue->lock);
        if (!ticket->forgotten && ticket->made != NULL)
            ticket->made(ticket->data, ticket->hash);
        else if (!ticket->forgotten)
            ticket->done(ticket->data, ticket->right);
        ticket_free(ticket);
        pthread_mutex_lock(&queue->lock);
        ticket = list_take(&queue->finished);
    }
    pthread_mutex_unlock(&queue->lock);
}

/* A copy of what the ticket is to be, in the queue; NULL when that is full. */
static struct password_ticket *enqueue(struct password_queue *queue, const struct password_ticket *wanted)
{
    struct password_ticket *ticket = NULL;
    pthread_mutex_lock(&queue->lock);
    start_threads(queue);
    if (queue->waiting_count < WAITING_MOST && queue->thread_count > 0) {
        ticket = malloc(sizeof *ticket);
        if (ticket == NULL)
            abort();
        *ticket = *wanted;
        ticket->queue = queue;
        ticket->password = copy(wanted->password);
        ticket->hash = copy(wanted->hash);
        list_add(&queue->waiting, ticket);
        queue->waiting_count++;
        pthread_cond_signal(&queue->work);
    }
    pthread_mutex_unlock(&queue->lock);
    return ticket;
}

struct password_ticket *password_verify(struct password_queue *queue, const char *password, const char *hash,
                                        password_done *done, void *data)
{
    return enqueue(queue, &(struct password_ticket){.known = hash != NULL,
                                                    .password = (char *)(uintptr_t)password,
                                                    .hash = (char *)(uintptr_t)(hash != NULL ? hash : nobody_hash),
                                                    .done = done,
                                                    .data = data});
}

struct password_ticket *password_make(struct password_queue *queue, const char *password, password_made *made,
                                      void *data)
{
    return enqueue(queue,
                   &(struct password_ticket){.password = (char *)(uintptr_t)password, .made = made, .data = data});
}

void password_forget(struct password_ticket *ticket)
{
    struct password_queue *queue = ticket->queue;
    pthread_mutex_lock(&queue->lock);
    ticket->forgotten = true;
    if (ticket->state == TICKET_WAITING) {
        list_remove(&queue->waiting, ticket);
        queue->waiting_count--;
        ticket_free(ticket);
    }
    pthread_mutex_unlock(&queue->lock);
}
