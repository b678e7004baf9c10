/* mail.c: one connection to a mail server, kept from letter to letter; or a folder. */
#include "mail.h"

#include "veha/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 10, SEND_SECONDS = 25, SAID_LONGEST = 400 };

struct mail {
    const char *directory; /* NULL: there is a server */
    CURL *curl;
    unsigned answers;            /* lines of the server, of this letter */
    char said[SAID_LONGEST + 1]; /* the last that was a no */
    const char *unsent;
    size_t left;
};

/* ---- a folder ---- */

static bool write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* Whole or not at all; a letter that comes twice takes the place of itself. */
static enum mail_outcome leave(const struct mail *mail, struct pool *pool, const struct mail_message *message,
                               const char **said)
{
    const char *part = pool_print(pool, "%s/.%s.part", mail->directory, message->name);
    const char *whole = pool_print(pool, "%s/%s.eml", mail->directory, message->name);
    int file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = file >= 0 && write_all(file, message->bytes, message->length) && fsync(file) == 0;
    if (file >= 0)
        close(file);
    if (written && rename(part, whole) == 0)
        return MAIL_SENT;
    *said = pool_print(pool, "%s: %s", whole, strerror(errno));
    return MAIL_FAILED;
}

/* ---- a server ---- */

/* A no of the server: kept without its end and what is not ASCII. What it says on parting is of no interest. */
static size_t on_answer(char *line, size_t size, size_t count, void *data)
{
    struct mail *mail = data;
    size_t length = size * count < SAID_LONGEST ? size * count : SAID_LONGEST;
    mail->answers++;
    if (length < 3 || (line[0] != '4' && line[0] != '5'))
        return size * count;
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        length--;
    for (size_t i = 0; i < length; i++)
        mail->said[i] = line[i] >= 0x20 && line[i] < 0x7f ? line[i] : '?';
    mail->said[length] = '\0';
    return size * count;
}

static size_t on_read(char *room, size_t size, size_t count, void *data)
{
    struct mail *mail = data;
    size_t length = size * count < mail->left ? size * count : mail->left;
    memcpy(room, mail->unsent, length);
    mail->unsent += length;
    mail->left -= length;
    return length;
}

/* What libcurl says when the server answered MAIL, RCPT, DATA or the letter itself, and not the connection, with a no.
 */
static bool is_of_letter(const struct mail *mail, CURLcode outcome)
{
    return (outcome == CURLE_SEND_ERROR || outcome == CURLE_WEIRD_SERVER_REPLY) && mail->answers > 1;
}

static enum mail_outcome outcome_of(const struct mail *mail, struct pool *pool, CURLcode outcome, const char **said)
{
    if (outcome == CURLE_OK)
        return MAIL_SENT;
    *said = pool_copy(pool, *mail->said != '\0' ? mail->said : curl_easy_strerror(outcome));
    return *mail->said == '5' && is_of_letter(mail, outcome) ? MAIL_REFUSED : MAIL_FAILED;
}

static enum mail_outcome hand_over(struct mail *mail, struct pool *pool, const struct mail_message *message,
                                   const char **said)
{
    struct curl_slist *readers = curl_slist_append(NULL, pool_print(pool, "<%s>", message->to));
    mail->answers = 0;
    *mail->said = '\0';
    mail->unsent = message->bytes;
    mail->left = message->length;
    curl_easy_setopt(mail->curl, CURLOPT_MAIL_FROM, pool_print(pool, "<%s>", message->from));
    curl_easy_setopt(mail->curl, CURLOPT_MAIL_RCPT, readers);
    CURLcode outcome = curl_easy_perform(mail->curl);
    curl_slist_free_all(readers);
    return outcome_of(mail, pool, outcome, said);
}

enum mail_outcome mail_send(struct mail *mail, struct pool *pool, const struct mail_message *message, const char **said)
{
    *said = NULL;
    return mail->directory != NULL ? leave(mail, pool, message, said) : hand_over(mail, pool, message, said);
}

/* ---- opening ---- */

static void set_up(CURL *curl, struct mail *mail, const struct config *config)
{
    const char *user = config_text(config, "mail", "user"), *authorities = config_text(config, "mail", "ca_file");
    bool required = config_number(config, "mail", "require_tls") != 0;
    curl_easy_setopt(curl, CURLOPT_URL, config_text(config, "mail", "url"));
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, required ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SEND_SECONDS);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, mail);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_answer);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, mail);
    if (*authorities != '\0')
        curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
    if (*user != '\0') {
        curl_easy_setopt(curl, CURLOPT_USERNAME, user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, config_text(config, "mail", "password"));
    }
}

static void release_curl(void *curl)
{
    curl_easy_cleanup(curl);
}

static bool is_served(const char *url)
{
    return text_starts(url, "smtp://") || text_starts(url, "smtps://");
}

struct mail *mail_open(struct pool *pool, const struct config *config)
{
    struct mail *mail = pool_alloc(pool, sizeof *mail);
    const char *directory = config_text(config, "mail", "directory"), *url = config_text(config, "mail", "url");
    if (*directory != '\0') {
        mail->directory = directory;
        if (access(directory, W_OK | X_OK) == 0)
            return mail;
        fprintf(stderr, "veha notify: [mail] directory %s: %s\n", directory, strerror(errno));
        return NULL;
    }
    if (!is_served(url)) {
        fputs("veha notify: [mail] needs a url, smtp://HOST or smtps://HOST, or a directory\n", stderr);
        return NULL;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    mail->curl = pool_adopt(pool, curl_easy_init(), release_curl);
    set_up(mail->curl, mail, config);
    return mail;
}
